/** A wait that may be ended before its time. */
export class Delay {
  #end: () => void = () => {};

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  cancel(): void {
    this.#end();
  }
}
