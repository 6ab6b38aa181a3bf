/**
 * A simulated branch around a real engine: a clock that jumps from event to event, machines that ask and answer in frames, a tap that
 * sees some of the links, and a notebook of whom the engine accused. Times are ms since 1970, delays ms.
 */
import { Engine } from '../../host/sensor/engine.js';
import type { ScanRecord } from '../../src/protocol/record.js';
import { knocksOf } from '../../src/protocol/record.js';
import { Dice } from './dice.js';
import {
  ACK,
  FIN_ACK,
  FrameWriter,
  ip,
  ipText,
  type Mac,
  macOf,
  PSH_ACK,
  RST_ACK,
  routerMac,
  SYN,
  SYN_ACK,
} from './frames.js';

/** 2026-01-05T00:00:00Z, a Monday. */
export const startOfTime = 1_767_571_200_000;
export const SECOND = 1000,
  MINUTE = 60_000,
  HOUR = 3_600_000,
  DAY = 86_400_000;

/** What the tap is on: a mirror of the LAN's switch, the line to the provider, or both. */
export type TapPlace = 'lan' | 'wan' | 'mixed';
/** How a target meets a question: an answer, RST or port unreachable, nothing, or a router's word that it is not there. */
export type Outcome = 'answered' | 'refused' | 'silent' | 'unreachable';

/** 254 addresses of people and servers on one segment; 10.20.1.0/24 and up lie behind the router, still at home. */
export const lanBlock = ip('10.20.0.0');
/** Our addresses in the internet. */
export const publicBlock = ip('198.51.100.0');
export const lanRouter = ip('10.20.0.1');
export const publicRouter = ip('198.51.100.1');
const homeBlocks = ['10.20.0.0/16', '198.51.100.0/24', 'fd20:20::/48', '2001:db8:20::/48'];

const isLan = (address: number): boolean => address >>> 8 === lanBlock >>> 8;
const isPublic = (address: number): boolean => address >>> 8 === publicBlock >>> 8;
const isHome = (address: number): boolean => address >>> 16 === lanBlock >>> 16 || isPublic(address);

export interface Accusation {
  time: number;
  source: string;
  kind: string;
  /** The whole record, for those who ask why. */
  record: ScanRecord;
}

/** A binary heap of what is due, first the earliest, then the first entered. */
class Agenda {
  readonly #due: number[] = [];
  readonly #order: number[] = [];
  readonly #work: Array<() => void> = [];
  #entered = 0;

  get next(): number {
    return this.#due[0] ?? Infinity;
  }

