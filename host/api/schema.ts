/**
 * Builders of JSON schemas that know what they describe: each returns a plain schema, as Fastify and OpenAPI take it,
 * whose TypeScript type `Of` reads back. So a member of the API is written once.
 *
 * A schema is data and nothing is added to it at run time. `object` keeps the order of its members, because the
 * serializer writes them in that order.
 */
declare const of: unique symbol;

/** A JSON schema of values of type `T`. The symbol exists for the compiler only. */
export interface Schema<T = unknown> {
  readonly [keyword: string]: unknown;
  readonly [of]?: [T];
}

/** The type that a schema describes. */
export type Of<S> = S extends { readonly [of]?: [infer T] | undefined } ? T : never;

type Members = Record<string, Schema>;
/** One object type instead of an intersection, so that errors and hints show its members. */
type Flat<T> = { [K in keyof T]: T[K] };

type ObjectOf<P extends Members, O extends keyof P> = Flat<
  { -readonly [K in keyof P as Exclude<K, O>]: Of<P[K]> } & { -readonly [K in keyof P as Extract<K, O>]?: Of<P[K]> }
>;

/** A parameter with a default is always there once the query has been read. */
type WithDefault<P extends Members> = { [K in keyof P]: P[K] extends { default: unknown } ? K : never }[keyof P];

export const text: Schema<string> = { type: 'string' };
export const number: Schema<number> = { type: 'number' };
export const integer: Schema<number> = { type: 'integer' };
export const boolean: Schema<boolean> = { type: 'boolean' };
/** ISO 8601 in UTC, with milliseconds. */
export const time: Schema<string> = { type: 'string', format: 'date-time' };
export const maybeTime: Schema<string | null> = { type: ['string', 'null'], format: 'date-time' };
export const maybeText: Schema<string | null> = { type: ['string', 'null'] };
export const maybeInteger: Schema<number | null> = { type: ['integer', 'null'] };

export const list = <T>(items: Schema<T>): Schema<T[]> => ({ type: 'array', items });

export const oneOf = <const T extends string>(names: readonly T[]): Schema<T> => ({ type: 'string', enum: [...names] });

/** An object with any keys, as a map. */
export const mapOf = <T>(values: Schema<T>): Schema<Record<string, T>> => ({
  type: 'object',
  additionalProperties: values,
});

/** An object with these keys, all of them with the same kind of value. */
export function keyed<const K extends string, T>(keys: readonly K[], value: Schema<T>): Schema<Record<K, T>> {
  return object(Object.fromEntries(keys.map((key) => [key, value]))) as Schema as Schema<Record<K, T>>;
}

/** An object with all of these members, apart from the optional ones. */
export function object<const P extends Members, O extends keyof P & string = never>(
  properties: P,
  optional: readonly O[] = [],
  title?: string,
): Schema<ObjectOf<P, O>> {
  const required = Object.keys(properties).filter((name) => !(optional as readonly string[]).includes(name));
  return { type: 'object', ...(title ? { title } : {}), properties, required };
}

/** The query of a route. An unknown parameter is an error: a misspelt filter would look as if it had worked. */
export function query<const P extends Members>(
  properties: P,
): Schema<ObjectOf<P, Exclude<keyof P, WithDefault<P>> & keyof P>> {
  return { type: 'object', properties, additionalProperties: false };
}

/** The part of a path that a route names with a colon. */
export function path<const P extends Members>(properties: P): Schema<ObjectOf<P, never>> {
  return { type: 'object', required: Object.keys(properties), properties };
}

type Defaulted<T> = Schema<T> & { readonly default: T };

/** Which of what begins and ends: scans, incidents. */
export const openOrEnded: Defaulted<'open' | 'ended' | 'all'> = { ...oneOf(['open', 'ended', 'all']), default: 'all' };

/** `limit` of a list: how many rows at most. */
export function limit(usual: number): Defaulted<number> {
  return { type: 'integer', minimum: 1, maximum: 500, default: usual };
}

/** Name of a site or a sensor, as a question has it. */
export const name: Schema<string> = { type: 'string', minLength: 1, maxLength: 32 };
/** An IPv4, IPv6 or MAC address, as a question has it. */
export const address: Schema<string> = { type: 'string', maxLength: 45 };
export const u32: Schema<number> = { type: 'integer', minimum: 0, maximum: 0xffffffff };

export const failure = object({ error: text, message: text }, [], 'Error');
export const noQuery = query({});
