/** Checks on decoded CBOR, shared by alert and health. Each throws a WireError that names the field. */
import { WireError } from './wire-error.js';

export const U16_MAX = 0xffff;
export const U32_MAX = 0xffffffff;

type Message = Map<unknown, unknown>;

export function has(map: Message, key: number): boolean {
  return map.get(key) !== undefined;
}

function required(map: Message, key: number, name: string): unknown {
  const value = map.get(key);
  if (value === undefined) throw new WireError(`The ${name} (key ${key}) is missing.`);
  return value;
}

export function unsigned(value: unknown, name: string, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    throw new WireError(`The ${name} is not a whole number from 0 to ${max}.`);
  }
  return value;
}

export function unsignedAt(map: Message, key: number, name: string, max: number): number {
  return unsigned(required(map, key, name), name, max);
}

export function bytesAt(map: Message, key: number, name: string): Uint8Array {
  const value = required(map, key, name);
  if (!(value instanceof Uint8Array)) throw new WireError(`The ${name} is not a byte string.`);
  return value;
}

export function textAt(map: Message, key: number, name: string, longest: number): string {
  const value = required(map, key, name);
  if (typeof value !== 'string' || value.length > longest) {
    throw new WireError(`The ${name} is not text of at most ${longest} characters.`);
  }
  return value;
}

export function listAt(map: Message, key: number, name: string, fields: readonly string[]): unknown[] {
  const value = required(map, key, name);
  if (!Array.isArray(value)) throw new WireError(`The ${name} is not an array.`);
  if (value.length < fields.length) {
    throw new WireError(`The ${name} has ${value.length} items; the ${fields[value.length]} is missing.`);
  }
  return value;
}

/** The name of a code. `lowest` is 1 if the list's empty first entry is not a value. */
export function codeAt<T extends string>(value: unknown, field: string, names: readonly T[], lowest: 0 | 1): T {
  const code = unsigned(value, field, U32_MAX);
  const name = names[code];
  if (name === undefined || code < lowest) throw new WireError(`The ${field} ${code} is not known here.`);
  return name;
}
