// Fingerprints that scanning tools leave in a SYN, each with its source. A fingerprint is evidence, never a verdict by
// itself.
import {
  FAMILY_IPV4,
  TOOL_HPING,
  TOOL_MASSCAN,
  TOOL_MIRAI,
  TOOL_NAABU,
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
/** What stands behind MSS in BSD's options: NOP, window scale 6; and in Linux's: SACK permitted, timestamps. */
const BSD_OPTIONS_RAW: u32 = 0x06030301;
const LINUX_OPTIONS_RAW: u32 = 0x0a080204;
const NAABU_WINDOW: u32 = 1024;
/** naabu's sequence numbers stay below the number of its probes; one random number in 256 does. */
const NAABU_SEQUENCES: u32 = 1 << 24;
const HPING_WINDOW: u32 = 512;

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
  } else if (window == 65535 && !dontFragment() && isZmapOptions(tcp, options)) {
    // ZMap since 4.1.0: the options of Windows, Linux or BSD, but DF clear, which these never send.
    hard(TOOL_ZMAP);
  } else if (options == 4 && tcp.firstOption == MSS_1460 && isNmapWindow(window)) {
    // naabu's tcpsequencer.go and fastsend.go: sequence numbers count from 0; window 1024, MSS 1460 the only option.
    if (window == NAABU_WINDOW && sequence < NAABU_SEQUENCES) soft(TOOL_NAABU);
    // nmap's tcpip.cc: window 1024 (once up to 4096), MSS 1460 the only option, DF clear.
    else if (!dontFragment()) soft(TOOL_NMAP);
  } else if (options == 0 && window == HPING_WINDOW) {
    // hping's hping2.h, DEFAULT_SRCWINSIZE, and sendtcp.c: no options.
    soft(TOOL_HPING);
  } else if (options == 0) {
    soft(TOOL_RAW_SYN);
  }
}

/** ZMap's packet.c, set_tcp_options: MSS 1460, then what Windows, BSD or Linux send. */
function isZmapOptions(tcp: TcpHeader, options: u32): bool {
  if (tcp.optionStartRaw != MSS_RAW) return false;
  if (options == 12) return tcp.optionsRaw4 == WINDOWS_OPTIONS_RAW;
  if (options != 20 || tcp.firstOption != MSS_1460) return false;
  const second = <u32>tcp.optionsRaw4;
  return second == BSD_OPTIONS_RAW || second == LINUX_OPTIONS_RAW;
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
