import type { ConfigMember } from '../../../../src/protocol/config.js';
import type { WhatIf } from '../../../api/types.js';
import { count, plural } from '../../../wording/format.js';

/** The detector's thresholds as people read them. `name` is the constant in src/engine/constants/weights.ts; a test compares the values. Pure. */
export interface Rule {
  name: string;
  title: string;
  /** In `unit`; where the engine counts in other units, `scale` of them are one. */
  value: number;
  scale: number;
  unit: string;
  why: string;
  /** What sets it, where something does. */
  setting?: ConfigMember;
}

const NAT = 32;

export const rules: readonly Rule[] = [
  {
    name: 'ALERT_EVIDENCE',
    title: 'Evidence that accuses',
    value: 8,
    scale: NAT,
    unit: 'nats',
    setting: 'evidence',
    why: 'A likelihood ratio of 2,981: at most one harmless source in so many gets there.',
  },
  {
    name: 'SUSPICION_REPORT_EVIDENCE',
    title: 'Evidence that is whispered',
    value: 2,
    scale: NAT,
    unit: 'nats',
    why: 'Suspicion from here on is told to the collector, which adds up the branches.',
  },
  {
    name: 'SUSPICION_REPORTS',
    title: 'Whispers at a time',
    value: 4,
    scale: 1,
    unit: 'sources',
    why: 'The most suspicious ones; every five minutes.',
  },
  {
    name: 'GATE_FINGERPRINT',
    title: 'Targets asked of a known tool',
    value: 3,
    scale: 1,
    unit: 'targets',
    why: 'Distinct targets in doubt before a source with a scanner’s mark is accused; others need 4 to 24, by protocol.',
  },
  {
    name: 'FINGERPRINT_HARD',
    title: 'Weight of a tool’s formula',
    value: 4,
    scale: NAT,
    unit: 'nats',
    why: 'A formula that an honest packet meets once in 65,536 is nearly proof.',
  },
  {
    name: 'FADE_MS',
    title: 'Fading of evidence',
    value: 15,
    scale: 60_000,
    unit: 'minutes',
    why: 'A 32nd of a nat goes in this time, 3 nats a day: a probe every half hour still adds up.',
  },
  {
    name: 'SHARED_ALERT',
    title: 'A scan that many share',
    value: 12,
    scale: NAT,
    unit: 'nats',
    why: 'The rate of new sources at one service has grown fourfold: about one false alarm in 160,000 arrivals.',
  },
  {
    name: 'SHARED_GATE',
    title: 'Sources that share it',
    value: 12,
    scale: 1,
    unit: 'sources',
    why: 'Distinct sources, and distinct absent targets, of such a scan.',
  },
  {
    name: 'LOGINS_OUTSIDE',
    title: 'Logins tried from outside',
    value: 5,
    scale: 1,
    unit: 'connections',
    why: 'To a login service of one target; one is taken back every 16 seconds.',
  },
  {
    name: 'LOGINS_INSIDE',
    title: 'Logins tried inside',
    value: 24,
    scale: 1,
    unit: 'connections',
    why: 'Scripts log in often: more are asked for, and one is taken back every second.',
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
    title: 'Hosts talked to',
    value: 3,
    scale: 1,
    unit: 'hosts',
    why: 'Full handshakes before a scanner counts as probing services.',
  },
  {
    name: 'QUIET_MS',
    title: 'Silence that ends a scan',
    value: 5,
    scale: 60_000,
    unit: 'minutes',
    why: 'Or four times its longest pause so far, whichever is more.',
  },
  {
    name: 'ALERTS_PER_MINUTE',
    title: 'Alerts a minute',
    value: 120,
    scale: 1,
    unit: 'alerts',
    setting: 'alertsPerMinute',
    why: 'What a sensor tells at most; the rest is summed up in a digest.',
  },
  {
    name: 'FLOOD_CONTACTS',
    title: 'Contacts that are a flood',
    value: 2048,
    scale: 1,
    unit: 'contacts',
    why: 'Newcomers at crowded targets within ten seconds: their addresses are probably forged.',
  },
];

/** `at most 3 more, 1 fewer; it was 214 alerts`. */
export function judgement(answer: Pick<WhatIf, 'more' | 'fewer' | 'alerts'>): string {
  const { more, fewer, alerts } = answer;
  if (!more && !fewer) return `Nothing would change: it stays at ${plural(alerts, 'alert')}.`;
  return `${[more && `at most ${count(more)} more`, fewer && `${count(fewer)} fewer`].filter(Boolean).join(', ')}; it was ${plural(alerts, 'alert')}.`;
}

/** What the records cannot tell, in plain words. */
export function limits(answer: WhatIf): string {
  const parts: string[] = [];
  if (answer.asked.evidence < 2)
    parts.push('Sensors whisper from 2 nats on: of what stayed below nothing is known, so there may be many more.');
  else if (answer.asked.evidence < answer.base.evidence) {
    parts.push(
      'More is counted from whispers. A sensor whispers of its four most suspicious sources every five minutes, so some were never told; and the gate of distinct failed targets may still hold back some that are counted.',
    );
  }
  if (answer.others)
    parts.push(
      `${plural(answer.others, 'alert')} of other rules (footholds, logins, shared scans) ${answer.others === 1 ? 'does' : 'do'} not depend on this.`,
    );
  if (!answer.complete) parts.push('There was more than is looked at; the newest is counted.');
  return parts.join(' ');
}
