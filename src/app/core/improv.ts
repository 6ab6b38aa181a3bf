/**
 * Improv Wi-Fi over serial, version 1 (improv-wifi.com/serial): packets only. A browser's flashing page uses it to
 * identify a board and to give it a WiFi network.
 *
 *   "IMPROV", u8 version, u8 type, u8 length, data, u8 sum of all preceding bytes, line feed
 */
import { fromUtf8, toUtf8 } from '../../protocol/utf8.js';

const IMPROV_VERSION = 1;

export const improvTypes = { state: 1, error: 2, command: 3, result: 4 } as const;
export const improvStates = { ready: 2, provisioning: 3, provisioned: 4 } as const;
export const improvErrors = { none: 0, invalid: 1, unknownCommand: 2, cannotConnect: 3 } as const;
export const improvCommands = { wifi: 1, state: 2, information: 3 } as const;

export interface ImprovPacket {
  type: number;
  data: Uint8Array;
}

const HEAD = [73, 77, 80, 82, 79, 86];
/** Offsets of the type, the data length and the data. */
const TYPE = 7;
const LENGTH = 8;
const DATA = 9;
const LINE_FEED = 10;

export function buildImprov(type: number, data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(DATA + data.length + 2);
  bytes.set(HEAD);
  bytes[HEAD.length] = IMPROV_VERSION;
  bytes[TYPE] = type;
  bytes[LENGTH] = data.length;
  bytes.set(data, DATA);
  bytes[bytes.length - 2] = sumOf(bytes, bytes.length - 2);
  bytes[bytes.length - 1] = LINE_FEED;
  return bytes;
}

/** The answer to a command: texts, each preceded by its length. */
export function buildImprovResult(command: number, texts: readonly string[]): Uint8Array {
  const all = texts.map(toUtf8);
  const body = new Uint8Array(all.reduce((sum, bytes) => sum + 1 + bytes.length, 2));
  body[0] = command;
  body[1] = body.length - 2;
  let at = 2;
  for (const bytes of all) {
    body[at++] = bytes.length;
    body.set(bytes, at);
    at += bytes.length;
  }
  return buildImprov(improvTypes.result, body);
}

/** The low byte is the packet's checksum. */
function sumOf(bytes: Uint8Array, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += bytes[i] as number;
  return sum & 0xff;
}

/** Result of feeding one byte to the parser. */
export type ImprovFed = 'no' | 'part' | 'bad' | ImprovPacket;

/** Finds packets in a stream of bytes; bytes outside packets give 'no'. */
export class ImprovParser {
  readonly #bytes = new Uint8Array(DATA + 255 + 1);
  #count = 0;

  feed(byte: number): ImprovFed {
    const bytes = this.#bytes;
    const at = this.#count;
    if (at < HEAD.length && byte !== HEAD[at]) {
      this.#count = 0;
      if (byte !== HEAD[0]) return 'no';
    }
    bytes[this.#count++] = byte;
    if (this.#count <= LENGTH) return 'part';
    const end = DATA + (bytes[LENGTH] as number);
    if (this.#count <= end) return 'part';
    this.#count = 0;
    if (sumOf(bytes, end) !== byte || bytes[HEAD.length] !== IMPROV_VERSION) return 'bad';
    return { type: bytes[TYPE] as number, data: bytes.slice(DATA, end) };
  }
}

/** A WiFi command's network and password; undefined if the lengths are inconsistent. */
export function readImprovWifi(data: Uint8Array): { ssid: string; password: string } | undefined {
  const body = data.subarray(2);
  if (data[0] !== improvCommands.wifi || data[1] !== body.length || body.length < 2) return undefined;
  const ssid = 1 + (body[0] as number);
  const end = ssid + 1 + (body[ssid] ?? NaN);
  if (end !== body.length) return undefined;
  return { ssid: fromUtf8(body.subarray(1, ssid)), password: fromUtf8(body.subarray(ssid + 1, end)) };
}
