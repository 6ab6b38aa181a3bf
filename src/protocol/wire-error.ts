/** A received message violates docs/PROTOCOL.md. The message is one sentence that names the part and the reason. */
export class WireError extends Error {
  // A class field instead of an assignment: on XS, Error.prototype is frozen in flash, and assigning a name it has
  // fails.
  override name = 'WireError';
}
