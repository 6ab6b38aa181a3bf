/** Reads the sources of the OCSF schema (a checkout of ocsf/ocsf-schema) and validates an event of one class. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Attribute {
  requirement?: string;
  profile?: string | null;
  type?: string;
  is_array?: boolean;
  enum?: Record<string, unknown>;
  observable?: number;
}

interface Part {
  name: string;
  uid?: number;
  category?: string;
  observable?: number;
  extends?: string;
  attributes: Record<string, Attribute> & { $include?: string[] };
  constraints?: { at_least_one?: string[]; just_one?: string[] };
}

interface Type {
  type?: string;
  regex?: string;
  max_len?: number;
  range?: [number, number];
  values?: unknown[];
  observable?: number;
}

/** Numbers that the schema compiler derives from names and other numbers. */
const MADE = ['category_uid', 'class_uid', 'type_uid'];

export class OcsfSchema {
  readonly version: string;
  readonly #dictionary: Record<string, Attribute>;
  readonly #types: Record<string, Type>;
  readonly #parts = new Map<string, Part>();
  readonly #categories: Record<string, { uid: number }>;

  constructor(root: string) {
    const read = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T;
    this.version = read<{ version: string }>('version.json').version;
    const dictionary = read<{ attributes: Record<string, Attribute>; types: { attributes: Record<string, Type> } }>(
      'dictionary.json',
    );
    this.#categories = read<{ attributes: Record<string, { uid: number }> }>('categories.json').attributes;
    this.#dictionary = dictionary.attributes;
    this.#types = dictionary.types.attributes;
    for (const folder of ['objects', 'events']) {
      for (const path of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
        if (!path.endsWith('.json')) continue;
        const part = read<Part>(join(folder, path));
        // A patch of another object has no name of its own.
        if (part.name) this.#parts.set(`${folder}/${part.name}`, part);
      }
    }
  }

  /** The faults; empty if there are none. Attributes of profiles are not allowed, because our events declare none. */
  check(event: Record<string, unknown>, name: string): string[] {
    const part = this.#parts.get(`events/${name}`) as Part;
    const parent = this.#parts.get(`events/${part.extends}`);
    const category = this.#categories[part.category ?? parent?.category ?? '']?.uid as number;
    const uid = category * 1000 + (part.uid as number);
    const made: Record<string, number> = {
      category_uid: category,
      class_uid: uid,
      type_uid: uid * 100 + Number(event['activity_id']),
    };
    const faults = MADE.filter((member) => event[member] !== made[member]).map(
      (member) => `.${member} is ${String(event[member])}, not ${made[member]}`,
    );
    return [...faults, ...this.#object(event, `events/${name}`, '')];
  }

  /** Type numbers of observables: those of types, objects and attributes. */
  #observableTypes(): string[] {
    return [...Object.values(this.#types), ...Object.values(this.#dictionary), ...this.#parts.values()].flatMap(
      ({ observable }) => (observable === undefined ? [] : [String(observable)]),
    );
  }

  #resolve(key: string): { attributes: Record<string, Attribute>; constraints: Part['constraints'][] } {
    const part = this.#parts.get(key);
    if (!part) return { attributes: {}, constraints: [] };
    const parent = part.extends
      ? this.#resolve(`${key.split('/')[0]}/${part.extends}`)
      : { attributes: {}, constraints: [] };
    const attributes = { ...parent.attributes };
    for (const [attribute, said] of Object.entries(part.attributes as Record<string, Attribute>)) {
      if (attribute !== '$include')
        attributes[attribute] = {
          ...attributes[attribute],
          ...said,
          enum: { ...attributes[attribute]?.enum, ...said.enum },
        };
    }
    // An object's own constraints replace its parent's.
    return { attributes, constraints: part.constraints ? [part.constraints] : parent.constraints };
  }

  #object(value: unknown, key: string, path: string): string[] {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
    // "object" is any.
    if (key === 'objects/object') return [];
    if (!this.#parts.has(key)) return [`${path}: ${key} is not in the schema`];
    const { attributes, constraints } = this.#resolve(key);
    const faults: string[] = [];
    for (const [name, { requirement, profile }] of Object.entries(attributes)) {
      if (requirement === 'required' && !profile && !(name in value)) faults.push(`${path}.${name} is missing`);
    }
    for (const rule of constraints) {
      if (rule?.at_least_one && !rule.at_least_one.some((name) => name in value))
        faults.push(`${path} has none of ${rule.at_least_one.join(', ')}`);
      if (rule?.just_one && rule.just_one.filter((name) => name in value).length !== 1)
        faults.push(`${path} has not just one of ${rule.just_one.join(', ')}`);
    }
    for (const [name, member] of Object.entries(value)) {
      const attribute = attributes[name];
      if (!attribute || attribute.profile) faults.push(`${path}.${name} is not of ${key}`);
      else if (MADE.includes(name)) continue;
      else if (key === 'objects/observable' && name === 'type_id')
        faults.push(
          ...(this.#observableTypes().includes(String(member)) ? [] : [`${path}.type_id is ${String(member)}`]),
        );
      else faults.push(...this.#member(member, name, attribute, `${path}.${name}`));
    }
    return faults;
  }

  #member(value: unknown, name: string, attribute: Attribute, path: string): string[] {
    const known = this.#dictionary[name];
    if (!known) return [`${path} is not in the dictionary`];
    if (known.is_array)
      return Array.isArray(value)
        ? value.flatMap((one, i) => this.#single(one, known, attribute, `${path}[${i}]`))
        : [`${path} is no list`];
    return this.#single(value, known, attribute, path);
  }

  #single(value: unknown, known: Attribute, attribute: Attribute, path: string): string[] {
    const type = known.type as string;
    if (!(type in this.#types)) return this.#object(value, `objects/${type}`, path);
    const allowed = { ...known.enum, ...attribute.enum };
    const faults = this.#scalar(value, type, path);
    // Values of the dictionary and of the class together; a class adds to them.
    if (Object.keys(allowed).length > 0 && !(String(value) in allowed))
      faults.push(`${path} is ${String(value)}, not one of ${Object.keys(allowed).join(', ')}`);
    return faults;
  }

  #scalar(value: unknown, name: string, path: string): string[] {
    const type = this.#types[name] as Type;
    const base = type.type ?? name;
    const faults: string[] = [];
    const right =
      base === 'string_t'
        ? typeof value === 'string'
        : base === 'boolean_t'
          ? typeof value === 'boolean'
          : base === 'integer_t' || base === 'long_t'
            ? Number.isSafeInteger(value)
            : base === 'float_t'
              ? typeof value === 'number'
              : true;
    if (!right) faults.push(`${path} is no ${name}`);
    if (type.regex && !new RegExp(type.regex).test(String(value)))
      faults.push(`${path} is ${String(value)}, which is no ${name}`);
    if (type.range && !((value as number) >= type.range[0] && (value as number) <= type.range[1]))
      faults.push(`${path} is out of range`);
    if (type.max_len && String(value).length > type.max_len) faults.push(`${path} is too long`);
    return faults;
  }
}
