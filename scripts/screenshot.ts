/**
 * `npm run screenshot`: the page after a quarter of an hour of the twelve branches (scripts/branches), as the README shows
 * it: docs/images/page-light.png and page-dark.png. Needs mosquitto and Chromium.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { projectRoot } from '../host/common/paths.js';
import { chromiumPath, requirement } from '../test/support/requirement.js';
import { capturesFolder, readBranches } from './branches/plan.js';
import { Scene } from './branches/scene.js';

const MINUTE = 60_000;
/** Sensors report suspicions every five minutes, and only after they know their branch. */
const PAST = 15 * MINUTE;
/** Captures are seen again after this time. */
const EVERY = 3 * MINUTE;
const SIZE = { width: 1280, height: 800 };
/** The README is read over the network: bytes of one image at most. */
const MAX_BYTES = 300_000;

for (const need of ['mosquitto', 'chromium'] as const) {
  const { available, reason } = requirement(need);
  if (!available) {
    console.error(`screenshot: It needs ${need}: ${reason}.`);
    process.exit(1);
  }
}

const images = join(projectRoot, 'docs/images');
mkdirSync(images, { recursive: true });
const scene = await Scene.open();
const browser = await chromium.launch({
  executablePath: chromiumPath() ?? 'chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
});
try {
  await scene.start(readBranches(capturesFolder), { from: Date.now() - PAST, length: PAST, every: EVERY });
  await scene.settled();
  for (const colorScheme of ['light', 'dark'] as const) {
    const path = join(images, `page-${colorScheme}.png`);
    await photograph(path, colorScheme);
    const bytes = statSync(path).size;
    console.log(`${path}: ${bytes} bytes`);
    if (bytes > MAX_BYTES) process.exitCode = 1;
  }
} finally {
  await browser.close();
  await scene.close();
}

async function photograph(path: string, colorScheme: 'light' | 'dark'): Promise<void> {
  const context = await browser.newContext({ viewport: SIZE, colorScheme, locale: 'en-GB', reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(`${scene.collector.http}/?span=hour`);
  await page.locator('.scan').first().waitFor();
  // Pictures are drawn after the list: nothing says when the last is.
  await page.waitForTimeout(2000);
  await page.screenshot({ path });
  await context.close();
}
