/** What an incident says: the rest of a sentence that begins with the sensor's name, and what to do. */
import { duration } from './format.js';

export const late = (): string =>
  'is late: two heartbeats are missing. It may be cut off; what it sees meanwhile is kept and sent later. If it stays so, look at its uplink.';
export const silent = (): string =>
  'has said nothing for twenty heartbeats: nobody watches there. Restart it and look at its uplink.';
export const lost = (): string =>
  'was lost by the broker: nobody watches there, as far as we can tell. Check its power and uplink.';
export const stopped = (): string =>
  'was stopped on purpose and not started again: nobody watches there. Start it, or revoke it where it is not to come back.';
export const neverSeen = (enrolled: boolean): string =>
  enrolled
    ? 'was enrolled and has never reported. Check that it has power, and its broker address, account, site and sensor names.'
    : 'is known from a message that the broker keeps, and has never reported. Check its power and uplink.';
export const noFrames = (): string => "sees no frames. Check the tap's cable and the switch's mirror port.";
export const thin = (rate: number, least: number): string =>
  `sees ${perSecond(rate)} frames a second, and not fewer than ${perSecond(least)} in any hour of the last week. Check the switch's mirror port.`;
export const losing = (loss: number): string =>
  `loses ${Math.round(loss * 100)} % of the frames before it judges them. Mirror less to it, or use a faster board.`;
export const clockOff = (ahead: number): string =>
  `has a clock that is ${duration(Math.abs(ahead))} ${ahead > 0 ? 'ahead' : 'behind'}: the times of its scans are off by that. Check that it reaches its time server.`;
export const clockUnset = (): string =>
  'has not learned the time since it started: the times of its scans are reckoned from their arrival. Check that it reaches its time server.';
export const old = (version: string, than: string, who: string): string =>
  `runs ${version}, and ${who} ${than}. Update it.`;
export const trap = (times: number): string =>
  `had a fault in its engine, ${times === 1 ? 'once' : `${times} times`} since it started; it went on, but some frames were lost. Keep a capture of what it saw, if you can, and report it.`;
export const twin = (): string =>
  'starts anew and goes on as before by turns: two sensors use its name, or somebody else its account. Enrol each under a name of its own; where there is only one, revoke it and enrol it anew.';

const perSecond = (rate: number): string => (rate >= 10 ? String(Math.round(rate)) : rate.toFixed(1));
