// 802.11 data frames (IEEE 802.11-2020 clause 9.2 and 9.3.2), raw or behind radiotap: ToDS, FromDS, both (four
// addresses), QoS, HT control, A-MSDU. Protected frames stay closed; they are counted.
import { COUNTER_IGNORED_ENCRYPTED, COUNTER_IGNORED_NOT_DATA, COUNTER_MALFORMED_LINK } from '../constants/codes';
import { frame } from '../frame/frame';
import { Ieee80211Header, RadiotapHeader, SubframeHeader } from '../frame/headers';
import { observeStation } from '../probes/stations';
import { ENCAPSULATED, leaveClosed } from './encapsulation';
import { decodeLlc } from './packet';

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

export function decodeRadiotap(at: u32, end: u32, wire: u32): u32 {
  const radiotap = RadiotapHeader.at(at);
  if (at + 8 > end || radiotap.version != 0) return COUNTER_MALFORMED_LINK;
  const length = <u32>radiotap.length;
  if (length < 8 || at + length > end) return COUNTER_MALFORMED_LINK;
  return decodeIeee80211(at + length, end, wire);
}

export function decodeIeee80211(at: u32, end: u32, wire: u32): u32 {
  if (at + 2 > end) return COUNTER_MALFORMED_LINK;
  const header = Ieee80211Header.at(at);
  const control = <u32>header.control;
  const flags = <u32>header.flags;
  if ((control & TYPE_MASK) != TYPE_DATA || control & SUBTYPE_NO_DATA) return COUNTER_IGNORED_NOT_DATA;
  let length: u32 = 24;
  const fourAddresses = (flags & (TO_DS | FROM_DS)) == (TO_DS | FROM_DS);
  if (fourAddresses) length += 6;
  const qos = length;
  if (control & SUBTYPE_QOS) {
    length += 2;
    if (flags & ORDER) length += 4;
  }
  if (at + length > end) return COUNTER_MALFORMED_LINK;
  if (flags & PROTECTED) {
    // Once on its way to the access point; what that repeats, and what a station sends again, is the same question.
    if ((flags & (TO_DS | FROM_DS | RETRY)) != TO_DS) return COUNTER_IGNORED_ENCRYPTED;
    frame.mac = header.address2.value;
    return observeStation(header.address3, wire - (at + length));
  }
  if (control & SUBTYPE_QOS && header.qosControl(qos) & AMSDU_PRESENT) return decodeAmsdu(at + length, end, wire);
  // Destination: address 3 towards the distribution system, otherwise address 1. Source: 4, 2 or 3 (table 9-30).
  const destination = flags & TO_DS ? header.address3 : header.address1;
  const source = fourAddresses ? header.address4 : flags & FROM_DS ? header.address3 : header.address2;
  frame.toGroup = destination.isGroup;
  frame.mac = source.valueAtEnd;
  frame.receiverAt = destination.address;
  return decodeLlc(at + length, end, wire);
}

/** Subframes, each but the last padded to four bytes. */
function decodeAmsdu(at: u32, end: u32, wire: u32): u32 {
  let fate: u32 = COUNTER_MALFORMED_LINK;
  // Each subframe takes at least 14 bytes of at most 192, so the loop is short.
  for (let first = true; at + 14 <= end; first = false) {
    const subframe = SubframeHeader.at(at);
    const length = subframe.length;
    const body = at + 14;
    if (length < 8 || body + length > wire) return first ? COUNTER_MALFORMED_LINK : fate;
    frame.toGroup = subframe.destination.isGroup;
    frame.receiverAt = subframe.destination.address;
    frame.mac = subframe.source.value;
    let outcome = decodeLlc(body, min<u32>(body + length, end), body + length);
    // What one subframe carries cannot wait until the others are read.
    if (outcome == ENCAPSULATED) outcome = leaveClosed();
    // The frame is counted once, by its first subframe; a later one may lie beyond what was captured.
    if (first) fate = outcome;
    at = body + length + ((4 - ((14 + length) & 3)) & 3);
  }
  return fate;
}
