/** The release key of trials, made once: the images that are built with it need not be built again. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { newReleaseKey } from '../../host/firmware/release.js';

export const RELEASE_KEY_FILE = join(projectRoot, 'build/firmware/test-release-key.pem');

export function releaseKey(): { pem: string; hex: string } {
  try {
    return { pem: readFileSync(RELEASE_KEY_FILE, 'utf8'), hex: readFileSync(`${RELEASE_KEY_FILE}.pub`, 'utf8').trim() };
  } catch {
    const { privatePem, publicHex } = newReleaseKey(undefined);
    mkdirSync(dirname(RELEASE_KEY_FILE), { recursive: true });
    writeFileSync(RELEASE_KEY_FILE, privatePem, { mode: 0o600 });
    writeFileSync(`${RELEASE_KEY_FILE}.pub`, publicHex);
    return { pem: privatePem, hex: publicHex };
  }
}
