/** What arrived does not follow docs/PROTOCOL.md. The message is one sentence that says which part and why. */
export class WireError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WireError';
  }
}
