import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connectAsync } from 'mqtt';
import type { SignedImage } from '../../host/firmware/release.js';
import {
  LINUX,
  newReleaseKey,
  readPrivateKey,
  signImage,
  verifyOnNode,
  whyNoImage,
} from '../../host/firmware/release.js';
import { configOf } from '../../scripts/firmware/build.js';
import { birth, encodeStatus } from '../../src/protocol/status.js';
import { clientId } from '../../src/protocol/topics.js';
import { readManifest, readOffer, signedText } from '../../src/protocol/update.js';
import { scratch, testCollector, until } from '../support/collector.js';
import { runBlockwatch } from '../support/command.js';

const run = (...args: string[]) => runBlockwatch(['firmware', ...args]);

/** As much of an image's header as is looked at: magic and chip. */
function esp32Image(chip = 0, size = 5000): Buffer {
  const image = Buffer.alloc(size, 0x5a);
  image[0] = 0xe9;
  image.writeUInt16LE(chip, 12);
  return image;
}

describe('release keys', () => {
  const { privatePem, publicHex } = newReleaseKey(undefined);
  const signed = signImage(
    esp32Image(),
    { version: '1.2.3', board: 'wt32_eth01', minimum: '', expires: 4_000_000_000 },
    readPrivateKey(privatePem, undefined),
  );

  it('sign what their public half verifies, and nothing else', () => {
    assert.equal(signed.key, publicHex);
    const text = signedText(signed.manifest);
    assert.ok(verifyOnNode(publicHex, text, signed.signature));
    assert.ok(!verifyOnNode(publicHex, `${text} `, signed.signature));
    assert.ok(!verifyOnNode(publicHex, signed.manifest, signed.signature));
    assert.ok(!verifyOnNode(newReleaseKey(undefined).publicHex, text, signed.signature));
    for (const wrong of [
      '',
      '0'.repeat(128),
      'f'.repeat(128),
      signed.signature.slice(2),
      `${signed.signature.slice(0, 127)}g`,
    ])
      assert.ok(!verifyOnNode(publicHex, text, wrong), wrong);
    assert.ok(!verifyOnNode('0'.repeat(128), text, signed.signature));
  });

  it('are read with their passphrase and not without', () => {
    const locked = newReleaseKey('horse');
    assert.ok(readPrivateKey(locked.privatePem, 'horse'));
    assert.throws(() => readPrivateKey(locked.privatePem, undefined), /has a passphrase/);
    assert.throws(() => readPrivateKey(locked.privatePem, 'cow'), /passphrase of the release key is wrong/);
    assert.throws(() => readPrivateKey('no key', undefined), /not a release key/);
  });

  it('reach the build as public key files, two of them during a change of keys', () => {
    const files = scratch();
    const other = newReleaseKey(undefined).publicHex;
    writeFileSync(files.path('a.pub'), `${publicHex}\n`);
    writeFileSync(files.path('b.pub'), `${other}\n`);
    writeFileSync(files.path('private'), privatePem);
    assert.deepEqual(
      configOf([
        '--release-key',
        files.path('a.pub'),
        `--release-key=${files.path('b.pub')}`,
        '--image-version',
        '2.0.1',
      ]),
      ['version=2.0.1', `releaseKeys=${publicHex},${other}`],
    );
    assert.deepEqual(configOf(['--board', 'esp32s3']), []);
    assert.throws(() => configOf(['--release-key', files.path('none')]), /There is no release key at/);
    assert.throws(() => configOf(['--release-key', files.path('private')]), /name the \.pub file/);
    assert.throws(() => configOf(['--image-version', 'v2']), /three numbers/);
    files.remove();
  });
});

describe('images', () => {
  it('are of a board or not, by their own header', () => {
    assert.equal(whyNoImage(esp32Image(0), 'wt32_eth01'), undefined);
    assert.equal(whyNoImage(esp32Image(5), 'esp32c3_w5500'), undefined);
    assert.equal(whyNoImage(esp32Image(9), 'esp32s3'), undefined);
    assert.equal(whyNoImage(Buffer.from('\u007fELF'), LINUX), undefined);
    assert.match(whyNoImage(esp32Image(5), 'wt32_eth01') ?? '', /another chip/);
    assert.match(whyNoImage(Buffer.from('hello'), 'wt32_eth01') ?? '', /not an ESP-IDF application image/);
    assert.match(whyNoImage(Buffer.alloc(0), 'esp32s3') ?? '', /not an ESP-IDF application image/);
    assert.match(whyNoImage(esp32Image(), LINUX) ?? '', /not a Linux executable/);
    assert.match(whyNoImage(esp32Image(), 'toaster') ?? '', /no board "toaster"/);
  });
});

