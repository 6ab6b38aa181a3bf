/** The next step for a scan, and what its evidence means. Pure. */
import type { Scan } from '../api/types.js';
import { count, duration, plural } from './format.js';
import { confidenceLabel, toolNames, toolReasons } from './words.js';

/** The one next step. Order matters: the most harmful case comes first. */
export function nextStep(scan: Scan): string {
  if (scan.kind === 'digest') {
    return 'Nothing is lost: the digest counts the alerts. If this happens often, raise the alert limit of this sensor.';
  }
  if (scan.kind === 'whisper') return 'No action yet: the collector adds up the suspicion reports of all sensors.';
  if (scan.kind === 'foothold') {
    return 'Act now: cut this connection, check what was read or written on that host, and change its passwords.';
  }
  if (scan.allowed !== undefined) return `No action needed: exception ${scan.allowed} covers it.`;
  if (scan.known?.kind === 'research')
    return 'No action needed unless it gets in: it is on a list of research scanners.';
  if (scan.kind === 'brute-force') {
    return "Check that host's log for a successful login. Block the source, and take the login service off the internet if you can.";
  }
  if (scan.kind === 'new-talker')
    return 'Confirm that somebody added this host on purpose. If so, no action is needed.';
  if (scan.kind === 'watch-hit') return 'Watch what it does next: others have seen this source before.';
  if (scan.kind === 'distributed-scan' && scan.serviceCount > 1)
    return 'Let only what you offer through at the edge. Blocking single sources will not help.';
  if (scan.kind === 'distributed-scan') {
    return 'If you do not offer this service, close or filter it at the edge. Blocking single sources will not help.';
  }
  if (scan.kind === 'flood')
    return 'Do not block the sources: their addresses are spoofed. If a service suffers, ask your provider for filtering.';
  if (scan.kind === 'arp-shadow')
    return 'Check the log of the router or firewall: it shows who is sweeping. This sensor sees only the ARP requests.';
  if (scan.direction === 'outbound') {
    return 'One of your hosts is scanning others. Take it off the network and look for malware.';
  }
  if (scan.direction === 'transit')
    return 'Neither end is one of your hosts: check the home blocks in the config of this sensor.';
  if (
    scan.direction === 'internal' ||
    scan.kind === 'arp-sweep' ||
    scan.kind === 'nd-sweep' ||
    scan.kind === 'encrypted-sweep'
  ) {
    return 'Find this host and ask who runs it. If nobody expects a scan, take it off the network.';
  }
  if (scan.spoofable)
    return 'Look for logins from it, and do not block on this alone: the source address may be spoofed.';
  if (scan.known?.kind === 'indicator')
    return `Block the source: it is a known adversary (${scan.known.label})${scan.answered ? '. Check what answered it' : ''}.`;
  if (scan.answered) {
    const services = scan.answered === 1 ? 'service' : `${count(scan.answered)} services`;
    return `Check whether the ${services} that answered should be reachable, then block the source.`;
  }
  if (scan.confidence < 60) return 'Wait for more evidence: this may still be benign.';
  return scan.open
    ? 'It has found nothing so far. Block the source at the edge if it continues.'
    : 'It found nothing. No action is needed.';
}

/** How much likelier the evidence is from a scanner than from a benign host; `evidence` in nats. */
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

/** The evidence in plain language, strongest reasons first; zero counts are omitted. */
export function facts(scan: Scan): Fact[] {
  const out: Fact[] = [];
  const add = (term: string, value: string, why: string): void => void out.push({ term, value, why });
  const nats = scan.evidence.toFixed(1);
  add(
    'Confidence',
    `${scan.confidence} %, ${confidenceLabel(scan.confidence)}`,
    `This behaviour is ${odds(scan.evidence)} from a scanner than from a benign host (${nats} nats).`,
  );
  add(
    'Source',
    scan.spoofable ? 'may be spoofed' : 'genuine',
    scan.spoofable
      ? 'It never reacted to a reply, so anyone could have put this address on the packets.'
      : 'It reacted to a reply, which a spoofed source never receives.',
  );
  if (scan.decoy)
    add(
      'Decoys',
      'one of a group',
      'Other sources probe the same targets in step: one scanner hides among spoofed addresses, and this may be one of them.',
    );
  if (scan.dark)
    add(
      'Dark',
      count(scan.dark),
      'Probes to unused addresses, where no host has ever been seen. Benign hosts do not look there.',
    );
  if (scan.refused)
    add(
      'Refused',
      count(scan.refused),
      'The target exists and rejected the probe with a TCP reset or an ICMP unreachable.',
    );
  if (scan.silent)
    add(
      'Silent',
      count(scan.silent),
      'No reply in time: at most 1 second from your own hosts, 3 seconds from external ones.',
    );
  if (scan.answered) add('Answered', count(scan.answered), 'The target replied: the scanner found something.');
  if (scan.tool) add('Tool', toolNames[scan.tool], toolReasons[scan.tool]);
  const length = Date.parse(scan.last) - Date.parse(scan.first);
  add(
    'Pace',
    `${plural(scan.probes, 'probe')} in ${duration(length)}`,
    length > 1000
      ? `${(scan.probes / (length / 1000)).toFixed(1)} probes per second on average.`
      : 'All within one second.',
  );
  return out;
}
