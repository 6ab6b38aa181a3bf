/** TextEncoder and TextDecoder, which XS does not have and which cborg and the tests use. */
import { fromUtf8, toUtf8 } from '../../../src/protocol/utf8.js';

Object.assign(globalThis, {
  TextEncoder: class {
    encode = (text: string): Uint8Array => toUtf8(text);
  },
  TextDecoder: class {
    decode = (bytes: Uint8Array): string => fromUtf8(bytes);
  },
});