  #before(a: number, b: number): boolean {
    const [x, y] = [this.#due[a] as number, this.#due[b] as number];
    return x < y || (x === y && (this.#order[a] as number) < (this.#order[b] as number));
  }

  #swap(a: number, b: number): void {
    for (const list of [this.#due, this.#order, this.#work] as unknown[][]) [list[a], list[b]] = [list[b], list[a]];
  }

  add(time: number, work: () => void): void {
    this.#due.push(time);
    this.#order.push(this.#entered++);
    this.#work.push(work);
    for (let at = this.#due.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  take(): () => void {
    const last = this.#due.length - 1;
    this.#swap(0, last);
    this.#due.pop();
    this.#order.pop();
    const work = this.#work.pop() as () => void;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < last && this.#before(child, least)) least = child;
      if (least === at) return work;
      this.#swap(at, least);
      at = least;
    }
  }
}

/** What a question looked like to those who sent it; for tests and for counting. */
export interface Tally {
  frames: number;
  asked: number;
  answered: number;
}

/** Who hears the frames that pass the tap: the engine, or somebody who writes them down. */
export type Listener = Pick<Engine, 'push' | 'tick' | 'takeRecords' | 'counters'>;

export class World {
  now = startOfTime;
  readonly dice: Dice;
  readonly accusations: Accusation[] = [];
  /** Records that tell something without accusing one source (distributed scans and the like), whispers and digests left out. */
  readonly notices: Accusation[] = [];
  /** Suspicions that stayed below the threshold, as the fleet hears them. */
  readonly whispers: ScanRecord[] = [];
  /** Sources that were told as strangers who knocked, those that were refused by true; and the records that told them. */
  readonly knocks = new Map<string, boolean>();
  knockRecords = 0;
  /** Who is who, by address or MAC as text; others are nameless. */
  readonly roles = new Map<string, string>();
  readonly tally: Tally = { frames: 0, asked: 0, answered: 0 };
  readonly #engine: Listener;
  readonly #agenda = new Agenda();
  readonly #writer = new FrameWriter();
  /** When a machine's knowledge of another's link address ends, by both addresses. */
  readonly #neighbours = new Map<number, number>();
  /** Addresses on our segments that answer ARP. */
  readonly #alive = new Set<number>();
  #lastFrame = startOfTime;
  #ticks = 0;

  private constructor(
    engine: Listener,
    readonly place: TapPlace,
    seed: number,
  ) {
    this.#engine = engine;
    this.dice = new Dice(seed);
  }

  /** `sampleKey`: the fleet's; 0 for none. `listener`: instead of an engine of its own. */
  static async create(place: TapPlace, seed: number, sampleKey = 0, listener?: Listener): Promise<World> {
    const keys = new Dice(seed ^ 0x5eed);
    const engine = listener ?? (await Engine.load({ home: homeBlocks, seed: [keys.next(), keys.next()], sampleKey }));
    return new World(engine, place, seed);
  }

  // --- time ---

  at(time: number, work: () => void): void {
    this.#agenda.add(Math.max(time, this.now), work);
  }

  after(delay: number, work: () => void): void {
    this.#agenda.add(this.now + delay, work);
  }

  /** A Poisson process: `perHour` events in an hour in which `activity` is 1, and fewer where it is less. */
  often(perHour: number, work: () => void, activity: (time: number) => number = () => 1): void {
    const next = (): void =>
      this.after(this.dice.exponential(HOUR / perHour), () => {
        if (this.dice.share() < activity(this.now)) work();
        next();
      });
    next();
  }

  /** Every `period` ms, a little early or late. */
  every(period: number, work: () => void): void {
    const next = (): void =>
      this.after(period * this.dice.between(0.98, 1.02), () => {
        work();
        next();
      });
    this.after(this.dice.between(0, period), () => {
      work();
      next();
    });
  }

  /** Lets the time pass up to `until`, or to where `done` says so. */
  run(until: number, done?: () => boolean): void {
    while (this.#agenda.next <= until) {
      const next = this.#agenda.next;
      if (next - this.#lastFrame > 100) this.#quiet(next);
      this.now = next;
      this.#agenda.take()();
      if (done?.()) return;
    }
    this.now = until;
    this.#quiet(until);
  }

  /** Between frames the sensor ticks; what is due then falls due within 100 ms, one second (patience) or three (the internet's). */
  #quiet(until: number): void {
    const pauses = [100, 1100, 3200];
    for (; this.#ticks < pauses.length; this.#ticks++) {
      const time = this.#lastFrame + (pauses[this.#ticks] as number);
      if (time > until) break;
      this.#engine.tick(time);
      this.#drain();
    }
    if (until - this.#lastFrame > 10 * SECOND) {
      this.#engine.tick(until);
      this.#drain();
    }
  }

  #drain(): void {
    for (const record of this.#engine.takeRecords()) {
      if (record.kind === 'whisper') this.whispers.push(record);
      if (record.kind === 'knocks') {
        this.knockRecords++;
        for (const { source, refused } of knocksOf(record))
          this.knocks.set(source, refused && this.knocks.get(source) !== false);
      }
      if (record.stage !== 'start' || record.kind === 'whisper' || record.kind === 'digest') continue;
      const told = { time: record.time, source: record.source, kind: record.kind as string, record };
      const accuses = record.verdict === 'scan' && record.source !== '' && !told.kind.includes('distributed');
      (accuses ? this.accusations : this.notices).push(told);
    }
  }

  counters(): Record<string, number> {
    return this.#engine.counters();
  }

  // --- frames ---

  /** What stands behind a MAC: machines on our segments have their own, all others the router's. */
  #mac(address: number): Mac {
    if (address === lanRouter || address === publicRouter) return routerMac;
    return isLan(address) || (isPublic(address) && this.place !== 'wan') ? macOf(address) : routerMac;
  }

  #macs(from: number, to: number): [Mac, Mac] {
    // On the provider's line there are two routers.
    if (this.place === 'wan') return isHome(from) ? [routerMac, providerMac] : [providerMac, routerMac];
    return [this.#mac(from), this.#mac(to)];
  }

  /** Does the tap lie on the way? */
  sees(from: number, to: number): boolean {
    if (this.place === 'mixed') return true;
    const leaves = isHome(from) !== isHome(to);
    return this.place === 'wan' ? leaves && (isPublic(from) || isPublic(to)) : isLan(from) || isLan(to);
  }

  #send(): void {
    this.#engine.push(this.now, 1, this.#writer.bytes, 0, this.#writer.length, this.#writer.wire);
    this.#lastFrame = this.now;
    this.#ticks = 0;
    this.tally.frames++;
    // The engine runs when a batch is full or a second old; take what it said while the clock is near.
    if ((this.tally.frames & 15) === 0) this.#drain();
  }

