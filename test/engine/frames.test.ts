import assert from 'node:assert/strict';
import { Engine, writeConfig } from '../../host/sensor/engine.js';
import * as codes from '../../src/engine/constants/codes.js';
import { COMPILER_AT, COMPILER_BYTES, END } from '../../src/engine/constants/memory.js';
import { memoryMap, pageBytes } from '../../src/engine/constants/memory-map.js';
import { counterNames, counters } from '../../src/protocol/counters.js';
import { ACK, arp, ethernet, ipv4, packet, RST, SYN, tcp, udp } from '../support/packets.js';
import { home, Office } from './office.js';

type Counted = Record<string, number>;

const fates = [
  'decoded',
  'ignoredNotData',
  'ignoredEncrypted',
  'ignoredProtocol',
  'ignoredLink',
  'malformedLink',
  'malformedArp',
  'malformedIpv4',
  'malformedIpv6',
  'malformedTransport',
];

async function fateOf(frame: Buffer, link = codes.LINK_ETHERNET, original = frame.length): Promise<string> {
  const engine = await Engine.load({ home, seed: [1, 2] });
  engine.push(1e12, link, frame, 0, Math.min(frame.length, 192), original);
  engine.run();
  const counted = engine.counters();
  const hit = fates.filter((fate) => counted[fate] === 1);
  assert.equal(hit.length, 1, 'a frame has one fate');
  return hit[0] as string;
}

