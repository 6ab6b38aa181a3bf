import assert from 'node:assert/strict';
import { readList } from '../../host/collector/known/read.js';
import { patternAddresses } from '../../host/collector/known/stix-pattern.js';
import type { Finding } from '../../host/collector/rules/known-entry.js';
import { admit } from '../../host/collector/rules/known-entry.js';
import { FAMILY_IPV4, FAMILY_IPV6 } from '../../src/engine/constants/codes.js';
import { formatAddress } from '../../src/protocol/address.js';
import { T0 } from '../support/collector.js';

/** The findings of a text that arrives in pieces of `size` bytes. */
async function read(text: string | Uint8Array, size = 7): Promise<{ findings: Finding[]; cut: string | undefined }> {
  const bytes = Buffer.from(text);
  const findings: Finding[] = [];
  let cut: string | undefined;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  for await (const one of readList(pieces(), T0)) {
    findings.push(...one.findings);
    cut = one.cut;
  }
  return { findings, cut };
}

const blocks = ({ findings }: { findings: Finding[] }): string[] =>
  findings.flatMap((one) =>
    one.what === 'entry'
      ? [
          `${formatAddress(one.entry.block.bytes.length === 4 ? FAMILY_IPV4 : FAMILY_IPV6, one.entry.block.bytes)}/${one.entry.block.prefix}`,
        ]
      : [],
  );
const bad = ({ findings }: { findings: Finding[] }): string[] =>
  findings.flatMap((one) => (one.what === 'bad' ? [`${one.line}: ${one.reason}`] : []));
const passed = ({ findings }: { findings: Finding[] }): string[] =>
  findings.flatMap((one) => (one.what === 'passed' ? [one.why] : []));
const labels = ({ findings }: { findings: Finding[] }): string[] =>
  findings.flatMap((one) => (one.what === 'entry' ? [one.entry.label] : []));

describe('a plain list of known scanners', () => {
  it('has a block a line, with comments, empty lines, and any ends of lines', async () => {
    const list = await read('\uFEFF# scanners\r\n\r\n203.0.113.0/24\r\n  198.51.100.7  \n2001:db8::/32\n; end\n// end');
    assert.deepEqual(blocks(list), ['203.0.113.0/24', '198.51.100.7/32', '2001:db8::/32']);
    assert.deepEqual([bad(list), list.cut], [[], undefined]);
  });

  it('takes what stands behind an entry for its label', async () => {
    const list = await read(
      '203.0.113.0/24 ; SBL1234\n198.51.100.7 # a \u001b[2Jscanner\n198.51.100.8,botnet\n198.51.100.9\tnews\n198.51.100.10//x\n',
    );
    assert.deepEqual(labels(list), ['SBL1234', 'a [2Jscanner', 'botnet', 'news', 'x']);
    assert.deepEqual(bad(list), []);
  });

  it('shows each bad line with its number, and loses nothing else', async () => {
    const list = await read(
      '203.0.113.0/24\nkitchen\n198.51.100.7/24\n1.2.3\n256.1.1.1\n010.1.1.1\n1.2.3.4:80\n1.2.3.0/24/2\n<html>\n198.51.100.9',
    );
    assert.deepEqual(blocks(list), ['203.0.113.0/24', '198.51.100.9/32']);
    assert.deepEqual(bad(list), [
      '2: "kitchen" is neither an address nor a CIDR block',
      '3: "198.51.100.7/24" has host bits set',
      '4: "1.2.3" is neither an address nor a CIDR block',
      '5: "256.1.1.1" is neither an address nor a CIDR block',
      '6: "010.1.1.1" is neither an address nor a CIDR block',
      '7: "1.2.3.4:80" is neither an address nor a CIDR block',
      '8: "1.2.3.0/24/2" is neither an address nor a CIDR block',
      '9: "<html>" is neither an address nor a CIDR block',
    ]);
  });

  it('cannot mark the whole internet or home networks as known', async () => {
    for (const text of ['0.0.0.0/0', '::/0', '8.0.0.0/7', '2000::/3'])
      assert.match(String(admit(text)), /is wider than \/(8|16)/, text);
    for (const text of [
      '10.0.0.0/8',
      '192.168.1.1',
      '172.16.0.0/12',
      '172.0.0.0/8',
      '100.64.0.0/10',
      '127.0.0.1',
      '169.254.1.1',
      '224.0.0.1',
      '255.255.255.255',
      '0.0.0.0',
      '::',
      '::1',
      'fe80::1',
      'fd20:20::/48',
      'ff02::1',
      '::ffff:1.2.3.4',
    ])
      assert.match(String(admit(text)), /is not on the internet/, text);
    for (const text of ['8.8.8.8', '9.0.0.0/8', '172.32.0.0/11', '2001:db8::1', '2a00::/16'])
      assert.equal(typeof admit(text), 'object', text);
  });

  it('does not hold a line without an end, and goes on behind it', async () => {
    const list = await read(`203.0.113.1\n${'x'.repeat(300_000)}\n203.0.113.2\n`, 4096);
    assert.deepEqual(blocks(list), ['203.0.113.1/32', '203.0.113.2/32']);
    assert.deepEqual(bad(list), ['2: the line is longer than 4096 characters']);
  });

  it('may be empty, or bytes that are no text', async () => {
    assert.deepEqual((await read('')).findings, []);
    assert.deepEqual((await read('\n \n')).findings, []);
    assert.equal(bad(await read(new Uint8Array([0xff, 0xfe, 0x00, 0x41, 0x0a, 0xc3]))).length, 2);
  });

  it('reads the same however it is cut into pieces', async () => {
    const text = '# é\n203.0.113.0/24 # Zürich\n2001:db8::/32\nbad line\n198.51.100.1';
    const whole = await read(text, 1000);
    for (const size of [1, 2, 3, 5]) assert.deepEqual(await read(text, size), whole);
  });
});

