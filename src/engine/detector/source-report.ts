// Records about a source: kind, severity, confidence, technique and the figures behind them.
import {
  DIRECTION_INBOUND,
  DIRECTION_INTERNAL,
  FAMILY_IPV4,
  FAMILY_IPV6,
  FAMILY_NONE,
  FLAG_AGGREGATE,
  FLAG_DECOY,
  FLAG_SCAN,
  FLAG_SPOOFABLE,
  KIND_ARP_SHADOW,
  KIND_ARP_SWEEP,
  KIND_BLOCK_SCAN,
  KIND_ENCRYPTED_SWEEP,
  KIND_HOST_SWEEP,
  KIND_ICMP_SWEEP,
  KIND_ND_SWEEP,
  KIND_PORT_SCAN,
  KIND_PROTOCOL_SCAN,
  KIND_SCTP_SCAN,
  KIND_SERVICE_PROBE,
  KIND_STEALTH_SCAN,
  KIND_UDP_SCAN,
  KIND_WHISPER,
  PROTOCOL_ARP,
  PROTOCOL_ICMP,
  PROTOCOL_IP,
  PROTOCOL_ND,
  PROTOCOL_SCTP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  PROTOCOL_WIFI,
  SEVERITY_HIGH,
  SEVERITY_LOW,
  SEVERITY_MEDIUM,
  STAGE_START,
  STAGE_WHISPER,
  TECHNIQUE_T1018,
  TECHNIQUE_T1046,
  TECHNIQUE_T1595_001,
  TECHNIQUE_T1595_002,
} from '../constants/codes';
import {
  SERVICE_PROBES,
  SITUATION_SHADOW,
  SITUATION_WIFI,
  SUSPICION_REPORT_EVIDENCE,
  SUSPICION_REPORTS,
} from '../constants/weights';
import { frame } from '../frame/frame';
import { CHECKED } from '../tables/checked';
import { alertEvidence } from '../tables/config';
import { CERTAIN_OF_FIND, CERTAIN_OF_SOURCE, EPISODE_PORT_SLOTS, Episode } from '../tables/episode';
import { ScanRecord } from '../tables/scan-record';
import { Situation } from '../tables/situation';
import {
  CLASS_ARP,
  CLASS_ICMP,
  CLASS_IP,
  CLASS_ND,
  CLASS_SCTP,
  CLASS_STEALTH,
  CLASS_TCP,
  CLASS_UDP,
  CLASSES,
  HISTOGRAM_BARS,
  SOURCE_IS_AGGREGATE,
  SOURCE_IS_ALERTED,
  SOURCE_IS_DECOY,
  SOURCE_IS_PROVEN,
  SOURCE_IS_REPORTED,
  Source,
  TOP_PORTS,
} from '../tables/source';
import { mayReportSuspicion, newRecord } from './records';
import { markDecoys, suspicion } from './sources';

/** The class (CLASS_*) of most of the source's contacts. */
function majority(source: Source): u32 {
  let best: u32 = 0;
  let most: u32 = 0;
  for (let i: u32 = 0; i < CLASSES; i++) {
    const n = source.classCount(i);
    if (n > most) {
      most = n;
      best = i;
    }
  }
  return best;
}

/** True if the scanner exchanged data with most of its targets: it identifies services, not hosts. */
function probesServices(conversations: u32, targets: u32): bool {
  return targets >= SERVICE_PROBES && conversations >= SERVICE_PROBES && conversations << 1 >= targets;
}

function kindOf(source: Source, class_: u32, targets: u32, services: u32, conversations: u32): u32 {
  if (class_ == CLASS_ARP && source.situation == SITUATION_WIFI) return KIND_ENCRYPTED_SWEEP;
  if (class_ == CLASS_ARP) return isShadow(source) ? KIND_ARP_SHADOW : KIND_ARP_SWEEP;
  if (class_ == CLASS_ND) return KIND_ND_SWEEP;
  if (class_ == CLASS_ICMP) return KIND_ICMP_SWEEP;
  if (class_ == CLASS_UDP) return KIND_UDP_SCAN;
  if (class_ == CLASS_STEALTH) return KIND_STEALTH_SCAN;
  if (class_ == CLASS_SCTP) return KIND_SCTP_SCAN;
  if (class_ == CLASS_IP) return KIND_PROTOCOL_SCAN;
  if (probesServices(conversations, targets)) return KIND_SERVICE_PROBE;
  if (services >= 2) return targets >= 3 ? KIND_BLOCK_SCAN : KIND_PORT_SCAN;
  return KIND_HOST_SWEEP;
}

function isShadow(source: Source): bool {
  return source.situation == SITUATION_SHADOW;
}

