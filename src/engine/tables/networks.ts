// Networks: a bitmap of 512 with a bit for each IPv4 /24 and IPv6 /64 in which a home address has spoken.
import { NETWORKS_AT, NETWORKS_BYTES } from '../constants/memory';
import { Hash } from './hash';

/** A byte of the bitmap: eight networks. */
@unmanaged
export class Networks {
  bits: u8;

  @inline
  private static bitOf(network: u32): u32 {
    return Hash.slot(Hash.of(network), NETWORKS_BYTES << 3);
  }

  @inline
  private static byteOf(bit: u32): Networks {
    return changetype<Networks>(<usize>(NETWORKS_AT + (bit >>> 3)));
  }

  /** `network` as frame.targetNumber has it in its lower 24 bits. */
  static add(network: u32): void {
    const bit = Networks.bitOf(network);
    Networks.byteOf(bit).bits |= <u8>((<u32>1) << (bit & 7));
  }

  static has(network: u32): bool {
    const bit = Networks.bitOf(network);
    return ((<u32>Networks.byteOf(bit).bits >>> (bit & 7)) & 1) != 0;
  }
}

if (offsetof<Networks>() != 1) ERROR('a byte of the bitmap takes a byte');
