/**
 * A made-up branch in network namespaces: one namespace is the internet with a scanner in it, one is the office with a
 * handful of addresses that answer, a veth pair is the line between them.
 */
import type { ChildProcess } from 'node:child_process';
import { Namespaces } from '../support/namespaces.js';

export { said } from '../support/namespaces.js';

/** Addresses of the office that exist; the rest of 10.77.1.0/24 swallows what it gets. */
export const alive = [1, 2, 3, 4, 5, 9, 20].map((host) => `10.77.1.${host}`);
export const home = '10.77.0.0/16';
export const scanner = '198.18.7.66';
/** The scanner's address on the office's own segment 10.77.2.0/24. */
export const insider = '10.77.2.66';

export class Branch {
  /** The office's end of the line: where a tap goes. */
  readonly tap = 'tap';
  readonly #namespaces = new Namespaces();

  constructor() {
    this.#namespaces.add('office', 'inet');
    this.#namespaces.connect('office', this.tap, 'inet', 'line');
    this.#namespaces.ip(
      [
        `addr add 198.18.7.1/24 dev ${this.tap}`,
        `addr add 10.77.2.1/24 dev ${this.tap}`,
        ...alive.map((address) => `addr add ${address}/32 dev lo`),
        `link set ${this.tap} up`,
        'route add blackhole 10.77.1.0/24',
      ],
      'office',
    );
    this.#namespaces.ip(
      [
        `addr add ${scanner}/24 dev line`,
        `addr add ${insider}/24 dev line`,
        'link set line up',
        `route add 10.77.1.0/24 via 198.18.7.1 src ${scanner}`,
      ],
      'inet',
    );
  }

  /** A child in the office; ended by `close` where it has not ended by itself. */
  inOffice(command: string, ...args: string[]): ChildProcess {
    return this.#namespaces.spawn('office', command, args);
  }

  /** Runs a command where the scanner is, until it ends; resolves to its output. Throws where it fails. */
  scan(command: string, ...args: string[]): Promise<string> {
    return this.#output('inet', command, args);
  }

  /** The JSON at an address of the office, which only the office can reach. */
  async fetch(url: string): Promise<unknown> {
    const script = `fetch(${JSON.stringify(url)}).then(async (reply) => console.log(await reply.text()))`;
    return JSON.parse(await this.#output('office', process.execPath, ['-e', script]));
  }

  async #output(name: string, command: string, args: string[]): Promise<string> {
    const { code, text } = await this.#namespaces.run(name, command, args);
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${code}: ${text}`);
    return text;
  }

  close(): Promise<void> {
    return this.#namespaces.close();
  }
}
