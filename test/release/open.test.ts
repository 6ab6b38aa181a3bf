import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { UserError } from '../../host/common/errors.js';
import { newReleaseKey } from '../../host/firmware/release.js';
import type { Description, ReleasePart } from '../../host/release/description.js';
import { knownReleaseKey, readPublicKey } from '../../host/release/keys.js';
import type { OpenOptions, Release } from '../../host/release/open.js';
import { openRelease } from '../../host/release/open.js';
import { readSums } from '../../host/release/sums.js';
import { application } from '../firmware/image-files.js';
import { scratch } from '../support/collector.js';
import type { WebServer } from './world.js';
import {
  makeRelease,
  releaseKey,
  rewrite,
  rewriteSums,
  serveFolder,
  signedWith,
  VERSION,
  writeImages,
} from './world.js';

const files = scratch();
const images = files.path('images');
const key = releaseKey.publicHex;
let nextFolder = 0;

/** A new release of two boards, to be spoilt. */
function release(...more: string[]): string {
  const folder = files.path(`release-${nextFolder++}`);
  makeRelease(images, folder, ...signedWith(images), ...more);
  return folder;
}

async function refuses(doing: () => Promise<unknown>, sentence: RegExp): Promise<void> {
  await assert.rejects(doing, (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, /^Cannot use the release \S+: [^\n]*\.$/);
    assert.match(error.message, sentence);
    return true;
  });
}

/** Everything that a user of it does. */
async function useAll(place: string, options: OpenOptions = {}): Promise<Release> {
  const opened = await openRelease(place, options);
  for (const { name } of opened.description.boards) await opened.image(name);
  return opened;
}

/** release.json with a change, checksum and signature made right again. */
function change(folder: string, alter: (description: Description, parts: ReleasePart[]) => unknown): void {
  const path = join(folder, 'release.json');
  const description = JSON.parse(readFileSync(path, 'utf8')) as Description;
  alter(description, description.boards[0]?.parts as ReleasePart[]);
  rewrite(folder, 'release.json', JSON.stringify(description));
}

before(() => {
  mkdirSync(images, { recursive: true });
  writeImages(images, ['wt32_eth01', 'esp32c3_w5500']);
});
after(files.remove);

