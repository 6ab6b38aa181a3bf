/** Mirrors and tunnels: frames within frames, which of them are opened, and what is believed of them. */
import assert from 'node:assert/strict';
import { ACK, arp, ethernet, packet, SYN, tcp, udp } from '../support/packets.js';
import { Office } from './office.js';

type Wrap = (frame: Buffer) => Buffer;

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const join = (...parts: (Buffer | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? hex(part) : part)));
const datagram = (port: number, payload: Buffer): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(50_000, 0);
  head.writeUInt16BE(port, 2);
  head.writeUInt16BE(8 + payload.length, 4);
  return join(head, payload);
};

const mirror = ['10.20.9.1', '10.20.9.2'] as const;
const mirror6 = ['fd20:20::9:1', 'fd20:20::9:2'] as const;
type Ends = readonly [string, string];

/** The type behind the link addresses, and what follows it. */
const bare = (frame: Buffer): [string, Buffer] => [frame.toString('hex', 12, 14), frame.subarray(14)];
const overGre =
  (head: string, ends: Ends = mirror): Wrap =>
  (frame) =>
    packet(...ends, 47, join(head, frame));
const overUdp =
  (port: number, head: string, ends: Ends = mirror): Wrap =>
  (frame) =>
    packet(...ends, 17, datagram(port, join(head, frame)));
const tagged =
  (tag: string): Wrap =>
  (frame) =>
    join(frame.subarray(0, 12), tag, frame.subarray(12));
const greIp =
  (ends: Ends): Wrap =>
  (frame) => {
    const [type, payload] = bare(frame);
    return packet(...ends, 47, join(`0000${type}`, payload));
  };
const ipInIp =
  (ends: Ends): Wrap =>
  (frame) => {
    const [type, payload] = bare(frame);
    return packet(...ends, type === '0800' ? 4 : 41, payload);
  };
const vxlan = overUdp(4789, '0800000000000700');
const erspan2 = overGre('1000 88be 00000007 1001000500000000');

/** What only mirrors use, or what stands on the wire of the frame itself. */
const always: Record<string, Wrap> = {
  'ERSPAN type I': overGre('0000 88be'),
  'ERSPAN type II': erspan2,
  'ERSPAN type II over IPv6': overGre('1000 88be 00000007 1001000500000000', mirror6),
  'ERSPAN type II behind a tag': (frame) => tagged('81000064')(erspan2(frame)),
  'ERSPAN type II in UDP': overUdp(4754, '1000 88be 00000007 1001000500000000'),
  'ERSPAN type II, version 0': overGre('1000 88be 00000007 0001000500000000'),
  'ERSPAN type III': overGre('1000 22eb 00000007 200a000500000000 00000000'),
  'ERSPAN type III with the platform header': overGre('1000 22eb 00000007 200a000500000000 00000001 0000000000000000'),
  'ERSPAN type III without a sequence number': overGre('0000 22eb 200a000500000000 00000000'),
  'ERSPAN type III of IP': (frame) =>
    packet(...mirror, 47, join('1000 22eb 00000007 200a000500000000 00000800', bare(frame)[1])),
  TZSP: overUdp(37008, '01000001 00 0a01ff 290100 01'),
  'MPLS, two labels': (frame) => ethernet(0x8847, join('000640ff 000651ff', bare(frame)[1])),
  'MPLS, Ethernet': (frame) => ethernet(0x8847, join('000651ff', frame)),
  'MPLS, Ethernet behind a control word': (frame) => ethernet(0x8848, join('000651ff 00000003', frame)),
  'NSH, Ethernet': (frame) => ethernet(0x894f, join('0fc60103 00000aff', Buffer.alloc(16), frame)),
  'a backbone tag': (frame) => ethernet(0x88e7, join('00000007', frame)),
  '802.1ad and 802.1Q': tagged('88a80005 81000006'),
  'nine priority tags': tagged('81000000'.repeat(9)),
  'Cisco metadata': tagged('8909 0101 0001 0007'),
  'a VN-Tag': tagged('8926 00000000'),
  HSR: tagged('892f 0042 0009'),
  'a PRP trailer': (frame) => join(frame, '0009a04288fb'),
  'MACsec, integrity alone': (frame) =>
    join(frame.subarray(0, 12), '88e5 2000 00000001 0200000000030001', frame.subarray(12), Buffer.alloc(16)),
  'ERSPAN within ERSPAN': (frame) => erspan2(erspan2(frame)),
};

