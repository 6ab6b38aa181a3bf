/**
 * The update for real: images built by the SDK for platform lin, under XS with the chip's heap, over a real mosquitto, published with
 * `blockwatch firmware` and answered by a collector. Beside it runs what the ESP32's boot loader does (linux-sensor.ts).
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { projectRoot } from '../../host/common/paths.js';
import type { SignedImage } from '../../host/firmware/release.js';
import { newReleaseKey, readPrivateKey, signImage } from '../../host/firmware/release.js';
import type { LinuxFirmware } from '../../scripts/firmware/linux-build.js';
import { buildForLinux } from '../../scripts/firmware/linux-build.js';
import { XsSensor } from '../../scripts/firmware/linux-sensor.js';
import { findSdk } from '../../scripts/firmware/sdk.js';
import { releaseKey } from '../../scripts/firmware/test-key.js';
import { encodeBlock, encodeOffer, readFetch } from '../../src/protocol/update.js';
import type { TestCollector } from '../support/collector.js';
import { scratch, testCollector } from '../support/collector.js';
import { Mosquitto } from '../support/mosquitto.js';
import { describeWith } from '../support/requirement.js';

const say = (text: string): void => console.log(`      ${text}`);
/** An image travels for a minute, on a busy machine for many. */
async function eventually(probe: () => boolean, what: string, seconds = 900): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(250)) if (probe()) return;
  throw new Error(`${what} did not come`);
}

/** What of an image is not needed to run it is left out: fewer blocks. */
function strip(application: string, into: string): Buffer {
  copyFileSync(application, into);
  execFileSync('strip', ['--strip-unneeded', into]);
  return readFileSync(into);
}

