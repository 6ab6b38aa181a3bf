/**
 * What a test needs beyond Node: programs, privileges. A suite whose needs are not met is reported as pending, by name
 * and reason; with BLOCKWATCH_REQUIRE=all it fails instead. The Moddable SDK has its own word: BLOCKWATCH_REQUIRE_MODDABLE=1.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { start32 } from './start32.js';

export interface Requirement {
  available: boolean;
  /** Why not. */
  reason: string;
}

/** Where a program lies: PATH, and where Debian keeps what only root calls. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  return folders
    .filter((f) => f)
    .map((f) => join(f, name))
    .find((path) => existsSync(path));
}

function program(...names: string[]): Requirement {
  const missing = names.filter((name) => !findProgram(name));
  return { available: missing.length === 0, reason: missing.length === 0 ? '' : `${missing.join(', ')} not installed` };
}

/** The folder with PostgreSQL's server programs; Debian keeps one per version outside PATH. */
export function postgresFolder(): string | undefined {
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((v) => join(base, v, 'bin')), ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

export function chromiumPath(): string | undefined {
  const named = process.env['CHROMIUM'];
  return named && existsSync(named)
    ? named
    : (findProgram('chromium') ?? findProgram('chromium-browser') ?? findProgram('google-chrome'));
}

/** The SDK's compiler, where MODDABLE says that the SDK is. */
export function xsCompiler(): string | undefined {
  const home = process.env['MODDABLE'];
  if (!home) return undefined;
  const platform = process.platform === 'darwin' ? 'mac' : 'lin';
  return ['release', 'debug']
    .map((goal) => join(home, 'build/bin', platform, goal, 'xsc'))
    .find((path) => existsSync(path));
}

function namespaces(...needed: string[]): Requirement {
  const programs = program('ip', ...needed);
  if (!programs.available) return programs;
  if (process.getuid?.() !== 0) return { available: false, reason: 'network namespaces need root' };
  const name = `bw-try-${process.pid}`;
  const made = spawnSync(findProgram('ip') as string, ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) return { available: false, reason: `no network namespaces here: ${made.stderr.trim()}` };
  spawnSync(findProgram('ip') as string, ['netns', 'delete', name]);
  return { available: true, reason: '' };
}

const checks = {
  mosquitto: () => program('mosquitto'),
  mosquitto_passwd: () => program('mosquitto_passwd'),
  openssl: () => program('openssl'),
  socat: () => program('socat'),
  postgres: () => {
    const folder = postgresFolder();
    return { available: folder !== undefined, reason: folder ? '' : 'the PostgreSQL server is not installed' };
  },
  chromium: () => {
    const path = chromiumPath();
    return { available: path !== undefined, reason: path ? '' : 'chromium is not installed' };
  },
  tcpdump: () => program('tcpdump'),
  rsyslog: () => {
    const programs = program('rsyslogd', 'openssl');
    const tls = ['x86_64', 'aarch64'].some((machine) =>
      existsSync(`/usr/lib/${machine}-linux-gnu/rsyslog/lmnsd_ossl.so`),
    );
    return programs.available && !tls ? { available: false, reason: 'rsyslog-openssl not installed' } : programs;
  },
  'nmap-netns': () => namespaces('nmap', 'tcpdump'),
  gauntlet: () => namespaces('tcpdump', 'nft', 'ethtool', 'socat'),
  prometheus: () => program('prometheus', 'promtool'),
  firewall: () => {
    const programs = program('nft', 'ipset', 'curl', 'unshare');
    if (!programs.available) return programs;
    const made = spawnSync('unshare', ['-n', findProgram('nft') as string, 'list', 'ruleset'], { encoding: 'utf8' });
    return {
      available: made.status === 0,
      reason: made.status === 0 ? '' : 'nftables in a network namespace needs root and a kernel that has both',
    };
  },
  cc: () => program('cc'),
  cc32: () => {
    const compiler = program('cc');
    if (!compiler.available) return compiler;
    const made = join(tmpdir(), `bw-32-${process.pid}`);
    const linked = spawnSync('cc', ['-m32', '-x', 'c', '-', '-o', made], {
      input: '#include <stdio.h>\nint main(void) { return puts("32 bits"); }',
    });
    const started = linked.status === 0 && start32(made, '32 bits') !== undefined;
    rmSync(made, { force: true });
    return {
      available: started,
      reason:
        linked.status !== 0
          ? 'cc makes no programs of 32 bits (Debian: gcc-multilib)'
          : 'this kernel starts no programs of 32 bits, and qemu-i386 (Debian: qemu-user) is not installed',
    };
  },
  riscv: () => {
    const compiler = program('riscv64-unknown-elf-gcc');
    if (!compiler.available) return compiler;
    // The compiler comes without a C library's headers; it names a file it finds by its whole path.
    const specs =
      spawnSync('riscv64-unknown-elf-gcc', ['--print-file-name=picolibc.specs'], { encoding: 'utf8' }).stdout ?? '';
    return { available: specs.includes('/'), reason: 'picolibc for riscv64-unknown-elf is not installed' };
  },
  lint: () => program('cppcheck', 'clang-tidy'),
  qemu: () => program('qemu-system-riscv32'),
  valgrind: () => program('valgrind'),
  schemas: () => {
    const folder = process.env['BLOCKWATCH_SCHEMAS'] ?? '';
    const missing = ['suricata.json', 'ecs.csv', 'ocsf', 'stix'].filter(
      (name) => folder === '' || !existsSync(join(folder, name)),
    );
    return {
      available: missing.length === 0,
      reason:
        folder === ''
          ? "BLOCKWATCH_SCHEMAS does not name the formats' schemas"
          : `BLOCKWATCH_SCHEMAS lacks ${missing.join(', ')}`,
    };
  },
  cyclonedx: () => {
    const folder = process.env['BLOCKWATCH_SCHEMAS'] ?? '';
    const there = folder !== '' && existsSync(join(folder, 'cyclonedx'));
    return {
      available: there,
      reason:
        folder === '' ? "BLOCKWATCH_SCHEMAS does not name the formats' schemas" : 'BLOCKWATCH_SCHEMAS lacks cyclonedx',
    };
  },
  moddable: () => {
    return {
      available: xsCompiler() !== undefined,
      reason: 'the Moddable SDK is not set up (MODDABLE, with its tools built)',
    };
  },
} satisfies Record<string, () => Requirement>;

export type RequirementName = keyof typeof checks;

const known = new Map<RequirementName, Requirement>();

export function requirement(name: RequirementName): Requirement {
  const found = known.get(name) ?? checks[name]();
  known.set(name, found);
  return found;
}

/** A suite that needs something: runs where it is all there, else is pending, or failing where it is required. */
export function describeWith(names: RequirementName[], title: string, suite: (this: Mocha.Suite) => void): void {
  const missing = names.filter((name) => !requirement(name).available);
  if (missing.length === 0) {
    describe(title, suite);
    return;
  }
  const reasons = missing.map((name) => `${name}: ${requirement(name).reason}`).join('; ');
  // Neither the SDK nor other people's schemas come from a registry of packages; whoever wants them required names them.
  const required = missing.some((name) =>
    name === 'cyclonedx'
      ? false
      : name === 'schemas'
        ? (process.env['BLOCKWATCH_SCHEMAS'] ?? '') !== ''
        : name === 'moddable'
          ? process.env['BLOCKWATCH_REQUIRE_MODDABLE'] === '1'
          : process.env['BLOCKWATCH_REQUIRE'] === 'all',
  );
  describe(title, () => {
    if (required)
      it(`is required (${reasons})`, () => {
        throw new Error(`missing: ${reasons}`);
      });
    else it(`skipped (${reasons})`);
  });
}