/** What may as well be a tunnel between hosts. */
const tunnels: Record<string, (ends: Ends) => Wrap> = {
  VXLAN: (ends) => overUdp(4789, '0800000000000700', ends),
  'VXLAN as Linux had it': (ends) => overUdp(8472, '0800000000000700', ends),
  GENEVE: (ends) => overUdp(6081, '0000655800000700', ends),
  'GENEVE with options': (ends) => overUdp(6081, '0400655800000700 01028001 00000000 01020101 00000000', ends),
  'GENEVE of IP': (ends) => (frame) => {
    const [type, payload] = bare(frame);
    return packet(...ends, 17, datagram(6081, join(`0000${type}00000700`, payload)));
  },
  'GRE, bridged': (ends) => overGre('0000 6558', ends),
  'GRE, bridged, with key, checksum and number': (ends) => overGre('b000 6558 00000000 00000009 00000001', ends),
  'GRE of IP': greIp,
  'GRE of MPLS': (ends) => (frame) => packet(...ends, 47, join('0000 8847 000651ff', bare(frame)[1])),
  'MPLS in UDP': (ends) => (frame) => packet(...ends, 17, datagram(6635, join('000651ff', bare(frame)[1]))),
  'IP in IP': ipInIp,
  'IP in IPv6': (ends) => ipInIp(ends.map((end) => end.replace(/^10\.20\.9\./, 'fd20:20::9:')) as unknown as Ends),
};

/** Two connections of the office, then a sweep from outside. */
function story(wrap: (frame: Buffer, isReply: boolean) => Buffer): Buffer[] {
  const out: Buffer[] = [];
  for (const client of ['10.20.1.20', '10.20.1.21']) {
    const up = { sourcePort: 40_000 };
    out.push(wrap(tcp(client, '198.51.100.10', 443, SYN, up), false));
    out.push(wrap(tcp('198.51.100.10', client, 40_000, SYN | ACK, { sourcePort: 443, acknowledgement: 1 }), true));
    out.push(wrap(tcp(client, '198.51.100.10', 443, ACK, { ...up, acknowledgement: 1 }), false));
  }
  for (let i = 1; i <= 40; i++) out.push(wrap(tcp('203.0.113.66', `10.20.3.${i}`, 445, SYN), false));
  return out;
}

async function run(frames: Buffer[], pause = 150): Promise<Office> {
  const office = await Office.open();
  for (const frame of frames) office.send(frame, pause);
  return office.close();
}

const named = (office: Office): string[] => [
  ...new Set(office.records.filter(({ verdict }) => verdict === 'scan').map(({ source }) => source)),
];
const counted = (office: Office, name: string): number => office.engine.counters()[name] ?? 0;