describe('every frame is counted once', () => {
  const syn = tcp('203.0.113.5', '10.20.9.9', 80, SYN);

  it('a whole frame is counted as decoded', async () => {
    assert.equal(await fateOf(syn), 'decoded');
    assert.equal(await fateOf(udp('203.0.113.5', '10.20.9.9', 53)), 'decoded');
    assert.equal(await fateOf(arp(1, '10.20.1.5', '10.20.1.6')), 'decoded');
    assert.equal(await fateOf(tcp('2001:db8::1', 'fd20:20::9', 80, SYN)), 'decoded');
  });

  it('as malformed, when it ends too early: at every length', async () => {
    for (let length = 0; length < 50; length++) {
      const fate = await fateOf(syn.subarray(0, length), codes.LINK_ETHERNET, syn.length);
      const expected = length < 14 ? 'malformedLink' : length < 34 ? 'malformedIpv4' : 'malformedTransport';
      assert.equal(fate, expected, `${length} bytes`);
    }
    assert.equal(await fateOf(syn.subarray(0, 50), codes.LINK_ETHERNET, syn.length), 'decoded');
  });

  it('as malformed, when its lengths lie', async () => {
    const long = Buffer.from(syn);
    long.writeUInt16BE(1400, 16);
    assert.equal(await fateOf(long), 'malformedIpv4');
    const short = Buffer.from(syn);
    short.writeUInt16BE(19, 16);
    assert.equal(await fateOf(short), 'malformedIpv4');
    const header = Buffer.from(syn);
    header[14] = 0x4f;
    assert.equal(await fateOf(header.subarray(0, 60), codes.LINK_ETHERNET, 60), 'malformedIpv4');
    const offset = Buffer.from(syn);
    offset[46] = 0x10;
    assert.equal(await fateOf(offset), 'malformedTransport');
    const tcpLong = Buffer.from(syn);
    tcpLong[46] = 0xf0;
    assert.equal(await fateOf(tcpLong), 'malformedTransport');
  });

  it('as ignored, when it is of no concern', async () => {
    assert.equal(await fateOf(ethernet(0x88cc, Buffer.alloc(46))), 'ignoredProtocol');
    assert.equal(await fateOf(ethernet(38, Buffer.from('424203000000'.padEnd(76, '0'), 'hex'))), 'ignoredProtocol');
    assert.equal(await fateOf(syn, 99), 'ignoredLink');
  });

  it('as malformed, when tags have no end; extension headers without end hide a question, and are taken for one', async () => {
    const tags = Buffer.concat([
      Buffer.alloc(12),
      ...Array.from({ length: 48 }, () => Buffer.from('81000001', 'hex')),
      Buffer.from('0800', 'hex'),
      Buffer.alloc(40),
    ]);
    assert.equal(await fateOf(tags), 'malformedLink');
    const extensions = Buffer.concat(Array.from({ length: 12 }, () => Buffer.from('3c00000000000000', 'hex')));
    assert.equal(await fateOf(packet('2001:db8::1', 'fd20:20::9', 60, extensions)), 'decoded');
    assert.equal(await fateOf(packet('2001:db8::1', 'fd20:20::9', 60, extensions.subarray(0, 20))), 'malformedIpv6');
  });

  it('a frame is counted the same over every link layer', async () => {
    const ip = syn.subarray(14);
    const llc = Buffer.concat([Buffer.from('aaaa030000000800', 'hex'), ip]);
    const wifiHead = (flags: number, subtype = 0): Buffer =>
      Buffer.concat([Buffer.from([0x08 | (subtype << 4), flags, 0, 0]), Buffer.alloc(20)]);
    const frames: [string, number, Buffer][] = [
      [
        'QinQ',
        codes.LINK_ETHERNET,
        Buffer.concat([syn.subarray(0, 12), Buffer.from('88a8012c81000007', 'hex'), syn.subarray(12)]),
      ],
      [
        'PPPoE',
        codes.LINK_ETHERNET,
        Buffer.concat([syn.subarray(0, 12), Buffer.from('88641100000100400021', 'hex'), ip]),
      ],
      [
        '802.3 with SNAP',
        codes.LINK_ETHERNET,
        Buffer.concat([syn.subarray(0, 12), Buffer.from([llc.length >> 8, llc.length & 255]), llc]),
      ],
      ['Linux cooked', codes.LINK_SLL, Buffer.concat([Buffer.from('00000001000600112233445500000800', 'hex'), ip])],
      [
        'Linux cooked 2',
        codes.LINK_SLL2,
        Buffer.concat([Buffer.from('0800000000000001000100060011223344550000', 'hex'), ip]),
      ],
      ['raw IP', codes.LINK_RAW_IP, ip],
      ['BSD loopback', codes.LINK_NULL, Buffer.concat([Buffer.from('02000000', 'hex'), ip])],
      ['802.11', codes.LINK_IEEE80211, Buffer.concat([wifiHead(1), llc])],
      ['802.11 from the access point', codes.LINK_IEEE80211, Buffer.concat([wifiHead(2), llc])],
      ['802.11 with four addresses', codes.LINK_IEEE80211, Buffer.concat([wifiHead(3), Buffer.alloc(6), llc])],
      ['802.11 QoS', codes.LINK_IEEE80211, Buffer.concat([wifiHead(1, 8), Buffer.alloc(2), llc])],
      ['radiotap', codes.LINK_RADIOTAP, Buffer.concat([Buffer.from('0000080000000000', 'hex'), wifiHead(1), llc])],
    ];
    for (const [title, link, frame] of frames) assert.equal(await fateOf(frame, link), 'decoded', title);
  });

  it('as encrypted or not data, in the air', async () => {
    const body = Buffer.alloc(60);
    assert.equal(
      await fateOf(Buffer.concat([Buffer.from([0x08, 0x41, 0, 0]), body]), codes.LINK_IEEE80211),
      'ignoredEncrypted',
    );
    assert.equal(
      await fateOf(Buffer.concat([Buffer.from([0x80, 0, 0, 0]), body]), codes.LINK_IEEE80211),
      'ignoredNotData',
    );
    assert.equal(
      await fateOf(Buffer.concat([Buffer.from([0x48, 1, 0, 0]), body]), codes.LINK_IEEE80211),
      'ignoredNotData',
    );
  });

  it('and the fates add up to the frames', async () => {
    const office = (await Office.open()).warmUp();
    office
      .send(ethernet(0x88cc, Buffer.alloc(46)))
      .send(syn.subarray(0, 20))
      .send(Buffer.alloc(3))
      .close();
    const counted: Counted = office.engine.counters();
    assert.equal(
      fates.reduce((sum, fate) => sum + (counted[fate] ?? 0), 0),
      counted['frames'],
    );
    assert.ok((counted['frames'] ?? 0) > 30);
  });
});