describe('a MISP list', () => {
  const attribute = (type: string, value: string, more: object = {}): object => ({
    uuid: 'u',
    category: 'Network activity',
    to_ids: true,
    type,
    value,
    ...more,
  });

  it('reads the addresses of an event and its objects, and counts malformed ones', async () => {
    const event = {
      Event: {
        info: 'x',
        Attribute: [
          attribute('ip-src', '203.0.113.7', { comment: 'sweeps', timestamp: '1700000000' }),
          attribute('ip-dst', '198.51.100.0/24'),
          attribute('domain', 'evil.example'),
          attribute('md5', 'd41d8cd98f00b204e9800998ecf8427e'),
        ],
        Object: [
          {
            name: 'ip-port',
            Attribute: [
              attribute('ip-src|port', '203.0.113.9|443'),
              attribute('ip-dst|port', '2001:db8::9|443'),
              attribute('domain', 'b.example'),
            ],
          },
        ],
      },
    };
    for (const text of [
      JSON.stringify(event),
      JSON.stringify(event, undefined, 2),
      JSON.stringify({ response: [event] }),
    ]) {
      const list = await read(text);
      assert.deepEqual(blocks(list), ['203.0.113.7/32', '198.51.100.0/24', '203.0.113.9/32', '2001:db8::9/128']);
      assert.deepEqual(passed(list), ['domain', 'md5', 'domain']);
      assert.deepEqual(labels(list), ['sweeps', '', '', '']);
      assert.deepEqual(list.findings[0], {
        what: 'entry',
        line: list.findings[0]?.what === 'entry' ? list.findings[0].line : 0,
        entry: {
          block: { bytes: new Uint8Array([203, 0, 113, 7]), prefix: 32 },
          label: 'sweeps',
          since: 1_700_000_000_000,
          until: null,
        },
      });
      assert.deepEqual([bad(list), list.cut], [[], undefined]);
    }
  });

  it('leaves out what is deleted or not meant for detection', async () => {
    const list = await read(
      JSON.stringify({
        response: {
          Attribute: [
            attribute('ip-src', '203.0.113.7', { deleted: true }),
            attribute('ip-src', '203.0.113.8', { to_ids: false }),
            attribute('ip-src', '203.0.113.9'),
          ],
        },
      }),
    );
    assert.deepEqual(blocks(list), ['203.0.113.9/32']);
    assert.deepEqual(passed(list), ['deleted', 'not for detection (to_ids)']);
  });

  it('names the line of a malformed address', async () => {
    const list = await read(
      `{"Event":{"Attribute":[\n${JSON.stringify(attribute('ip-src', '203.0.113.7'))},\n${JSON.stringify(attribute('ip-src', 'kitchen'))}\n]}}`,
    );
    assert.deepEqual(bad(list), ['3: "kitchen" is neither an address nor a CIDR block']);
    assert.deepEqual(blocks(list), ['203.0.113.7/32']);
  });

  it('says where a text was cut off, is nested without end, or is no JSON, and gives what came before', async () => {
    const whole = JSON.stringify({
      Event: { Attribute: [attribute('ip-src', '203.0.113.7'), attribute('ip-src', '203.0.113.8')] },
    });
    const short = await read(whole.slice(0, -30));
    assert.deepEqual(blocks(short), ['203.0.113.7/32']);
    assert.match(short.cut ?? '', /ends in the middle, in line 1/);
    assert.match((await read('['.repeat(5000))).cut ?? '', /nested deeper than 200/);
    assert.match((await read('{"a":[}')).cut ?? '', /is not JSON/);
    assert.deepEqual(
      bad(
        await read(`{"Attribute":[{"type":oops,"value":"x"},${JSON.stringify(attribute('ip-src', '203.0.113.8'))}]}`),
      ),
      ['1: an object that is not JSON'],
    );
  });

  it('is not confused by brackets and quotes in strings', async () => {
    const list = await read(
      JSON.stringify({
        Event: { info: 'a } ] " \\ {', Attribute: [attribute('ip-src', '203.0.113.7', { comment: '"}]{[\\' })] },
      }),
      3,
    );
    assert.deepEqual([blocks(list), labels(list), list.cut], [['203.0.113.7/32'], ['"}]{[\\'], undefined]);
  });

  it('holds no more of a large one than its small objects', async () => {
    const many = Array.from({ length: 5000 }, (_, i) =>
      attribute('ip-src', `203.0.${i >> 8}.${i & 255}`, { comment: 'x'.repeat(50) }),
    );
    const list = await read(JSON.stringify({ Event: { Attribute: many, Blob: 'y'.repeat(200_000) } }), 65_536);
    assert.deepEqual([blocks(list).length, bad(list), list.cut], [5000, [], undefined]);
  });
});

