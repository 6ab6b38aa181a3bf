// A frame in the batch: this header, then `captured` bytes of head, padded to a multiple of four. The host and
// src/native/ring/frame-ring.h write the same layout.
import { BATCH_AT, BATCH_BYTES, HEAD_BYTES } from '../memory';

@unmanaged
export class BatchFrame {
  /** ms, wraps after 49 days. */
  time: u32;
  /** Bytes of the head. */
  captured: u8;
  /** LINK_* of codes.ts. */
  link: u8;
  /** Bytes on the wire; 65535: or more. */
  wireLength: u16;

  @inline
  static at(address: u32): BatchFrame {
    return changetype<BatchFrame>(<usize>address);
  }
}

if (offsetof<BatchFrame>() != 8) ERROR('the header of a frame takes 8 bytes');
if (offsetof<BatchFrame>('captured') != 4) ERROR('captured stands at +4');
if (offsetof<BatchFrame>('link') != 5) ERROR('link stands at +5');
if (offsetof<BatchFrame>('wireLength') != 6) ERROR('wireLength stands at +6');
if (BATCH_AT % 4 != 0 || BATCH_BYTES < offsetof<BatchFrame>() + HEAD_BYTES) ERROR('the batch holds no whole frame');
