/** Whom the detector accuses in the zoo, by capture and placement, over the seeds that its test uses. */
import { join } from 'node:path';
import { detect, labelOf } from '../evaluate/detect.js';
import { namesIn, tableRows } from './table.js';

/** Where a capture is judged: as it is, or after twenty minutes of its office's ordinary traffic. */
export const placements = ['cold', 'learned'] as const;
export type Placement = (typeof placements)[number];

const seeds: [number, number][] = [
  [1, 2],
  [77, 88],
  [2654435761, 0x68637461],
];

/** Who is accused with any seed, "kind by source"; time runs on for a quarter of an hour. */
export async function accused(folder: string, name: string, placement: Placement): Promise<string[]> {
  const path = join(folder, `${name}.pcap`);
  const label = labelOf(path);
  if (!label) throw new Error(`${path} has no label.`);
  const told = new Set<string>();
  for (const seed of seeds) {
    const { detections } = await detect(path, label, { seed, learned: placement === 'learned', afterMs: 15 * 60_000 });
    for (const { kind, source } of detections) told.add(`${kind} by ${source || 'many'}`);
  }
  return [...told];
}

export async function judgeZoo(folder: string): Promise<void> {
  const notYet: Record<string, Placement[]> = {};
  for (const name of namesIn(folder)) {
    for (const placement of placements) {
      if (placement === 'learned' && !labelOf(join(folder, `${name}.pcap`))?.learned) continue;
      const told = await accused(folder, name, placement);
      if (told.length === 0) continue;
      notYet[name] = [...(notYet[name] ?? []), placement];
      console.error(`${name}, ${placement}: ${told.join(', ')}`);
    }
  }
  console.log(tableRows(folder, notYet).join('\n'));
  console.log(`\nnotYet: ${JSON.stringify(notYet)}`);
}
