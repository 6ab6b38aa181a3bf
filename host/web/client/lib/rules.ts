import type { ConfigMember } from '../../../../src/protocol/config.js';
import type { WhatIf } from '../../../api/types.js';
import { count, plural } from '../../../wording/format.js';

/**
 * The detector's thresholds in readable form. `name` is the constant in src/engine/constants/weights.ts; a test compares the
 * values. Pure.
 */
export interface Rule {
  name: string;
  title: string;
  /** In `unit`; `scale` engine units make one. */
  value: number;
  scale: number;
  unit: string;
  why: string;
  /** The config member that sets it, where there is one. */
  setting?: ConfigMember;
}

const NAT = 32;

export const rules: readonly Rule[] = [
  {
    name: 'ALERT_EVIDENCE',
    title: 'Alert threshold',
    value: 8,
    scale: NAT,
    unit: 'nats',
    setting: 'evidence',
    why: 'A likelihood ratio of 2,981: at most one benign source in 2,981 reaches it.',
  },
  {
    name: 'SUSPICION_REPORT_EVIDENCE',
    title: 'Suspicion report threshold',
    value: 2,
    scale: NAT,
    unit: 'nats',
    why: 'From here on, a sensor reports suspicion to the collector, which adds up all sites.',
  },
  {
    name: 'SUSPICION_REPORTS',
    title: 'Suspicion reports at a time',
    value: 4,
    scale: 1,
    unit: 'sources',
    why: 'The most suspicious sources, every five minutes.',
  },
  {
    name: 'GATE_FINGERPRINT',
    title: 'Minimum targets, known tool',
    value: 3,
    scale: 1,
    unit: 'targets',
    why: 'Distinct failed targets before a source with a scanner’s fingerprint raises an alert; others need 4 to 24, by protocol.',
  },
  {
    name: 'FINGERPRINT_HARD',
    title: 'Weight of a tool fingerprint',
    value: 4,
    scale: NAT,
    unit: 'nats',
    why: 'A benign packet matches the formula once in 65,536, so a match is nearly proof.',
  },
  {
    name: 'FADE_MS',
    title: 'Evidence decay',
    value: 15,
    scale: 60_000,
    unit: 'minutes',
    why: '1/32 nat in this time, 3 nats a day: a probe every half hour still adds up.',
  },
  {
    name: 'SHARED_ALERT',
    title: 'Distributed scan threshold',
    value: 12,
    scale: NAT,
    unit: 'nats',
    why: 'The rate of new sources at one service grew fourfold: about one false alarm in 160,000 arrivals.',
  },
  {
    name: 'SHARED_GATE',
    title: 'Distributed scan, minimum sources',
    value: 12,
    scale: 1,
    unit: 'sources',
    why: 'Distinct sources, and distinct unused targets, of a distributed scan.',
  },
  {
    name: 'LOGINS_OUTSIDE',
    title: 'Brute force, external sources',
    value: 5,
    scale: 1,
    unit: 'connections',
    why: 'Failed logins at one target; the count drops by one every 16 seconds.',
  },
  {
    name: 'LOGINS_INSIDE',
    title: 'Brute force, internal sources',
    value: 16,
    scale: 1,
    unit: 'connections',
    why: 'Scripts log in often, so the limit is higher; the count drops by one every eight seconds.',
  },
  {
    name: 'FOOTHOLD_RECEIVED',
    title: 'Foothold, data received',
    value: 12,
    scale: 1024,
    unit: 'KiB',
    why: 'A scanner’s connection moves more than banners and versions need.',
  },
  {
    name: 'FOOTHOLD_SENT',
    title: 'Foothold, data sent',
    value: 6,
    scale: 1024,
    unit: 'KiB',
    why: 'The same in the other direction.',
  },
  {
    name: 'SERVICE_PROBES',
    title: 'Service probe, minimum hosts',
    value: 3,
    scale: 1,
    unit: 'hosts',
    why: 'Completed handshakes before a scanner counts as probing services.',
  },
  {
    name: 'QUIET_MS',
    title: 'Silence that ends a scan',
    value: 5,
    scale: 60_000,
    unit: 'minutes',
    why: 'Or four times its longest pause so far, whichever is longer.',
  },
  {
    name: 'ALERTS_PER_MINUTE',
    title: 'Alert limit per minute',
    value: 120,
    scale: 1,
    unit: 'alerts',
    setting: 'alertsPerMinute',
    why: 'A sensor sends no more; a digest counts the rest.',
  },
  {
    name: 'FLOOD_CONTACTS',
    title: 'Flood threshold',
    value: 2048,
    scale: 1,
    unit: 'contacts',
    why: 'Contacts by first-time sources with hot targets in ten seconds: their addresses are probably spoofed.',
  },
];

/** `At most 3 more, 1 fewer; there were 214 alerts.` */
export function whatIfText(answer: Pick<WhatIf, 'more' | 'fewer' | 'alerts'>): string {
  const { more, fewer, alerts } = answer;
  if (!more && !fewer) return `Nothing would change: still ${plural(alerts, 'alert')}.`;
  const change = [more && `at most ${count(more)} more`, fewer && `${count(fewer)} fewer`].filter(Boolean).join(', ');
  return `${change[0]?.toUpperCase()}${change.slice(1)}; there ${alerts === 1 ? 'was' : 'were'} ${plural(alerts, 'alert')}.`;
}

/** What the stored records cannot answer. */
export function whatIfCaveats(answer: WhatIf): string {
  const parts: string[] = [];
  if (answer.asked.evidence < 2)
    parts.push(
      'Sensors report suspicion from 2 nats. Nothing is known about sources below that, so there may be many more.',
    );
  else if (answer.asked.evidence < answer.base.evidence) {
    parts.push(
      'Additional alerts are counted from suspicion reports. A sensor reports its four most suspicious sources every five minutes, so some were never reported. The minimum of distinct failed targets may still suppress some of those counted.',
    );
  }
  if (answer.others)
    parts.push(
      `${plural(answer.others, 'alert')} of other rules (footholds, logins, distributed scans) ${answer.others === 1 ? 'does' : 'do'} not depend on this.`,
    );
  if (!answer.complete) parts.push('Only the newest data is counted.');
  return parts.join(' ');
}