  tcp(
    from: number,
    to: number,
    fromPort: number,
    toPort: number,
    flags: number,
    sequence: number,
    acknowledgement: number,
    payload = 0,
  ): void {
    if (!this.sees(from, to)) return;
    this.#writer.tcp(this.#macs(from, to), from, to, fromPort, toPort, flags, sequence, acknowledgement, payload);
    this.#send();
  }

  tcp6(from: Uint8Array, to: Uint8Array, fromPort: number, toPort: number, flags: number, inbound: boolean): void {
    this.#writer.tcp6(
      inbound ? [providerMac, routerMac] : [routerMac, providerMac],
      from,
      to,
      fromPort,
      toPort,
      flags,
      this.dice.next(),
    );
    this.#send();
  }

  udp(from: number, to: number, fromPort: number, toPort: number, payload: number, head?: Uint8Array): void {
    if (!this.sees(from, to)) return;
    this.#writer.udp(this.#macs(from, to), from, to, fromPort, toPort, payload, head);
    this.#send();
  }

  echo(type: 0 | 8, from: number, to: number, identifier: number, sequence: number): void {
    if (!this.sees(from, to)) return;
    this.#writer.echo(this.#macs(from, to), type, from, to, identifier, sequence);
    this.#send();
  }

  /** A router on the way tells `to` that `about` cannot be reached. */
  #unreachable(code: number, to: number, about: number, protocol: number, fromPort: number, toPort: number): void {
    const teller =
      code === 3 ? about : isHome(about) ? (isPublic(about) ? publicRouter : lanRouter) : (about & 0xffffff00) >>> 0;
    if (!this.sees(teller, to)) return;
    this.#writer.unreachable(this.#macs(teller, to), code, teller, to, about, protocol, fromPort, toPort);
    this.#send();
  }

  /** UDP to a multicast or broadcast address of the LAN. */
  announce(from: number, to: number, fromPort: number, toPort: number, payload: number): void {
    if (this.place === 'wan') return;
    const mac = to >>> 28 === 14 ? Uint8Array.of(1, 0, 0x5e, (to >>> 16) & 127, (to >>> 8) & 255, to & 255) : everyone;
    this.#writer.announce(macOf(from), mac, from, to, fromPort, toPort, payload);
    this.#send();
  }

  // --- machines ---

  alive(address: number, lives = true): void {
    if (lives) this.#alive.add(address);
    else this.#alive.delete(address);
  }

  lives(address: number): boolean {
    return this.#alive.has(address);
  }

  name(address: number, role: string): void {
    this.roles.set(ipText(address), role);
    this.roles.set([...macOf(address)].map((byte) => byte.toString(16).padStart(2, '0')).join(':'), role);
  }

  /**
   * Before a machine speaks to another on its segment it needs its link address: who is not there never gets the packet, but is asked
   * for three times, a second apart. `then` runs where the way is known.
   */
  resolve(from: number, to: number, then: () => void): void {
    const onLan = isLan(from) && isLan(to),
      onPublic = isPublic(from) && isPublic(to) && this.place === 'mixed';
    if (!(onLan && this.place !== 'wan') && !onPublic) return then();
    const key = from * 256 + (to & 255);
    if ((this.#neighbours.get(key) ?? 0) > this.now) return then();
    const fromMac = this.#mac(from),
      toMac = this.#mac(to);
    const ask = (tries: number): void => {
      this.#writer.arp(1, fromMac, from, fromMac, to);
      this.#send();
      if (this.#alive.has(to)) {
        this.after(this.dice.between(0.1, 1.2), () => {
          this.#writer.arp(2, toMac, to, fromMac, from);
          this.#send();
          // Linux asks again after about half a minute to a few; Windows after 15 to 45 s, if there was traffic. Longer where it goes on.
          this.#neighbours.set(key, this.now + this.dice.between(1, 20) * MINUTE);
          this.#neighbours.set(to * 256 + (from & 255), this.now + this.dice.between(1, 20) * MINUTE);
          then();
        });
      } else if (tries > 1) this.after(SECOND, () => ask(tries - 1));
    };
    ask(3);
  }

  /** A bare ARP request, whatever is known already, answered where the target lives. */
  askArp(from: number, to: number, senderAddress = from): void {
    if (this.place === 'wan') return;
    this.#writer.arp(1, this.#mac(from), senderAddress, everyone, to);
    this.#send();
    if (this.#alive.has(to) && to !== from)
      this.after(this.dice.between(0.1, 1.2), () => {
        this.#writer.arp(2, this.#mac(to), to, this.#mac(from), senderAddress);
        this.#send();
      });
  }

  /** The way of a packet: to a neighbour, or to the gateway first; the router asks for the neighbour at the other end. */
  #reach(from: number, to: number, then: () => void): void {
    const near = isLan(from) && isLan(to);
    const out =
      near || !isLan(from)
        ? (go: () => void): void => go()
        : (go: () => void): void => this.resolve(from, lanRouter, go);
    out(() => {
      // Who answers must know the way back, and asks again when it has forgotten.
      if (near)
        this.resolve(from, to, () => {
          then();
          if (this.#alive.has(to)) this.resolve(to, from, () => undefined);
        });
      else if (isLan(to) && this.place !== 'wan') this.resolve(lanRouter, to, then);
      else {
        // Uplink first: the tap there sees the packet whether or not the router finds its target.
        then();
        if (isPublic(to)) this.resolve(publicRouter, to, () => undefined);
      }
    });
  }

  /** The round trip from the tap to a target and back, ms. */
  roundTrip(to: number): number {
    return isHome(to) ? this.dice.between(0.15, 1.5) : 8 + this.dice.exponential(35);
  }

  /** One TCP connection attempt with what follows: three more SYNs where nobody answers, a short talk where somebody does. */
  connect(
    from: number,
    to: number,
    port: number,
    outcome: Outcome,
    options: { retries?: number; talk?: boolean; fromPort?: number } = {},
  ): void {
    const { dice } = this;
    const fromPort = options.fromPort ?? 32768 + dice.below(28000),
      sequence = dice.next(),
      reply = dice.next();
    const roundTrip = this.roundTrip(to);
    this.tally.asked++;
    const syn = (): void => this.tcp(from, to, fromPort, port, SYN, sequence, 0);
    this.#reach(from, to, () => {
      syn();
      if (outcome === 'answered') {
        this.tally.answered++;
        this.after(roundTrip, () => {
          this.tcp(to, from, port, fromPort, SYN_ACK, reply, sequence + 1);
          if (options.talk === false) return;
          this.after(0.2, () => {
            this.tcp(from, to, fromPort, port, ACK, sequence + 1, reply + 1);
            this.tcp(from, to, fromPort, port, PSH_ACK, sequence + 1, reply + 1, 517);
          });
          this.after(roundTrip + 2, () => this.tcp(to, from, port, fromPort, PSH_ACK, reply + 1, sequence + 518, 1400));
          // A connection kept open says so now and then, long after everybody forgot how it began.
          if (dice.chance(0.03))
            this.after(dice.between(1, 50) * MINUTE, () => {
              this.tcp(from, to, fromPort, port, ACK, sequence + 517, reply + 1401);
              this.after(roundTrip, () => this.tcp(to, from, port, fromPort, ACK, reply + 1401, sequence + 518));
            });
          this.after(roundTrip + dice.exponential(5 * SECOND), () =>
            this.tcp(from, to, fromPort, port, FIN_ACK, sequence + 518, reply + 1401),
          );
        });
      } else if (outcome === 'refused') {
        this.after(roundTrip, () => this.tcp(to, from, port, fromPort, RST_ACK, 0, sequence + 1));
      } else {
        for (const seconds of [1, 3, 7].slice(0, options.retries ?? 3)) this.after(seconds * SECOND, syn);
        // A router tells after its own three ARP requests were in vain.
        if (outcome === 'unreachable')
          this.after(3 * SECOND + roundTrip, () => this.#unreachable(1, from, to, 6, fromPort, port));
      }
    });
  }

  /** A question by UDP. `refused`: the target's port unreachable. */
  ask(
    from: number,
    to: number,
    port: number,
    outcome: Outcome,
    options: { head?: Uint8Array; retries?: number } = {},
  ): void {
    const fromPort = 1024 + this.dice.below(64000),
      roundTrip = this.roundTrip(to);
    this.tally.asked++;
    const question = (): void => this.udp(from, to, fromPort, port, 40, options.head);
    this.#reach(from, to, () => {
      question();
      if (outcome === 'answered') {
        this.tally.answered++;
        this.after(roundTrip, () =>
          this.udp(
            to,
            from,
            port,
            fromPort,
            120,
            options.head && Uint8Array.of(options.head[0] ?? 0, options.head[1] ?? 0, 0x81, 0x80),
          ),
        );
      } else if (outcome === 'silent') {
        for (let i = 1; i <= (options.retries ?? 1); i++) this.after(i * 1.5 * SECOND, question);
      } else
        this.after(outcome === 'refused' ? roundTrip : 3 * SECOND, () =>
          this.#unreachable(outcome === 'refused' ? 3 : 1, from, to, 17, fromPort, port),
        );
    });
  }

  /** `count` echo requests a second apart. */
  ping(from: number, to: number, outcome: Outcome, count = 1): void {
    const identifier = this.dice.below(65536),
      roundTrip = this.roundTrip(to);
    this.tally.asked++;
    this.#reach(from, to, () => {
      if (outcome === 'answered') this.tally.answered++;
      for (let i = 0; i < count; i++) {
        this.after(i * SECOND, () => {
          this.echo(8, from, to, identifier, i);
          if (outcome === 'answered') this.after(roundTrip, () => this.echo(0, to, from, identifier, i));
          else if (outcome === 'unreachable' && i === 0)
            this.after(3 * SECOND, () => this.#unreachable(1, from, to, 1, identifier, i));
        });
      }
    });
  }
}

const providerMac: Mac = Uint8Array.of(2, 0xfe, 0, 0, 0, 9);
const everyone: Mac = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
