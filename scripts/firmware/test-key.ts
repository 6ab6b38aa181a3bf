/** The release key of trials, made once: the images that are built with it need not be built again. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newReleaseKey } from '../../host/firmware/release.js';
import { projectRoot } from '../../host/paths.js';

const FILE = join(projectRoot, 'build/firmware/test-release-key.pem');

export function releaseKey(): { pem: string; hex: string } {
  try {
    return { pem: readFileSync(FILE, 'utf8'), hex: readFileSync(`${FILE}.pub`, 'utf8').trim() };
  } catch {
    const { privatePem, publicHex } = newReleaseKey(undefined);
    mkdirSync(dirname(FILE), { recursive: true });
    writeFileSync(FILE, privatePem, { mode: 0o600 });
    writeFileSync(`${FILE}.pub`, publicHex);
    return { pem: privatePem, hex: publicHex };
  }
}
