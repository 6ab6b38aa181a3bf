/** What to do next about a scan, and what its evidence means: one sentence each. Pure. */
import type { Scan } from '../api/types.js';
import { count, duration, plural } from './format.js';
import { sureness, toolNames, toolReasons } from './words.js';

/** The one next step. The order matters: what can hurt most comes first. */
export function nextStep(scan: Scan): string {
  if (scan.kind === 'digest') {
    return 'Nothing is lost, only summed up. If this happens often, raise the alert budget of this sensor.';
  }
  if (scan.kind === 'whisper') return 'Nothing yet: the collector adds up what several sensors whisper.';
  if (scan.kind === 'foothold') {
    return 'Act now: cut this connection, look at what was read or written on that machine, and change its passwords.';
  }
  if (scan.allowed !== undefined) return `Nothing: entry ${scan.allowed} of the allow list lets it off.`;
  if (scan.known?.kind === 'research') return 'Nothing, unless it gets in: it is on a list of research scanners.';
  if (scan.kind === 'brute-force') {
    return "Look at that machine's log for a login that worked; block the source, and take the login off the internet if you can.";
  }
  if (scan.kind === 'new-talker')
    return 'Check that somebody has put this machine there; if so, nothing is to be done.';
  if (scan.kind === 'watch-hit') return 'See what it does next: others have met this source before.';
  if (scan.kind === 'distributed-scan') {
    return 'Close or filter the service at the edge if you do not offer it; blocking single sources will not help.';
  }
  if (scan.kind === 'flood')
    return 'Do not block the sources, they are forged. If a service suffers, ask your provider for filtering.';
  if (scan.kind === 'arp-shadow')
    return 'Look at the router or firewall: its log knows who is sweeping. This sensor sees only the shadow.';
  if (scan.direction === 'outbound') {
    return 'A machine of yours scans others: take it off the network and look for malware.';
  }
  if (scan.direction === 'transit') return 'Neither end is yours: check the home blocks this sensor is set to.';
  if (
    scan.direction === 'internal' ||
    scan.kind === 'arp-sweep' ||
    scan.kind === 'nd-sweep' ||
    scan.kind === 'encrypted-sweep'
  ) {
    return 'Find this machine and ask who runs it; if nobody expects a scan, take it off the network.';
  }
  if (scan.spoofable) return 'Keep watching, do not block on this alone: the source could be forged.';
  if (scan.known?.kind === 'indicator')
    return `Block the source: it is a known adversary (${scan.known.label})${scan.answered ? ', and something answered it: look at that' : ''}.`;
  if (scan.answered) {
    return `Check that the ${plural(
      scan.answered,
      'service',
    )} that answered should be reachable, then block the source.`;
  }
  if (scan.confidence < 60) return 'Wait for more evidence: this may still be harmless.';
  return scan.open
    ? 'Nothing was found so far. Block the source at the edge if it goes on.'
    : 'Nothing was found. No action is needed.';
}

/** How much likelier the evidence is from a scanner than from a normal host; evidence in nats. */
export function odds(evidence: number): string {
  if (!(evidence > 0)) return 'no likelier';
  const ratio = Math.exp(evidence);
  if (ratio >= 1e9) return 'more than a billion times likelier';
  if (ratio >= 2e6) return `${count(Math.round(ratio / 1e6))} million times likelier`;
  if (ratio >= 1e6) return 'a million times likelier';
  if (ratio >= 1000) return `${count(Math.round(ratio / 1000) * 1000)} times likelier`;
  return ratio < 10 ? `${ratio.toFixed(1)} times likelier` : `${count(ratio)} times likelier`;
}

export interface Fact {
  term: string;
  value: string;
  why: string;
}

/** The evidence in plain words, strongest reasons first; counts of zero are left out. */
export function facts(scan: Scan): Fact[] {
  const out: Fact[] = [];
  const add = (term: string, value: string, why: string): void => void out.push({ term, value, why });
  const nats = scan.evidence.toFixed(1);
  add(
    'Confidence',
    `${scan.confidence} %, ${sureness(scan.confidence)}`,
    `What was seen is ${odds(scan.evidence)} from a scanner than from a normal host (${nats} nats).`,
  );
  add(
    'Source',
    scan.spoofable ? 'could be forged' : 'real',
    scan.spoofable
      ? 'It never showed that an answer reached it: anyone could have written this address on the packets.'
      : 'It went on from an answer it got, which a forged address cannot do.',
  );
  if (scan.decoy)
    add(
      'Decoys',
      'one of a group',
      'Other sources probe the same targets in step: one scanner hides among forged addresses, and this may be one of them.',
    );
  if (scan.dark)
    add(
      'Dark',
      count(scan.dark),
      'Probes of addresses where nothing has ever been seen alive. Normal hosts do not look there.',
    );
  if (scan.refused) add('Refused', count(scan.refused), 'The target was there and said no: a reset, or unreachable.');
  if (scan.silent) add('Silent', count(scan.silent), 'No answer came within three seconds.');
  if (scan.answered) add('Answered', count(scan.answered), 'The target answered: the scanner found something here.');
  if (scan.tool) add('Tool', toolNames[scan.tool], toolReasons[scan.tool]);
  const length = Date.parse(scan.last) - Date.parse(scan.first);
  add(
    'Pace',
    `${plural(scan.probes, 'probe')} in ${duration(length)}`,
    length > 1000
      ? `${(scan.probes / (length / 1000)).toFixed(1)} probes a second on average.`
      : 'All within a second.',
  );
  return out;
}
