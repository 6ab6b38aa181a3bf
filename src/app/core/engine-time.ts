/**
 * The engine's clock is u32 milliseconds of uptime that wrap after 49 days; records leave the sensor with real times.
 */

/**
 * The time closest to now whose low 32 bits on the engine's clock are these.
 *
 * @param engineTime of a record
 * @param engineNow the engine's clock now
 * @param now the app's clock now, milliseconds
 */
export function toEpoch(engineTime: number, engineNow: number, now: number): number {
  return Math.floor(now) + ((engineTime - engineNow) | 0);
}
