/**
 * Provisioning of a board over its serial port. Two protocols share the line: Improv packets (a browser identifies the
 * board and gives it a WiFi network), and lines of text for everything that Improv does not cover:
 *
 *   BLOCKWATCH {provisioning as JSON}      answered by  BLOCKWATCH ok   or  BLOCKWATCH error: one sentence
 *   BLOCKWATCH?                            answered by  BLOCKWATCH {"board": ..., "version": ..., "provisioned": false}
 *
 * After provisioning, attendant.ts answers there.
 */

import type { Provisioning } from '../../protocol/provisioning.js';
import { MAX_PROVISIONING_BYTES, readProvisioning } from '../../protocol/provisioning.js';
import type { BoardWords } from '../../protocol/serial.js';
import { ERROR, FORGET, OK, PREFIX, WHO } from '../../protocol/serial.js';
import { toUtf8 } from '../../protocol/utf8.js';
import { WireError } from '../../protocol/wire-error.js';
import type { ImprovPacket } from './improv.js';
import {
  buildImprov,
  buildImprovResult,
  ImprovParser,
  improvCommands,
  improvErrors,
  improvStates,
  improvTypes,
  readImprovWifi,
} from './improv.js';
import { LineReader } from './line-reader.js';

export interface ProvisionerOptions {
  board: string;
  version: string;
  /** The last sentence. */
  says(): string;
  send(bytes: Uint8Array): void;
  /** Stores a valid provisioning; throws on failure. */
  store(text: string): void;
  /** The stored provisioning. */
  stored(): string | undefined;
  /** The board is provisioned and the answer sent: restart. */
  done(): void;
}

export class Provisioner {
  readonly #options: ProvisionerOptions;
  readonly #improv = new ImprovParser();
  readonly #lines = new LineReader(MAX_PROVISIONING_BYTES + 64);
  #wifi: Provisioning['wifi'] | undefined;

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
    const text = this.#lines.feed(byte);
    if (text === WHO) {
      const { board, version, says } = this.#options;
      const last = says();
      const words: BoardWords = { board, version, provisioned: false, ...(last ? { says: last } : {}) };
      this.#say(JSON.stringify(words));
      // It has no identity: there is nothing to erase.
    } else if (text === FORGET) this.#say(OK);
    else if (text !== undefined) this.#provision(text);
  }

  #provision(text: string): void {
    try {
      if (this.#lines.cut) throw new WireError(`The provisioning is longer than ${MAX_PROVISIONING_BYTES} bytes.`);
      this.#store(this.#complete(text));
    } catch (error) {
      return this.#say(`${ERROR} ${(error as Error).message}`);
    }
    // Not earlier: the receiver of this answer deletes the file.
    this.#say(OK);
    this.#options.done();
  }

  /** The text to store. The parsed object is released before storing: memory is short. */
  #complete(text: string): string {
    const given = readProvisioning(text);
    return JSON.stringify(given.wifi.ssid === '' && this.#wifi ? { ...given, wifi: this.#wifi } : given);
  }

  #store(text: string): void {
    const { store, stored } = this.#options;
    try {
      store(text);
    } catch (error) {
      throw new WireError(
        `The board cannot keep it (${(error as Error).message}): ` +
          'write the firmware anew with "blockwatch flash --erase" and try again.',
      );
    }
    if (stored() !== text)
      throw new WireError('The board has kept it and reads something else: its flash is damaged. Use another board.');
  }

  #answer({ type, data }: ImprovPacket): void {
    this.#lines.drop();
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
    // Only the sensor's start shows whether the network works; for the browser it is set.
    this.#send(buildImprov(improvTypes.state, [improvStates.provisioned]));
    this.#send(buildImprovResult(improvCommands.wifi, []));
  }

  #improvError(error: number): void {
    this.#send(buildImprov(improvTypes.error, [error]));
  }

  #say(text: string): void {
    this.#send(toUtf8(`${PREFIX} ${text}\n`));
  }

  #send(bytes: Uint8Array): void {
    this.#options.send(bytes);
  }
}
