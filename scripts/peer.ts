/**
 * `node scripts/run.mjs scripts/peer CAPTURE [LABEL]`: the verdicts on one capture as one JSON line, in the form in which
 * programs that compare several detectors take them: `{"peer","capture","detections":[{"source","kind","firstAlert"}]}`,
 * times in seconds since 1970, a source of null for "someone". Of the label only the home blocks are read.
 */
import { basename } from 'node:path';
import { UserError } from '../host/common/errors.js';
import { defaultSeed, detect, readLabel } from './evaluate/detect.js';

const [capture, label] = process.argv.slice(2);
try {
  if (!capture) throw new UserError('BW_USAGE', { problem: 'Name a capture file.' });
  const home = label ? (readLabel(label).home ?? []) : [];
  const { detections } = await detect(capture, { home, scanners: [] }, { seed: defaultSeed });
  console.log(
    JSON.stringify({
      peer: 'blockwatch',
      capture: basename(capture),
      detections: detections.map(({ source, kind, time }) => ({
        source: source || null,
        kind,
        firstAlert: time / 1000,
      })),
    }),
  );
} catch (error) {
  console.error(`peer: ${(error as Error).message}`);
  process.exitCode = error instanceof UserError ? error.exitCode : 1;
}
