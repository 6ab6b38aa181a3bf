/** The zoo as rows of a Markdown table: `npm run zoo -- table` prints them for docs/DETECTION.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ZooLabel } from './members.js';

/** The captures of the zoo, by name. */
export function namesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.pcap'))
    .map((name) => name.slice(0, -'.pcap'.length))
    .sort();
}

/** @param notYet by capture, the placements in which somebody is still accused */
export function tableRows(folder: string, notYet: Readonly<Record<string, readonly string[]>>): string[] {
  return namesIn(folder).map((name) => {
    const label = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as ZooLabel;
    const from = label.tool === 'generator' ? 'generated' : label.tool;
    const says = (placement: 'cold' | 'learned'): string =>
      placement === 'learned' && !label.learned ? '-' : notYet[name]?.includes(placement) ? '**accuses**' : 'nobody';
    return `| \`${name}\` | ${label.description} | ${from} | ${label.packets} | ${says('cold')} | ${says('learned')} |`;
  });
}
