// WiFi stations behind encryption (IEEE 802.11-2020 clause 12.5). WPA hides a frame's content but not its sender,
// destination and length. A broadcast of ARP's size is an ARP request, and many in a row are a sweep of the subnet.
import { COUNTER_IGNORED_ENCRYPTED } from '../constants/codes';
import { SITUATION_WIFI, STATE_NEUTRAL } from '../constants/weights';
import { admit, enterBroadcast } from '../detector/evidence';
import { Addresses, frame } from '../frame/frame';
import { MacField } from '../frame/headers';
import { Hash } from '../tables/hash';
import { Source } from '../tables/source';

const BROADCAST: u64 = 0xffffffffffff;
// LLC and ARP, 36 bytes, in WEP (8 bytes more), CCMP (16), TKIP (20) or GCMP (24), with or without the frame check
// sequence.
const SHORTEST: u32 = 44;
const LONGEST: u32 = 64;

/** Distinguishes encrypted requests, which all look alike. */
let serial: u32 = 0;

/** Handles a protected data frame from a station to the distribution system. `length`: bytes of its body. */
export function observeStation(destination: MacField, length: u32): u32 {
  if (destination.value != BROADCAST || length < SHORTEST || length > LONGEST) return COUNTER_IGNORED_ENCRYPTED;
  if (!Addresses.setSourceMac()) return COUNTER_IGNORED_ENCRYPTED;
  frame.targetHome = true;
  frame.targetHash = Hash.of(++serial);
  frame.targetNumber = serial;
  const source = admit(0, 0, SITUATION_WIFI, STATE_NEUTRAL);
  if (source != null && Source.isEntry(source)) enterBroadcast(source);
  return COUNTER_IGNORED_ENCRYPTED;
}
