/** TextEncoder and TextDecoder, which XS does not have and which cborg and the tests use. */
import { fromUtf8, toUtf8 } from '../../../src/app/improv.js';

Object.assign(globalThis, {
  TextEncoder: class {
    // A lone surrogate is encoded as U+FFFD (WHATWG Encoding).
    encode = (text: string): Uint8Array => Uint8Array.from(toUtf8(text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')));
  },
  TextDecoder: class {
    decode = (bytes: Uint8Array): string => fromUtf8(bytes);
  },
});
