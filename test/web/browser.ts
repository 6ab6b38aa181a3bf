/** A Chromium with the page in it, over a mock collector; one browser for a suite, one context for a test. */

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { chromiumPath } from '../support/requirement.js';
import { MockServer } from './mock-server.js';

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Visit {
  page: Page;
  server: MockServer;
  /** Errors the page's console showed: blocked scripts and styles, exceptions; failed requests are left out. */
  complaints: string[];
}

/** Waits until an expression holds in the page. Not waitForFunction: that one is refused by the page's own policy. */
export async function until(page: Page, expression: string): Promise<void> {
  while (!(await page.evaluate(expression))) await page.waitForTimeout(20);
}

export class Visitor {
  #browser: Browser | undefined;
  readonly #open: (() => Promise<unknown>)[] = [];

  async start(): Promise<void> {
    this.#browser = await chromium.launch({ executablePath: chromiumPath() ?? '/usr/bin/chromium', args: flags });
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
  }

  /** Opens the page at `path` of a mock collector that `set` has filled, and waits until it shows data. */
  async visit(set: (server: MockServer) => void, path = '/', options: BrowserContextOptions = {}): Promise<Visit> {
    const server = new MockServer();
    set(server);
    await server.listen();
    const context = await (this.#browser as Browser).newContext({
      viewport: { width: 1280, height: 900 },
      locale: 'en-GB',
      ...options,
    });
    this.#open.push(
      () => context.close(),
      () => server.close().catch(() => undefined),
    );
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      const said = message.text();
      if (message.type() === 'error' && !said.startsWith('Failed to load resource')) complaints.push(said);
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${server.url}${path}`);
    return { page, server, complaints };
  }

  /** Closes what the last test opened. */
  async leave(): Promise<void> {
    for (const close of this.#open.splice(0)) await close();
  }
}