describe('blockwatch firmware', function (this: Mocha.Suite) {
  this.timeout(240_000);
  const files = scratch();
  after(files.remove);
  const key = files.path('release.pem');
  const image = files.path('image.bin');
  const paper = `${image}.signed.json`;

  before(async () => {
    writeFileSync(image, esp32Image());
    const made = await run('keygen', key);
    assert.equal(made.status, 0, made.err);
  });

  it('makes a key that nobody else can read, and overwrites none', async () => {
    assert.equal(statSync(key).mode & 0o777, 0o600);
    assert.match(readFileSync(`${key}.pub`, 'utf8'), /^[0-9a-f]{128}\n$/);
    const before = readFileSync(key, 'utf8');
    const again = await run('keygen', key);
    assert.deepEqual([again.status, readFileSync(key, 'utf8')], [1, before]);
    assert.match(again.err, /it already exists and is not overwritten/);
  });

  it('signs an image, and says in one sentence why it does not', async () => {
    const signed = await run(
      'sign',
      image,
      '--key',
      key,
      '--board',
      'wt32_eth01',
      '--image-version',
      '1.3.0',
      '--expires',
      '30',
    );
    assert.equal(signed.status, 0, signed.err);
    const { manifest } = JSON.parse(readFileSync(paper, 'utf8')) as SignedImage;
    const { version, board, size, expires } = readManifest(manifest);
    assert.deepEqual([version, board, size], ['1.3.0', 'wt32_eth01', 5000]);
    assert.ok(Math.abs(expires - Date.now() / 1000 - 30 * 86_400) < 600);
    const wrong: [string[], RegExp][] = [
      [
        ['--key', key, '--board', 'esp32s3', '--image-version', '1.3.0'],
        /not an image for esp32s3: it is for another chip/,
      ],
      [['--key', image, '--board', 'wt32_eth01', '--image-version', '1.3.0'], /not a release key/],
      [['--key', key, '--board', 'toaster', '--image-version', '1.3.0'], /toaster/],
      [['--key', key, '--board', 'wt32_eth01', '--image-version', '1.3'], /three numbers/],
    ];
    for (const [args, reason] of wrong) {
      const { status, err } = await run('sign', image, ...args);
      assert.notEqual(status, 0);
      assert.match(err, reason);
      assert.doesNotMatch(err, /\n\s+at /);
    }
  });

  it('publishes to the sensors that are of the board, shows how far they are, has them try again, and withdraws', async () => {
    const collector = await testCollector(files.path('store.db'));
    const store = ['--store', files.path('store.db')];
    const broker = ['--broker', collector.broker];
    const meet = async (sensor: string, board: string): Promise<void> => {
      const client = await connectAsync(collector.broker, { clientId: clientId('berlin', sensor) });
      await client.publishAsync(
        `blockwatch/1/berlin/${sensor}/status`,
        encodeStatus(birth({ boot: 1, connection: 1, version: '1.2.0', clock: 'synced', time: Date.now(), board })),
        { qos: 1, retain: true },
      );
      await client.endAsync();
    };
    await meet('tap-1', 'wt32_eth01');
    await meet('tap-2', 'esp32s3');
    const offers: Record<string, string> = {};
    const ear = await connectAsync(collector.broker, { clientId: 'ear' });
    ear.on('message', (topic, payload) => {
      offers[topic.split('/')[3] as string] = payload.toString();
    });
    await ear.subscribeAsync('blockwatch/1/+/+/update', { qos: 1 });

    const publish = (...more: string[]) => run('publish', paper, '--image', image, ...store, ...broker, ...more);
    const done = await publish('--to', 'all', '--stagger', '30m');
    assert.equal(done.status, 0, done.err);
    assert.match(done.out, /Published version 1\.3\.0 for 1 of 2 sensors, spread over 1800 s/);
    assert.match(done.err, /berlin\/tap-2 is skipped: its board is esp32s3/);
    await until(() => offers['tap-1'], 'the offer');
    const { manifest, stagger, attempt } = readOffer(offers['tap-1'] as string);
    assert.deepEqual([manifest.version, stagger, attempt, offers['tap-2']], ['1.3.0', 1800, 1, undefined]);

    const shown = await run('status', ...store, '--format', 'json');
    assert.deepEqual(
      shown.out
        .trim()
        .split('\n')
        .map((line) => {
          const { sensor, version, target, state } = JSON.parse(line) as Record<string, string>;
          return [sensor, version, target, state];
        }),
      [
        ['tap-1', '1.2.0', '1.3.0', 'offered'],
        ['tap-2', '1.2.0', '', 'none'],
      ],
    );

    await publish('--to', 'berlin/tap-1', '--again');
    await until(() => readOffer(offers['tap-1'] as string).attempt === 2, 'the second attempt');
    const gone = await run('withdraw', '--to', 'berlin', ...store, ...broker);
    assert.equal(gone.status, 0, gone.err);
    await until(() => offers['tap-1'] === '', 'the withdrawal');

    const refusals: [Awaited<ReturnType<typeof run>>, RegExp][] = [
      [await publish('--to', 'lyon'), /No sensor matches lyon/],
      [await publish('--to', 'berlin/tap-2'), /None of these sensors is a wt32_eth01/],
      [await run('publish', paper, '--image', key, '--to', 'all', ...store, ...broker), /is not the image that/],
      [await run('publish', image, '--image', image, '--to', 'all', ...store, ...broker), /not a signed manifest/],
      [await run('withdraw', '--to', 'all', ...store, ...broker), /Nothing is published/],
      [await publish('--to', 'all', '--stagger', 'soon'), /a time such as 90s/],
    ];
    for (const [{ status, err }, reason] of refusals) {
      assert.notEqual(status, 0);
      assert.match(err, reason);
    }
    await ear.endAsync();
    await collector.close();
  });
});
