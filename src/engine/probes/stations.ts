// WiFi stations behind encryption (IEEE 802.11-2020 clause 12.5). WPA hides what a frame says, not who sends it, to whom it goes
// and how long it is: a broadcast of ARP's size is an ARP request, and many in a row are a sweep of the subnet.
import { COUNTER_IGNORED_ENCRYPTED, FAMILY_MAC } from '../codes';
import { admit, enterBroadcast, ON_PROBATION } from '../evidence';
import { frame } from '../frame';
import { hash1 } from '../hash';
import { SITUATION_WIFI, STATE_NEUTRAL } from '../weights';

// LLC and ARP, 36 bytes, in WEP (8 bytes more), CCMP (16), TKIP (20) or GCMP (24), with or without the frame check sequence.
const SHORTEST: u32 = 44;
const LONGEST: u32 = 64;

/** Tells questions apart that all look alike. */
let serial: u32 = 0;

/** A protected data frame from a station to the distribution system; `to` is its destination, `length` that of its body. */
export function observeStation(to: u32, length: u32): u32 {
  const everybody = (load<u64>(to) & 0xffffffffffff) == 0xffffffffffff;
  if (!everybody || length < SHORTEST || length > LONGEST) return COUNTER_IGNORED_ENCRYPTED;
  frame.family = FAMILY_MAC;
  frame.sourceHigh = frame.mac;
  frame.sourceLow = 0;
  frame.sourceHash = hash1(<u32>frame.mac ^ hash1(<u32>(frame.mac >> 32)));
  frame.sourceKey = frame.sourceHash;
  frame.sourceHome = true;
  frame.targetHome = true;
  frame.targetHash = hash1(++serial);
  frame.targetNumber = serial;
  const source = admit(0, 0, SITUATION_WIFI, STATE_NEUTRAL);
  if (source > ON_PROBATION) enterBroadcast(source);
  return COUNTER_IGNORED_ENCRYPTED;
}