describe('a STIX bundle', () => {
  const indicator = (pattern: string, more: object = {}): object => ({
    type: 'indicator',
    spec_version: '2.1',
    id: 'indicator--1',
    pattern,
    pattern_type: 'stix',
    valid_from: '2025-01-01T00:00:00Z',
    ...more,
  });
  const bundle = (...objects: object[]): string => JSON.stringify({ type: 'bundle', id: 'bundle--1', objects });

  it('gives the addresses of its indicators, with name and times', async () => {
    const until = new Date(T0 + 1000).toISOString();
    const list = await read(
      bundle(
        indicator("[ipv4-addr:value = '203.0.113.7']", { name: 'Sweeper', valid_until: until }),
        indicator("[ipv6-addr:value ISSUBSET '2001:db8::/32']"),
      ),
    );
    assert.deepEqual(
      [blocks(list), labels(list)],
      [
        ['203.0.113.7/32', '2001:db8::/32'],
        ['Sweeper', ''],
      ],
    );
    const [first] = list.findings;
    assert.deepEqual(first?.what === 'entry' && [first.entry.since, first.entry.until], [
      Date.parse('2025-01-01T00:00:00Z'),
      T0 + 1000,
    ]);
  });

  it('leaves out what is over, revoked, of another language, or no indicator; and counts each', async () => {
    const list = await read(
      bundle(
        indicator("[ipv4-addr:value = '203.0.113.1']", { valid_until: new Date(T0).toISOString() }),
        indicator("[ipv4-addr:value = '203.0.113.2']", { revoked: true }),
        indicator('alert tcp any any', { pattern_type: 'snort' }),
        indicator("[domain-name:value = 'evil.example']"),
        { type: 'ipv4-addr', id: 'ipv4-addr--1', value: '203.0.113.3' },
        { type: 'identity', id: 'identity--1', name: 'x' },
      ),
    );
    assert.deepEqual(blocks(list), []);
    assert.deepEqual(passed(list), [
      'expired',
      'revoked',
      'patterns of snort',
      'comparisons of other things',
      'STIX ipv4-addr',
      'STIX identity',
    ]);
  });

  const patterns: [string, string[] | undefined][] = [
    ["[ipv4-addr:value = '203.0.113.7']", ['203.0.113.7']],
    ["[ ipv4-addr:value='203.0.113.7'  OR ipv4-addr:value = '203.0.113.8/31' ]", ['203.0.113.7', '203.0.113.8/31']],
    ["[ipv4-addr:value = '203.0.113.7'] OR [ipv6-addr:value = '2001:db8::7']", ['203.0.113.7', '2001:db8::7']],
    ["[(ipv4-addr:value = '203.0.113.7' OR ipv4-addr:value = '203.0.113.8')]", ['203.0.113.7', '203.0.113.8']],
    ["[ipv4-addr:value IN ('203.0.113.7', '203.0.113.8')]", ['203.0.113.7', '203.0.113.8']],
    ["[network-traffic:src_ref.value = '203.0.113.7']", ['203.0.113.7']],
    ["[network-traffic:dst_ref.value = '203.0.113.7']", []],
    ["[ipv4-addr:value = '203.0.113.7' OR domain-name:value = 'x']", ['203.0.113.7']],
    ["[ipv4-addr:value = '203.0.113.7' AND network-traffic:dst_port = 22]", undefined],
    ["[ipv4-addr:value = '203.0.113.7'] FOLLOWEDBY [ipv4-addr:value = '203.0.113.8']", undefined],
    ["[ipv4-addr:value = '203.0.113.7'] AND [ipv4-addr:value = '203.0.113.8']", undefined],
    ["[NOT ipv4-addr:value = '203.0.113.7']", undefined],
    ["[ipv4-addr:value NOT = '203.0.113.7']", undefined],
    ["[ipv4-addr:value != '203.0.113.7']", []],
    ["[ipv4-addr:value = '203.0.113.7'] WITHIN 5 SECONDS", undefined],
    ["[ipv4-addr:value = '203.0.113.7'", undefined],
    ["[ipv4-addr:value = '203.0.113.7", undefined],
    ['', undefined],
    ["[file:name = 'it\\'s']", []],
  ];
  for (const [pattern, expected] of patterns) {
    it(`${expected === undefined ? 'says nothing of an address alone' : `speaks of ${expected.join(', ') || 'no address'}`} in ${pattern || 'an empty pattern'}`, () => {
      assert.deepEqual(patternAddresses(pattern)?.addresses, expected);
    });
  }
});
