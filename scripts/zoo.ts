/**
 * `npm run zoo`: writes the captures of the zoo's generated members, with their labels, to test/zoo. The recorded ones come from
 * `npm run zoo -- record NAME...` (root, Debian, and the programs themselves).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../host/common/paths.js';
import { generated, labelText, members } from './zoo/members.js';

const folder = join(projectRoot, 'test/zoo');
for (const member of members) {
  const { pcap, label } = generated(member);
  writeFileSync(join(folder, `${member.name}.pcap`), pcap);
  writeFileSync(join(folder, `${member.name}.json`), labelText(label));
  console.log(`${member.name}: ${label.packets} frames, ${pcap.length} bytes`);
}