describe('mirrors', () => {
  it('are opened, whatever a switch wraps them in: the same is said as without', async () => {
    const plain = await run(story((frame) => frame));
    assert.deepEqual(named(plain), ['203.0.113.66']);
    for (const [name, wrap] of Object.entries(always)) {
      const office = await run(story(wrap));
      assert.deepEqual(named(office), ['203.0.113.66'], name);
      assert.equal(counted(office, 'contacts'), counted(plain, 'contacts'), name);
      assert.equal(counted(office, 'answered'), counted(plain, 'answered'), name);
      assert.equal(counted(office, 'decoded'), counted(office, 'frames'), name);
    }
  });

  it('are opened as soon as they lead one way, where hosts use the same for tunnels', async () => {
    for (const [name, wrap] of Object.entries(tunnels)) {
      const office = await run(story(wrap(mirror)));
      assert.deepEqual(named(office), ['203.0.113.66'], name);
      // The first two frames tell nothing yet.
      assert.equal(counted(office, 'unwrapped'), 44, name);
    }
  });

  it('may carry a tunnel, judged as on any wire', async () => {
    const office = await run(story((frame) => erspan2(vxlan(frame))));
    assert.deepEqual(named(office), ['203.0.113.66']);
    assert.deepEqual([counted(office, 'unwrapped'), counted(office, 'unreadVxlan')], [46, 2]);
  });

  it('carry IPv6 and ARP as well', async () => {
    for (const wrap of [erspan2, vxlan, always['MPLS, Ethernet'] as Wrap]) {
      const frames = [arp(1, '10.20.1.5', '10.20.1.6'), arp(2, '10.20.1.6', '10.20.1.5')];
      for (let i = 1; i <= 12; i++) frames.push(tcp('2001:db8::1', `fd20:20::${i}`, 80, SYN));
      assert.deepEqual(named(await run(frames.map(wrap))), ['2001:db8::1']);
    }
  });

  it('may be cut by the switch: lengths within that say more are believed', async () => {
    const cut = (frame: Buffer): Buffer => erspan2(frame.subarray(0, 64));
    const frames: Buffer[] = [];
    for (let i = 1; i <= 12; i++)
      frames.push(cut(udp('203.0.113.66', `10.20.3.${i}`, 161, { payload: Buffer.alloc(200) })));
    const office = await run(frames);
    assert.deepEqual([counted(office, 'decoded'), counted(office, 'contacts')], [12, 12]);
  });

  it('fit into the 192 bytes of a head down to the flags of TCP', async () => {
    const deepest = overUdp(6081, `0c00655800000700${'00'.repeat(48)}`, mirror6);
    const frame = tagged('81000064')(deepest(tagged('88a80005 81000006')(tcp('203.0.113.66', '10.20.3.1', 445, SYN))));
    assert.ok(frame.length <= 192 + 20, 'only the options of TCP are cut');
    const office = await run(Array.from({ length: 4 }, () => frame));
    assert.deepEqual([counted(office, 'decoded'), counted(office, 'unwrapped')], [4, 2]);
  });
});

describe('tunnels between hosts', () => {
  it('from or to the outside stay closed: there, anybody could put words into the mouths of ours', async () => {
    const outer: Ends[] = [
      ['198.51.100.7', '10.20.9.2'],
      ['10.20.9.1', '198.51.100.7'],
      ['198.51.100.7', '198.51.100.8'],
    ];
    const forged = (wrap: Wrap): Buffer[] =>
      Array.from({ length: 40 }, (_, i) => wrap(tcp('10.20.1.5', `10.20.3.${i + 1}`, 445, SYN)));
    for (const ends of outer) {
      const wraps: [string, Wrap][] = Object.entries(tunnels).map(([name, wrap]) => [name, wrap(ends)]);
      wraps.push(['ERSPAN', overGre('1000 88be 00000007 1001000500000000', ends)]);
      wraps.push(['TZSP', overUdp(37008, '01000001 01', ends)]);
      for (const [name, wrap] of wraps) {
        const office = await run(forged(wrap));
        assert.deepEqual(office.records, [], `${name} ${ends.join(' ')}`);
        assert.equal(counted(office, 'unwrapped'), 0, name);
        const unread = Object.entries(office.engine.counters()).filter(([key]) => key.startsWith('unread'));
        assert.equal(
          unread.reduce((sum, [, value]) => sum + value, 0),
          40,
          name,
        );
      }
    }
  });

  it('in both directions stay closed among other traffic, and accuse nobody', async () => {
    for (const [name, wrap] of Object.entries(tunnels)) {
      const there = wrap(mirror);
      const back = wrap([mirror[1], mirror[0]]);
      const frames: Buffer[] = [];
      for (let i = 1; i <= 40; i++) {
        frames.push(
          there(tcp('10.99.0.1', `10.20.3.${i}`, 445, SYN)),
          back(tcp('10.20.3.1', '10.99.0.1', 40_000, ACK)),
        );
        for (let other = 0; other < 3; other++) frames.push(udp('10.20.1.5', '10.20.1.6', 5004));
      }
      const office = await run(frames);
      assert.deepEqual(office.records, [], name);
      assert.equal(counted(office, 'unwrapped'), 0, name);
    }
  });

  it('in both directions are opened where the tap gets next to nothing else', async () => {
    const there = vxlan;
    const back = overUdp(4789, '0800000000000700', [mirror[1], mirror[0]]);
    const office = await run(story((frame, isReply) => (isReply ? back(frame) : there(frame))));
    assert.deepEqual(named(office), ['203.0.113.66']);
  });

  it('are opened once a frame: a tunnel within a tunnel is a conversation of two hosts', async () => {
    const office = await run(story((frame) => vxlan(vxlan(frame))));
    assert.deepEqual(named(office), []);
    assert.equal(counted(office, 'unreadVxlan'), 46);
  });

  it('are opened four deep at most', async () => {
    const backbone = always['a backbone tag'] as Wrap;
    const deep =
      (depth: number): Wrap =>
      (frame) =>
        depth === 0 ? frame : backbone(deep(depth - 1)(frame));
    assert.deepEqual(named(await run(story(deep(4)))), ['203.0.113.66']);
    const deeper = await run(story(deep(5)));
    assert.deepEqual([named(deeper), counted(deeper, 'ignoredProtocol')], [[], 46]);
    // It is the depth, not the head: as many bytes of labels are read.
    assert.deepEqual(
      named(await run(story((frame) => ethernet(0x8847, join('000640ff'.repeat(21), '000651ff', frame.subarray(14)))))),
      ['203.0.113.66'],
    );
  });
});

