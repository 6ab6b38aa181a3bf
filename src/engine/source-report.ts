// The story a record tells of a source: kind, severity, confidence, technique, and the figures behind them.
import {
  DIRECTION_INBOUND, DIRECTION_INTERNAL, FAMILY_IPV6, FAMILY_MAC, FAMILY_NONE, FLAG_AGGREGATE, FLAG_DECOY, FLAG_SCAN, FLAG_SPOOFABLE, KIND_ARP_SHADOW, KIND_ARP_SWEEP,
  KIND_BLOCK_SCAN, KIND_ENCRYPTED_SWEEP, KIND_HOST_SWEEP, KIND_SERVICE_PROBE, PROTOCOL_WIFI, TECHNIQUE_T1595_002, STAGE_START,
  KIND_ICMP_SWEEP, KIND_ND_SWEEP, KIND_PORT_SCAN, KIND_PROTOCOL_SCAN, KIND_SCTP_SCAN, KIND_STEALTH_SCAN, KIND_UDP_SCAN, KIND_WHISPER,
  PROTOCOL_ARP, PROTOCOL_ICMP, PROTOCOL_IP, PROTOCOL_ND, PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP, RECORD_ANSWERED, RECORD_CONFIDENCE,
  RECORD_DARK, RECORD_DIRECTION, RECORD_EPISODE, RECORD_EVIDENCE, RECORD_FAMILY, RECORD_FIRST, RECORD_FLAGS, RECORD_LAST, RECORD_PORTS,
  RECORD_PROBES, RECORD_PROTOCOL, RECORD_REFUSED, RECORD_SERVICE_COUNT, RECORD_SERVICES, RECORD_SEVERITY, RECORD_SHAPE, RECORD_SHAPE_SHIFT,
  RECORD_SILENT, RECORD_SOURCE, RECORD_TARGETS, RECORD_TECHNIQUE, RECORD_TOOL, SEVERITY_HIGH, SEVERITY_LOW, SEVERITY_MEDIUM, STAGE_WHISPER,
  TECHNIQUE_T1018, TECHNIQUE_T1046, TECHNIQUE_T1595_001,
} from './codes';
import {
  EPISODE_ANSWERED, EPISODE_DARK, EPISODE_EVIDENCE, EPISODE_FIRST, EPISODE_PORT_SLOTS, EPISODE_PORTS, EPISODE_PROBES, EPISODE_REFUSED, EPISODE_SERVICES,
  EPISODE_SILENT, EPISODE_TALKS, EPISODE_TARGETS,
} from './episodes';
import { alertEvidence } from './config';
import { SOURCE_BYTES, SOURCE_SLOTS, SOURCES_AT } from './memory';
import { mayReportSuspicion, newRecord } from './records';
import {
  markDecoys, CLASS_ARP, CLASS_ICMP, CLASS_IP, CLASS_ND, CLASS_SCTP, CLASS_STEALTH, CLASS_TCP, CLASS_UDP, CLASSES, HISTOGRAM_BARS, SOURCE_ANSWERED, SOURCE_CLASSES,
  SOURCE_DARK, SOURCE_DIRECTION, SOURCE_EPISODE, SOURCE_FAMILY, SOURCE_FIRST, SOURCE_FLAGS, SOURCE_HOSTS_ESTIMATE, SOURCE_IS_AGGREGATE, SOURCE_IS_DECOY, SOURCE_IS_PROVEN, SOURCE_IS_REPORTED, SOURCE_LAST, SOURCE_PORTS_ESTIMATE, SOURCE_REFUSED, SOURCE_SITUATION, SOURCE_HISTOGRAM,
  SOURCE_HISTOGRAM_SHIFT, SOURCE_SILENT, SOURCE_TOOL, SOURCE_TOP_COUNTS, SOURCE_TOP_PORTS, suspicion, TOP_PORTS,
} from './sources';
import { SITUATION_SHADOW, SERVICE_PROBES, SUSPICION_REPORT_EVIDENCE, SUSPICION_REPORTS } from './weights';