describe('a release in a folder', () => {
  it('gives the image of each board, from where it lies', async () => {
    const folder = release();
    const opened = await useAll(folder, { key });
    assert.match(opened.words, /^Release 1\.3\.0 of 2027-01-15, signature verified$/);
    const { chip, parts } = await opened.image('esp32c3_w5500');
    assert.deepEqual(
      [chip, parts.map(({ file, offset, path }) => [file, offset, path])[0]],
      ['esp32c3', ['bootloader.bin', 0, join(folder, 'esp32c3_w5500/bootloader.bin')]],
    );
  });

  it('says whether its signature was looked at', async () => {
    assert.match(
      (await openRelease(release())).words,
      /signature not verified \(name the release key with --release-key\)$/,
    );
    const folder = files.path('bare');
    makeRelease(images, folder);
    assert.match((await openRelease(folder)).words, /, not signed$/);
  });

  it('is refused for each of its files, where one bit of it is another', async () => {
    const folder = release();
    const names = [...readSums(readFileSync(join(folder, 'SHA256SUMS'), 'utf8')).keys()];
    assert.ok(names.length >= 14);
    for (const name of names) {
      const before = readFileSync(join(folder, name));
      const changed = Buffer.from(before);
      changed[changed.length >> 1] = (changed[changed.length >> 1] as number) ^ 1;
      writeFileSync(join(folder, name), changed);
      await refuses(
        async () => (await openRelease(folder, { key })).checkAll(),
        new RegExp(`${name.replace(/\./g, '\\.')} does not match its checksum`),
      );
      if (/bin$|release\.json/.test(name)) await refuses(() => useAll(folder), /does not match its checksum/);
      writeFileSync(join(folder, name), before);
    }
    await (await openRelease(folder, { key })).checkAll();
  });

  it('is refused for each of its files, where one is missing or has grown', async () => {
    const folder = release();
    for (const name of [
      'SHA256SUMS',
      'SHA256SUMS.sig',
      ...readSums(readFileSync(join(folder, 'SHA256SUMS'), 'utf8')).keys(),
    ]) {
      const before = readFileSync(join(folder, name));
      rmSync(join(folder, name));
      await refuses(
        async () => (await openRelease(folder, { key })).checkAll(),
        new RegExp(`it has no ${name.replace(/\./g, '\\.')}`),
      );
      mkdirSync(join(folder, name));
      await refuses(async () => (await openRelease(folder, { key })).checkAll(), /is not a file/);
      rmSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, name), Buffer.concat([before, Buffer.from('\n')]));
      await refuses(
        async () => (await openRelease(folder, { key })).checkAll(),
        /checksum|has more than \d+ bytes|signature does not match/,
      );
      writeFileSync(join(folder, name), before);
    }
  });

  it('is refused with recomputed checksums, because the signature cannot be forged', async () => {
    const folder = release();
    rewrite(folder, 'wt32_eth01/xs_esp32.bin', application('wt32_eth01', ['evil']), false);
    await refuses(() => openRelease(folder, { key }), /its signature does not match the release key [0-9a-f]{16}/);
    await refuses(() => useAll(folder), /SHA256SUMS and release\.json disagree about wt32_eth01\/xs_esp32\.bin/);
  });

  it('is refused with the key of another, and unsigned where a key is known', async () => {
    await refuses(
      () => openRelease(release(), { key: newReleaseKey(undefined).publicHex }),
      /its signature does not match/,
    );
    const folder = release();
    for (const bytes of ['', 'x', 'x'.repeat(72)]) {
      writeFileSync(join(folder, 'SHA256SUMS.sig'), bytes);
      await refuses(() => openRelease(folder, { key }), /its signature does not match/);
    }
    rmSync(join(folder, 'SHA256SUMS.sig'));
    await refuses(() => openRelease(folder, { key }), /it has no SHA256SUMS\.sig/);
  });

  it('has no image of a board that it does not name', async () => {
    const opened = await openRelease(release());
    for (const name of ['esp32s3', 'toaster', 'constructor', '../x'])
      await refuses(
        () => opened.image(name),
        /version 1\.3\.0 has no image for .*, only for wt32_eth01, esp32c3_w5500/,
      );
  });

  const wrongs: [string, (folder: string) => void, RegExp][] = [
    [
      'a file above it in release.json',
      (folder) =>
        change(folder, (_, [part]) => {
          (part as ReleasePart).file = '../secret.bin';
        }),
      /names a file outside the folder of wt32_eth01/,
    ],
    [
      "a file above it by way of the board's folder",
      (folder) =>
        change(folder, (_, [part]) => {
          (part as ReleasePart).file = 'wt32_eth01/../../secret.bin';
        }),
      /names a file outside the folder/,
    ],
    [
      'a file with a whole path',
      (folder) =>
        change(folder, (_, [part]) => {
          (part as ReleasePart).file = '/etc/passwd';
        }),
      /names a file outside the folder/,
    ],
    [
      "another board's file",
      (folder) =>
        change(folder, (_, [part]) => {
          (part as ReleasePart).file = 'esp32c3_w5500/bootloader.bin';
        }),
      /names a file outside the folder/,
    ],
    [
      'a file above it in SHA256SUMS',
      (folder) =>
        rewriteSums(folder, `${readFileSync(join(folder, 'SHA256SUMS'), 'utf8')}${'0'.repeat(64)}  ../secret\n`),
      /SHA256SUMS names a file outside the release/,
    ],
    ['a line that is no checksum', (folder) => rewriteSums(folder, 'hello\n'), /has a line that is not a checksum/],
    [
      'a file twice',
      (folder) => rewriteSums(folder, readFileSync(join(folder, 'SHA256SUMS'), 'utf8').repeat(2)),
      /twice/,
    ],
    [
      'no checksum of its description',
      (folder) => rewriteSums(folder, `${'0'.repeat(64)}  other\n`),
      /has no checksum of release\.json/,
    ],
    [
      'no checksum of a part',
      (folder) =>
        rewriteSums(
          folder,
          readFileSync(join(folder, 'SHA256SUMS'), 'utf8').replace(/.*wt32_eth01\/bootloader\.bin\n/, ''),
        ),
      /disagree about wt32_eth01\/bootloader\.bin/,
    ],
    [
      'checksums without end',
      (folder) => rewriteSums(folder, 'x'.repeat(65 * 1024)),
      /SHA256SUMS has more than 65536 bytes/,
    ],
    [
      'a description without end',
      (folder) => rewrite(folder, 'release.json', ' '.repeat(300 * 1024)),
      /release\.json has more than 262144 bytes/,
    ],
    ['a description that is not JSON', (folder) => rewrite(folder, 'release.json', '{'), /release\.json is not JSON/],
    ['a description that is a list', (folder) => rewrite(folder, 'release.json', '[]'), /that is not an object/],
    [
      'another schema',
      (folder) =>
        change(folder, (one) => {
          (one as { schema: number }).schema = 2;
        }),
      /is of schema 2, and this Blockwatch reads 1/,
    ],
    [
      'no schema',
      (folder) =>
        change(folder, (one) => {
          delete (one as Partial<Description>).schema;
        }),
      /is of schema undefined/,
    ],
    [
      'no boards',
      (folder) =>
        change(folder, (one) => {
          one.boards = [];
        }),
      /lists no boards/,
    ],
    [
      'a board that there is not',
      (folder) =>
        change(folder, (one) => {
          Object.assign(one.boards[0] as object, { name: 'toaster' });
        }),
      /has an image of toaster, a board that this version does not know/,
    ],
    [
      'a board with another chip',
      (folder) =>
        change(folder, (one) => {
          Object.assign(one.boards[0] as object, { family: 'ESP32-S3' });
        }),
      /names the wrong chip for wt32_eth01/,
    ],
    [
      'a board twice',
      (folder) =>
        change(folder, (one) => {
          one.boards = [one.boards[0], one.boards[0]] as Description['boards'];
        }),
      /has a board twice/,
    ],
    [
      'no version',
      (folder) =>
        change(folder, (one) => {
          one.version = 'latest';
        }),
      /has no version such as/,
    ],
    [
      'no date',
      (folder) =>
        change(folder, (one) => {
          one.date = 'today';
        }),
      /has no date such as/,
    ],
    [
      'an offset outside the flash',
      (folder) =>
        change(folder, (_, [part]) => {
          (part as ReleasePart).offset = 2 ** 31;
        }),
      /has no offset from 0/,
    ],
    [
      'an offset within a sector',
      (folder) =>
        change(folder, (_, [part]) => {
          (part as ReleasePart).offset = 0x1001;
        }),
      /which is not the start of a flash sector/,
    ],
    [
      'parts over each other',
      (folder) =>
        change(folder, (_, parts) => {
          (parts[1] as ReleasePart).offset = 0x1000;
        }),
      /overlapping parts/,
    ],
    [
      'a part that is larger than it says',
      (folder) =>
        change(folder, (_, [part]) => {
          (part as ReleasePart).size = 1;
        }),
      /bootloader\.bin has more than 1 bytes/,
    ],
    [
      'a part that is smaller than it says',
      (folder) =>
        change(folder, (_, [part]) => {
          (part as ReleasePart).size = 5;
        }),
      /bootloader\.bin has 4 bytes, but release\.json says 5/,
    ],
    [
      'a part that is larger than any flash',
      (folder) =>
        change(folder, (_, [part]) => {
          (part as ReleasePart).size = 2 ** 30;
        }),
      /has no size from 1/,
    ],
  ];
  for (const [what, spoil, sentence] of wrongs) {
    it(`is refused with ${what}, though it is signed: one sentence`, async () => {
      const folder = release();
      spoil(folder);
      await refuses(() => useAll(folder, { key }), sentence);
    });
  }

  it('is refused with the update of another image, though it is signed', async () => {
    const folder = release();
    const paper = 'xs_esp32.bin.signed.json';
    rewrite(folder, `wt32_eth01/${paper}`, readFileSync(join(folder, 'esp32c3_w5500', paper)));
    await refuses(
      async () => (await openRelease(folder, { key })).checkAll(),
      /wt32_eth01\/xs_esp32\.bin\.signed\.json does not match the image beside it/,
    );
  });

  it('is not what an empty or absent folder is', async () => {
    mkdirSync(files.path('empty'));
    await refuses(() => openRelease(files.path('empty')), /it has no SHA256SUMS/);
    await refuses(() => openRelease(files.path('absent')), /there is no such directory/);
    await refuses(() => openRelease(join(images, 'release.pem')), /there is no such directory/);
    for (const place of ['ftp://x.example/', 'file:///etc'])
      await refuses(() => openRelease(place), /neither a directory nor a URL/);
    await refuses(() => openRelease('https://me:secret@x.example/'), /must not contain a password/);
    await refuses(() => openRelease('https://x.example/?a=b'), /without "\?"/);
  });
});

