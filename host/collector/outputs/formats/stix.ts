/**
 * STIX 2.1, one bundle per message: who saw it (identity), what was seen (observed-data with the address), what it was
 * (attack-pattern) and that it was seen (sighting). Ids are derived from what they name, so that a store that receives
 * an object twice keeps one.
 *
 * A spoofable address never becomes an indicator, because blocking by indicators would then hit whomever a scanner
 * named. In that case the technique itself is sighted.
 */
import { createHash } from 'node:crypto';
import { FAMILY_IPV6 } from '../../../../src/engine/constants/codes.js';
import { formatAddress, parseAddress } from '../../../../src/protocol/address.js';
import { techniqueLink, techniqueNames } from '../../../wording/words.js';
import type { Finding } from '../model/finding.js';
import { familyOf, printable, tactics } from '../model/finding.js';

/** UUID namespaces: of cyber-observables (STIX 2.1, section 2.9), and Blockwatch's for all other objects. */
const OBSERVABLE_NAMESPACE = '00abedb4-aa42-466c-9c01-fed23315a9b7';
const BLOCKWATCH_NAMESPACE = 'b10c4a7c-1595-5001-8000-b10c4a7c0001';
/** Creation time of objects that never change. */
const CONSTANT_SINCE = '2026-01-01T00:00:00.000Z';
/** Maximum of `number_observed` and `count` (sections 4.14 and 5.2). */
const MAX_COUNT = 999_999_999;

type Stix = { type: string; id: string; [member: string]: unknown };

export function stix(finding: Finding): { type: 'bundle'; id: string; objects: Stix[] } {
  const system = identity('Blockwatch', 'system');
  const sites = (finding.sites.length > 0 ? finding.sites : []).map((site) =>
    identity(`Blockwatch at ${site}`, 'organization'),
  );
  const objects = [
    system,
    ...sites,
    ...(finding.technique === '' ? notes(finding, system, sites) : sightings(finding, system, sites)),
  ];
  return { type: 'bundle', id: named('bundle', finding.key), objects };
}

function sightings(finding: Finding, system: Stix, sites: readonly Stix[]): Stix[] {
  const technique = attackPattern(finding, system);
  const address = observable(finding);
  const observed = address && {
    ...dated('observed-data', finding.key, finding.time, finding.time, system),
    first_observed: finding.first,
    last_observed: notBefore(finding.last, finding.first),
    number_observed: Math.min(MAX_COUNT, Math.max(1, finding.probes)),
    object_refs: [address.id],
  };
  const trusted =
    address &&
    address.type !== 'mac-addr' &&
    !finding.spoofable &&
    !finding.decoy &&
    finding.direction !== 'internal' &&
    finding.direction !== 'outbound';
  const indicator = trusted && indicatorOf(finding, address, system);
  const seen = {
    ...dated('sighting', finding.uid, finding.first, finding.time, system),
    description: text(finding.text),
    confidence: finding.confidence,
    first_seen: finding.first,
    last_seen: notBefore(finding.last, finding.first),
    count: Math.min(MAX_COUNT, Math.max(1, finding.probes)),
    sighting_of_ref: (indicator || technique).id,
    where_sighted_refs: (sites.length > 0 ? sites : [system]).map(({ id }) => id),
    ...(observed ? { observed_data_refs: [observed.id] } : {}),
    ...(finding.link ? { external_references: [{ source_name: 'blockwatch', url: finding.link }] } : {}),
  };
  const indicates = indicator && {
    ...dated('relationship', `${finding.uid}/indicates`, finding.first, finding.first, system),
    relationship_type: 'indicates',
    source_ref: indicator.id,
    target_ref: technique.id,
  };
  return [technique, address, observed, indicator, indicates, seen].filter((one): one is Stix & typeof seen =>
    Boolean(one),
  );
}

function indicatorOf(finding: Finding, address: Stix, system: Stix): Stix {
  const value = String(address['value']);
  return {
    ...dated('indicator', finding.uid, finding.first, finding.time, system),
    name: text(`${finding.name} from ${value}`),
    description: text(finding.text),
    indicator_types: ['malicious-activity'],
    pattern: `[${address.type}:value ${finding.aggregate ? 'ISSUBSET' : '='} '${value.replace(/[\\']/g, '\\$&')}']`,
    pattern_type: 'stix',
    valid_from: finding.first,
    confidence: finding.confidence,
  };
}

/**
 * An event without a technique, such as a new host or a sensor incident, becomes a note on its address or its reporter.
 */
function notes(finding: Finding, system: Stix, sites: readonly Stix[]): Stix[] {
  const address = observable(finding);
  const about = address ? [address] : sites.length > 0 ? sites : [system];
  const note = {
    ...dated('note', finding.key, finding.time, finding.time, system),
    abstract: text(finding.name),
    content: text(finding.text),
    object_refs: about.map(({ id }) => id),
  };
  return address ? [address, note] : [note];
}

function identity(name: string, identityClass: string): Stix {
  return {
    type: 'identity',
    spec_version: '2.1',
    id: named('identity', name),
    created: CONSTANT_SINCE,
    modified: CONSTANT_SINCE,
    name: text(name),
    identity_class: identityClass,
  };
}

function attackPattern({ technique }: Finding, system: Stix): Stix {
  const known = technique as Exclude<Finding['technique'], ''>;
  return {
    ...dated('attack-pattern', known, CONSTANT_SINCE, CONSTANT_SINCE, system),
    name: techniqueNames[known],
    external_references: [
      { source_name: 'mitre-attack', external_id: known, url: techniqueLink(known).replace(/\/$/, '') },
    ],
    kill_chain_phases: [{ kill_chain_name: 'mitre-attack', phase_name: tactics[known].slug }],
  };
}

/** Undefined if the source is unknown. */
function observable({ source, aggregate }: Finding): Stix | undefined {
  const family = familyOf(source);
  if (family === '') return undefined;
  const type = `${family}-addr`;
  const value = family === 'ipv6' && aggregate ? network(source) : source.toLowerCase();
  // Section 2.9: the value as canonical JSON makes the id.
  return { type, spec_version: '2.1', id: `${type}--${uuid5(OBSERVABLE_NAMESPACE, JSON.stringify({ value }))}`, value };
}

/** The address's /64. */
function network(source: string): string {
  const bytes = parseAddress(source);
  return bytes?.length === 16
    ? `${formatAddress(
        FAMILY_IPV6,
        bytes.map((byte, i) => (i < 8 ? byte : 0)),
      )}/64`
    : source;
}

/** Keeps `modified` from preceding `created`, whatever a sensor's clock says. */
function dated(type: string, name: string, created: string, modified: string, by: Stix): Stix {
  return {
    type,
    spec_version: '2.1',
    id: named(type, name),
    created_by_ref: by.id,
    created,
    modified: notBefore(modified, created),
  };
}

const notBefore = (time: string, other: string): string => (time < other ? other : time);
const text = (words: string): string => printable(words);
const named = (type: string, name: string): string => `${type}--${uuid5(BLOCKWATCH_NAMESPACE, `${type}/${name}`)}`;

/** RFC 9562, section 5.5. */
export function uuid5(namespace: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replace(/-/g, ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16);
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