/** The class of contact that most of the source's probes belong to. */
function majority(source: u32): u32 {
  let best: u32 = 0;
  let most: u32 = 0;
  for (let i: u32 = 0; i < CLASSES; i++) {
    const n = <u32>load<u8>(source + i, SOURCE_CLASSES);
    if (n > most) {
      most = n;
      best = i;
    }
  }
  return best;
}

/** Most of the targets were talked with: not who is there is asked, but what runs there. */
function probesServices(talks: u32, targets: u32): bool {
  return targets >= SERVICE_PROBES && talks >= SERVICE_PROBES && talks << 1 >= targets;
}

function kindOf(source: u32, kind: u32, targets: u32, services: u32, talks: u32): u32 {
  if (kind == CLASS_ARP && load<u8>(source, SOURCE_FAMILY) == FAMILY_MAC) return KIND_ENCRYPTED_SWEEP;
  if (kind == CLASS_ARP) return isShadow(source) ? KIND_ARP_SHADOW : KIND_ARP_SWEEP;
  if (kind == CLASS_ND) return KIND_ND_SWEEP;
  if (kind == CLASS_ICMP) return KIND_ICMP_SWEEP;
  if (kind == CLASS_UDP) return KIND_UDP_SCAN;
  if (kind == CLASS_STEALTH) return KIND_STEALTH_SCAN;
  if (kind == CLASS_SCTP) return KIND_SCTP_SCAN;
  if (kind == CLASS_IP) return KIND_PROTOCOL_SCAN;
  if (probesServices(talks, targets)) return KIND_SERVICE_PROBE;
  if (services >= 2) return targets >= 3 ? KIND_BLOCK_SCAN : KIND_PORT_SCAN;
  return KIND_HOST_SWEEP;
}

// @ts-ignore: decorator
@inline
function isShadow(source: u32): bool {
  return load<u8>(source, SOURCE_SITUATION) == SITUATION_SHADOW;
}

function protocolOf(kind: u32): u32 {
  if (kind == CLASS_ARP) return PROTOCOL_ARP;
  if (kind == CLASS_ND) return PROTOCOL_ND;
  if (kind == CLASS_ICMP) return PROTOCOL_ICMP;
  if (kind == CLASS_UDP) return PROTOCOL_UDP;
  if (kind == CLASS_SCTP) return PROTOCOL_SCTP;
  if (kind == CLASS_IP) return PROTOCOL_IP;
  return PROTOCOL_TCP;
}

/** DESIGN: from outside it is T1595.001; between our own hosts it is discovery, of systems or of their services. */
function techniqueOf(direction: u32, kind: u32, talks: u32): u32 {
  if (kind == KIND_ARP_SHADOW) return TECHNIQUE_T1595_001;
  if (direction != DIRECTION_INTERNAL) return talks >= SERVICE_PROBES ? TECHNIQUE_T1595_002 : TECHNIQUE_T1595_001;
  return kind == KIND_ENCRYPTED_SWEEP || kind == KIND_ARP_SWEEP || kind == KIND_ND_SWEEP || kind == KIND_ICMP_SWEEP ? TECHNIQUE_T1018 : TECHNIQUE_T1046;
}

/** From outside: noise of the internet until something answers. From a machine of ours: somebody is inside. */
function severityOf(direction: u32, found: u32): u32 {
  if (direction != DIRECTION_INBOUND) return SEVERITY_HIGH;
  return found ? SEVERITY_MEDIUM : SEVERITY_LOW;
}

/** Percent by whole nats: the posterior for a prior of one scanner in a thousand sources, 1 / (1 + e^(ln 1000 - L)). */
const CONFIDENCE = memory.data<u8>([0, 0, 1, 2, 5, 13, 29, 52, 75, 89, 96, 98, 99]);

