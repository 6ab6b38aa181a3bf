import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import type { BoardOffer } from '../../host/flash/flash-page.js';
import { serveFlashPage } from '../../host/flash/flash-page.js';
import { openRelease } from '../../host/release/open.js';
import { scratch, until } from '../support/collector.js';
import { lines, runBlockwatch } from '../support/command.js';
import { makeRelease, releaseKey, serveFolder, signedWith, VERSION, writeImages } from './world.js';

const files = scratch();
const release = files.path('release');
const pub = files.path('images/release.pem.pub');
let environment: Record<string, string> = {};

before(() => {
  mkdirSync(files.path('images'));
  writeImages(files.path('images'), ['wt32_eth01', 'esp32c3_w5500']);
  makeRelease(files.path('images'), release, ...signedWith(files.path('images')));
  mkdirSync(files.path('bin'));
  // An esptool that writes down what it was told, and what each file that it was given holds.
  writeFileSync(
    files.path('bin/esptool'),
    `#!/bin/sh\n[ "$1" = version ] && exit 0\necho "$@" > ${files.path('told')}\nfor word in "$@"; do last=$word; done\ncp "$last" ${files.path('written')}\n`,
  );
  chmodSync(files.path('bin/esptool'), 0o755);
  environment = { PATH: `${files.path('bin')}:${process.env['PATH'] ?? ''}`, BLOCKWATCH_RELEASE_KEY: '' };
});
after(files.remove);

const flash = (...args: string[]) =>
  runBlockwatch(['flash', '--port', '/dev/ttyUSB0', ...args], { folder: files.path(''), env: environment });

describe('blockwatch flash --release', function () {
  this.timeout(60_000);
  const told = (): string => (existsSync(files.path('told')) ? readFileSync(files.path('told'), 'utf8') : '');
  beforeEach(() => {
    if (existsSync(files.path('told'))) writeFileSync(files.path('told'), '');
  });

  it("writes the image of a folder's release, and says whose signature was looked at", async () => {
    const { status, out, err } = await flash('--board', 'esp32c3_w5500', '--release', 'release', '--release-key', pub);
    assert.equal(status, 0, err);
    assert.match(
      out,
      /^Release 1\.3\.0 of 2027-01-15, signature verified\.\nWriting the image of esp32c3_w5500 \(ESP32-C3\)/,
    );
    assert.match(
      told(),
      /^--chip esp32c3 .* 0x0 .*release\/esp32c3_w5500\/bootloader\.bin 0x8000 .* 0x20000 .*xs_esp32\.bin\n$/,
    );
    assert.deepEqual(readFileSync(files.path('written')), readFileSync(join(release, 'esp32c3_w5500/xs_esp32.bin')));
  });

  it('writes the image of an address, and keeps it beside the other data', async () => {
    const web = await serveFolder(() => release);
    const { status, out, err } = await flash('--board', 'wt32_eth01', '--release', web.url);
    await web.close();
    assert.equal(status, 0, err);
    assert.match(
      out,
      /^Release 1\.3\.0 of 2027-01-15, signature not verified \(name the release key with --release-key\)\.\n/,
    );
    assert.match(told(), /^--chip esp32 .*blockwatch-data\/releases\/[0-9a-f]{16}\/wt32_eth01\/xs_esp32\.bin\n$/);
    assert.deepEqual(readFileSync(files.path('written')), readFileSync(join(release, 'wt32_eth01/xs_esp32.bin')));
  });

  it('takes the key that the environment names', async () => {
    writeFileSync(files.path('other.pub'), `${'1'.repeat(128)}\n`);
    const good = await runBlockwatch(['flash', '--board', 'wt32_eth01', '--port', 'p', '--release', 'release'], {
      folder: files.path(''),
      env: { ...environment, BLOCKWATCH_RELEASE_KEY: pub },
    });
    assert.match(good.out, /signature verified/);
  });

  const refused: [string, () => string[], number, RegExp][] = [
    [
      'a folder that is no release',
      () => ['--board', 'wt32_eth01', '--release', 'images'],
      1,
      /it has no SHA256SUMS\.$/,
    ],
    [
      'a board that the release has not',
      () => ['--board', 'esp32s3', '--release', 'release'],
      1,
      /version 1\.3\.0 has no image for esp32s3, only for wt32_eth01, esp32c3_w5500\.$/,
    ],
    ['a board that there is not', () => ['--board', 'toaster', '--release', 'release'], 2, /Allowed choices are/],
    [
      'a private key',
      () => ['--board', 'wt32_eth01', '--release', 'release', '--release-key', files.path('images/release.pem')],
      1,
      /is not a public release key/,
    ],
    [
      'a key that is not there',
      () => ['--board', 'wt32_eth01', '--release', 'release', '--release-key', 'nowhere'],
      2,
      /Cannot read the file of --release-key/,
    ],
    ['a key and no release', () => ['--board', 'wt32_eth01', '--release-key', pub], 2, /Name that with --release\.$/],
    [
      'a release and an image',
      () => ['--board', 'wt32_eth01', '--release', 'release', '--image', 'images/wt32_eth01'],
      2,
      /--release and --image exclude each other/,
    ],
    [
      'a release whose last part was changed',
      () => {
        makeRelease(files.path('images'), files.path('changed'), ...signedWith(files.path('images')));
        writeFileSync(files.path('changed/wt32_eth01/xs_esp32.bin'), 'evil');
        return ['--board', 'wt32_eth01', '--release', 'changed'];
      },
      1,
      /wt32_eth01\/xs_esp32\.bin does not match its checksum/,
    ],
  ];
  for (const [what, args, exit, sentence] of refused) {
    it(`is refused with ${what}: one sentence, and esptool does not run`, async () => {
      const { status, err } = await flash(...args());
      assert.deepEqual([status, lines(err).length, told()], [exit, 1, ''], err);
      assert.match(err.trim(), sentence);
    });
  }

  it('serves no page of a release that is not whole', async () => {
    makeRelease(files.path('images'), files.path('spoilt'), ...signedWith(files.path('images')));
    writeFileSync(files.path('spoilt/esp32c3_w5500/bootloader.bin'), 'evil');
    const { status, err } = await runBlockwatch(['flash', '--release', 'spoilt', '--http', '127.0.0.1:0'], {
      folder: files.path(''),
      env: environment,
    });
    assert.deepEqual([status, lines(err).length], [1, 1]);
    assert.match(err, /esp32c3_w5500\/bootloader\.bin does not match its checksum/);
  });

  it('serves the page of one that is, until Ctrl-C', async () => {
    const child = spawn(
      process.execPath,
      [
        join(projectRoot, 'scripts/blockwatch.mjs'),
        'flash',
        '--release',
        release,
        '--release-key',
        pub,
        '--http',
        '127.0.0.1:0',
      ],
      { cwd: files.path('') },
    );
    let out = '';
    child.stdout.on('data', (text: Buffer) => {
      out += text.toString();
    });
    await until(() => /Open http/.test(out), 'the page');
    const [url] = /http:\/\/localhost:\d+\//.exec(out) ?? [''];
    const boards = (await (await fetch(`${url.replace('localhost', '127.0.0.1')}boards.json`)).json()) as BoardOffer[];
    assert.deepEqual(
      boards.map(({ name }) => name),
      ['wt32_eth01', 'esp32c3_w5500'],
    );
    child.kill('SIGINT');
    assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0);
  });
});

