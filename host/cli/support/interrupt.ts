/** Runs until Ctrl-C or a termination signal, then stops in an orderly way. */

/** Resolves when `stop` is done. A second signal ends the process at once. */
export async function untilInterrupted(stop: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    let asked = false;
    const signal = (): void => {
      if (asked) process.exit(130);
      asked = true;
      resolve();
    };
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, signal);
  });
  await stop();
}
