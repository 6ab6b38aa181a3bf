/** Whether a board that runs hears its serial line still, for the end of a trial that failed. */
import type { Emulator } from './emulator.js';

export const DEAF =
  'The board runs and no longer answers on its serial line. A QEMU that loses interrupts does this, above all under ' +
  "a dense feed: take one whose interrupt matrix follows its lines' levels and whose serial line waits for room " +
  '(docs/FIRMWARE.md, "In an emulated ESP32-C3"), and name it with --qemu.';

/** @param seconds that an answer may take */
export async function isDeaf(
  board: Pick<Emulator, 'running' | 'lines' | 'since' | 'write' | 'line'>,
  seconds = 10,
): Promise<boolean> {
  // One that has said nothing since its start has another fault.
  if (!board.running || board.lines.length === board.since) return false;
  const from = board.lines.length;
  board.write('\nBLOCKWATCH?\n');
  return board.line(/^BLOCKWATCH \{/, seconds, from).then(
    () => false,
    () => board.running,
  );
}
