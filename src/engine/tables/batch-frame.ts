// A frame in the batch: this header, then `captured` bytes of head, padded to a multiple of four. The host's engine
// wrapper and src/native/ring/frame-ring.h write this layout.
import {
  BATCH_AT,
  BATCH_BYTES,
  FRAME_CAPTURED,
  FRAME_HEAD,
  FRAME_LINK,
  FRAME_TIME,
  FRAME_WIRE_LENGTH,
  HEAD_BYTES,
} from '../constants/memory';

@unmanaged
export class BatchFrame {
  /** ms, wraps after 49 days. */
  time: u32;
  /** Bytes of the head. */
  captured: u8;
  /** LINK_* of codes.ts. */
  link: u8;
  /** Bytes on the wire; saturates at 65535. */
  wireLength: u16;

  @inline
  static at(address: u32): BatchFrame {
    return changetype<BatchFrame>(<usize>address);
  }

  /** The number of frames in the batch that begin before `address`. */
  static countBefore(address: u32): u32 {
    let frames: u32 = 0;
    for (let at: u32 = BATCH_AT; at < address; frames++) {
      at += FRAME_HEAD + ((min<u32>(BatchFrame.at(at).captured, HEAD_BYTES) + 3) & ~3);
    }
    return frames;
  }
}

if (offsetof<BatchFrame>() != FRAME_HEAD) ERROR('FRAME_HEAD of memory.ts');
if (offsetof<BatchFrame>('time') != FRAME_TIME) ERROR('FRAME_TIME of memory.ts');
if (offsetof<BatchFrame>('captured') != FRAME_CAPTURED) ERROR('FRAME_CAPTURED of memory.ts');
if (offsetof<BatchFrame>('link') != FRAME_LINK) ERROR('FRAME_LINK of memory.ts');
if (offsetof<BatchFrame>('wireLength') != FRAME_WIRE_LENGTH) ERROR('FRAME_WIRE_LENGTH of memory.ts');
if (BATCH_AT % 4 != 0 || BATCH_BYTES < FRAME_HEAD + HEAD_BYTES) ERROR('the batch holds no whole frame');
