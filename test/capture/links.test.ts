import assert from 'node:assert/strict';
import { Contents } from '../../host/capture/contents.js';
import { CaptureStream } from '../../host/capture/read.js';
import {
  LINK_ETHERNET,
  LINK_IEEE80211,
  LINK_NULL,
  LINK_RADIOTAP,
  LINK_RAW_IP,
  LINK_SLL,
  LINK_SLL2,
} from '../../src/engine/constants/codes.js';
import * as make from '../support/packets.js';
import { description, enhanced, pcap, section } from './files.js';

const ethernet = make.tcp('203.0.113.9', '10.20.1.5', 443, make.SYN).toString('latin1');
const ip = ethernet.slice(14);
const hex = (text: string): string => Buffer.from(text.replaceAll(' ', ''), 'hex').toString('latin1');

interface Taken {
  link: number;
  data: string;
  original: number;
}

function take(bytes: Buffer): Taken[] {
  const taken: Taken[] = [];
  const stream = new CaptureStream((_time, link, buffer, offset, captured, original) => {
    taken.push({ link, data: buffer.toString('latin1', offset, offset + captured), original });
  });
  stream.write(bytes);
  stream.finish();
  return taken;
}

/** A frame of this link type: what the engine gets. */
const through = (linkType: number, data: string): Taken[] =>
  take(pcap([{ seconds: 1, fraction: 0, data }], { linkType }));

describe('link types', () => {
  const plain: [number, number][] = [
    [0, LINK_NULL],
    [1, LINK_ETHERNET],
    [12, LINK_RAW_IP],
    [14, LINK_RAW_IP],
    [101, LINK_RAW_IP],
    [105, LINK_IEEE80211],
    [108, LINK_NULL],
    [113, LINK_SLL],
    [127, LINK_RADIOTAP],
    [228, LINK_RAW_IP],
    [229, LINK_RAW_IP],
    [276, LINK_SLL2],
  ];
  for (const [linkType, link] of plain) {
    it(`${linkType} goes to the engine as it is`, () => {
      assert.deepEqual(through(linkType, 'frame'), [{ link, data: 'frame', original: 5 }]);
    });
  }

  const headed: [number, string, string, number, string][] = [
    [9, 'PPP', hex('0021'), LINK_RAW_IP, ip],
    [9, 'PPP with address and control', hex('ff03 0021'), LINK_RAW_IP, ip],
    [9, 'PPP with a short protocol', hex('21'), LINK_RAW_IP, ip],
    [50, 'PPP in HDLC', hex('ff03 0057'), LINK_RAW_IP, ip],
    [51, 'PPP over Ethernet', hex('11 00 0001 0030 0021'), LINK_RAW_IP, ip],
    [104, 'Cisco HDLC', hex('0f 00 0800'), LINK_RAW_IP, ip],
    [109, "OpenBSD's IPsec", hex('00000002 00000000 00000000'), LINK_RAW_IP, ip],
    [117, "OpenBSD's packet filter", hex('3d') + '\0'.repeat(63), LINK_RAW_IP, ip],
    [119, 'Prism', hex('44000000 0c000000 00000000'), LINK_IEEE80211, 'station'],
    [163, 'AVS', hex('80211001 0000000c 00000000'), LINK_IEEE80211, 'station'],
    [166, 'pppd', hex('00 0021'), LINK_RAW_IP, ip],
    [192, 'per-packet information', hex('00 00 0c00 01000000 00000000'), LINK_ETHERNET, ethernet],
    [192, 'per-packet information before 802.11', hex('00 00 0800 69000000'), LINK_IEEE80211, 'station'],
    [204, 'PPP with a direction', hex('01 ff03 0021'), LINK_RAW_IP, ip],
    [239, "netfilter's log", hex('02 00 0000 0600 0a00 6162 0000 2c00 0900'), LINK_RAW_IP, ip],
    [240, 'netANALYZER', hex('00000000'), LINK_ETHERNET, ethernet],
    [258, 'all interfaces of macOS', hex('10000000 01000000 01000000 00000000'), LINK_ETHERNET, ethernet],
    [274, 'Ethernet with its preamble', hex('55555555555555d5'), LINK_ETHERNET, ethernet],
  ];
  for (const [linkType, name, header, link, inside] of headed) {
    it(`${linkType}: ${name} is read behind its header`, () => {
      assert.deepEqual(through(linkType, header + inside), [{ link, data: inside, original: inside.length }]);
    });

    it(`${linkType}: ${name} cut within its header is counted and nothing else`, () => {
      for (let length = 0; length < header.length; length++) {
        const [frame, ...more] = through(linkType, header.slice(0, length));
        assert.equal(more.length, 0);
        assert.equal(frame?.link, 0, `${length} bytes`);
      }
    });
  }

  it('behind a header that announces what is no IP packet give nothing to read', () => {
    for (const [linkType, data] of [
      [9, hex('c021 01010004')],
      [104, hex('8f 00 8035 00000000')],
      [192, hex('00 00 0800 dc000000 00')],
      [239, hex('02 00 0000 0000 0000')],
      [258, hex('ffffffff 01000000 01000000 00000000')],
    ] as [number, string][])
      assert.equal(through(linkType, data)[0]?.link, 0, `link type ${linkType}`);
  });

  it('may carry the length of a frame check sequence, whose bytes stay behind the packet', () => {
    for (const bits of [0x04000000, 0x24000000, 0x44000000, 0xf4000000]) {
      const [frame] = through(bits + 1, `${ethernet}\xde\xad\xbe\xef`);
      assert.equal(frame?.link, LINK_ETHERNET, bits.toString(16));
      assert.ok(frame.data.startsWith(ethernet));
    }
  });

  it('may differ between the interfaces of a pcapng file', () => {
    const bytes = Buffer.concat([
      section(),
      description(true, 1),
      description(true, 9),
      enhanced(true, 0, 1n, ethernet),
      enhanced(true, 1, 2n, hex('ff03 0021') + ip),
    ]);
    assert.deepEqual(
      take(bytes).map(({ link, data }) => [link, data]),
      [
        [LINK_ETHERNET, ethernet],
        [LINK_RAW_IP, ip],
      ],
    );
  });
});

