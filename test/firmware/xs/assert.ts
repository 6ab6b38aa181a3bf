/** As much of node:assert/strict as the tests of the modules that run on boards use; for XS, where Node's is not. */
export class AssertionError extends Error {
  override name = 'AssertionError';
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return `Uint8Array [${Array.from(value).join(', ')}]`;
  if (value instanceof Map) return `Map ${show([...value])}`;
  try {
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  } catch {
    return String(value);
  }
}

function fails(message: string | undefined, otherwise: string): never {
  throw new AssertionError(message ? `${message}: ${otherwise}` : otherwise);
}

/** As deepStrictEqual: same prototype, same own enumerable members, NaN equal to itself, -0 not to 0. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Map && b instanceof Map)
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && same(value, b.get(key)));
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((key) => b.has(key));
  if (a instanceof Error && b instanceof Error && a.message !== b.message) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) => Object.hasOwn(b, key) && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}

function matches(error: unknown, expected: unknown): boolean {
  if (expected instanceof RegExp) return expected.test(String(error));
  if (typeof expected === 'function') {
    // A class is asked for by its instances; what else is a function judges for itself.
    return expected.prototype !== undefined && error instanceof (expected as unknown as new () => object)
      ? true
      : expected.prototype === undefined && (expected as (error: unknown) => boolean)(error);
  }
  return Object.entries(expected as object).every(([key, value]) => {
    const found = (error as Record<string, unknown>)[key];
    return value instanceof RegExp ? value.test(String(found)) : same(found, value);
  });
}

function ok(value: unknown, message?: string): void {
  if (!value) fails(message, `${show(value)} is not true`);
}

const assert = Object.assign(ok, {
  ok,
  equal: (a: unknown, b: unknown, message?: string) =>
    Object.is(a, b) || fails(message, `${show(a)} is not ${show(b)}`),
  notEqual: (a: unknown, b: unknown, message?: string) => !Object.is(a, b) || fails(message, `both are ${show(a)}`),
  deepEqual: (a: unknown, b: unknown, message?: string) => same(a, b) || fails(message, `${show(a)} is not ${show(b)}`),
  notDeepEqual: (a: unknown, b: unknown, message?: string) => !same(a, b) || fails(message, `both are ${show(a)}`),
  match: (text: string, pattern: RegExp, message?: string) =>
    pattern.test(text) || fails(message, `${show(text)} does not match ${pattern}`),
  doesNotMatch: (text: string, pattern: RegExp, message?: string) =>
    !pattern.test(text) || fails(message, `${show(text)} matches ${pattern}`),
  fail: (message?: string) => fails(message, 'failed'),
  throws(work: () => unknown, expected?: unknown, message?: string): void {
    try {
      work();
    } catch (error) {
      if (expected === undefined || matches(error, expected)) return;
      throw error;
    }
    fails(message, 'nothing was thrown');
  },
});

export default assert;