function protocolOf(class_: u32): u32 {
  if (class_ == CLASS_ARP) return PROTOCOL_ARP;
  if (class_ == CLASS_ND) return PROTOCOL_ND;
  if (class_ == CLASS_ICMP) return PROTOCOL_ICMP;
  if (class_ == CLASS_UDP) return PROTOCOL_UDP;
  if (class_ == CLASS_SCTP) return PROTOCOL_SCTP;
  if (class_ == CLASS_IP) return PROTOCOL_IP;
  return PROTOCOL_TCP;
}

/** Between internal hosts a scan is discovery of systems (T1018) or services (T1046), otherwise T1595. */
function techniqueOf(direction: u32, kind: u32, conversations: u32): u32 {
  if (kind == KIND_ARP_SHADOW) return TECHNIQUE_T1595_001;
  if (direction != DIRECTION_INTERNAL)
    return conversations >= SERVICE_PROBES ? TECHNIQUE_T1595_002 : TECHNIQUE_T1595_001;
  const finds =
    kind == KIND_ENCRYPTED_SWEEP || kind == KIND_ARP_SWEEP || kind == KIND_ND_SWEEP || kind == KIND_ICMP_SWEEP;
  return finds ? TECHNIQUE_T1018 : TECHNIQUE_T1046;
}

/** Scans from outside are background noise until a target answers; a scan by an internal host means an intruder. */
function severityOf(direction: u32, found: u32): u32 {
  if (direction != DIRECTION_INBOUND) return SEVERITY_HIGH;
  return found ? SEVERITY_MEDIUM : SEVERITY_LOW;
}

/** The kind (KIND_*) that a report would name now. */
export function kindNow(source: Source, episode: Episode): u32 {
  return kindOf(
    source,
    majority(source),
    (episode.targets + 8) >>> 4,
    (episode.services + 8) >>> 4,
    episode.conversations,
  );
}

/** What a report would be certain of now: CERTAIN_*. */
export function certaintyNow(source: Source, episode: Episode): u8 {
  return <u8>(
    ((source.hasFlag(SOURCE_IS_PROVEN) ? <u32>CERTAIN_OF_SOURCE : 0) | (episode.answered ? <u32>CERTAIN_OF_FIND : 0))
  );
}

/** Writes a record about the source. `episode`: null if it has none; `number`: the episode's number. */
export function reportSource(stage: u32, source: Source, episode: Episode | null, number: u32): void {
  const class_ = majority(source);
  let targets: u32;
  let services: u32;
  let conversations: u32 = 0;
  if (episode) {
    conversations = episode.conversations;
    targets = (episode.targets + 8) >>> 4;
    services = (episode.services + 8) >>> 4;
  } else {
    targets = (<u32>source.hostsEstimate + 4) >>> 3;
    services = (<u32>source.portsEstimate + 4) >>> 3;
  }
  const kind: u32 = stage == STAGE_WHISPER ? KIND_WHISPER : kindOf(source, class_, targets, services, conversations);
  const record = newRecord(stage, kind);
  if (record == null) return;
  const direction = source.direction;
  let evidence = suspicion(source);
  if (episode) {
    // Later answers do not make the scan smaller: the record gives the maximum.
    evidence = max<i32>(evidence, episode.evidence);
    episode.evidence = <u16>evidence;
    episode.kind = <u8>kind;
    episode.certainty |= certaintyNow(source, episode);
    episode.told = frame.now;
    fillFromEpisode(record, episode);
  } else {
    fillFromSource(record, source);
  }
  // The source behind an ARP shadow is unknown; the router that asks is benign.
  const shadow = kind == KIND_ARP_SHADOW;
  const severity =
    stage == STAGE_WHISPER ? SEVERITY_LOW : shadow ? SEVERITY_MEDIUM : severityOf(direction, record.answered);
  record.flags = <u8>flagsOf(source, stage, class_, shadow);
  record.family = shadow ? <u8>FAMILY_NONE : source.family;
  record.severity = <u8>severity;
  record.confidence = <u8>Situation.confidenceOf(evidence);
  record.direction = shadow ? <u8>DIRECTION_INBOUND : direction;
  record.protocol = <u8>(kind == KIND_ENCRYPTED_SWEEP ? PROTOCOL_WIFI : protocolOf(class_));
  record.tool = source.tool;
  record.technique = <u8>techniqueOf(direction, kind, conversations);
  record.histogramShift = source.histogramShift;
  record.evidence = <u16>evidence;
  record.ports = <u16>min<u32>(services, 0xffff);
  if (!shadow) {
    record.sourceHigh = source.addressHigh;
    if (source.family == FAMILY_IPV6) record.sourceLow = source.addressLow;
    // At home anybody on the link can send in its name: the link address goes along.
    else if (source.family == FAMILY_IPV4 && direction != DIRECTION_INBOUND) record.sourceLow = source.mac;
  }
  record.last = source.last;
  if (CHECKED) assert(<i32>(record.last - record.first) >= 0);
  record.targets = targets;
  record.episode = number;
  fillHistogram(record, source);
}

