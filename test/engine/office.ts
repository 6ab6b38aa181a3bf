/** A small office around a real engine, for tests that tell stories: who asks whom, what comes back, and what is said of it. */

import { Engine, type EngineOptions } from '../../host/sensor/engine.js';
import { LINK_ETHERNET } from '../../src/engine/constants/codes.js';
import type { TimedRecord } from '../../src/protocol/record.js';
import { ACK, arp, icmp, RST, SYN, type TcpOptions, tcp, udp } from '../support/packets.js';

export const home = ['10.20.0.0/16', 'fd20:20::/48'];
/** Where every test's clock starts; not a multiple of 2^32 ms, nor near one. */
const begin = 1_790_000_000_000;

export class Office {
  readonly engine: Engine;
  records: TimedRecord[] = [];
  now = begin;

  private constructor(engine: Engine) {
    this.engine = engine;
  }

  static async open(options: EngineOptions = {}): Promise<Office> {
    return new Office(await Engine.load({ home, seed: [1, 2], ...options }));
  }

  /** One frame, `after` ms later than the one before. */
  send(frame: Buffer, after = 1, link = LINK_ETHERNET): this {
    this.now += after;
    this.engine.push(this.now, link, frame, 0, Math.min(frame.length, 192), frame.length);
    return this;
  }

  /** Time goes on without frames, in steps that a sensor would take. */
  wait(ms: number): this {
    const end = this.now + ms;
    const step = Math.max(1000, ms / 1000);
    while (this.now < end) {
      this.now = Math.min(end, this.now + step);
      this.engine.tick(this.now);
    }
    return this.take();
  }

  take(): this {
    this.engine.run();
    this.records.push(...this.engine.takeRecords());
    return this;
  }

  close(): this {
    this.engine.flush();
    return this.take();
  }

  /** A TCP connection that is answered and carries some data. */
  connect(client: string, server: string, port: number, sourcePort = 40000): this {
    const up = { sourcePort };
    const down = { sourcePort: port };
    this.send(tcp(client, server, port, SYN, { ...up, sequence: 100 }), 2);
    this.send(tcp(server, client, sourcePort, SYN | ACK, { ...down, sequence: 500, acknowledgement: 101 }), 1);
    this.send(tcp(client, server, port, ACK, { ...up, sequence: 101, acknowledgement: 501 }), 1);
    this.send(
      tcp(client, server, port, ACK, { ...up, sequence: 101, acknowledgement: 501, payload: Buffer.from('GET') }),
      1,
    );
    return this.send(
      tcp(server, client, sourcePort, ACK, {
        ...down,
        sequence: 501,
        acknowledgement: 104,
        payload: Buffer.from('200'),
      }),
      1,
    );
  }

  /** A SYN that is refused by RST. */
  refuse(client: string, server: string, port: number, sourcePort = 40000, options: TcpOptions = {}): this {
    this.send(tcp(client, server, port, SYN, { sourcePort, ...options }), 2);
    return this.send(tcp(server, client, sourcePort, RST | ACK, { sourcePort: port, sequence: 0 }), 1);
  }

  ping(source: string, target: string, answered: boolean): this {
    this.send(icmp(source, target, 8), 2);
    return answered ? this.send(icmp(target, source, 0), 1) : this;
  }

  askLink(source: string, target: string, answered: boolean): this {
    this.send(arp(1, source, target), 2);
    return answered ? this.send(arp(2, target, source), 1) : this;
  }

  query(client: string, server: string, port: number, answered: boolean, sourcePort = 40000): this {
    this.send(udp(client, server, port, { sourcePort }), 2);
    return answered ? this.send(udp(server, client, sourcePort, { sourcePort: port }), 1) : this;
  }

  /** Office life: the tap sees answers in every direction, and a few hosts are known. */
  warmUp(): this {
    for (let i = 1; i <= 5; i++) {
      this.connect(`10.20.1.${10 + i}`, '10.20.1.5', 443, 50000 + i);
      this.connect(`10.20.1.${10 + i}`, `192.0.2.${i}`, 443, 51000 + i);
      this.askLink(`10.20.1.${10 + i}`, '10.20.1.5', true);
      this.query(`10.20.1.${10 + i}`, '10.20.1.5', 53, true, 52000 + i);
    }
    this.ping('10.20.1.11', '10.20.1.5', true);
    return this.connect('198.51.100.9', '10.20.1.5', 443, 53000);
  }

  /** The accusing records of a source; all sources where none is named. */
  scans(source?: string): TimedRecord[] {
    this.take();
    return this.records.filter(
      (record) => record.verdict === 'scan' && (source === undefined || record.source === source),
    );
  }

  /** Distinct sources accused. */
  accused(): string[] {
    return [...new Set(this.scans().map((record) => record.source))];
  }
}
