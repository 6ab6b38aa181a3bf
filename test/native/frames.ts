/**
 * Frames for the fuzz tests: good ones of every link type, made by putting other link headers before the IP and ARP
 * packets of the bench's synthetic mix, and what seeded chance makes of them.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeMix } from '../../scripts/bench/mix.js';
import type { Random } from '../../scripts/bench/random.js';
import * as codes from '../../src/engine/constants/codes.js';
import { HEAD_BYTES } from '../../src/engine/constants/memory.js';

export interface Frame {
  link: number;
  head: Uint8Array;
  original: number;
}

const llcSnap = [0xaa, 0xaa, 3, 0, 0, 0];
const stations = Array.from({ length: 18 }, (_, i) => (i % 6 === 0 ? 2 : i));
const radiotap = [0, 0, 8, 0, 0, 0, 0, 0];

/** What stands before the ether type, by link type; the raw types have none. */
const prefixes: { link: number; before: number[]; type: boolean }[] = [
  { link: codes.LINK_ETHERNET, before: stations.slice(0, 12), type: true },
  { link: codes.LINK_ETHERNET, before: [...stations.slice(0, 12), 0x81, 0, 0, 7], type: true }, // 802.1Q
  { link: codes.LINK_ETHERNET, before: [...stations.slice(0, 12), 0x88, 0xa8, 0, 7, 0x81, 0, 0, 9], type: true }, // QinQ
  { link: codes.LINK_ETHERNET, before: [...stations.slice(0, 12), 0, 80, ...llcSnap], type: true }, // 802.3
  { link: codes.LINK_IEEE80211, before: [0x08, 0x01, 0, 0, ...stations, 0, 0, ...llcSnap], type: true }, // data, ToDS
  { link: codes.LINK_IEEE80211, before: [0x88, 0x02, 0, 0, ...stations, 0, 0, 0, 0, ...llcSnap], type: true }, // QoS, FromDS
  { link: codes.LINK_RADIOTAP, before: [...radiotap, 0x08, 0x02, 0, 0, ...stations, 0, 0, ...llcSnap], type: true },
  { link: codes.LINK_SLL, before: [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0], type: true },
  { link: codes.LINK_SLL2, before: [], type: false },
  { link: codes.LINK_RAW_IP, before: [], type: false },
  { link: codes.LINK_NULL, before: [2, 0, 0, 0], type: false },
];

/** Good frames: `count` of the mix, each behind one of the link headers in turn. */
export function goodFrames(count: number): Frame[] {
  const directory = mkdtempSync(join(tmpdir(), 'blockwatch-fuzz-'));
  const path = join(directory, 'mix.pcap');
  writeMix(path, count, 7);
  const pcap = readFileSync(path);
  rmSync(directory, { recursive: true });
  const frames: Frame[] = [];
  for (let at = 24; at < pcap.length && frames.length < count; ) {
    const stored = pcap.readUInt32LE(at + 8);
    const wire = pcap.readUInt32LE(at + 12);
    const frame = pcap.subarray(at + 16, at + 16 + stored);
    const { link, before, type } = prefixes[frames.length % prefixes.length] as (typeof prefixes)[number];
    // Linux cooked v2 begins with the ether type (tcpdump.org's LINKTYPE_LINUX_SLL2).
    const sll2 =
      link === codes.LINK_SLL2 ? [...frame.subarray(12, 14), 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0] : [];
    const head = Buffer.concat([Uint8Array.from([...before, ...sll2]), frame.subarray(type ? 12 : 14)]);
    // Not a Buffer, whose slice() would be a view of this frame.
    frames.push({ link, head: new Uint8Array(head.subarray(0, HEAD_BYTES)), original: wire + head.length - stored });
    at += 16 + stored;
  }
  return frames;
}

/** One frame that chance has been at: some good, most broken, one in eight nothing but noise. */
export function fuzzFrame(random: Random, good: Frame[]): Frame {
  const base = good[random.below(good.length)] as Frame;
  if (random.below(8) === 0) {
    const head = new Uint8Array(random.below(HEAD_BYTES + 1)).map(() => random.next());
    return { link: random.below(10), head, original: head.length + random.below(1400) };
  }
  const head = base.head.slice();
  let { link, original } = base;
  for (let n = random.below(5); n > 0; n--) {
    const at = random.below(head.length || 1);
    switch (random.below(6)) {
      case 0:
        head[at] = random.next();
        break;
      case 1:
        head[at] = (head[at] ?? 0) ^ (1 << random.below(8));
        break;
      case 2:
        head.fill(random.below(2) ? 0xff : 0, at, at + random.below(12));
        break;
      case 3:
        head.set(head.slice(random.below(head.length || 1)).subarray(0, head.length - at), at);
        break;
      case 4:
        link = random.below(2) ? random.below(10) : link;
        break;
      default:
        original = head.length + random.below(65536);
        break;
    }
  }
  return random.below(4)
    ? { link, head, original }
    : { link, head: head.subarray(0, random.below(head.length + 1)), original };
}