/** Writes a record of the source; `episode` is 0 where it has none. */
export function reportSource(stage: u32, source: u32, episode: u32, number: u32): void {
  const class_ = majority(source);
  let targets: u32;
  let services: u32;
  let found: u32;
  let talks: u32 = 0;
  if (episode) {
    talks = load<u16>(episode, EPISODE_TALKS);
    targets = (load<u32>(episode, EPISODE_TARGETS) + 8) >>> 4;
    services = (load<u32>(episode, EPISODE_SERVICES) + 8) >>> 4;
    found = load<u32>(episode, EPISODE_ANSWERED);
  } else {
    targets = (<u32>load<u16>(source, SOURCE_HOSTS_ESTIMATE) + 4) >>> 3;
    services = (<u32>load<u16>(source, SOURCE_PORTS_ESTIMATE) + 4) >>> 3;
    found = load<u8>(source, SOURCE_ANSWERED);
  }
  const kind: u32 = stage == STAGE_WHISPER ? KIND_WHISPER : kindOf(source, class_, targets, services, talks);
  const at = newRecord(stage, kind);
  if (at == 0) return;
  const flags = load<u8>(source, SOURCE_FLAGS);
  const direction = load<u8>(source, SOURCE_DIRECTION);
  let evidence = suspicion(source);
  if (episode) {
    // Answers found on the way do not make the scan less of one: a record tells the most there was.
    evidence = max<i32>(evidence, load<u16>(episode, EPISODE_EVIDENCE));
    store<u16>(episode, <u16>evidence, EPISODE_EVIDENCE);
  }
  // Who is behind a shadow is not known, and the router that asks is not to blame.
  const shadow = kind == KIND_ARP_SHADOW;
  store<u8>(at, shadow ? <u8>FAMILY_NONE : load<u8>(source, SOURCE_FAMILY), RECORD_FAMILY);
  let told: u32 = stage == STAGE_WHISPER || shadow ? 0 : FLAG_SCAN;
  if (stage != STAGE_WHISPER && (flags & SOURCE_IS_DECOY || (stage == STAGE_START && markDecoys(source)))) told |= FLAG_DECOY;
  // Only a handshake proves an address, and only that its owner shakes hands.
  if (!(flags & SOURCE_IS_PROVEN) || class_ != CLASS_TCP) told |= FLAG_SPOOFABLE;
  if (flags & SOURCE_IS_AGGREGATE) told |= FLAG_AGGREGATE;
  store<u8>(at, <u8>told, RECORD_FLAGS);
  store<u8>(at, <u8>(stage == STAGE_WHISPER ? SEVERITY_LOW : shadow ? SEVERITY_MEDIUM : severityOf(direction, found)), RECORD_SEVERITY);
  store<u8>(at, load<u8>(CONFIDENCE + min<u32>(evidence >>> 5, 12)), RECORD_CONFIDENCE);
  store<u8>(at, <u8>(shadow ? DIRECTION_INBOUND : direction), RECORD_DIRECTION);
  store<u8>(at, <u8>(kind == KIND_ENCRYPTED_SWEEP ? PROTOCOL_WIFI : protocolOf(class_)), RECORD_PROTOCOL);
  store<u8>(at, load<u8>(source, SOURCE_TOOL), RECORD_TOOL);
  store<u8>(at, <u8>techniqueOf(direction, kind, talks), RECORD_TECHNIQUE);
  store<u8>(at, load<u8>(source, SOURCE_HISTOGRAM_SHIFT), RECORD_SHAPE_SHIFT);
  store<u16>(at, <u16>evidence, RECORD_EVIDENCE);
  store<u16>(at, <u16>min<u32>(services, 0xffff), RECORD_PORTS);
  if (!shadow) {
    store<u64>(at, load<u64>(source), RECORD_SOURCE);
    if (load<u8>(source, SOURCE_FAMILY) == FAMILY_IPV6) store<u64>(at, load<u64>(source, 8), RECORD_SOURCE + 8);
  }
  store<u32>(at, load<u32>(source, SOURCE_LAST), RECORD_LAST);
  store<u32>(at, targets, RECORD_TARGETS);
  store<u32>(at, number, RECORD_EPISODE);
  reportHistogram(at, source);
  if (episode) {
    store<u32>(at, load<u32>(episode, EPISODE_FIRST), RECORD_FIRST);
    store<u32>(at, load<u32>(episode, EPISODE_PROBES), RECORD_PROBES);
    store<u32>(at, found, RECORD_ANSWERED);
    store<u32>(at, load<u32>(episode, EPISODE_REFUSED), RECORD_REFUSED);
    store<u32>(at, load<u32>(episode, EPISODE_SILENT), RECORD_SILENT);
    store<u32>(at, load<u32>(episode, EPISODE_DARK), RECORD_DARK);
    reportServices(at, episode + EPISODE_PORTS, 4, EPISODE_PORT_SLOTS);
    return;
  }
  store<u32>(at, load<u32>(source, SOURCE_FIRST), RECORD_FIRST);
  let probes: u32 = 0;
  for (let i: u32 = 0; i < HISTOGRAM_BARS; i++) probes += load<u8>(source + i, SOURCE_HISTOGRAM);
  store<u32>(at, probes, RECORD_PROBES);
  store<u32>(at, found, RECORD_ANSWERED);
  store<u32>(at, load<u8>(source, SOURCE_REFUSED), RECORD_REFUSED);
  store<u32>(at, load<u8>(source, SOURCE_SILENT), RECORD_SILENT);
  store<u32>(at, load<u8>(source, SOURCE_DARK), RECORD_DARK);
  let used: u8 = 0;
  for (let i: u32 = 0; i < TOP_PORTS; i++) {
    if (load<u8>(source + i, SOURCE_TOP_COUNTS) == 0) continue;
    store<u16>(at + (<u32>used << 1), load<u16>(source + (i << 1), SOURCE_TOP_PORTS), RECORD_SERVICES);
    used++;
  }
  store<u8>(at, used, RECORD_SERVICE_COUNT);
}

