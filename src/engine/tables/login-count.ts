// Counted logins: leaky buckets by pair, by source and by target, in sets of three 12-byte entries. The lowest level goes.
import { LOGIN_BYTES, LOGIN_SETS, LOGIN_WAYS, LOGINS_AT, LOGINS_BYTES } from '../constants/memory';

/** Level of one login. */
export const LOGIN: u32 = 16;

@unmanaged
export class LoginCount {
  /** 0: free. */
  key: u32;
  /** Time up to which the level is drained, ms. */
  drained: u32;
  /** 1/16 login. */
  level: u16;
  /** Since the level was zero; saturates. */
  connections: u8;
  /** Bitmap of the targets of a source, or of the sources of a target. */
  bits: u8;

  /** The entry with this key; null if there is none. */
  static find(key: u32): LoginCount | null {
    let entry = LoginCount.setOf(key);
    for (let i: u32 = 0; i < LOGIN_WAYS; i++) {
      if (entry.key == key) return entry;
      entry = entry.next;
    }
    return null;
  }

  /** The same; without one, takes the entry of the set whose level is the lowest by now. */
  static enter(key: u32, now: u32): LoginCount {
    let entry = LoginCount.setOf(key);
    let victim = entry;
    let least: u32 = u32.MAX_VALUE;
    for (let i: u32 = 0; i < LOGIN_WAYS; i++) {
      if (entry.key == key) return entry;
      const level = <u32>entry.level;
      const left = level - min<u32>((now - entry.drained) >>> 10, level);
      if (left < least) {
        least = left;
        victim = entry;
      }
      entry = entry.next;
    }
    memory.fill(changetype<usize>(victim), 0, LOGIN_BYTES);
    victim.key = key;
    victim.drained = now;
    return victim;
  }

  @inline
  private static setOf(key: u32): LoginCount {
    return changetype<LoginCount>(<usize>(LOGINS_AT + (key >>> 28) * (LOGIN_WAYS * LOGIN_BYTES)));
  }

  @inline
  private get next(): LoginCount {
    return changetype<LoginCount>(changetype<usize>(this) + LOGIN_BYTES);
  }

  /** Drains one login in 2^shift ms. Time short of a whole sixteenth counts at the next call. */
  drain(now: u32, shift: u32): void {
    const units = (now - this.drained) >>> (shift - 4);
    this.drained += units << (shift - 4);
    const level = <u32>this.level;
    if (units < level) {
      this.level = <u16>(level - units);
      return;
    }
    this.level = 0;
    this.connections = 0;
    this.bits = 0;
  }

  /** Counts a login of this weight; `hash`: of the other end. */
  add(weight: u32, hash: u32): void {
    this.level = <u16>min<u32>(<u32>this.level + weight, 0xffff);
    const connections = this.connections;
    if (connections != 255) this.connections = connections + 1;
    this.bits |= <u8>((<u32>1) << (hash >>> 29));
  }

  @inline
  get distinct(): u32 {
    return popcnt<u32>(<u32>this.bits);
  }
}

if (offsetof<LoginCount>() != LOGIN_BYTES) ERROR('LOGIN_BYTES of memory.ts');
if (LOGINS_BYTES != LOGIN_SETS * LOGIN_WAYS * LOGIN_BYTES) ERROR('LOGINS_BYTES of memory.ts');
if (LOGIN_SETS != 16) ERROR('four bits of the key select the set');
if (offsetof<LoginCount>('drained') != 4) ERROR('drained stands at +4');
if (offsetof<LoginCount>('level') != 8) ERROR('level stands at +8');
if (offsetof<LoginCount>('connections') != 10) ERROR('connections stands at +10');
if (offsetof<LoginCount>('bits') != 11) ERROR('bits stands at +11');
