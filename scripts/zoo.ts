/**
 * `npm run zoo [record NAME... | judge]`: writes the captures of the zoo's generated members, with their labels, to test/zoo. The recorded
 * ones come from `npm run zoo -- record NAME...` (root, Debian, and the programs themselves). `npm run zoo -- judge` prints the table
 * for docs/DETECTION.md, and whom the detector accuses.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../host/common/paths.js';
import { judgeZoo } from './zoo/judge.js';
import { generated, labelText, members } from './zoo/members.js';
import { record } from './zoo/record.js';

const folder = join(projectRoot, 'test/zoo');
const [command, ...names] = process.argv.slice(2);
try {
  if (command === 'record') {
    if (process.getuid?.() !== 0) throw new Error('Recording needs root.');
    for (const name of names) {
      const label = await record(name, folder);
      writeFileSync(join(folder, `${name}.json`), labelText(label));
      console.log(`${name}: ${label.packets} frames, ${label.seconds} s`);
    }
  } else if (command === 'judge') await judgeZoo(folder);
  else if (command === undefined) {
    for (const member of members) {
      const { pcap, label } = generated(member);
      writeFileSync(join(folder, `${member.name}.pcap`), pcap);
      writeFileSync(join(folder, `${member.name}.json`), labelText(label));
      console.log(`${member.name}: ${label.packets} frames, ${pcap.length} bytes`);
    }
  } else throw new Error(`"${command}" is no command: record NAME..., judge, or nothing.`);
} catch (error) {
  console.error(`zoo: ${(error as Error).message}`);
  process.exitCode = 1;
}