/** The bars, scaled so that the tallest is 255. */
function reportHistogram(at: u32, source: u32): void {
  let tallest: u32 = 1;
  for (let i: u32 = 0; i < HISTOGRAM_BARS; i++) tallest = max<u32>(tallest, load<u8>(source + i, SOURCE_HISTOGRAM));
  for (let i: u32 = 0; i < HISTOGRAM_BARS; i++) {
    store<u8>(at + i, <u8>((<u32>load<u8>(source + i, SOURCE_HISTOGRAM) * 255) / tallest), RECORD_SHAPE);
  }
}

/** Ports by falling count; a selection sort over eight places, without touching them. */
function reportServices(at: u32, ports: u32, stride: u32, places: u32): void {
  let taken: u32 = 0;
  let used: u32 = 0;
  while (used < places) {
    let best: u32 = places;
    let most: u32 = 0;
    for (let i: u32 = 0; i < places; i++) {
      const n = <u32>load<u16>(ports + i * stride, 2);
      if (n > most && ((taken >>> i) & 1) == 0) {
        most = n;
        best = i;
      }
    }
    if (best == places) break;
    taken |= 1 << best;
    store<u16>(at + (used << 1), load<u16>(ports + best * stride), RECORD_SERVICES);
    used++;
  }
  store<u8>(at, <u8>used, RECORD_SERVICE_COUNT);
}

/** Whispers: the few sources with the most evidence that stayed below the threshold, each once for what it has failed at. */
export function reportSuspicions(): void {
  let below: i32 = alertEvidence;
  let last: u32 = 0;
  for (let n: u32 = 0; n < SUSPICION_REPORTS; n++) {
    let best: u32 = 0;
    let most: i32 = SUSPICION_REPORT_EVIDENCE - 1;
    for (let at: u32 = SOURCES_AT; at < SOURCES_AT + SOURCE_SLOTS * SOURCE_BYTES; at += SOURCE_BYTES) {
      if (load<u8>(at, SOURCE_FAMILY) == 0 || load<u8>(at, SOURCE_EPISODE) || load<u8>(at, SOURCE_FLAGS) & SOURCE_IS_REPORTED || isShadow(at)) continue;
      const evidence = suspicion(at);
      // Falling evidence, and among equals rising place: each source once.
      if (evidence > most && (evidence < below || (evidence == below && at > last))) {
        most = evidence;
        best = at;
      }
    }
    if (best == 0 || !mayReportSuspicion()) return;
    below = most;
    last = best;
    reportSource(STAGE_WHISPER, best, 0, 0);
    store<u8>(best, load<u8>(best, SOURCE_FLAGS) | SOURCE_IS_REPORTED, SOURCE_FLAGS);
  }
}