describe('a later fragment', () => {
  it('a later fragment is no probe: it has no ports', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 50; i++) {
      office.send(ethernet(0x0800, ipv4('203.0.113.66', `10.20.9.${i}`, 6, Buffer.alloc(40), { fragment: 1480 })), 100);
    }
    office.close();
    assert.deepEqual(office.accused(), []);
    assert.equal(office.engine.counters()['fragments'], 50);
  });

  it('but a first fragment too small for the flags is, on every host it is sent to', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 10; i++) {
      const piece = tcp('203.0.113.66', `10.20.9.${i}`, 80, SYN).subarray(34, 42);
      office.send(ethernet(0x0800, ipv4('203.0.113.66', `10.20.9.${i}`, 6, piece, { moreFragments: true })), 100);
    }
    assert.equal(office.scans('203.0.113.66')[0]?.kind, 'stealth-scan');
  });
});

describe('two-way evidence', () => {
  it('takes the flag "spoofable" from a source that finished a handshake with the right number', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 10; i++) office.send(tcp('203.0.113.66', `10.20.9.${i}`, 80, SYN), 200);
    office.connect('203.0.113.66', '10.20.1.5', 80).connect('203.0.113.66', '10.20.1.6', 80);
    office.close();
    assert.deepEqual(
      [office.scans('203.0.113.66')[0]?.spoofable, office.scans('203.0.113.66').at(-1)?.spoofable],
      [true, false],
    );
  });

  it('of an honest visitor does not make a scan forged in his name his', async () => {
    const office = (await Office.open()).warmUp();
    office.connect('203.0.113.66', '10.20.1.5', 80).connect('203.0.113.66', '10.20.1.6', 80);
    for (let i = 1; i <= 10; i++) office.send(tcp('203.0.113.66', `10.20.9.${i}`, 80, SYN), 200);
    office.close();
    assert.ok(office.scans('203.0.113.66').every((record) => record.spoofable));
  });

  it('is not made by a blind ACK with a wrong number', async () => {
    const office = (await Office.open()).warmUp();
    for (const server of ['10.20.1.5', '10.20.1.6', '10.20.1.7']) {
      office.send(tcp('203.0.113.66', server, 80, SYN, { sequence: 1 }), 5);
      office.send(
        tcp(server, '203.0.113.66', 40000, SYN | ACK, { sourcePort: 80, sequence: 5000, acknowledgement: 2 }),
        1,
      );
      office.send(tcp('203.0.113.66', server, 80, ACK, { sequence: 2, acknowledgement: 6000 }), 1);
    }
    for (let i = 1; i <= 10; i++) office.send(tcp('203.0.113.66', `10.20.9.${i}`, 80, SYN), 200);
    assert.equal(office.scans('203.0.113.66')[0]?.spoofable, true);
  });

  it('is not made by sending ACKs blindly after every SYN, nor do they hide the scan', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 1; i <= 20; i++) {
      office.send(tcp('203.0.113.66', `10.20.9.${i}`, 80, SYN, { sequence: 1 }), 50);
      office.send(tcp('203.0.113.66', `10.20.9.${i}`, 80, ACK, { sequence: 2, acknowledgement: 77 }), 50);
    }
    const [start] = office.scans('203.0.113.66');
    assert.equal(start?.spoofable, true);
  });
});

