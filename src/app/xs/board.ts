/** What main.ts needs of the machine it runs on. The manifest decides which file is `blockwatch/app/boards/current`. */
import type { Flash } from '../core/flash-outbox.js';
import type { Vitals } from '../core/health.js';
import type { LightState } from '../core/light.js';
import type { ImageSlot } from '../core/update.js';
import type { Uplink } from './uplink.js';

export interface Board {
  /** As the firmware's images are named: `wt32_eth01`, `linux`. */
  readonly name: string;
  readonly version: string;
  /** What the tap is told where the provisioning says nothing. */
  readonly tap: string;
  /** Where the outbox is kept. */
  readonly flash: Flash;
  /** Small texts that outlive the power; a cut while one is written leaves the old one or the new one. */
  read(name: string): string | undefined;
  write(name: string, text: string): void;
  /** Takes away what was kept, secrets and all. */
  forget(name: string): void;
  /** An unpredictable u32. */
  random(): number;
  /** Brings the uplink's interface up. */
  connect: Uplink['connect'];
  /** Whether Date already tells the real time; else it comes by SNTP. */
  readonly hasTime: boolean;
  vitals(): Vitals;
  /** What the light shows. */
  show(state: LightState): void;
  /** Says that the app is alive; where it does not for long, the watchdog starts the sensor anew. */
  alive(): void;
  /** Where the image that does not run is kept. */
  readonly slot: ImageSlot;
  /** Public release keys that this image was built with (update.ts). */
  readonly releaseKeys: readonly string[];
  /** Milliseconds that a new image has to reach the broker; absent: as long as update.ts says. */
  readonly trial?: number;
  /** What it has left, for people: one JSON object. */
  measure?(): string;
  /** Whether its serial line takes commands for trials: an emulator's does. */
  readonly trials?: boolean;
  /** Commands for trials, where the machine has another way to give any. */
  command?(given: (command: string) => void): void;
  /** The line that provisions the board and says how it is; undefined where there is none. */
  readonly serial: SerialLine | undefined;
  restart(): void;
}

export interface SerialLine {
  /** `room` is told how many bytes it takes, whenever that changes for the better. Gives what writes, which must be given no more. */
  open(arrived: (bytes: Uint8Array) => void, room: (count: number) => void): (bytes: Uint8Array) => void;
}
