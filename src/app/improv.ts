/**
 * Improv Wi-Fi over serial, version 1 (improv-wifi.com/serial): packets only. What a browser's flashing page speaks to ask a
 * board what it is and to give it a WiFi network.
 *
 *   "IMPROV", u8 version, u8 type, u8 length, data, u8 sum of all that stands before it, line feed
 */
export const IMPROV_VERSION = 1;

export const improvTypes = { state: 1, error: 2, command: 3, result: 4 } as const;
export const improvStates = { ready: 2, provisioning: 3, provisioned: 4 } as const;
export const improvErrors = { none: 0, invalid: 1, unknownCommand: 2, cannotConnect: 3 } as const;
export const improvCommands = { wifi: 1, state: 2, information: 3 } as const;

export interface ImprovPacket {
  type: number;
  data: Uint8Array;
}

const HEAD = [73, 77, 80, 82, 79, 86];
const LINE_FEED = 10;

export function buildImprov(type: number, data: ArrayLike<number>): Uint8Array {
  const bytes = [...HEAD, IMPROV_VERSION, type, data.length, ...Array.from(data)];
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return Uint8Array.from([...bytes, sum & 0xff, LINE_FEED]);
}

/** The answer to a command: texts, each with its length. */
export function buildImprovResult(command: number, texts: readonly string[]): Uint8Array {
  const body: number[] = [];
  for (const text of texts) {
    const bytes = toUtf8(text);
    body.push(bytes.length, ...bytes);
  }
  return buildImprov(improvTypes.result, [command, body.length, ...body]);
}

/** What came of feeding one byte to the parser. */
export type ImprovFed = 'no' | 'part' | 'bad' | ImprovPacket;

/** Finds packets in a stream of bytes; bytes that belong to none are 'no'. */
export class ImprovParser {
  readonly #bytes: number[] = [];

  feed(byte: number): ImprovFed {
    const bytes = this.#bytes;
    const at = bytes.length;
    if (at < HEAD.length && byte !== HEAD[at]) {
      bytes.length = 0;
      if (byte !== HEAD[0]) return 'no';
      bytes.push(byte);
      return 'part';
    }
    bytes.push(byte);
    if (at < 8) return 'part';
    const length = bytes[8] as number;
    if (bytes.length < 9 + length + 1) return 'part';
    let sum = 0;
    for (let i = 0; i < 9 + length; i++) sum += bytes[i] as number;
    const packet = { type: bytes[7] as number, data: Uint8Array.from(bytes.slice(9, 9 + length)) };
    const good = (sum & 0xff) === byte && bytes[6] === IMPROV_VERSION;
    bytes.length = 0;
    return good ? packet : 'bad';
  }
}

/** A WiFi command's network and password; undefined where the lengths lie. */
export function readImprovWifi(data: Uint8Array): { ssid: string; password: string } | undefined {
  const body = data.subarray(2);
  if (data[0] !== improvCommands.wifi || data[1] !== body.length || body.length < 2) return undefined;
  const ssid = 1 + (body[0] as number);
  const end = ssid + 1 + (body[ssid] ?? NaN);
  if (end !== body.length) return undefined;
  return { ssid: fromUtf8(body.subarray(1, ssid)), password: fromUtf8(body.subarray(ssid + 1, end)) };
}

/** RFC 3629. encodeURIComponent and its inverse are there on Node and on XS. */
export function toUtf8(text: string): number[] {
  const escaped = encodeURIComponent(text);
  const out: number[] = [];
  for (let i = 0; i < escaped.length; i++) {
    if (escaped[i] === '%') {
      out.push(parseInt(escaped.slice(i + 1, i + 3), 16));
      i += 2;
    } else out.push(escaped.charCodeAt(i));
  }
  return out;
}

/** What is not UTF-8 is read byte by byte (ISO 8859-1): a network's name may be anything. */
export function fromUtf8(bytes: Uint8Array): string {
  let escaped = '';
  let plain = '';
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    escaped += `%${(byte + 256).toString(16).slice(1)}`;
    plain += String.fromCharCode(byte);
  }
  try {
    return decodeURIComponent(escaped);
  } catch {
    return plain;
  }
}
