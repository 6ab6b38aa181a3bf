/** A progress bar for long-running work; only on a terminal. */
const WIDTH = 30;
/** Milliseconds between redraws, and before the first: short work needs no bar. */
const REDRAW_INTERVAL = 100;
const FIRST_DRAW = 500;

export interface Progress {
  /** @param done of `total`, in any unit */
  at(done: number, total: number): void;
  /** Removes the bar. */
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

/** @param quiet no bar, even on a terminal */
export function showProgress(
  label: string,
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
  quiet = false,
  clock: () => number = () => performance.now(),
): Progress {
  if (!stream.isTTY || quiet) return { at: () => {}, end: () => {} };
  const began = clock();
  let drawn = began + FIRST_DRAW - REDRAW_INTERVAL;
  let shown = false;
  return {
    at(done, total) {
      const now = clock();
      if (now - drawn < REDRAW_INTERVAL) return;
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
