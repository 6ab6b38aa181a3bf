import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { UserError } from '../../host/common/errors.js';
import { boardNames, realBoards } from '../../host/firmware/boards.js';
import { findImage, manifestOf, readPartitions } from '../../host/firmware/image.js';
import { esptoolArguments, explainEsptool, findEsptool } from '../../host/flash/esptool.js';
import type { BoardOffer, FlashPage } from '../../host/flash/flash-page.js';
import { serveFlashPage } from '../../host/flash/flash-page.js';
import { scratch } from '../support/collector.js';
import { runBlockwatch } from '../support/command.js';
import { ownTable, partitionTable, writeImage } from './image-files.js';

describe('an image', () => {
  const files = scratch();
  after(files.remove);
  const refuses = (folder: string, sentence: RegExp): void => {
    assert.throws(
      () => findImage('wt32_eth01', files.path(folder)),
      (error: unknown) => error instanceof UserError && sentence.test(error.message),
    );
  };

  it("has its parts where the chip and the project's own partition table want them", () => {
    writeImage(files.path('whole'));
    const offsets = (board: string): [string, number][] =>
      findImage(board, files.path('whole')).parts.map(({ file, offset }) => [file, offset]);
    assert.deepEqual(offsets('wt32_eth01'), [
      ['bootloader.bin', 0x1000],
      ['partition-table.bin', 0x8000],
      ['ota_data_initial.bin', 0xf000],
      ['xs_esp32.bin', 0x20000],
    ]);
    assert.deepEqual(offsets('esp32c3_w5500')[0], ['bootloader.bin', 0]);
    assert.deepEqual(
      boardNames.map((board) => findImage(board, files.path('whole')).chip),
      ['esp32', 'esp32', 'esp32', 'esp32', 'esp32c3', 'esp32c6', 'esp32s3', 'esp32s3', 'esp32s3', 'esp32c3'],
    );
    assert.deepEqual(offsets('esp32c6_w5500')[0], ['bootloader.bin', 0]);
  });

  it("starts from the factory's place where the table has one, whatever the order", () => {
    const table = partitionTable(
      'a, app, ota_0, 0x20000, 0x1000\nb, app, ota_1, 0x30000, 0x1000\nc, app, factory, 0x10000, 0x1000',
    );
    assert.deepEqual(readPartitions(table), { app: 0x10000, chosen: undefined });
  });

  it('is refused with a table that is none', () => {
    assert.throws(() => readPartitions(Buffer.alloc(3072, 0xff)), RangeError);
    assert.throws(() => readPartitions(Buffer.alloc(0)), RangeError);
    assert.throws(() => readPartitions(ownTable().subarray(0, 96)), /no app partition/);
  });

  it('says that it is not built, and how to build it', () =>
    refuses(
      'none',
      /no image for wt32_eth01: it is not built .*Build it with "npm run firmware:build -- --board wt32_eth01"/,
    ));

  for (const name of ['bootloader.bin', 'partition-table.bin', 'xs_esp32.bin']) {
    it(`an image is not whole without ${name}`, () => {
      writeImage(files.path(`no-${name}`), [name]);
      refuses(`no-${name}`, name === 'xs_esp32.bin' ? /not built/ : new RegExp(`${name} is missing`));
    });
  }

  it("is described to esp-web-tools by its chip's family, with paths beside the manifest", () => {
    const manifest = manifestOf(findImage('esp32s3', files.path('whole')), '0.1.0') as {
      version: string;
      builds: { chipFamily: string; parts: { path: string; offset: number }[] }[];
    };
    assert.deepEqual(
      [manifest.version, manifest.builds[0]?.chipFamily, manifest.builds[0]?.parts.at(-1)],
      ['0.1.0', 'ESP32-S3', { path: 'xs_esp32.bin', offset: 0x20000 }],
    );
  });
});

