/** What arrived does not follow docs/PROTOCOL.md. The message is one sentence that says which part and why. */
export class WireError extends Error {
  // A field and not an assignment: on XS, Error.prototype lies frozen in flash, and a name it has cannot be assigned below it.
  override name = 'WireError';
}