describe('the engine', () => {
  it('has one page of memory, and its map fits', async () => {
    const engine = await Engine.load({ home });
    const memory = (engine as unknown as { exports: { memory: { buffer: ArrayBuffer; grow(pages: number): number } } })
      .exports.memory;
    assert.equal(memory.buffer.byteLength, 65536);
    assert.throws(() => memory.grow(1), RangeError);
    assert.equal(pageBytes, 65536);
    assert.ok(END <= 65536);
    let next = COMPILER_AT;
    for (const [name, at, bytes] of memoryMap) {
      assert.equal(at, next, name);
      next = at + bytes;
    }
    assert.equal(next, END);
    assert.ok(COMPILER_AT + COMPILER_BYTES <= 1024);
  });

  it('counts by the names that the protocol has for its counters', () => {
    assert.equal(counterNames.length, codes.COUNTER_COUNT);
    assert.deepEqual(
      Object.values(counters).sort((a, b) => a - b),
      Array.from({ length: codes.COUNTER_COUNT }, (_, i) => i),
    );
  });

  it('gives the same records for the same frames every time', async () => {
    const told = await Promise.all(
      [0, 1].map(async () => {
        const office = (await Office.open()).warmUp();
        for (let i = 1; i <= 60; i++) office.refuse('203.0.113.66', `10.20.9.${i}`, 80 + (i % 3));
        return office.close().records;
      }),
    );
    assert.ok((told[0] ?? []).length > 2);
    assert.deepEqual(told[0], told[1]);
  });

  it('finds the same scan whatever the seed of its hashes', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const office = (await Office.open({ seed: [seed * 7919, seed * 104729] })).warmUp();
      for (let i = 1; i <= 20; i++) office.send(tcp('203.0.113.66', `10.20.9.${i}`, 445, SYN), 200);
      assert.deepEqual(office.close().accused(), ['203.0.113.66'], `seed ${seed}`);
    }
  });

  it('goes on over the wrap of its 32-bit clock', async () => {
    const office = await Office.open();
    office.now = Math.floor(office.now / 2 ** 32) * 2 ** 32 + 2 ** 32 - 2000;
    office.warmUp();
    for (let i = 1; i <= 20; i++) office.send(tcp('203.0.113.66', `10.20.9.${i}`, 445, SYN), 400);
    office.wait(10 * 60_000);
    const records = office.scans('203.0.113.66');
    assert.equal(records[0]?.stage, 'start');
    assert.equal(records.at(-1)?.stage, 'end');
    for (const record of records) {
      assert.ok(record.first <= record.last && record.last <= record.time, JSON.stringify(record));
      assert.ok(Math.abs(record.time - office.now) < 3_600_000);
    }
  });

  it('counts a clock that runs backwards, and keeps its own', async () => {
    const office = (await Office.open()).warmUp();
    office.now -= 60_000;
    for (let i = 1; i <= 10; i++) office.send(tcp('203.0.113.66', `10.20.9.${i}`, 445, SYN), 0);
    office.take();
    assert.ok((office.engine.counters()['clockBackwards'] ?? 0) >= 10);
  });

  it('is not stopped by one frame from the far future: the clock is set back, and scans are dated right', async () => {
    const office = (await Office.open()).warmUp();
    const ahead = tcp('198.51.100.1', '10.20.1.5', 80, SYN);
    for (const leap of [3_600_000, 30 * 24 * 3_600_000])
      office.engine.push(office.now + leap, codes.LINK_ETHERNET, ahead, 0, ahead.length, ahead.length);
    for (let i = 1; i <= 40; i++) office.send(tcp('203.0.113.66', `10.20.9.${i}`, 445, SYN), 400);
    office.wait(10 * 60_000);
    const records = office.scans('203.0.113.66');
    assert.equal(records[0]?.stage, 'start');
    assert.equal(records.at(-1)?.stage, 'end');
    for (const record of records)
      assert.ok(Math.abs(record.time - office.now) < 3_600_000, new Date(record.time).toISOString());
    assert.deepEqual(office.accused(), ['203.0.113.66']);
  });

  it('reports the time of the first probe, not of the second', async () => {
    const office = (await Office.open()).warmUp();
    const began = office.now + 1000;
    for (let i = 1; i <= 6; i++)
      office.send(tcp('203.0.113.66', `10.20.9.${i}`, 445, SYN), i === 1 ? 1000 : 30 * 60_000).wait(1000);
    assert.equal(office.scans('203.0.113.66')[0]?.first, began);
  });

  it('refuses home blocks that are none, and too many of them', async () => {
    await assert.rejects(Engine.load({ home: ['10.20.0.0/33'] }), /not a block of addresses/);
    await assert.rejects(Engine.load({ home: ['10.20.0.1/16'] }), /not a block of addresses/);
    await assert.rejects(
      Engine.load({ home: Array.from({ length: 17 }, (_, i) => `10.${i}.0.0/16`) }),
      /at most 16 IPv4/,
    );
    assert.throws(
      () =>
        writeConfig(
          new DataView(new ArrayBuffer(1024)),
          0,
          Array.from({ length: 9 }, (_, i) => `fd00:${i + 1}::/32`),
        ),
      /at most 8 IPv6/,
    );
  });

  it('does not take a host that only ever sends RST for one that exists', async () => {
    const office = (await Office.open()).warmUp();
    office.take();
    const before = office.engine.counters()['presenceUsed'] ?? 0;
    for (let i = 1; i <= 20; i++)
      office.send(tcp(`10.20.40.${i}`, '203.0.113.66', 40000, RST | ACK, { sourcePort: 80 }));
    office.take();
    assert.equal(office.engine.counters()['presenceUsed'], before);
  });
});
