/** The engine's clock is u32 milliseconds of uptime that wrap after 49 days; records leave the sensor with real times. */

/**
 * The time that is nearest to now and has these 32 low bits on the engine's clock.
 *
 * @param engineTime of a record
 * @param engineNow the engine's clock now
 * @param now what the app's clock says now, milliseconds
 */
export function toEpoch(engineTime: number, engineNow: number, now: number): number {
  return Math.floor(now) + ((engineTime - engineNow) | 0);
}
