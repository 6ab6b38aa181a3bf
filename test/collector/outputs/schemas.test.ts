/**
 * Validates every record of every test capture in every format: always against Blockwatch's own schemas, and against
 * the formats' schemas if BLOCKWATCH_SCHEMAS names a folder with `suricata.json` (etc/schema.json of OISF/suricata),
 * `ecs.csv` (generated/csv/fields.csv of elastic/ecs), `ocsf` (the sources of ocsf/ocsf-schema) and `stix` (schemas of
 * oasis-open/cti-stix2-json-schemas). docs/OUTPUTS.md has the commands.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnySchema, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { ECS_VERSION, ecs } from '../../../host/collector/outputs/formats/ecs.js';
import { eve } from '../../../host/collector/outputs/formats/eve.js';
import { OCSF_VERSION, ocsf } from '../../../host/collector/outputs/formats/ocsf.js';
import { stix, uuid5 } from '../../../host/collector/outputs/formats/stix.js';
import type { Finding } from '../../../host/collector/outputs/model/finding.js';
import { findingOf } from '../../../host/collector/outputs/model/finding.js';
import { scanEvent } from '../../../host/collector/rules/event.js';
import { recordsOf, testCaptures } from '../../../scripts/bench/engine-speed.js';
import { describeWith } from '../../support/requirement.js';
import { OcsfSchema } from './ocsf-schema.js';
import { finding, hostile, hostileTexts, manyFindings } from './samples.js';
import { ecsSubset, eveSubset, ocsfSubset, stixSubset } from './subset.js';

const T = 1_760_000_000_000;
let all: Promise<Finding[]> | undefined;

/** Findings of all captures as received over the wire, one of each kind, and the most hostile texts. */
function everything(): Promise<Finding[]> {
  all ??= (async () => {
    const findings: Finding[] = [];
    for (const path of testCaptures()) {
      const records = await recordsOf(path);
      findings.push(
        ...records.map((record, sequence) =>
          findingOf(
            scanEvent(
              {
                site: 'branch-1',
                sensor: 'tap',
                boot: 1,
                sequence,
                record: { ...record, time: record.time + T, first: record.first + T, last: record.last + T },
              },
              T,
            ),
            'https://blockwatch.example',
          ),
        ),
      );
    }
    assert.ok(findings.length > 250, String(findings.length));
    // Outsiders control texts only; addresses and times are numeric.
    const worst = hostileTexts.map((text) => ({
      ...hostile(text),
      source: '203.0.113.7',
      site: 'berlin',
      sites: ['berlin'],
      link: '',
    }));
    return [...findings, ...manyFindings(), ...worst];
  })();
  return all;
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects; where that is absent, its assertion fails.
type Json = Record<string, any>;
const plain = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json;

async function validate(format: (finding: Finding) => object, check: ValidateFunction): Promise<number> {
  const findings = await everything();
  for (const one of findings)
    assert.ok(check(plain(format(one))), `${one.key}: ${JSON.stringify(check.errors?.slice(0, 3))}`);
  return findings.length;
}

const ajv = (): Ajv2020 => {
  const made = new Ajv2020({ strict: false, unicodeRegExp: false, logger: false });
  addFormats.default(made);
  return made;
};

describe("by Blockwatch's own schemas", function () {
  this.timeout(120_000);
  for (const [name, format, schema] of [
    ['EVE', eve, eveSubset],
    ['ECS', ecs, ecsSubset],
    ['OCSF', ocsf, ocsfSubset],
    ['STIX', stix, stixSubset],
  ] as const) {
    it(`every record of every test capture fits the schema of ${name}`, async () => {
      await validate(format, ajv().compile(schema as AnySchema));
    });
  }

  it('has in STIX no reference to what is not in the bundle, and no object twice', async () => {
    for (const one of await everything()) {
      const { objects } = plain(stix(one)) as { objects: Json[] };
      const ids = objects.map(({ id }) => id as string);
      assert.equal(new Set(ids).size, ids.length);
      for (const object of objects)
        for (const [member, value] of Object.entries(object))
          if (/_refs?$/.test(member))
            for (const ref of [value].flat() as string[]) assert.ok(ids.includes(ref), `${object['type']}.${member}`);
    }
  });
});

describe('STIX', () => {
  const byType = (one: Finding): Record<string, Json> =>
    Object.fromEntries(
      (plain(stix(one)) as { objects: Json[] }).objects.map((object) => [object['type'] as string, object]),
    );

  it('makes an indicator of a source that could not be forged, and says what it indicates', () => {
    const { indicator, sighting, relationship, 'attack-pattern': technique } = byType(finding({ spoofable: false }));
    assert.equal(indicator?.['pattern'], "[ipv4-addr:value = '203.0.113.7']");
    assert.deepEqual(
      [sighting?.['sighting_of_ref'], relationship?.['target_ref']],
      [indicator?.['id'], technique?.['id']],
    );
    assert.equal(technique?.['external_references'][0].external_id, 'T1595.001');
  });

  it('makes none of a spoofable source, a decoy, an internal source, or an unknown one', () => {
    for (const changes of [
      { spoofable: true },
      { spoofable: false, decoy: true },
      { spoofable: false, direction: 'internal' as const },
      { spoofable: false, source: '' },
    ]) {
      const { indicator, sighting, 'attack-pattern': technique } = byType(finding(changes));
      assert.deepEqual([indicator, sighting?.['sighting_of_ref']], [undefined, technique?.['id']]);
    }
  });

  it('STIX gives an aggregate as its /64', () => {
    const objects = byType(finding({ spoofable: false, source: '2001:db8::7', aggregate: true }));
    assert.deepEqual(
      [objects['ipv6-addr']?.['value'], objects['indicator']?.['pattern']],
      ['2001:db8::/64', "[ipv6-addr:value ISSUBSET '2001:db8::/64']"],
    );
  });

  it('names the same thing the same: an address always, a scan over its messages', () => {
    const [start, end] = [
      byType(finding({ spoofable: false })),
      byType(finding({ spoofable: false, stage: 'end', probes: 900 })),
    ];
    for (const type of ['identity', 'attack-pattern', 'ipv4-addr', 'indicator', 'sighting'])
      assert.equal(start[type]?.['id'], end[type]?.['id'], type);
    // The example of RFC 9562, appendix A.4, and the rule of STIX 2.1, section 2.9.
    assert.equal(
      uuid5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com'),
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
    assert.equal(
      start['ipv4-addr']?.['id'],
      `ipv4-addr--${uuid5('00abedb4-aa42-466c-9c01-fed23315a9b7', '{"value":"203.0.113.7"}')}`,
    );
  });
});

describeWith(['schemas'], "every record of every test capture, by the formats' own schemas", function () {
  this.timeout(300_000);
  const at = (name: string): string => join(process.env['BLOCKWATCH_SCHEMAS'] ?? '', name);
  const read = (path: string): Json => JSON.parse(readFileSync(path, 'utf8')) as Json;

  it("EVE: Suricata's", async () => {
    const count = await validate(eve, ajv().compile(read(at('suricata.json')) as AnySchema));
    console.log(`      ${count} EVE events are valid by ${at('suricata.json')}`);
  });

  it('ECS: each field is there under that name and of that type, and what is a list is one', async () => {
    const fields = new Map<string, { type: string; list: boolean }>();
    for (const line of readFileSync(at('ecs.csv'), 'utf8').split('\n').slice(1)) {
      const [version, , , name, type, , normalization] = line.split(',');
      if (/^\d/.test(version ?? '')) {
        assert.equal(version, ECS_VERSION);
        fields.set(name as string, { type: type as string, list: normalization === 'array' });
      }
    }
    const right = (type: string, value: unknown): boolean => {
      if (type === 'long' || type === 'integer') return Number.isSafeInteger(value);
      if (type === 'float' || type === 'scaled_float') return typeof value === 'number';
      if (type === 'date') return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(String(value));
      if (type === 'ip') return /^[\d.]+$|:/.test(String(value));
      return typeof value === 'string';
    };
    let values = 0;
    const walk = (value: Json, path: string): void => {
      for (const [key, member] of Object.entries(value)) {
        const name = path ? `${path}.${key}` : key;
        if (name === 'blockwatch') continue;
        if (typeof member === 'object' && !Array.isArray(member)) walk(member as Json, name);
        else {
          const field = fields.get(name);
          assert.ok(field, `${name} is not of ECS`);
          assert.equal(Array.isArray(member), field.list, name);
          for (const one of [member].flat())
            assert.ok(right(field.type, one), `${name} is ${String(one)}, not ${field.type}`);
          values++;
        }
      }
    };
    const findings = await everything();
    for (const one of findings) walk(plain(ecs(one)), '');
    console.log(`      ${findings.length} ECS documents with ${values} fields are valid by ${at('ecs.csv')}`);
  });

  it('OCSF: Detection Finding', async () => {
    const schema = new OcsfSchema(at('ocsf'));
    assert.equal(schema.version, OCSF_VERSION);
    assert.equal(
      schema.check(
        { ...plain(ocsf(finding())), severity_id: 77, colour: 1, time: 'now', class_uid: 2005 },
        'detection_finding',
      ).length,
      4,
    );
    const findings = await everything();
    for (const one of findings) assert.deepEqual(schema.check(plain(ocsf(one)), 'detection_finding'), [], one.key);
    console.log(`      ${findings.length} OCSF findings are valid by ${at('ocsf')}, version ${schema.version}`);
  });

  it("STIX: OASIS', the bundle and each object", async () => {
    const validator = ajv();
    const schemas = readdirSync(at('stix'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.json'))
      .map((path) => read(join(at('stix'), path)));
    for (const schema of schemas)
      if (!validator.getSchema(schema['$id'] as string)) validator.addSchema(schema as AnySchema);
    const byTitle = new Map(schemas.map((schema) => [schema['title'] as string, schema['$id'] as string]));
    const check = (value: Json): void => {
      const valid = validator.getSchema(
        byTitle.get(value['type'] as string) ?? assert.fail(String(value['type'])),
      ) as ValidateFunction;
      assert.ok(valid(value), `${JSON.stringify(value)}: ${JSON.stringify(valid.errors?.slice(0, 4))}`);
    };
    let objects = 0;
    const findings = await everything();
    for (const one of findings) {
      const bundle = plain(stix(one));
      for (const object of bundle['objects'] as Json[]) {
        check(object);
        objects++;
      }
      // STIX 2.1, section 4.11, has notes; the list in OASIS' schema of a bundle leaves them out.
      check({ ...bundle, objects: (bundle['objects'] as Json[]).filter(({ type }) => type !== 'note') });
    }
    console.log(`      ${findings.length} STIX bundles with ${objects} objects are valid by ${at('stix')}`);
  });
});
