/**
 * A Chromium with the page in it, over a mock collector; one browser for a suite, one page and one origin for a test.
 * Tests with the same options share a context, and with it the process that draws: to start one for each test takes
 * longer than most tests.
 */

import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
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
  '--process-per-site',
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
  /** By their options. */
  readonly #contexts = new Map<string, BrowserContext>();
  readonly #servers: MockServer[] = [];

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
    this.#servers.push(server);
    const context = await this.#contextOf({ viewport: { width: 1280, height: 900 }, locale: 'en-GB', ...options });
    const before = context.pages();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      const said = message.text();
      if (message.type() === 'error' && !said.startsWith('Failed to load resource')) complaints.push(said);
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${server.url}${path}`);
    // Not before: the process that draws would end with its last page.
    for (const left of before) await left.close();
    return { page, server, complaints };
  }

  async #contextOf(options: BrowserContextOptions): Promise<BrowserContext> {
    const key = JSON.stringify(options);
    const context = this.#contexts.get(key) ?? (await (this.#browser as Browser).newContext(options));
    this.#contexts.set(key, context);
    return context;
  }

  /** Closes what the last test opened. Its page stays until the next one is there, and asks for nothing. */
  async leave(): Promise<void> {
    const pages = [...this.#contexts.values()].flatMap((context) => context.pages());
    await Promise.all(pages.map((page) => page.goto('about:blank')));
    for (const server of this.#servers.splice(0)) await server.close().catch(() => undefined);
  }
}
