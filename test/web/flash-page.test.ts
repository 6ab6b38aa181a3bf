import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import type { FlashPage } from '../../host/flash/flash-page.js';
import { serveFlashPage } from '../../host/flash/flash-page.js';
import { openRelease } from '../../host/release/open.js';
import { writeImage } from '../firmware/image-files.js';
import { makeRelease, signedWith, VERSION, writeImages } from '../release/world.js';
import { scratch } from '../support/collector.js';
import { chromiumPath, describeWith } from '../support/requirement.js';

/** A board behind Web Serial, as the firmware's provisioner answers; ESP's loader it does not speak. */
const board = (answers: boolean, says = ['Joining the WiFi "office".', 'Connected to the broker.']): string => `
  window.sentToBoard = '';
  const port = {
    readable: null, writable: null,
    getInfo: () => ({}), addEventListener() {}, removeEventListener() {}, setSignals: async () => {},
    async open() {
      let say;
      this.readable = new ReadableStream({ start(controller) { say = (text) => controller.enqueue(new TextEncoder().encode(text)); } });
      let text = '';
      this.writable = new WritableStream({ write(bytes) {
        const piece = new TextDecoder().decode(bytes);
        window.sentToBoard += piece;
        text += piece;
        for (let at; (at = text.indexOf('\\n')) >= 0;) {
          const line = text.slice(0, at); text = text.slice(at + 1);
          if (!${answers}) continue;
          if (line.startsWith('BLOCKWATCH?')) say('boot noise\\r\\nBLOCKWATCH {"board":"wt32_eth01","version":"0.1.0","provisioned":false}\\n');
          else if (line.startsWith('BLOCKWATCH {')) { say('BLOCKWATCH ok\\n'); for (const sentence of ${JSON.stringify(says)}) setTimeout(() => say('BLOCKWATCH says: ' + sentence + '\\n'), 100); }
        }
      } });
    },
    async close() { this.readable = this.writable = null; },
  };
  Object.defineProperty(navigator, 'serial', { configurable: true, value: { requestPort: async () => port, getPorts: async () => [], addEventListener() {} } });`;

