/**
 * Blockwatch's own schemas for the outputs, stricter than the formats'. The formats' schemas are not in this
 * repository: see schemas.test.ts.
 */
type Schema = Record<string, unknown>;

const text = { type: 'string', minLength: 1 };
const whole = { type: 'integer' };
const list = (items: Schema): Schema => ({ type: 'array', items, minItems: 1 });
const exactly = (properties: Record<string, Schema>, optional: string[] = []): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});
const iso = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' };
const ms = { type: 'integer', minimum: 0 };
const any = { type: 'object' };

export const eveSubset = exactly(
  {
    timestamp: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{6}\\+0000$' },
    flow_id: whole,
    event_type: { const: 'alert' },
    host: text,
    src_ip: text,
    ip_v: { enum: [4, 6] },
    ether: exactly({ src_mac: text }),
    dest_port: { type: 'integer', minimum: 0, maximum: 65_535 },
    proto: { enum: ['TCP', 'UDP', 'SCTP', 'ICMP', 'IPv6-ICMP'] },
    alert: exactly(
      {
        action: { const: 'allowed' },
        gid: { const: 1 },
        signature_id: { type: 'integer', minimum: 1_595_000, maximum: 1_595_999 },
        rev: whole,
        signature: text,
        category: text,
        severity: { enum: [1, 2, 3] },
        metadata: { type: 'object', additionalProperties: list(text) },
        references: list(text),
      },
      ['references'],
    ),
  },
  ['host', 'src_ip', 'ip_v', 'ether', 'dest_port', 'proto'],
);

const named = exactly({ id: list(text), name: list(text), reference: list(text) });
export const ecsSubset = exactly(
  {
    '@timestamp': iso,
    message: text,
    ecs: exactly({ version: { const: '9.3.0' } }),
    tags: list(text),
    event: exactly(
      {
        id: text,
        kind: { const: 'alert' },
        category: list({ enum: ['host', 'intrusion_detection', 'network'] }),
        type: list({ enum: ['info', 'start', 'end'] }),
        action: text,
        code: text,
        module: text,
        dataset: text,
        provider: text,
        reason: text,
        severity: whole,
        risk_score: { type: 'number' },
        start: iso,
        end: iso,
        url: text,
      },
      ['end', 'url'],
    ),
    rule: any,
    network: exactly({ direction: text, transport: text, type: text }, ['transport', 'type']),
    threat: exactly({
      framework: text,
      tactic: named,
      technique: exactly({ id: list(text), name: list(text), reference: list(text), subtechnique: named }, [
        'subtechnique',
      ]),
    }),
    source: exactly({ address: text, ip: text, mac: { type: 'string', pattern: '^[0-9A-F]{2}(-[0-9A-F]{2}){5}$' } }, [
      'ip',
      'mac',
    ]),
    destination: exactly({ port: whole }),
    related: exactly({ ip: list(text) }),
    observer: any,
    blockwatch: any,
  },
  ['network', 'threat', 'source', 'destination', 'related'],
);

export const ocsfSubset = {
  type: 'object',
  required: ['activity_id', 'category_uid', 'class_uid', 'type_uid', 'time', 'severity_id', 'metadata', 'finding_info'],
  properties: {
    activity_id: { enum: [1, 2, 3] },
    category_uid: { const: 2 },
    class_uid: { const: 2004 },
    type_uid: { enum: [200_401, 200_402, 200_403] },
    time: ms,
    start_time: ms,
    end_time: ms,
    severity_id: { enum: [2, 3, 4, 5] },
    status_id: { enum: [1, 2, 4] },
    confidence_score: { type: 'integer', minimum: 0, maximum: 100 },
    metadata: {
      type: 'object',
      required: ['version', 'product'],
      properties: { version: { const: '1.6.0' }, uid: text },
    },
    finding_info: {
      type: 'object',
      required: ['uid', 'title'],
      properties: { created_time: ms, modified_time: ms, first_seen_time: ms, last_seen_time: ms },
    },
  },
};

const id = {
  type: 'string',
  pattern: '^[a-z0-9-]+--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$',
};
export const stixSubset = exactly({
  type: { const: 'bundle' },
  id,
  objects: list({
    type: 'object',
    required: ['type', 'spec_version', 'id'],
    properties: {
      type: {
        enum: [
          'identity',
          'attack-pattern',
          'ipv4-addr',
          'ipv6-addr',
          'mac-addr',
          'observed-data',
          'indicator',
          'relationship',
          'sighting',
          'note',
        ],
      },
      spec_version: { const: '2.1' },
      id,
      created: iso,
      modified: iso,
      created_by_ref: id,
      count: { type: 'integer', minimum: 1, maximum: 999_999_999 },
      object_refs: list(id),
      where_sighted_refs: list(id),
    },
  }),
});