describe('esptool', () => {
  const files = scratch();
  after(files.remove);

  it('is told chip, port and each part, and to erase only when asked', () => {
    writeImage(files.path('i'));
    const image = findImage('wt32_eth01', files.path('i'));
    const words = esptoolArguments(image, '/dev/ttyUSB0', false);
    assert.deepEqual(words.slice(0, 7), [
      '--chip',
      'esp32',
      '--port',
      '/dev/ttyUSB0',
      '--baud',
      '460800',
      'write_flash',
    ]);
    assert.deepEqual(
      words.slice(7).filter((_, i) => i % 2 === 0),
      ['0x1000', '0x8000', '0xf000', '0x20000'],
    );
    assert.ok(!words.includes('--erase-all') && esptoolArguments(image, 'p', true).includes('--erase-all'));
  });

  it('is not found where there is none', () => assert.equal(findEsptool({ PATH: files.path('nothing') }), undefined));

  // Words of esptool 4.8 and 5.0.
  const said: [string, RegExp][] = [
    [
      'A fatal error occurred: This chip is ESP32-S3, not ESP32. Wrong --chip argument?',
      /has an ESP32-S3, but the image for wt32_eth01 needs an ESP32\. Name the right board with --board/,
    ],
    [
      'A fatal error occurred: This chip is ESP32 not ESP32-C3. Wrong --chip argument?',
      /has an ESP32, but the image for wt32_eth01 needs an ESP32-C3/,
    ],
    [
      'A fatal error occurred: Failed to connect to ESP32: No serial data received.',
      /does not enter its boot loader\. Hold its BOOT button/,
    ],
    [
      "A fatal error occurred: Could not open /dev/ttyUSB7, the port is busy or doesn't exist.\n([Errno 2] could not open port /dev/ttyUSB7: [Errno 2] No such file or directory)",
      /There is no port/,
    ],
    [
      "A fatal error occurred: Could not open /dev/ttyUSB0, the port is busy or doesn't exist.\n([Errno 13] could not open port /dev/ttyUSB0: [Errno 13] Permission denied: '/dev/ttyUSB0')",
      /usermod -aG dialout/,
    ],
    [
      "A fatal error occurred: Could not open COM99, the port is busy or doesn't exist.\n(could not open port 'COM99': FileNotFoundError(2, 'x'))",
      /There is no port/,
    ],
    [
      "A fatal error occurred: Could not open /dev/ttyUSB0, the port is busy or doesn't exist.\n([Errno 11] Could not exclusively lock port /dev/ttyUSB0: [Errno 11] Resource temporarily unavailable)",
      /Another program uses/,
    ],
    ['[Errno 11] Could not exclusively lock port /dev/ttyUSB0', /Another program uses/],
    ['something new', /esptool could not write the board at \/dev\/p: something new/],
  ];
  for (const [output, sentence] of said)
    it(`esptool saying "${output.slice(0, 60)}" becomes what to do`, () =>
      assert.match(explainEsptool(output, 'wt32_eth01', '/dev/p'), sentence));
});

describe('blockwatch flash', function () {
  this.timeout(60_000);
  const files = scratch();
  after(files.remove);

  /** An esptool that writes down what it was told and says what the test wants. */
  const withTool = (answer: string, status: number): Record<string, string> => {
    mkdirSync(files.path('bin'), { recursive: true });
    const path = files.path('bin/esptool');
    writeFileSync(
      path,
      `#!/bin/sh\n[ "$1" = version ] && exit 0\necho "$@" > ${files.path('told')}\necho '${answer}'\nexit ${status}\n`,
    );
    chmodSync(path, 0o755);
    return { PATH: `${files.path('bin')}:${process.env['PATH'] ?? ''}` };
  };

  it('runs esptool with the image and says what comes next', async () => {
    writeImage(files.path('i'));
    const { status, out } = await runBlockwatch(
      ['flash', '--board', 'esp32c3_w5500', '--port', '/dev/ttyACM0', '--image', 'i', '--erase'],
      { folder: files.path(''), env: withTool('Hash of data verified.', 0) },
    );
    assert.equal(status, 0);
    assert.match(
      readFileSync(files.path('told'), 'utf8'),
      /^--chip esp32c3 --port \/dev\/ttyACM0 --baud 460800 write_flash --erase-all 0x0 .*bootloader\.bin 0x8000 /,
    );
    assert.match(
      out,
      /Hash of data verified\.\nDone\. The board is erased\. Next, provision it: npx blockwatch provision FILE --port \/dev\/ttyACM0/,
    );
  });

  it('says which board it really is, exit 1', async () => {
    writeImage(files.path('i'));
    const { status, err } = await runBlockwatch(
      ['flash', '--board', 'wt32_eth01', '--port', '/dev/ttyUSB0', '--image', 'i'],
      {
        folder: files.path(''),
        env: withTool('A fatal error occurred: This chip is ESP32-C3, not ESP32. Wrong --chip argument?', 2),
      },
    );
    assert.equal(status, 1);
    assert.match(
      err,
      /^blockwatch: The board at \/dev\/ttyUSB0 has an ESP32-C3, but the image for wt32_eth01 needs an ESP32\..*\n$/,
    );
  });

  const wrong: [string, string[], number, RegExp][] = [
    [
      'an image that is not built',
      ['--board', 'wt32_eth01', '--image', 'nowhere'],
      1,
      /it is not built .*npm run firmware:build/,
    ],
    [
      'no tool',
      ['--board', 'wt32_eth01', '--image', 'i'],
      1,
      /esptool is not installed\. Install it with "pip install esptool"/,
    ],
    ['an unknown board', ['--board', 'arduino'], 2, /Allowed choices are wt32_eth01/],
    ["an emulator's board", ['--board', 'qemu_esp32c3'], 2, /Allowed choices are wt32_eth01(?!.*qemu.*\.)/],
    ['a port and no board', ['--port', 'x'], 2, /--port and --erase need --board/],
    ['a page for others', ['--http', '0.0.0.0:8090'], 2, /Name a loopback address with --http/],
  ];
  for (const [what, args, exit, sentence] of wrong) {
    it(`flashing is refused with ${what}: one sentence that says what to do`, async () => {
      writeImage(files.path('i'));
      mkdirSync(files.path('empty'), { recursive: true });
      const { status, out, err } = await runBlockwatch(['flash', ...args], {
        folder: files.path(''),
        env: {
          PATH: files.path('empty'),
          IDF_PATH: '',
        },
      });
      assert.deepEqual([status, out, err.trim().split('\n').length], [exit, '', 1], err);
      assert.match(err, sentence);
    });
  }
});