describe('what cannot be read', () => {
  it('is counted by its kind: MACsec, unknown ERSPAN, unknown GRE, what lies below a label', async () => {
    const rows: [string, string, Wrap][] = [
      ['unreadMacsec', 'ignoredEncrypted', (frame) => ethernet(0x88e5, join('2c00 00000001 0200000000030001', frame))],
      ['unreadErspan', 'decoded', overGre('1000 88be 00000007 7001000500000000')],
      ['unreadGre', 'decoded', overGre('0001 880b')],
      ['unreadGre', 'decoded', overGre('0000 2001')],
      ['unreadMpls', 'ignoredProtocol', () => ethernet(0x8847, join('000651ff', Buffer.alloc(60, 0x99)))],
      ['unreadTzsp', 'decoded', overUdp(37008, '010000ff 01')],
    ];
    for (const [counter, fate, wrap] of rows) {
      const office = await run(story(wrap));
      assert.deepEqual([counted(office, counter), counted(office, fate), named(office)], [46, 46, []], counter);
    }
  });

  it('is not what else is sent to these ports', async () => {
    const office = await Office.open();
    for (const port of [4789, 8472, 6081, 37008, 4754]) {
      office.send(udp('10.20.1.5', '10.20.1.6', port, { payload: Buffer.from('GET / HTTP/1.0\r\n') }));
    }
    office.take();
    const counters = office.engine.counters();
    assert.equal(counters['unwrapped'], 0);
    assert.equal(counters['decoded'], 5);
    assert.ok((counters['contacts'] ?? 0) >= 4);
  });

  it('breaks nothing, at whatever byte it ends and whatever byte is wrong', async () => {
    const office = await Office.open();
    let sent = 0;
    const all = [...Object.values(always), ...Object.values(tunnels).map((wrap) => wrap(mirror))];
    for (const wrap of all) {
      const whole = wrap(tcp('203.0.113.66', '10.20.3.1', 445, SYN));
      for (let at = 0; at < Math.min(whole.length, 192); at++) {
        office.send(whole.subarray(0, at));
        const broken = Buffer.from(whole);
        broken[at] = (broken[at] as number) ^ (1 << (at % 8));
        office.send(broken);
        sent += 2;
      }
      office.take();
    }
    const counters = office.engine.counters();
    assert.equal(counters['frames'], sent);
    assert.equal(office.engine.traps, 0);
  });
});