describe('the page of a release', () => {
  it('offers its boards with its version, gives their parts, and nothing that was changed since', async () => {
    makeRelease(files.path('images'), files.path('served'), ...signedWith(files.path('images')));
    const page = await serveFlashPage({
      listen: { host: '127.0.0.1', port: 0, option: '--http' },
      version: '0.1.0',
      release: await openRelease(files.path('served'), { key: releaseKey.publicHex }),
    });
    const get = async (path: string): Promise<Response> =>
      fetch(new URL(path, page.url.replace('localhost', '127.0.0.1')));
    try {
      const boards = (await (await get('boards.json')).json()) as BoardOffer[];
      assert.deepEqual(
        boards.map(({ name, built, release: version }) => [name, built, version]),
        [
          ['wt32_eth01', true, VERSION],
          ['esp32c3_w5500', true, VERSION],
        ],
      );
      const manifest = (await (await get('firmware/wt32_eth01/manifest.json')).json()) as {
        version: string;
        builds: { parts: { path: string }[] }[];
      };
      assert.equal(manifest.version, VERSION);
      for (const { path } of manifest.builds[0]?.parts ?? []) {
        assert.deepEqual(
          Buffer.from(await (await get(`firmware/wt32_eth01/${path}`)).arrayBuffer()),
          readFileSync(files.path(`served/wt32_eth01/${path}`)),
        );
      }
      for (const path of [
        'firmware/esp32s3/manifest.json',
        'firmware/nothing/x',
        'firmware/constructor/manifest.json',
        'firmware/wt32_eth01/..%2f..%2fSHA256SUMS',
        'firmware/wt32_eth01/xs_esp32.bin.signed.json',
      ]) {
        assert.equal((await get(path)).status, 404, path);
      }
      writeFileSync(files.path('served/wt32_eth01/bootloader.bin'), 'evil');
      const gone = await get('firmware/wt32_eth01/bootloader.bin');
      assert.equal(gone.status, 404);
      assert.match(((await gone.json()) as { message: string }).message, /does not match its checksum/);
    } finally {
      await page.close();
    }
  });
});
