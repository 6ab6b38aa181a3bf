/**
 * How a board without a name is given one over its serial port. Two dialogues share the line: Improv packets (a browser
 * asks what this is and gives it a WiFi network), and lines of text for what Improv has no word for:
 *
 *   BLOCKWATCH {provisioning as JSON}      answered by  BLOCKWATCH ok   or  BLOCKWATCH error: one sentence
 *   BLOCKWATCH?                            answered by  BLOCKWATCH {"board": ..., "version": ..., "provisioned": false}
 */
import { MOST_PROVISIONING_BYTES, readProvisioning } from '../protocol/provisioning.js';
import type { Provisioning } from '../protocol/provisioning.js';
import { WireError } from '../protocol/wire-error.js';
import { ImprovParser, buildImprov, buildImprovResult, fromUtf8, improvCommands, improvErrors, improvStates, improvTypes, readImprovWifi, toUtf8 } from './improv.js';
import type { ImprovPacket } from './improv.js';

const PREFIX = 'BLOCKWATCH';
const MOST_LINE = MOST_PROVISIONING_BYTES + 64;

export interface ProvisionerOptions {
  board: string;
  version: string;
  send(bytes: Uint8Array): void;
  /** The board is provisioned: `text` is valid, and is to be kept. */
  accept(text: string): void;
}

export class Provisioner {
  readonly #options: ProvisionerOptions;
  readonly #improv = new ImprovParser();
  #line: number[] = [];
  #wifi: Provisioning['wifi'] | undefined;
  #given: Provisioning | undefined;

  constructor(options: ProvisionerOptions) {
    this.#options = options;
  }

  received(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.#take(bytes[i] as number);
  }

  #take(byte: number): void {
    const fed = this.#improv.feed(byte);
    if (typeof fed === 'object') return this.#answer(fed);
    if (fed === 'bad') return this.#improvError(improvErrors.invalid);
    // A line may contain an I: only a whole packet is one.
    if (byte !== 10 && byte !== 13) {
      if (this.#line.length < MOST_LINE) this.#line.push(byte);
      return;
    }
    const text = fromUtf8(Uint8Array.from(this.#line));
    this.#line = [];
    const at = text.indexOf(PREFIX);
    if (at >= 0) this.#readLine(text.slice(at + PREFIX.length).trim());
  }

  #readLine(text: string): void {
    if (text === '?') {
      const { board, version } = this.#options;
      return this.#say(JSON.stringify({ board, version, provisioned: false }));
    }
    try {
      const given = readProvisioning(text);
      this.#given = given.wifi.ssid === '' && this.#wifi ? { ...given, wifi: this.#wifi } : given;
      this.#say('ok');
      this.#options.accept(JSON.stringify(this.#given));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#say(`error: ${error.message}`);
    }
  }

  #answer({ type, data }: ImprovPacket): void {
    this.#line = [];
    if (type !== improvTypes.command) return this.#improvError(improvErrors.invalid);
    const [command] = data;
    if (command === improvCommands.state) return this.#send(buildImprov(improvTypes.state, [improvStates.ready]));
    if (command === improvCommands.information) {
      const { board, version } = this.#options;
      return this.#send(buildImprovResult(command, ['Blockwatch', version, board, 'Blockwatch sensor']));
    }
    if (command !== improvCommands.wifi) return this.#improvError(improvErrors.unknownCommand);
    const wifi = readImprovWifi(data);
    if (!wifi) return this.#improvError(improvErrors.invalid);
    this.#wifi = wifi;
    // Whether the network is good shows when the sensor starts with it; to the browser it is set.
    this.#send(buildImprov(improvTypes.state, [improvStates.provisioned]));
    this.#send(buildImprovResult(improvCommands.wifi, []));
  }

  #improvError(error: number): void {
    this.#send(buildImprov(improvTypes.error, [error]));
  }

  #say(text: string): void {
    this.#send(Uint8Array.from(toUtf8(`${PREFIX} ${text}\n`)));
  }

  #send(bytes: Uint8Array): void {
    this.#options.send(bytes);
  }
}
