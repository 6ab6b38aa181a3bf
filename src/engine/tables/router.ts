// Routers, by link address, and gateways, neighbours that many others ask for: 8-byte entries each.

import {
  GATEWAY_SLOTS,
  GATEWAYS_AT,
  GATEWAYS_BYTES,
  ROUTER_SLOTS,
  ROUTERS_AT,
  ROUTERS_BYTES,
} from '../constants/memory';
import { Hash } from './hash';

@unmanaged
export class Router {
  /** Link address as it lies in a frame's first eight bytes, in the lower 48 bits; 0: free. */
  macLow: u32;
  macHigh: u16;
  /** Bitmap of the pairs of a host at home and one outside between which others let it forward. */
  served: u8;
  /** Bitmap of the outside sources whose packets it sent, and of the times at which it advertised itself. */
  forwarded: u8;

  @inline
  get mac(): u64 {
    return load<u64>(changetype<usize>(this)) & 0xffffffffffff;
  }

  /** Enters another link address, of which nothing is known. */
  @inline
  set mac(mac: u64) {
    store<u64>(changetype<usize>(this), mac);
  }

  @inline
  static slot(i: u32): Router {
    return changetype<Router>(<usize>(ROUTERS_AT + i * offsetof<Router>()));
  }

  @inline
  get next(): Router {
    return changetype<Router>(changetype<usize>(this) + offsetof<Router>());
  }

  @inline
  get isInTable(): bool {
    return changetype<usize>(this) < ROUTERS_AT + ROUTERS_BYTES;
  }

  @inline
  static clear(): void {
    memory.fill(ROUTERS_AT, 0, ROUTERS_BYTES);
  }
}

@unmanaged
export class Gateway {
  /** Hash of the requested address. */
  address: u32;
  /** Bitmap of the neighbours that requested it. */
  askers: u32;

  @inline
  static of(hash: u32): Gateway {
    return changetype<Gateway>(<usize>(GATEWAYS_AT + Hash.slot(hash, GATEWAY_SLOTS) * offsetof<Gateway>()));
  }

  @inline
  static get head(): Gateway {
    return changetype<Gateway>(<usize>GATEWAYS_AT);
  }

  @inline
  get next(): Gateway {
    return changetype<Gateway>(changetype<usize>(this) + offsetof<Gateway>());
  }

  @inline
  get isInTable(): bool {
    return changetype<usize>(this) < GATEWAYS_AT + GATEWAYS_BYTES;
  }

  @inline
  clear(): void {
    store<u64>(changetype<usize>(this), 0);
  }
}

if (offsetof<Router>('served') != 6) ERROR('served stands at +6, behind the link address');
if (offsetof<Router>() * ROUTER_SLOTS != ROUTERS_BYTES) ERROR('ROUTERS_BYTES of memory.ts');
if (offsetof<Gateway>() * GATEWAY_SLOTS != GATEWAYS_BYTES) ERROR('GATEWAYS_BYTES of memory.ts');
if (offsetof<Gateway>('askers') != 4) ERROR('askers stands at +4');
