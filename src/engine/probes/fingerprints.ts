// Fingerprints that scanning tools leave in a SYN, each with its source. A fingerprint is evidence, never a verdict by
// itself.
import {
  FAMILY_IPV4,
  TOOL_MASSCAN,
  TOOL_MIRAI,
  TOOL_NMAP,
  TOOL_NONE,
  TOOL_RAW_SYN,
  TOOL_ZMAP,
} from '../constants/codes';
import { FINGERPRINT_HARD, FINGERPRINT_MISSED, FINGERPRINT_SOFT } from '../constants/weights';
import { dontFragment, frame, ipId } from '../frame/frame';
import { TcpHeader } from '../frame/headers';

/** Results of findFingerprint: a TOOL_*, and the weight in 1/32 nat. */
export let fingerprintTool: u32 = TOOL_NONE;
export let fingerprintWeight: i32 = 0;

const MSS_1460: u32 = 0x020405b4;
/**
 * Windows' options as they lie in memory: NOP, window scale 8, NOP, NOP, SACK permitted; and the start of the MSS
 * option before them.
 */
const WINDOWS_OPTIONS_RAW: u64 = 0x0204010108030301;
const MSS_RAW: u32 = 0x0402;

/** Examines a SYN with `options` bytes of TCP options, all captured. `port`: the target's. */
export function findFingerprint(tcp: TcpHeader, options: u32, port: u32): void {
  fingerprintTool = TOOL_NONE;
  fingerprintWeight = 0;
  if (frame.family != FAMILY_IPV4) return;
  // The default if no branch below finds one.
  fingerprintWeight = FINGERPRINT_MISSED;
  const sequence = tcp.sequence;
  const window = tcp.window;
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
  } else if (
    window == 65535 &&
    !dontFragment() &&
    options == 12 &&
    tcp.optionStartRaw == MSS_RAW &&
    tcp.optionsRaw4 == WINDOWS_OPTIONS_RAW
  ) {
    // ZMap since 4.1.0: the options of Windows (MSS, NOP, WS 8, NOP, NOP, SACK), but DF clear, which Windows never
    // sends.
    hard(TOOL_ZMAP);
  } else if (options == 4 && tcp.firstOption == MSS_1460 && !dontFragment() && isNmapWindow(window)) {
    // nmap's tcpip.cc: window 1024 to 4096, MSS 1460 the only option.
    soft(TOOL_NMAP);
  } else if (options == 0) {
    soft(TOOL_RAW_SYN);
  }
}

function isNmapWindow(window: u32): bool {
  return window >= 1024 && window <= 4096 && (window & 1023) == 0;
}

/** The tool behind a probe without SYN: nmap's NULL, FIN, XMAS, Maimon and OS probes use its window sizes. */
export function stealthTool(tcp: TcpHeader): u32 {
  return frame.family == FAMILY_IPV4 && isNmapWindow(tcp.window) && !dontFragment() ? TOOL_NMAP : TOOL_NONE;
}

function hard(tool: u32): void {
  fingerprintTool = tool;
  fingerprintWeight = FINGERPRINT_HARD;
}

function soft(tool: u32): void {
  fingerprintTool = tool;
  fingerprintWeight = FINGERPRINT_SOFT;
}
