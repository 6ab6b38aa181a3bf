// Marks that scanning tools leave in a SYN. Each with its source; a mark is evidence, never a verdict by itself.
import { TOOL_MASSCAN, TOOL_MIRAI, TOOL_NMAP, TOOL_NONE, TOOL_RAW_SYN, TOOL_ZMAP, FAMILY_IPV4 } from '../codes';
import { dontFragment, frame, ipId } from '../frame';
import { FINGERPRINT_HARD, FINGERPRINT_MISSED, FINGERPRINT_SOFT } from '../weights';

/** Tool and weight of the newest mark looked for. */
export let fingerprintTool: u32 = TOOL_NONE;
export let fingerprintWeight: i32 = 0;

const MSS_1460: u32 = 0x020405b4;

/** Looks at a SYN (`at` its TCP header, `options` bytes of options, captured). RFC 9293 section 3.1 for the offsets. */
export function findFingerprint(at: u32, options: u32, port: u32): void {
  fingerprintTool = TOOL_NONE;
  fingerprintWeight = 0;
  if (frame.family != FAMILY_IPV4) return;
  // What follows sets it otherwise where it finds one.
  fingerprintWeight = FINGERPRINT_MISSED;
  const sequence = bswap<u32>(load<u32>(at, 4));
  const window = <u32>bswap<u16>(load<u16>(at, 14));
  const target = bswap<u32>(frame.targetNumber);
  if (sequence == target) {
    // Mirai's scanner.c: tcph->seq = iph->daddr.
    hard(TOOL_MIRAI);
  } else if (ipId() == ((target ^ port ^ sequence) & 0xffff)) {
    // masscan's templ-pkt.c: ip_id = ip_them ^ port_them ^ seqno.
    hard(TOOL_MASSCAN);
  } else if (window == 65535 && ipId() == 54321) {
    // ZMap before 4.1.0.
    hard(TOOL_ZMAP);
  } else if (window == 65535 && !dontFragment() && options == 12 && load<u16>(at, 20) == 0x0402 && load<u64>(at, 24) == 0x0204010108030301) {
    // ZMap since 4.1.0: the options of Windows (MSS, NOP, WS 8, NOP, NOP, SACK), but DF clear, which Windows never sends.
    hard(TOOL_ZMAP);
  } else if (options == 4 && bswap<u32>(load<u32>(at, 20)) == MSS_1460 && !dontFragment() && window <= 4096 && window >= 1024 && (window & 1023) == 0) {
    // nmap's tcpip.cc: window 1024 to 4096, MSS 1460 the only option.
    soft(TOOL_NMAP);
  } else if (options == 0) {
    soft(TOOL_RAW_SYN);
  }
}

/** The tool behind a probe without SYN (`at` its TCP header): nmap's NULL, FIN, XMAS, Maimon and OS probes have its windows. */
export function stealthTool(at: u32): u32 {
  const window = <u32>bswap<u16>(load<u16>(at, 14));
  return frame.family == FAMILY_IPV4 && window >= 1024 && window <= 4096 && (window & 1023) == 0 && !dontFragment() ? TOOL_NMAP : TOOL_NONE;
}

function hard(tool: u32): void {
  fingerprintTool = tool;
  fingerprintWeight = FINGERPRINT_HARD;
}

function soft(tool: u32): void {
  fingerprintTool = tool;
  fingerprintWeight = FINGERPRINT_SOFT;
}
