import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { realBoards } from '../../host/firmware/boards.js';
import { readSigned } from '../../host/firmware/release.js';
import { readDescription } from '../../host/release/description.js';
import { readSums } from '../../host/release/sums.js';
import { scratch } from '../support/collector.js';
import { lines, runBlockwatch } from '../support/command.js';
import { describeWith, findProgram } from '../support/requirement.js';
import { makeRelease, releaseKey, runRelease, signedWith, VERSION, writeImages } from './world.js';

/** Every file below, by its name from there. */
function everything(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name));
  return Object.fromEntries(
    names.sort().map((path) => [path.slice(folder.length + 1), readFileSync(path).toString('base64')]),
  );
}

describe('npm run release', function () {
  this.timeout(60_000);
  const files = scratch();
  after(files.remove);
  const images = files.path('');
  const out = (name: string): string => files.path(name);
  const make = (name: string, ...more: string[]) =>
    runRelease(['--out', out(name), '--images', images, '--image-version', VERSION, ...more]);
  before(() => writeImages(images, ['wt32_eth01', 'esp32c3_w5500']));

  it('lays out parts, manifest and update of each board, description, checksums, signature and SBOM', async () => {
    const { status, out: said, err } = await make('whole', ...signedWith(images));
    assert.equal(status, 0, err);
    assert.match(said, /release 1\.3\.0 for wt32_eth01, esp32c3_w5500, 16 files, signed\.\n$/);
    const board = [
      'bootloader.bin',
      'manifest.json',
      'ota_data_initial.bin',
      'partition-table.bin',
      'xs_esp32.bin',
      'xs_esp32.bin.signed.json',
    ];
    assert.deepEqual(
      Object.keys(everything(out('whole'))).sort(),
      [
        'SHA256SUMS',
        'SHA256SUMS.sig',
        ...['esp32c3_w5500', 'wt32_eth01'].flatMap((name) => board.map((file) => `${name}/${file}`)),
        'release.json',
        'sbom.cdx.json',
      ].sort(),
    );
  });

  it('names missing images, with the command that builds them', async () => {
    const { status, err } = await make('some', ...signedWith(images));
    assert.equal(status, 0);
    assert.deepEqual(
      lines(err).map((line) => line.split(' ')[0]),
      realBoards.filter((name) => name !== 'wt32_eth01' && name !== 'esp32c3_w5500'),
    );
    assert.match(
      err,
      /esp32s3 is not in it \(no image is in .*esp32s3\)\. Where the toolchain is, run "npm run firmware:build -- --board esp32s3 --image-version 1\.3\.0 --release-key .*release\.pem\.pub"/,
    );
  });

  it('describes version, date, boards, and where each part goes', () => {
    makeRelease(images, out('said'), ...signedWith(images));
    const { version, date, key, boards } = readDescription(readFileSync(join(out('said'), 'release.json'), 'utf8'));
    assert.deepEqual([version, date, key], [VERSION, '2027-01-15T08:00:00Z', releaseKey.publicHex]);
    assert.deepEqual(
      boards.map(({ name, family, platform }) => [name, family, platform]),
      [
        ['wt32_eth01', 'ESP32', 'esp32'],
        ['esp32c3_w5500', 'ESP32-C3', 'esp32/esp32c3'],
      ],
    );
    assert.deepEqual(
      boards[0]?.parts.map(({ file, offset }) => [file, offset]),
      [
        ['wt32_eth01/bootloader.bin', 0x1000],
        ['wt32_eth01/partition-table.bin', 0x8000],
        ['wt32_eth01/ota_data_initial.bin', 0xf000],
        ['wt32_eth01/xs_esp32.bin', 0x20000],
      ],
    );
    const manifest = JSON.parse(readFileSync(join(out('said'), 'esp32c3_w5500/manifest.json'), 'utf8')) as {
      version: string;
      builds: { chipFamily: string; parts: { path: string }[] }[];
    };
    assert.deepEqual(
      [manifest.version, manifest.builds[0]?.chipFamily, manifest.builds[0]?.parts.length],
      [VERSION, 'ESP32-C3', 4],
    );
  });

  it('has a signed manifest for each board, as "blockwatch firmware publish" takes it', () => {
    makeRelease(images, out('paper'), ...signedWith(images), '--expires', '30');
    const path = join(out('paper'), 'wt32_eth01/xs_esp32.bin.signed.json');
    const { key, read } = readSigned(readFileSync(path, 'utf8'), path);
    assert.deepEqual(
      [key, read.board, read.version, read.expires],
      [releaseKey.publicHex, 'wt32_eth01', VERSION, 1_800_000_000 + 30 * 86_400],
    );
    assert.equal(
      read.sha256,
      readSums(readFileSync(join(out('paper'), 'SHA256SUMS'), 'utf8')).get('wt32_eth01/xs_esp32.bin'),
    );
  });

  it('is the same twice, byte for byte, signatures included', () => {
    makeRelease(images, out('first'), ...signedWith(images));
    makeRelease(images, out('second'), ...signedWith(images));
    assert.deepEqual(everything(out('second')), everything(out('first')));
    makeRelease(images, out('first'), ...signedWith(images));
    assert.deepEqual(everything(out('second')), everything(out('first')));
  });

  it('is without signature and papers where there is no key, and says so', async () => {
    const { status, out: said } = await make('unsigned', '--board', 'wt32_eth01');
    assert.equal(status, 0);
    assert.match(said, /not signed: name the release key with --release-key/);
    assert.deepEqual(
      Object.keys(everything(out('unsigned'))).filter((name) => /sig/.test(name)),
      [],
    );
    assert.equal(readDescription(readFileSync(join(out('unsigned'), 'release.json'), 'utf8')).key, undefined);
  });

  it('takes the place of an older release, and of nothing else', async () => {
    makeRelease(images, out('again'), ...signedWith(images));
    assert.equal((await make('again', '--board', 'wt32_eth01')).status, 0);
    assert.ok(!existsSync(join(out('again'), 'esp32c3_w5500')));
    mkdirSync(out('photos'));
    writeFileSync(join(out('photos'), 'cat.jpg'), 'a cat');
    const { status, err } = await make('photos', '--board', 'wt32_eth01');
    assert.equal(status, 1);
    assert.match(err, /^Cannot write .*photos: it is a folder with something else in it\.\n$/);
    assert.deepEqual(Object.keys(everything(out('photos'))), ['cat.jpg']);
  });

  it('a release leaves no temporary folder beside the images', () =>
    assert.deepEqual(
      readdirSync(images).filter((name) => /\.(new|old)-/.test(name)),
      [],
    ));

  const refused: [string, string[], number, RegExp][] = [
    [
      'no image and no toolchain',
      ['--board', 'esp32s3'],
      1,
      /^There is no image to release \(no image is in .*\): run "npm run firmware:build -- --board esp32s3 --image-version 1\.3\.0" where/,
    ],
    [
      'an image of another version',
      ['--board', 'wt32_eth01', '--image-version', '1.4.0'],
      1,
      /^The image of wt32_eth01 was not built as version 1\.4\.0\. Build it again/,
    ],
    ["an emulator's board", ['--board', 'qemu_esp32c3'], 2, /^There is no board "qemu_esp32c3"; there are wt32_eth01/],
    ['a board that there is not', ['--board', 'toaster'], 2, /^There is no board "toaster"; there are wt32_eth01/],
    ['a version that is none', ['--image-version', 'v2'], 2, /^--image-version must be three numbers/],
    [
      'a key that is not there',
      ['--release-key', 'nowhere.pem'],
      2,
      /^Cannot read the file of --release-key, nowhere\.pem: ENOENT/,
    ],
    ['a public key for signing', ['--release-key', files.path('release.pem.pub')], 1, /^This is not a release key/],
    ['an option that there is not', ['--sign'], 2, /^Unknown option '--sign'\. It is: npm run release/],
    ['days that are none', ['--expires', 'soon'], 2, /^--expires must be a number of days/],
  ];
  for (const [what, args, exit, sentence] of refused) {
    it(`a release is refused with ${what}: one line, and no folder`, async () => {
      const { status, out: said, err } = await make('refused', ...args);
      assert.deepEqual([status, said, lines(err).length, existsSync(out('refused'))], [exit, '', 1, false], err);
      assert.match(err, sentence);
    });
  }

  it('is refused without an output folder, and with an invalid date', async () => {
    const nowhere = await runRelease(['--images', images]);
    assert.deepEqual([nowhere.status, nowhere.err], [2, 'Name the folder to make with --out.\n']);
    const never = await runRelease(['--out', out('never'), '--images', images], { SOURCE_DATE_EPOCH: 'yesterday' });
    assert.deepEqual([never.status, never.err], [2, 'SOURCE_DATE_EPOCH must be seconds since 1970.\n']);
  });

  it('builds nothing where a part of the toolchain is missing, and says which', async () => {
    const { status, out: said, err } = await runRelease(['--out', out('bare'), '--image-version', VERSION]);
    assert.deepEqual([status, said, lines(err).length, existsSync(out('bare'))], [1, '', 1, false]);
    assert.match(
      err,
      /^There is no image to release \(the Moddable SDK \(MODDABLE\) and ESP-IDF \(IDF_PATH\) are not here/,
    );
  });

  const bad: [string, (folder: string) => void, RegExp][] = [
    [
      'was built for another chip',
      (folder) => writeImages(folder, ['esp32s3']),
      /is no image of wt32_eth01: it is for another chip/,
    ],
    [
      'was built without the release key',
      (folder) => writeImages(folder, ['wt32_eth01'], [VERSION]),
      /does not know the release key, so that its sensors would take no updates/,
    ],
    [
      'has an empty part',
      (folder) => {
        writeImages(folder, ['wt32_eth01']);
        writeFileSync(join(folder, 'wt32_eth01/bootloader.bin'), '');
      },
      /is not whole: .*bootloader\.bin is empty/,
    ],
    [
      'has no table',
      (folder) => {
        writeImages(folder, ['wt32_eth01']);
        writeFileSync(join(folder, 'wt32_eth01/partition-table.bin'), 'x');
      },
      /is not a partition table/,
    ],
  ];
  for (const [what, spoil, sentence] of bad) {
    it(`a release takes no image that ${what}`, () => {
      const other = scratch();
      spoil(other.path(''));
      if (/another chip/.test(what)) spawnSync('mv', [other.path('esp32s3'), other.path('wt32_eth01')]);
      assert.throws(
        () => makeRelease(other.path(''), other.path('out'), '--board', 'wt32_eth01', ...signedWith(other.path(''))),
        sentence,
      );
      assert.ok(!existsSync(other.path('out')));
      other.remove();
    });
  }

  it('a release has an image of every board', () => {
    writeImages(images, realBoards);
    makeRelease(images, out('every'), ...signedWith(images));
    assert.deepEqual(
      readDescription(readFileSync(join(out('every'), 'release.json'), 'utf8')).boards.map(({ name }) => name),
      realBoards,
    );
  });

  it('passes "blockwatch firmware verify" with the right key only', async () => {
    makeRelease(images, out('right'), ...signedWith(images));
    const good = await runBlockwatch(['firmware', 'verify', out('right'), '--key', files.path('release.pem.pub')]);
    assert.deepEqual([good.status, good.err], [0, '']);
    assert.match(
      good.out,
      /release 1\.3\.0 of 2027-01-15 for wt32_eth01, .*; \d+ files match their checksums, signed with key [0-9a-f]{16}\.\n$/,
    );
    // Six of each board; description and SBOM.
    assert.ok(good.out.includes(`; ${6 * realBoards.length + 2} files match`), good.out);
    const none = await runBlockwatch(['firmware', 'verify', out('right')], { env: { BLOCKWATCH_RELEASE_KEY: '' } });
    assert.deepEqual([none.status, lines(none.err).length], [2, 1]);
    const secret = await runBlockwatch(['firmware', 'verify', out('right'), '--key', files.path('release.pem')]);
    assert.match(secret.err, /is not a public release key\. Name the \.pub file/);
  });

  it('has checksums that sha256sum takes', function () {
    if (!findProgram('sha256sum')) this.skip();
    makeRelease(images, out('sums'), ...signedWith(images));
    const { status, stdout, stderr } = spawnSync('sha256sum', ['-c', '--strict', 'SHA256SUMS'], {
      cwd: out('sums'),
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.ok(lines(stdout).every((line) => line.endsWith(': OK')));
  });
});

describeWith(['openssl'], "a release's signature", () => {
  const files = scratch();
  after(files.remove);

  it('is one that openssl verifies, with the key that docs/DEPLOY.md makes of the .pub file', () => {
    const images = files.path('');
    writeImages(images, ['wt32_eth01']);
    makeRelease(images, files.path('out'), ...signedWith(images));
    const doc = readFileSync(join(projectRoot, 'docs/DEPLOY.md'), 'utf8');
    const commands = /```sh\n(\(printf 3059[\s\S]*?)```/.exec(doc)?.[1] ?? '';
    assert.match(commands, /openssl dgst/);
    const shell = spawnSync('bash', ['-ec', commands.replace(/release\.pub\b(?!\.)/g, '../release.pem.pub')], {
      cwd: files.path('out'),
      encoding: 'utf8',
    });
    assert.match(shell.stdout, /Verified OK/, shell.stderr);
    writeFileSync(join(files.path('out'), 'SHA256SUMS'), 'other');
    assert.doesNotMatch(
      spawnSync('bash', ['-c', commands.replace(/release\.pub\b(?!\.)/g, '../release.pem.pub')], {
        cwd: files.path('out'),
        encoding: 'utf8',
      }).stdout,
      /Verified OK/,
    );
  });
});
