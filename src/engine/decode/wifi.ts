// 802.11 data frames (IEEE 802.11-2020 clause 9.2 and 9.3.2), raw or behind radiotap: ToDS, FromDS, both (four
// addresses), QoS, HT control, A-MSDU. Protected frames stay closed; they are counted.
import { COUNTER_IGNORED_ENCRYPTED, COUNTER_IGNORED_NOT_DATA, COUNTER_MALFORMED_LINK } from '../codes';
import { frame } from '../frame';
import { observeStation } from '../probes/stations';
import { decodeLlc } from './link';

const TYPE_MASK: u32 = 0x0c;
const TYPE_DATA: u32 = 0x08;
const SUBTYPE_NO_DATA: u32 = 0x40;
const SUBTYPE_QOS: u32 = 0x80;
const TO_DS: u32 = 0x01;
const FROM_DS: u32 = 0x02;
const RETRY: u32 = 0x08;
const PROTECTED: u32 = 0x40;
const ORDER: u32 = 0x80;
const AMSDU_PRESENT: u32 = 0x80;

/** radiotap: version 0, pad, u16 LE length of the whole header. */
export function decodeRadiotap(at: u32, end: u32, wire: u32): u32 {
  if (at + 8 > end || load<u8>(at) != 0) return COUNTER_MALFORMED_LINK;
  const length = <u32>load<u16>(at, 2);
  if (length < 8 || at + length > end) return COUNTER_MALFORMED_LINK;
  return decodeIeee80211(at + length, end, wire);
}

export function decodeIeee80211(at: u32, end: u32, wire: u32): u32 {
  if (at + 2 > end) return COUNTER_MALFORMED_LINK;
  const control = <u32>load<u8>(at);
  const flags = <u32>load<u8>(at, 1);
  if ((control & TYPE_MASK) != TYPE_DATA || control & SUBTYPE_NO_DATA) return COUNTER_IGNORED_NOT_DATA;
  let header: u32 = 24;
  const fourAddresses = (flags & (TO_DS | FROM_DS)) == (TO_DS | FROM_DS);
  if (fourAddresses) header += 6;
  const qos = header;
  if (control & SUBTYPE_QOS) {
    header += 2;
    if (flags & ORDER) header += 4;
  }
  if (at + header > end) return COUNTER_MALFORMED_LINK;
  if (flags & PROTECTED) {
    // Once on its way to the access point; what that repeats, and what a station sends again, is the same question.
    if ((flags & (TO_DS | FROM_DS | RETRY)) != TO_DS) return COUNTER_IGNORED_ENCRYPTED;
    frame.mac = load<u64>(at, 10) & 0xffffffffffff;
    return observeStation(at + 16, wire - (at + header));
  }
  if (control & SUBTYPE_QOS && load<u8>(at + qos) & AMSDU_PRESENT) return decodeAmsdu(at + header, end, wire);
  // Destination: address 3 towards the distribution system, otherwise address 1. Source: 4, 2 or 3 (table 9-30).
  const destination = flags & TO_DS ? at + 16 : at + 4;
  const source = fourAddresses ? at + 24 : flags & FROM_DS ? at + 16 : at + 10;
  frame.toGroup = (load<u8>(destination) & 1) != 0;
  // Six bytes, and the two before them: the fourth address may be the last that was captured.
  frame.mac = load<u64>(source - 2) >>> 16;
  return decodeLlc(at + header, end, wire);
}

/** Subframes: destination, source, u16 BE length, LLC; each but the last padded to four bytes (clause 9.3.2.2.2). */
function decodeAmsdu(at: u32, end: u32, wire: u32): u32 {
  let fate: u32 = COUNTER_MALFORMED_LINK;
  // Each subframe takes at least 14 bytes of at most 192, so the loop is short.
  for (let first = true; at + 14 <= end; first = false) {
    const length = <u32>bswap<u16>(load<u16>(at, 12));
    const body = at + 14;
    if (length < 8 || body + length > wire) return first ? COUNTER_MALFORMED_LINK : fate;
    frame.toGroup = (load<u8>(at) & 1) != 0;
    frame.mac = load<u64>(at, 6) & 0xffffffffffff;
    const outcome = decodeLlc(body, min<u32>(body + length, end), body + length);
    // The frame is counted once, by its first subframe; a later one may lie beyond what was captured.
    if (first) fate = outcome;
    at = body + length + ((4 - ((14 + length) & 3)) & 3);
  }
  return fate;
}