describe('the page of blockwatch flash', () => {
  const files = scratch();
  let page: FlashPage;
  before(async () => {
    writeImage(files.path('wt32_eth01'));
    page = await serveFlashPage({
      listen: { host: '127.0.0.1', port: 0, option: '--http' },
      version: '0.1.0',
      images: (board) => files.path(board),
    });
  });
  after(async () => {
    await page.close();
    files.remove();
  });
  const get = async (path: string): Promise<Response> =>
    fetch(new URL(path, page.url.replace('localhost', '127.0.0.1')));

  it('offers every board that can be bought, and says which image is here and how to build the others', async () => {
    const boards = (await (await get('boards.json')).json()) as BoardOffer[];
    assert.deepEqual(
      boards.map(({ name, built }) => [name, built]),
      realBoards.map((name) => [name, name === 'wt32_eth01']),
    );
    assert.ok(boards.every(({ name, command }) => command === `npm run firmware:build -- --board ${name}`));
  });

  it('gives the manifest and the parts that it names', async () => {
    const { builds } = (await (await get('firmware/wt32_eth01/manifest.json')).json()) as {
      builds: { parts: { path: string }[] }[];
    };
    for (const { path } of builds[0]?.parts ?? []) assert.equal((await get(`firmware/wt32_eth01/${path}`)).status, 200);
    assert.equal(await (await get('firmware/wt32_eth01/xs_esp32.bin')).text(), 'the firmware');
  });

  for (const path of [
    'firmware/esp32s3/manifest.json',
    'firmware/nothing/manifest.json',
    'firmware/wt32_eth01/secret',
    'firmware/wt32_eth01/..%2f..%2fpackage.json',
    'esp-web-tools/..%2f..%2f..%2fpackage.json',
    '..%2fjs/package.json',
  ]) {
    it(`the flash server gives nothing for ${path}`, async () =>
      assert.ok([400, 403, 404].includes((await get(path)).status)));
  }

  it('lets nobody but this computer in, under whatever name', async () => {
    const status = await new Promise((resolve, reject) => {
      request(
        new URL('boards.json', page.url.replace('localhost', '127.0.0.1')),
        { headers: { host: 'evil.example' } },
        (answer) => resolve(answer.statusCode),
      )
        .on('error', reject)
        .end();
    });
    assert.equal(status, 421);
  });

  it('allows scripts, connections and pictures from itself only', async () => {
    const policy = (await get('')).headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'none'", "script-src 'self';", "connect-src 'self';"])
      assert.ok(policy.includes(rule), rule);
  });
});
