// A service: IP protocol and port (or ICMP type) in one number. ARP and ND requests have numbers above every protocol.
import {
  PROTOCOL_ARP,
  PROTOCOL_ICMP,
  PROTOCOL_IP,
  PROTOCOL_ND,
  PROTOCOL_SCTP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../constants/codes';

export const ARP_SERVICE: u32 = 0x1000000;
export const ND_SERVICE: u32 = 0x1010000;

/** Protocol and port (or ICMP type) in one number. */
export function serviceOf(protocol: u32, port: u32): u32 {
  return (protocol << 16) | port;
}

/** PROTOCOL_* of a service. */
export function protocolCode(service: u32): u32 {
  const number = service >>> 16;
  if (number == 6) return PROTOCOL_TCP;
  if (number == 17) return PROTOCOL_UDP;
  if (number == 132) return PROTOCOL_SCTP;
  if (number == 1 || number == 58) return PROTOCOL_ICMP;
  return number < 256 ? PROTOCOL_IP : number == 256 ? PROTOCOL_ARP : PROTOCOL_ND;
}