function flagsOf(source: Source, stage: u32, class_: u32, shadow: bool): u32 {
  const flags = source.flags;
  let out: u32 = stage == STAGE_WHISPER || shadow ? 0 : FLAG_SCAN;
  if (stage != STAGE_WHISPER && (flags & SOURCE_IS_DECOY || (stage == STAGE_START && markDecoys(source))))
    out |= FLAG_DECOY;
  // Only a handshake proves the address, and only for TCP.
  if (!(flags & SOURCE_IS_PROVEN) || class_ != CLASS_TCP) out |= FLAG_SPOOFABLE;
  if (flags & SOURCE_IS_AGGREGATE) out |= FLAG_AGGREGATE;
  return out;
}

function fillFromEpisode(record: ScanRecord, episode: Episode): void {
  record.first = episode.first;
  record.probes = episode.probes;
  record.answered = episode.answered;
  record.refused = episode.refused;
  record.silent = episode.silent;
  record.dark = episode.dark;
  fillServices(record, episode);
}

function fillFromSource(record: ScanRecord, source: Source): void {
  record.first = source.first;
  let probes: u32 = 0;
  for (let i: u32 = 0; i < HISTOGRAM_BARS; i++) probes += source.bar(i);
  record.probes = probes;
  record.answered = source.answered;
  record.refused = source.refused;
  record.silent = source.silent;
  record.dark = source.dark;
  let used: u32 = 0;
  for (let i: u32 = 0; i < TOP_PORTS; i++) {
    if (source.topCount(i) == 0) continue;
    record.setService(used, source.topPort(i));
    used++;
  }
  record.serviceCount = <u8>used;
}

/** Scales the bars so that the tallest is 255. */
function fillHistogram(record: ScanRecord, source: Source): void {
  let tallest: u32 = 1;
  for (let i: u32 = 0; i < HISTOGRAM_BARS; i++) tallest = max<u32>(tallest, source.bar(i));
  for (let i: u32 = 0; i < HISTOGRAM_BARS; i++) record.setBar(i, (source.bar(i) * 255) / tallest);
}

/** Lists ports by falling count: a selection sort over eight slots that does not modify them. */
function fillServices(record: ScanRecord, episode: Episode): void {
  let taken: u32 = 0;
  let used: u32 = 0;
  while (used < EPISODE_PORT_SLOTS) {
    let best: u32 = EPISODE_PORT_SLOTS;
    let most: u32 = 0;
    for (let i: u32 = 0; i < EPISODE_PORT_SLOTS; i++) {
      const n = <u32>episode.portCount(i).count;
      if (n > most && ((taken >>> i) & 1) == 0) {
        most = n;
        best = i;
      }
    }
    if (best == EPISODE_PORT_SLOTS) break;
    taken |= 1 << best;
    record.setService(used, episode.portCount(best).port);
    used++;
  }
  record.serviceCount = <u8>used;
}

/**
 * Suspicion reports: the few sources with the most evidence that have no alert, each once until another of its contacts
 * fails.
 */
export function reportSuspicions(): void {
  let below: i32 = i32.MAX_VALUE;
  let last: Source | null = null;
  for (let n: u32 = 0; n < SUSPICION_REPORTS; n++) {
    let best: Source | null = null;
    let most: i32 = SUSPICION_REPORT_EVIDENCE - 1;
    for (let source = Source.head; source.isInTable; source = source.next) {
      if (source.family == FAMILY_NONE || source.episode || source.flags & SOURCE_IS_REPORTED || isShadow(source))
        continue;
      // What is left of a scan that has ended is no new suspicion.
      if (source.suspects == 0) continue;
      const evidence = suspicion(source);
      // Above the threshold are those that a gate holds back, and those of whom an alert told already.
      if (evidence >= alertEvidence && source.hasFlag(SOURCE_IS_ALERTED)) continue;
      // By falling evidence, then by rising index: each source once.
      if (evidence > most && (evidence < below || (evidence == below && source.isAfter(last)))) {
        most = evidence;
        best = source;
      }
    }
    if (best == null || !mayReportSuspicion()) return;
    below = most;
    last = best;
    reportSource(STAGE_WHISPER, best, null, 0);
    best.setFlag(SOURCE_IS_REPORTED);
  }
}
