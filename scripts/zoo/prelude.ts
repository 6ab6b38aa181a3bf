/**
 * The learned placement: twenty minutes of the office's ordinary traffic before a capture of the zoo begins, so that the engine knows
 * who exists. The hosts are those that speak in the capture, under the link addresses they have there, and those its label calls
 * departed; newcomers are left out.
 */
import { readCapture } from '../../host/capture/read.js';
import { type Frame, router, router6, Story } from './story.js';

export interface LearnedLabel {
  tap?: string;
  home?: readonly string[];
  departed?: readonly string[];
  newcomers?: readonly string[];
}

const MINUTE = 60_000;
export const preludeMs = 20 * MINUTE;
/** Departed hosts leave this long before the capture begins. */
const leftMs = 5 * MINUTE;

/** Hosts of the office that every learned placement has besides those of the capture. */
const staff = ['10.30.1.10', '10.30.1.11', ...Array.from({ length: 10 }, (_, i) => `10.30.1.${244 + i}`)];
const ownServers = Array.from({ length: 16 }, (_, i) => `198.51.100.${10 + i}`);
const sites = Array.from({ length: 40 }, (_, i) => `203.0.113.${10 + i}`);

const isSegment = (address: string): boolean => /^10\.30\.1\.|^fd30:30:0:1:/.test(address);

function textOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number)).toString(16),
  );
  // The longest forms only need to be the same for the same address; "::" for a run of zeros as the story writes it.
  return words.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
}

/** Who speaks in a capture, and the link address it spoke from first. */
function speakers(path: string): { hosts: Map<string, Buffer>; first: number } {
  const hosts = new Map<string, Buffer>();
  let first = Number.POSITIVE_INFINITY;
  readCapture(path, (timeMs, link, bytes, offset, captured) => {
    first = Math.min(first, timeMs);
    const frame = Buffer.from(bytes.buffer, bytes.byteOffset + offset, captured);
    if (link !== 1 || frame.length < 42) return;
    const type = frame.readUInt16BE(12);
    const address =
      type === 0x0800
        ? frame.subarray(26, 30)
        : type === 0x0806
          ? frame.subarray(28, 32)
          : type === 0x86dd
            ? frame.subarray(22, 38)
            : undefined;
    if (!address || address.every((byte) => byte === 0)) return;
    const text = textOf(address);
    if (!hosts.has(text)) hosts.set(text, Buffer.from(frame.subarray(6, 12)));
  });
  return { hosts, first };
}

/** Of the last capture: it is judged with several seeds in a row. */
let made: { path: string; frames: Frame[] } | undefined;

/** The frames before the capture at `path`; times are ms since 1970. */
export function preludeOf(path: string, label: LearnedLabel): Frame[] {
  if (made?.path !== path) made = { path, frames: write(path, label) };
  return made.frames;
}

function write(path: string, label: LearnedLabel): Frame[] {
  const { hosts, first } = speakers(path);
  const story = new Story(label.tap === 'wan' ? 'wan' : 'lan', 4711);
  const departed = new Set(label.departed);
  const inside: string[] = [];
  for (const [address, mac] of hosts) {
    if (isSegment(address)) story.setMac(address, mac);
    if (/^10\.30\.|^fd30:30:|^198\.51\.100\./.test(address)) inside.push(address);
  }
  const newcomers = new Set(label.newcomers);
  const home = (
    label.tap === 'wan'
      ? [...new Set([...inside, ...departed, ...ownServers])]
      : [...new Set([...inside, ...departed, ...staff])]
  ).filter((address) => address !== router && address !== router6 && !newcomers.has(address));
  const dice = story.dice;
  const outsider = (): string => `198.18.${dice.below(256)}.${1 + dice.below(254)}`;
  const every = 500;
  for (let at = 0, turn = 0; at < preludeMs; at += every, turn++) {
    const host = home[turn % home.length] as string;
    if (departed.has(host) && at > preludeMs - leftMs) continue;
    if (label.tap === 'wan') {
      if (turn % 3 === 0) story.tcp(at, host, dice.pick(sites), 443);
      else if (turn % 3 === 1) story.tcp(at, outsider(), host, 443);
      else story.ping(at, outsider(), host);
    } else if (host.includes(':')) {
      story.ask(at, host, router6, true);
      if (turn % 2) story.ask(at + 5, router6, host, true);
      if (isSegment(host)) story.tcp(at + 10, host, '2001:db8:77::80', 443);
    } else if (!isSegment(host)) {
      if (turn % 2) story.tcp(at, dice.pick(staff), host, 443);
      else story.ping(at, dice.pick(staff), host);
    } else {
      if (turn % 5 === 0) story.ask(at, router, host, true);
      if (turn % 3 === 0) story.lookUp(at + 2, host === '10.30.1.10' ? '10.30.1.11' : host);
      if (turn % 7 === 0) story.ping(at + 4, host, router);
      if (turn % 2) story.tcp(at + 10, host, dice.pick(sites), 443);
      else if (host !== '10.30.1.11') story.tcp(at + 10, host, '10.30.1.11', 445);
    }
  }
  const begins = first - preludeMs - 1000;
  return story.frames
    .filter((frame) => frame.time < preludeMs)
    .map(({ time, bytes }) => ({ time: begins + time, bytes }));
}
