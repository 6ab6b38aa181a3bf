/** What main.ts needs from its machine. The manifest decides which file is `blockwatch/app/boards/current`. */
import type { Flash } from '../core/flash-outbox.js';
import type { Vitals } from '../core/health.js';
import type { LightState } from '../core/light.js';
import type { ImageSlot } from '../core/update.js';
import type { Uplink } from './uplink.js';

export interface Board {
  /** Name of the firmware's images: `wt32_eth01`, `linux`. */
  readonly name: string;
  readonly version: string;
  /** The tap's plan if the provisioning has none. */
  readonly tap: string;
  /** Storage of the outbox. */
  readonly flash: Flash;
  /** Short texts that survive a power loss; a cut during a write leaves the old or the new text. */
  read(name: string): string | undefined;
  write(name: string, text: string): void;
  /** Deletes all stored texts, secrets included. */
  forget(name: string): void;
  /** An unpredictable u32. */
  random(): number;
  /** Brings the uplink's interface up. */
  connect: Uplink['connect'];
  /** Whether Date already has the real time; if not, SNTP provides it. */
  readonly hasTime: boolean;
  vitals(): Vitals;
  /** Sets the light's state. */
  show(state: LightState): void;
  /** Feeds the watchdog, which restarts the sensor after a long time without a call. */
  alive(): void;
  /** Storage of the inactive image. */
  readonly slot: ImageSlot;
  /** Public release keys built into this image (update.ts). */
  readonly releaseKeys: readonly string[];
  /** Milliseconds for a new image to reach the broker; absent: the default of update.ts. */
  readonly trial?: number;
  /** Free memory, for people: one JSON object. */
  measure?(): string;
  /** Whether the serial line accepts test commands; on an emulator it does. */
  readonly trials?: boolean;
  /** Test commands, on machines with another channel for them. */
  command?(given: (command: string) => void): void;
  /** The line for provisioning and status; undefined if there is none. */
  readonly serial: SerialLine | undefined;
  restart(): void;
  /**
   * To be called before the SDK uses a TCP connection: it may have gone. `end` closes it. Absent where the SDK knows
   * itself.
   */
  readonly lookAtTcp?: (tcp: object, end: boolean) => void;
}

export interface SerialLine {
  /**
   * `writable` receives the number of bytes it takes, whenever that grows. Returns the writer, which must not be given
   * more.
   */
  open(arrived: (bytes: Uint8Array) => void, writable: (count: number) => void): (bytes: Uint8Array) => void;
}
