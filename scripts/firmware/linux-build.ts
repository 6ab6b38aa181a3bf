/** Builds the firmware for platform lin, and the host that runs it without a screen. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import type { Sdk } from './sdk.js';
import { runTool } from './sdk.js';

export interface LinuxFirmware {
  /** The application as a shared object. */
  application: string;
  /** What runs it. */
  host: string;
}

/** @param config what the build is told of the image: `version`, `releaseKeys`; an image with a version is put into a folder of its own */
export function buildForLinux(sdk: Sdk, config: Record<string, string> = {}): LinuxFirmware {
  const output = join(projectRoot, 'build/firmware/linux');
  mkdirSync(output, { recursive: true });
  runTool(sdk, 'mcconfig', [
    '-m',
    '-p',
    'lin',
    '-t',
    'build',
    '-o',
    output,
    ...Object.entries(config).map(([name, value]) => `${name}=${value}`),
  ]);
  const application = join(output, 'bin/lin/mc/release', basename(projectRoot), 'mc.so');
  const host = join(output, 'host');
  const flags = (what: string): string[] =>
    execFileSync('pkg-config', [what, 'gio-2.0'], { encoding: 'utf8' }).trim().split(/\s+/);
  execFileSync('cc', [
    '-std=gnu11',
    '-O1',
    '-DmxLinux=1',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-rdynamic',
    '-I',
    join(sdk.root, 'build/simulators/modules'),
    ...flags('--cflags'),
    join(projectRoot, 'scripts/firmware/lin-host.c'),
    '-o',
    host,
    '-ldl',
    ...flags('--libs'),
  ]);
  if (!config['version']) return { application, host };
  const named = join(projectRoot, 'build/firmware', `linux-${config['version']}.so`);
  copyFileSync(application, named);
  return { application: named, host };
}

/** Bytes of the shared object. */
export const sizeOf = (firmware: LinuxFirmware): number => statSync(firmware.application).size;
