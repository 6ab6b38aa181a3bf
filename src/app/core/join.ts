/** Keeps a WiFi station joined: ECMA-419's interface (section 22) joins once on request and does not retry. */
import type { Random, Timers } from './ports.js';

export interface Station {
  /** 200: disconnected; 300: joining; 400: joined, no address; 500: joined, with an address. */
  readonly connection: number;
  /** Throws if the radio refuses. */
  connect(network: { SSID: string; password?: string; secure?: boolean }): void;
}

/**
 * Milliseconds from losing a network, or not finding it, to the first retry; later waits grow to three times that at
 * most.
 */
const AGAIN = 2_000;
/** Time limit of an attempt, address included. */
const TIMEOUT = 60_000;

/**
 * Joins, and rejoins indefinitely. `make` creates the station, whose events call the given function; `changed` receives
 * true when there is an address and false when it is lost, never twice the same.
 */
export function keepJoined(
  wifi: { ssid: string; password: string },
  make: (event: () => void) => Station,
  timers: Timers,
  random: Random,
  changed: (up: boolean) => void,
): void {
  const network =
    wifi.password === '' ? { SSID: wifi.ssid } : { SSID: wifi.ssid, password: wifi.password, secure: true };
  let up = false;
  let cancel = (): void => {};

  const wait = (ms: number): void => {
    cancel();
    cancel = timers.after(ms, join);
  };
  const apart = (): void => wait(AGAIN + Math.floor(random() * 2 * AGAIN));
  const station = make(() => {
    const { connection } = station;
    const before = up;
    up = connection >= 500;
    if (up) cancel();
    else if (connection <= 200) apart();
    else if (before) wait(TIMEOUT);
    if (up !== before) changed(up);
  });

  function join(): void {
    wait(TIMEOUT);
    try {
      station.connect(network);
    } catch {
      // Still joining, or the radio is busy.
      apart();
    }
  }
  join();
}