describe('the contents of a capture', () => {
  /** What is found in frames of one link type. */
  function contents(home: string[], link: number, ...frames: string[]): Contents {
    const found = new Contents(home);
    for (const [i, frame] of frames.entries()) {
      const bytes = Buffer.from(frame, 'latin1');
      found.take(1000 + i, link, bytes, 0, bytes.length, bytes.length);
    }
    return found;
  }
  const ipv4 = (protocol: number, body: string): string =>
    `${hex('020000000001 020000000002 0800 4500 0000 0000 0000 40')}${String.fromCharCode(protocol)}${hex('0000 c0000201 c0000202')}${body}`;
  const udp = (port: number, body: string): string =>
    ipv4(17, `${hex('c000')}${String.fromCharCode(port >> 8, port & 255)}${hex('0000 0000')}${body}`);

  it('have a span, and home blocks that occur and that do not', () => {
    const found = contents(['10.20.0.0/16', '10.99.0.0/16', 'fd20:20::/48'], LINK_ETHERNET, ethernet, ethernet);
    assert.deepEqual([found.frames, found.first, found.last], [2, 1000, 1001]);
    assert.deepEqual(found.homeUnseen, ['10.99.0.0/16', 'fd20:20::/48']);
    assert.equal(found.isHomeSeen, true);
    assert.equal(contents(['10.20.1.4/31'], LINK_ETHERNET, ethernet).isHomeSeen, true);
    assert.equal(contents(['10.20.1.6/31'], LINK_ETHERNET, ethernet).isHomeSeen, false);
  });

  it('are looked at on every link', () => {
    const arp = make.arp(1, '10.20.1.5', '10.20.1.6').toString('latin1');
    const six = make.solicitation('fd20:20::5', 'fd20:20::6').toString('latin1');
    const tagged = `${ethernet.slice(0, 12)}${hex('8100 0005 8100 0006')}${ethernet.slice(12)}`;
    const cooked = `${hex('0000 0001 0006 020000000001 0000 0800')}${ip}`;
    const cooked2 = `${hex('0800 0000 00000001 0001 00 06 020000000001 0000')}${ip}`;
    for (const [link, frame] of [
      [LINK_ETHERNET, arp],
      [LINK_ETHERNET, six],
      [LINK_ETHERNET, tagged],
      [LINK_RAW_IP, ip],
      [LINK_NULL, hex('02000000') + ip],
      [LINK_SLL, cooked],
      [LINK_SLL2, cooked2],
    ] as [number, string][])
      assert.equal(contents(['10.20.0.0/16', 'fd20:20::/48'], link, frame).isHomeSeen, true, `link ${link}`);
  });

  it('of WiFi say nothing of home, because it may be encrypted', () => {
    assert.deepEqual(contents(['10.20.0.0/16'], LINK_IEEE80211, 'station').homeUnseen, []);
  });

  it('may lie in envelopes, within which home is looked for', () => {
    const inner = ethernet;
    const envelopes: [string, string][] = [
      ['ERSPAN', ipv4(47, hex('0000 88be') + inner)],
      ['ERSPAN', ipv4(47, hex('1000 88be 00000001 1001 0000 00000000') + inner)],
      ['ERSPAN', ipv4(47, hex('1000 22eb 00000001 2001 0000 00000000 00000000') + inner)],
      ['ERSPAN', ipv4(47, hex('1000 22eb 00000001 2001 0000 00000000 00000001 0000000000000000') + inner)],
      ['GRE', ipv4(47, hex('0000 6558') + inner)],
      ['GRE', ipv4(47, hex('2000 0800 00000007') + ip)],
      ['IP in IP', ipv4(4, ip)],
      ['VXLAN', udp(4789, hex('08000000 00000500') + inner)],
      ['GENEVE', udp(6081, hex('0100 6558 00000500 00000000') + inner)],
      ['TZSP', udp(37008, hex('01 00 0001 0a01d8 00 01') + inner)],
      ['MPLS', hex('020000000001 020000000002 8847 00064000 00065140') + ip],
      ['MPLS', hex('020000000001 020000000002 8847 00065140 00000000') + inner],
    ];
    for (const [name, frame] of envelopes) {
      const found = contents(['10.20.0.0/16'], LINK_ETHERNET, frame);
      assert.deepEqual([...found.envelopes], [[name, 1]]);
      assert.equal(found.isHomeSeen, true, `${name}: ${Buffer.from(frame.slice(0, 60), 'latin1').toString('hex')}`);
      for (let length = 0; length < frame.length; length++)
        contents(['10.20.0.0/16'], LINK_ETHERNET, frame.slice(0, length));
    }
  });

  it('are in no envelope where traffic is ordinary', () => {
    assert.equal(contents([], LINK_ETHERNET, ethernet, udp(53, 'question of some length')).envelopes.size, 0);
  });
});
