/** Records members of the zoo from the real programs, and writes their labels. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readCapture } from '../../host/capture/read.js';
import { Lab } from './lab.js';
import type { ZooLabel } from './members.js';
import { recordings } from './recordings.js';
import { officeHome } from './story.js';

/** Most bytes of a recorded capture. */
export const recordedBytes = 60_000;

export async function record(name: string, folder: string): Promise<ZooLabel> {
  const recording = recordings.find((one) => one.name === name);
  if (!recording)
    throw new Error(`There is no recording "${name}"; there are ${recordings.map((one) => one.name).join(', ')}.`);
  const path = join(folder, `${name}.pcap`);
  const lab = new Lab();
  try {
    await recording.prepare?.(lab);
    await lab.tap(path, recording.filter);
    await recording.record(lab);
  } finally {
    await lab.close();
  }
  const times: number[] = [];
  readCapture(path, (timeMs) => times.push(timeMs));
  const { size } = statSync(path);
  if (size > recordedBytes) console.error(`zoo: ${name}.pcap has ${size} bytes, more than ${recordedBytes}.`);
  return {
    capture: `${name}.pcap`,
    description: recording.description,
    tool: recording.tool,
    command: recording.command,
    linkType: 'ethernet',
    home: officeHome,
    packets: times.length,
    seconds: Math.round((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000,
    scanners: [],
    benignNotable: [{ source: recording.source, why: recording.why }],
    notes: 'Recorded between network namespaces.',
    tap: 'lan',
    ...(recording.departed ? { departed: recording.departed } : {}),
    ...(recording.newcomers ? { newcomers: recording.newcomers } : {}),
    learned: recording.learned ?? true,
  };
}
