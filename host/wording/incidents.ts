/** An incident's text: the rest of a sentence that begins with the sensor's name, and what to do. */
import type { Unread } from '../../src/protocol/unread.js';
import { duration } from './format.js';
import { unreadAdvice, unreadShare } from './unread.js';

export const late = (): string =>
  'is late: two heartbeats are missing. It may be cut off; it stores what it sees and sends it later. If this lasts, check its uplink.';
export const silent = (): string =>
  'has sent nothing for twenty heartbeats, so the site is not monitored. Restart it and check its uplink.';
export const lost = (): string =>
  'lost its connection to the broker, so the site is probably not monitored. Check its power and uplink.';
export const stopped = (): string =>
  'was stopped on purpose and not started again, so the site is not monitored. Start it, or revoke it if it will not return.';
export const neverSeen = (enrolled: boolean): string =>
  enrolled
    ? 'was enrolled but has never reported. Check its power, broker address, account, site name and sensor name.'
    : 'is known from a retained message but has never reported. Check its power and uplink.';
export const noFrames = (): string => "sees no frames. Check the tap's cable and the switch's mirror port.";
export const thin = (rate: number, least: number): string =>
  `sees ${perSecond(rate)} frames per second; the quietest hour of the past week had ${perSecond(least)}. Check the switch's mirror port.`;
export const losing = (loss: number): string =>
  `loses ${Math.round(loss * 100)} % of the frames before analysis. Mirror less traffic to it, or use a faster board.`;
export const unreadable = (unread: Unread): string =>
  `cannot read its mirror: ${unreadShare(unread)}. ${unreadAdvice(unread)}`;
export const clockOff = (ahead: number): string =>
  `has a clock that is ${duration(Math.abs(ahead))} ${ahead > 0 ? 'ahead' : 'behind'}, and the times of its scans are off by as much. Check that it reaches its time server.`;
export const clockUnset = (): string =>
  'has not synchronized its clock since it started, so the times of its scans are estimated from their arrival. Check that it reaches its time server.';
export const old = (version: string, than: string, who: string): string =>
  `runs ${version}, and ${who} ${than}. Update it.`;
export const trap = (times: number): string =>
  `had an engine fault ${times === 1 ? 'once' : `${times} times`} since it started; it recovered, but some frames were lost. If you can, keep a capture of its traffic and report the fault.`;
export const twin = (): string =>
  'alternates between two boots: two sensors use its name, or somebody else uses its account. Enrol each under its own name; if there is only one, revoke it and enrol it again.';

const perSecond = (rate: number): string => (rate >= 10 ? String(Math.round(rate)) : rate.toFixed(1));
