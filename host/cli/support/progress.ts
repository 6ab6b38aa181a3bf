/** A progress bar on the terminal, for work that takes long. Nothing where nobody looks: in a pipe, a log, a test. */
const WIDTH = 30;
/** Milliseconds between drawings, and before the first: what is over at once needs no bar. */
const STEP = 100;
const PATIENCE = 500;

export interface Progress {
  /** @param done of `total`, in any unit */
  at(done: number, total: number): void;
  /** Takes the bar away. */
  end(): void;
}

/** `Reading   [##########                    ]  33 %  about 12 s left` */
export function progressLine(label: string, done: number, total: number, elapsed: number): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
  const filled = Math.round(share * WIDTH);
  const left =
    share > 0.02 && share < 1 ? `  about ${Math.max(1, Math.round((elapsed / share - elapsed) / 1000))} s left` : '';
  return `${label}  [${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %${left}`;
}

/** @param quiet no bar, whatever the stream is */
export function showProgress(
  label: string,
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
  quiet = false,
  clock: () => number = () => performance.now(),
): Progress {
  if (!stream.isTTY || quiet) return { at: () => {}, end: () => {} };
  const began = clock();
  let drawn = began + PATIENCE - STEP;
  let shown = false;
  return {
    at(done, total) {
      const now = clock();
      if (now - drawn < STEP) return;
      drawn = now;
      shown = true;
      stream.write(`\r${progressLine(label, done, total, now - began)}\u001b[K`);
    },
    end() {
      if (shown) stream.write('\r\u001b[K');
      shown = false;
    },
  };
}
