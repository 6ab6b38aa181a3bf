/** What to say where a tap understands nothing of what it sees. */
import type { Unread } from '../../src/protocol/unread.js';
import { count } from './format.js';

/** "98 % of its 6,040 frames are ERSPAN, ..." */
export function unreadShare({ frames, unread, encapsulation }: Unread): string {
  const share = `${Math.floor((100 * unread) / frames)} % of ${count(frames)} frames`;
  if (encapsulation === undefined) return `${share} are neither IP nor ARP, in no encapsulation that is known`;
  return `${share} are ${encapsulation}${encapsulation === 'MACsec' ? ', which is encrypted' : ' that is not opened'}`;
}

export function unreadAdvice({ encapsulation }: Unread): string {
  if (encapsulation === undefined) return 'Have the switch mirror plain Ethernet frames.';
  if (encapsulation === 'MACsec') return 'Mirror a port behind the encryption.';
  if (encapsulation === 'MPLS') return 'Mirror a port where the labels are off.';
  return 'It is opened in its common forms, and only where both ends are home addresses: add them to home, or mirror without it.';
}