describeWith(['moddable', 'mosquitto'], "the firmware's update under XS on Linux", function (this: Mocha.Suite) {
  this.timeout(1_200_000);
  let old: LinuxFirmware;
  let image: Buffer;
  let keys: { pem: string; hex: string };
  let folder: ReturnType<typeof scratch>;
  let broker: Mosquitto;
  let collector: TestCollector;
  let sensor: XsSensor;

  const cli = (...args: string[]): string =>
    execFileSync(process.execPath, [join(projectRoot, 'scripts/blockwatch.mjs'), ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
  interface Status {
    version: string;
    state: string;
    percent: number;
    problem: string;
    online: boolean;
    refused: number;
  }
  const status = (): Status =>
    JSON.parse(
      cli('firmware', 'status', '--store', folder.path('store.db'), '--format', 'json').split('\n')[0] as string,
    ) as Status;
  const sign = (
    bytes: Uint8Array,
    change: Partial<{ version: string; board: string; minimum: string }> = {},
    pem = keys.pem,
  ): SignedImage =>
    signImage(
      bytes,
      { version: '0.2.0', board: 'linux', minimum: '', expires: 4_000_000_000, ...change },
      readPrivateKey(pem, undefined),
    );

  function publish(bytes: Uint8Array, signed: SignedImage, ...more: string[]): void {
    writeFileSync(folder.path('image'), bytes);
    writeFileSync(folder.path('signed.json'), JSON.stringify(signed));
    say(
      cli(
        'firmware',
        'publish',
        folder.path('signed.json'),
        '--image',
        folder.path('image'),
        '--to',
        'berlin',
        '--broker',
        broker.url,
        '--store',
        folder.path('store.db'),
        ...more,
      ).trim(),
    );
  }

  /** Straight onto the topic, as whoever is inside the broker can. */
  async function smuggle(text: string): Promise<void> {
    const client = await connectAsync(broker.url);
    await client.publishAsync('blockwatch/1/berlin/xs-1/update', text, { qos: 1, retain: true });
    await client.endAsync();
  }

  const offer = (signed: SignedImage): string =>
    encodeOffer({ text: signed.manifest, signature: signed.signature, stagger: 0, attempt: 1 });
  const said = (pattern: RegExp, what: string): Promise<void> => eventually(() => sensor.said(pattern), what);

  before(() => {
    const sdk = findSdk();
    if (!sdk) throw new Error('no SDK');
    keys = releaseKey();
    old = buildForLinux(sdk, { version: '0.1.0', releaseKeys: keys.hex, trialSeconds: '60' });
    const next = buildForLinux(sdk, { version: '0.2.0', releaseKeys: keys.hex, trialSeconds: '60' });
    image = strip(next.application, `${next.application}.stripped`);
    say(`image of 0.2.0: ${image.length} bytes`);
  });

  beforeEach(async () => {
    folder = scratch();
    broker = new Mosquitto();
    await broker.start();
    collector = await testCollector(folder.path('store.db'), { broker: { url: broker.url } });
    sensor = new XsSensor(old, folder.path('state'), {
      broker: { port: Number(new URL(broker.url).port) },
      tap: 'none',
    });
    sensor.start();
    await said(/Connected to the broker/, 'the birth');
  });

  afterEach(async function () {
    await sensor.stop();
    if (this.currentTest?.state === 'failed')
      say(
        `the sensor: ${JSON.stringify(sensor.exits)} ${sensor.lines.slice(-40).join('\n      ')} ${collector.reports.join(' | ')}`,
      );
    await collector.close();
    await broker.stop();
    folder.remove();
  });

  it('fetches a good image, starts it, and keeps it once the broker has heard of it; a cut of the power on the way costs little', async () => {
    publish(image, sign(image));
    await said(/Version 0\.2\.0 is offered; it begins now/, 'the offer');
    // Looked at in the file: the command line would keep this process, and with it the collector, from answering.
    await eventually(
      () => existsSync(folder.path('state/image-1')) && statSync(folder.path('state/image-1')).size > 200_000,
      'a part of it',
    );
    process.kill(sensor.pid, 'SIGKILL');
    await said(/Version 0\.2\.0 is offered; \d+ bytes of it are here/, 'going on after the cut');
    await said(/Version 0\.2\.0 is complete and signed/, 'the image');
    await said(/Version 0\.2\.0 has reached the broker: it stays/, 'the confirmation');
    assert.deepEqual(sensor.boot, { active: 1, states: ['v', 'v'] });
    await eventually(() => status().state === 'current', 'the status');
    assert.equal(status().version, '0.2.0');
    say(sensor.lines.filter((line) => /offered|complete|stays|on trial/.test(line)).join('\n      '));
    say(
      sensor.lines
        .filter((line) => line.startsWith('heap in use'))
        .sort()
        .at(-1) ?? '',
    );
    say(`exits ${JSON.stringify(sensor.exits)}`);
  });

  it('takes an image back that never reaches the broker, says so, and does not try it again', async () => {
    publish(image, sign(image));
    await said(/Version 0\.2\.0 is complete and signed/, 'the image');
    await broker.halt();
    await said(/This version is on trial/, 'the trial');
    await said(/This version did not reach the broker in time/, 'the end of the trial');
    await said(/Version 0\.2\.0 did not reach the broker and was taken back/, 'the return');
    assert.deepEqual(sensor.boot, { active: 0, states: ['v', 'a'] });
    await broker.run();
    await eventually(() => {
      sensor.command('report');
      return status().state === 'failed';
    }, 'the status');
    const { version, problem } = status();
    assert.equal(version, '0.1.0');
    say(`${version}: ${problem}`);
  });

  it("refuses a stranger's signature, another board, an older version, and one that may not follow", async () => {
    const stranger = newReleaseKey(undefined).privatePem;
    const zeros = { ...sign(image), signature: '0'.repeat(128) };
    const refusals: [string, string, RegExp][] = [
      ["a stranger's signature", offer(sign(image, {}, stranger)), /no release key that this sensor knows/],
      ['a signature of zeros', offer(zeros), /no release key that this sensor knows/],
      ['another board', offer(sign(image, { board: 'wt32_eth01' })), /for the board wt32_eth01, and this is linux/],
      ['an older version', offer(sign(image, { version: '0.0.9' })), /older than 0\.1\.0/],
      ['a version that may not follow', offer(sign(image, { minimum: '0.1.5' })), /may follow 0\.1\.5/],
    ];
    for (const [title, text, reason] of refusals) {
      const before = sensor.lines.length;
      await smuggle(text);
      await eventually(() => sensor.lines.slice(before).some((line) => reason.test(line)), title);
      say(sensor.lines.slice(before).find((line) => reason.test(line)) ?? '');
    }
    assert.deepEqual([sensor.boot.states, sensor.exits], [['v', '-'], []]);
  });

  it('does not start what is signed and is no program', async () => {
    const none = Buffer.alloc(3000, 0x41);
    publish(none, sign(none, { version: '0.3.0' }));
    await said(/none for this machine: it is no program/, 'the refusal');
    assert.deepEqual([sensor.boot.active, sensor.exits], [0, []]);
  });

  it('comes back from an image that was signed and is cut short', async () => {
    const cut = image.subarray(0, 40_000);
    publish(cut, sign(cut, { version: '0.4.0' }));
    await said(/Version 0\.4\.0 did not reach the broker and was taken back/, 'the return');
    assert.deepEqual(sensor.boot, { active: 0, states: ['v', 'a'] });
    say(`exits ${JSON.stringify(sensor.exits)}`);
  });

  it('finds out an image that was changed on its way', async () => {
    const client = await connectAsync(broker.url);
    // The collector has no such image: whoever is inside the broker answers in its place, with other bytes.
    client.on('message', (_topic, asked) => {
      const { image: id, offset, length } = readFetch(asked);
      client.publish(
        'blockwatch/1/berlin/xs-1/block',
        Buffer.from(encodeBlock(id, offset, new Uint8Array(length).fill(7))),
      );
    });
    await client.subscribeAsync('blockwatch/1/berlin/xs-1/fetch');
    await smuggle(offer(sign(image.subarray(0, 20_000), { version: '0.5.0' })));
    await said(/What arrived is not the image that was signed/, 'the refusal');
    await client.endAsync();
    assert.equal(sensor.boot.active, 0);
    assert.ok(!sensor.said(/complete and signed/));
  });
});