describeWith(['chromium'], 'the page of blockwatch flash in a browser', function () {
  this.timeout(120_000);
  const files = scratch();
  let browser: Browser;
  let served: FlashPage;
  const contexts: { close(): Promise<void> }[] = [];
  before(async () => {
    writeImage(files.path('wt32_eth01'));
    writeFileSync(
      files.path('tap-1.json'),
      JSON.stringify({ version: 1, site: 'berlin', sensor: 'tap-1', broker: { host: 'broker.example' } }),
    );
    writeFileSync(files.path('other.json'), '{"a":1}');
    served = await serveFlashPage({
      listen: { host: '127.0.0.1', port: 0, option: '--http' },
      version: '0.1.0',
      images: (name) => files.path(name),
    });
    browser = await chromium.launch({
      executablePath: chromiumPath() ?? '',
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
      ],
    });
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });
  after(async () => {
    await browser.close();
    await served.close();
    files.remove();
  });

  const visit = async (
    script: string,
    options: BrowserContextOptions = {},
    { url } = served,
    boards = 4,
  ): Promise<{ page: Page; complaints: string[]; outside: string[] }> => {
    const context = await browser.newContext(options);
    contexts.push(context);
    const page = await context.newPage();
    const complaints: string[] = [];
    const outside: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (one) => {
      if (!one.url().startsWith(url) && !one.url().startsWith('data:')) outside.push(one.url());
    });
    await page.addInitScript(script);
    await page.goto(url);
    await page
      .locator('.board')
      .nth(boards - 1)
      .waitFor();
    return { page, complaints, outside };
  };
  const check = async (page: Page): Promise<void> => {
    await page.evaluate(axe.source);
    const { violations } = (await page.evaluate('axe.run(document)')) as {
      violations: { id: string; nodes: { html: string }[] }[];
    };
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
      [],
    );
  };

  for (const [name, options] of [
    ['wide and light', { colorScheme: 'light', viewport: { width: 1280, height: 900 } }],
    ['narrow and dark', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
  ] as [string, BrowserContextOptions][]) {
    it(`shows every board without a complaint, a request elsewhere or a fault in access, ${name}`, async () => {
      const { page, complaints, outside } = await visit(board(true), options);
      await page.getByText('wt32_eth01').click();
      await page.getByRole('button', { name: 'Install the firmware for wt32_eth01' }).waitFor();
      assert.equal(await page.locator('#unsupported').isVisible(), false);
      await check(page);
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
      if (process.env['BLOCKWATCH_SCREENSHOTS'])
        await page.screenshot({
          path: `${process.env['BLOCKWATCH_SCREENSHOTS']}/flash-${name.replace(/ /g, '-')}.png`,
          fullPage: true,
        });
      assert.deepEqual([complaints, outside], [[], []]);
    });
  }

  it('says how to build an image that is not here', async () => {
    const { page } = await visit(board(true));
    await page.getByText('esp32s3', { exact: true }).click();
    await page.getByText('npm run firmware:build -- --board esp32s3').waitFor();
    assert.equal(await page.getByRole('button', { name: /Install the firmware/ }).count(), 0);
    await check(page);
  });

  it('offers the boards of a release and no other, with its version, and opens the dialog for one', async () => {
    writeImages(files.path(''), ['esp32c3_w5500', 'esp32s3']);
    makeRelease(
      files.path(''),
      files.path('release'),
      '--board',
      'esp32c3_w5500',
      '--board',
      'esp32s3',
      ...signedWith(files.path('')),
    );
    const release = await openRelease(files.path('release'));
    const other = await serveFlashPage({
      listen: { host: '127.0.0.1', port: 0, option: '--http' },
      version: '0.1.0',
      images: (name) => files.path(name),
      release,
    });
    try {
      const { page, complaints, outside } = await visit(board(true), {}, other, 2);
      assert.deepEqual(await page.locator('.board b').allInnerTexts(), ['esp32c3_w5500', 'esp32s3']);
      assert.deepEqual(await page.locator('.board .built').allInnerTexts(), [
        `release ${VERSION}`,
        `release ${VERSION}`,
      ]);
      await page.getByText('esp32c3_w5500').click();
      await check(page);
      await page.getByRole('button', { name: 'Install the firmware for esp32c3_w5500' }).click();
      await page.locator('ewt-install-dialog').waitFor({ state: 'attached' });
      await page.getByText('Blockwatch for esp32c3_w5500').first().waitFor();
      assert.deepEqual(
        [complaints.filter((text) => /Content Security Policy|Refused|404/i.test(text)), outside],
        [[], []],
      );
    } finally {
      await other.close();
    }
  });

  it('says in a browser without serial ports what to use instead', async () => {
    const { page, complaints } = await visit(
      'Object.defineProperty(Navigator.prototype, "serial", { configurable: true, get: () => undefined }); delete Navigator.prototype.serial;',
    );
    await page.getByRole('alert').waitFor();
    assert.match(await page.getByRole('alert').innerText(), /cannot reach a serial port.*npx blockwatch flash --board/);
    await page.getByText('wt32_eth01').click();
    await page.locator('#file').setInputFiles(files.path('tap-1.json'));
    await page.getByText('Sensor berlin/tap-1, reporting to broker.example.').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Send to the board' }).isDisabled());
    await check(page);
    assert.deepEqual(complaints, []);
  });

  it("opens esp-web-tools' own dialog, from here and within the page's policy", async () => {
    const { page, complaints, outside } = await visit(board(true));
    await page.getByText('wt32_eth01').click();
    await page.getByRole('button', { name: 'Install the firmware for wt32_eth01' }).click();
    await page.locator('ewt-install-dialog').waitFor({ state: 'attached' });
    await page.getByText('Blockwatch for wt32_eth01').first().waitFor();
    if (process.env['BLOCKWATCH_SCREENSHOTS'])
      await page.screenshot({ path: `${process.env['BLOCKWATCH_SCREENSHOTS']}/flash-dialog.png` });
    assert.deepEqual([complaints.filter((text) => /Content Security Policy|Refused/i.test(text)), outside], [[], []]);
  });

  it('sends a board the file, and shows what it says until it is online', async () => {
    const { page } = await visit(board(true));
    await page.locator('#file').setInputFiles(files.path('tap-1.json'));
    await page.getByRole('button', { name: 'Send to the board' }).click();
    await page.getByText('The sensor is online. Delete the file now').waitFor();
    assert.deepEqual(await page.locator('#said li').allInnerTexts(), [
      'Joining the WiFi "office".',
      'Connected to the broker.',
    ]);
    await check(page);
    assert.match((await page.evaluate('window.sentToBoard')) as string, /BLOCKWATCH \{"version":1,"site":"berlin"/);
  });

  it('a file that is no provisioning file is refused, and cannot be sent', async () => {
    const { page } = await visit(board(true));
    await page.locator('#file').setInputFiles(files.path('other.json'));
    await page.getByText('This is not a provisioning file').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Send to the board' }).isDisabled());
  });
});