describe('a release at an address', function () {
  this.timeout(30_000);
  let folder = '';
  let web: WebServer;
  let otherwise: ((path: string, answer: ServerResponse) => boolean) | undefined;
  let cache = '';
  before(async () => {
    web = await serveFolder(
      () => folder,
      (request, answer) => otherwise?.((request.url ?? '').replace('/download/', ''), answer) ?? false,
    );
  });
  after(() => web.close());
  beforeEach(() => {
    folder = release();
    cache = files.path(`cache-${nextFolder}`);
    otherwise = undefined;
    web.asked.length = 0;
  });
  const kept = (): string[] =>
    existsSync(cache)
      ? readdirSync(cache, { recursive: true, withFileTypes: true })
          .filter((one) => one.isFile())
          .map(({ name }) => name)
      : [];

  it('is fetched for the board that is asked for, checked, kept, and not fetched again', async () => {
    const { parts } = await (await openRelease(web.url, { key, cache })).image('wt32_eth01');
    for (const { path, file } of parts)
      assert.deepEqual(readFileSync(path), readFileSync(join(folder, 'wt32_eth01', file)));
    assert.deepEqual(
      web.asked.filter((path) => path.startsWith('esp32c3')),
      [],
    );
    assert.deepEqual(kept().sort(), ['bootloader.bin', 'ota_data_initial.bin', 'partition-table.bin', 'xs_esp32.bin']);
    web.asked.length = 0;
    await (await openRelease(web.url.replace(/\/$/, ''), { key, cache })).image('wt32_eth01');
    assert.deepEqual(web.asked, ['SHA256SUMS', 'SHA256SUMS.sig', 'release.json']);
    assert.equal((await openRelease(`${web.url}release.json`, { cache })).description.version, VERSION);
  });

  it('is downloaded again if the cached file was changed', async () => {
    const opened = await openRelease(web.url, { key, cache });
    const path = (await opened.image('wt32_eth01')).parts[0]?.path ?? '';
    writeFileSync(path, 'evil');
    assert.equal(readFileSync((await opened.image('wt32_eth01')).parts[0]?.path ?? '', 'utf8'), 'boot');
  });

  it('is checked file by file, all of them', async () =>
    assert.equal(await (await openRelease(web.url, { key, cache })).checkAll(), 14));

  const part = 'wt32_eth01/xs_esp32.bin';
  const bomb = gzipSync(Buffer.alloc(1 << 24));
  const wrongs: [string, string, (answer: ServerResponse) => void, RegExp][] = [
    ['is not there', part, (answer) => answer.writeHead(404).end(), /it has no wt32_eth01\/xs_esp32\.bin \(404\)/],
    [
      'the server is ill about',
      part,
      (answer) => answer.writeHead(500).end(),
      /the server answered 500 for wt32_eth01/,
    ],
    [
      'is elsewhere',
      part,
      (answer) => answer.writeHead(302, { location: 'http://evil.example/x' }).end(),
      /redirects to http:\/\/evil\.example\/x; if you trust that, give it instead/,
    ],
    ['is changed', part, (answer) => answer.end(application('wt32_eth01', ['evil'])), /checksum|more than/],
    [
      'is cut',
      part,
      (answer) => {
        answer.writeHead(200, { 'content-length': 500 });
        answer.write('half');
        setTimeout(() => answer.destroy(), 50);
      },
      /downloading .* failed \(/,
    ],
    [
      'never ends',
      part,
      (answer) => {
        answer.writeHead(200);
        const send = (): void => {
          while (!answer.destroyed && answer.write(Buffer.alloc(65536)));
          if (!answer.destroyed) answer.once('drain', send);
        };
        send();
      },
      /has more than \d+ bytes/,
    ],
    [
      'is small and unpacks to much',
      part,
      (answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
      /has more than \d+ bytes/,
    ],
    ['does not come', part, () => {}, /downloading .* failed \(timeout after 0\.5 s\)/],
    ['is not there', 'SHA256SUMS', (answer) => answer.writeHead(404).end(), /it has no SHA256SUMS \(404\)/],
    ['is not there', 'SHA256SUMS.sig', (answer) => answer.writeHead(404).end(), /it has no SHA256SUMS\.sig \(404\)/],
    ['is a page for people', 'SHA256SUMS', (answer) => answer.end('<html>Sign in'), /signature does not match/],
    [
      'is elsewhere',
      'release.json',
      (answer) => answer.writeHead(301, { location: '/there/release.json' }).end(),
      /release\.json redirects to \/there\/release\.json/,
    ],
    ['never ends', 'SHA256SUMS', (answer) => answer.end(Buffer.alloc(1 << 20)), /SHA256SUMS has more than 65536 bytes/],
  ];
  for (const [what, name, spoil, sentence] of wrongs) {
    it(`is refused where ${name} ${what}: one sentence, and nothing half-written`, async () => {
      otherwise = (path, answer) => {
        if (path !== name) return false;
        spoil(answer);
        return true;
      };
      await refuses(
        async () => (await openRelease(web.url, { key, cache, timeout: 500 })).image('wt32_eth01'),
        sentence,
      );
      assert.deepEqual(
        kept().filter((one) => /xs_esp32|\.\d+$/.test(one)),
        [],
      );
    });
  }

  it('is refused if the server does not answer', async () => {
    const gone = await serveFolder(() => folder);
    await gone.close();
    await refuses(() => openRelease(gone.url, { key, cache }), /downloading SHA256SUMS failed \(ECONNREFUSED\)/);
  });

  it('is not asked for over http:// from elsewhere without a key', async () => {
    await refuses(
      () => openRelease('http://downloads.example/blockwatch/', { cache }),
      /name the release key with --release-key, or use https:\/\//,
    );
  });

  it('says so where its files cannot be kept', async () => {
    writeFileSync(cache, 'a file where the folder should be');
    await assert.rejects(
      async () => (await openRelease(web.url, { key, cache })).image('wt32_eth01'),
      (error: unknown) => error instanceof UserError && error.code === 'BW_OUTPUT',
    );
  });
});

describe('the key of releases', () => {
  it('is a .pub file or PEM, and nothing else', () => {
    assert.equal(readPublicKey(`${key}\n`, 'x'), key);
    for (const text of [
      '',
      'hello',
      '0'.repeat(128),
      releaseKey.privatePem,
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
    ])
      assert.throws(() => readPublicKey(text, 'x'), /x is not a public release key/);
  });

  it("is that of the option, else of the environment, else the project's own", () => {
    const path = (name: string): string => {
      const pub = newReleaseKey(undefined).publicHex;
      writeFileSync(files.path(name), pub);
      return files.path(name);
    };
    const [option, environment, own] = [path('a.pub'), path('b.pub'), path('c.pub')];
    const before = process.env['BLOCKWATCH_RELEASE_KEY'];
    try {
      delete process.env['BLOCKWATCH_RELEASE_KEY'];
      assert.equal(knownReleaseKey('--key', undefined, files.path('none.pub')), undefined);
      assert.equal(knownReleaseKey('--key', undefined, own), readFileSync(own, 'utf8'));
      process.env['BLOCKWATCH_RELEASE_KEY'] = environment;
      assert.equal(knownReleaseKey('--key', undefined, own), readFileSync(environment, 'utf8'));
      assert.equal(knownReleaseKey('--key', option, own), readFileSync(option, 'utf8'));
      assert.throws(() => knownReleaseKey('--key', files.path('none.pub')), /Cannot read the file of --key/);
    } finally {
      if (before === undefined) delete process.env['BLOCKWATCH_RELEASE_KEY'];
      else process.env['BLOCKWATCH_RELEASE_KEY'] = before;
    }
  });
});
