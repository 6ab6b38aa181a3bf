import { Office } from './office.js';
import { SYN, tcp } from '../support/packets.js';
describe('zz', () => {
  it('prints', async () => {
    const office = (await Office.open({ evidence: 1 } as never)).warmUp();
    const nat = '198.51.100.200';
    for (let r = 0; r < 3; r++) for (let i = 1; i <= 12; i++) { office.connect(nat, `10.20.1.${4 + i}`, 443, 20000 + i + 100 * r); office.wait(60000); }
    for (let i = 1; i <= 3; i++) { office.send(tcp(nat, `10.20.9.${i}`, 443, SYN)).wait(60000); }
    office.close();
    console.log(JSON.stringify(office.scans(nat)));
  });
});
