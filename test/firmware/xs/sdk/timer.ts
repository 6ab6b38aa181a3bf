/** The SDK's timer where nothing passes: what is set waits until runTimers. */
const waiting: Array<{ work: () => void }> = [];

// biome-ignore lint/complexity/noStaticOnlyClass: the SDK's has this shape.
export default class Timer {
  static set(work: () => void): object {
    const one = { work };
    waiting.push(one);
    return one;
  }

  static clear(one: object): void {
    const at = waiting.indexOf(one as { work: () => void });
    if (at >= 0) waiting.splice(at, 1);
  }
}

/** Runs what waits, and what that sets. */
export function runTimers(): void {
  for (let next = waiting.shift(); next; next = waiting.shift()) next.work();
}
