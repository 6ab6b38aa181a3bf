import assert from 'node:assert/strict';
import { connectAsync } from 'mqtt';
import { BlockServer } from '../../host/collector/firmware/serve.js';
import type { Database } from '../../host/collector/store/database.js';
import { assign, putImage } from '../../host/collector/store/images.js';
import { openStore } from '../../host/collector/store/open.js';
import { clientId } from '../../src/protocol/topics.js';
import { encodeFetch, imageOf, readBlock, readOffer } from '../../src/protocol/update.js';
import { scratch, testCollector, until } from '../support/collector.js';
import { berlin, bytes, image, sha256 } from '../support/image.js';
import { logInto } from '../support/log.js';

const id = imageOf(sha256);

describe('the block server', () => {
  let folder: ReturnType<typeof scratch>;
  let db: Database;
  let sent: { topic: string; payload: Uint8Array }[];
  let reports: string[];
  let now: number;
  let server: BlockServer;
  beforeEach(async () => {
    folder = scratch();
    db = await openStore(folder.path('store.db'));
    await db.transaction(async (tx) => {
      await putImage(tx, image, bytes);
      await assign(tx, berlin);
    });
    sent = [];
    reports = [];
    now = 1_000_000;
    server = new BlockServer(db, {
      send: (topic, payload) => sent.push({ topic, payload }),
      log: logInto(reports),
      now: () => now,
    });
  });
  afterEach(async () => {
    await db.close().catch(() => {});
    folder.remove();
  });
  const ask = (sensor: string, payload: Uint8Array): Promise<void> =>
    server.answer({ topic: `blockwatch/1/berlin/${sensor}/fetch`, payload, retained: false });
  const fetch = (offset: number, length = 1024, of = id): Uint8Array => encodeFetch({ image: of, offset, length });

  it('gives a sensor the bytes it asked for, on its own topic', async () => {
    await ask('tap-1', fetch(2048));
    assert.equal(sent[0]?.topic, 'blockwatch/1/berlin/tap-1/block');
    assert.deepEqual(readBlock(sent[0]?.payload as Uint8Array), {
      image: id,
      offset: 2048,
      data: bytes.slice(2048, 3072),
    });
  });

  it('gives the last block as long as it is', async () => {
    await ask('tap-1', fetch(9_216, 784));
    assert.equal(readBlock(sent[0]?.payload as Uint8Array)?.data.length, 784);
  });

  it('gives nothing without an assignment, for another image, past the end, or for garbage', async () => {
    await ask('tap-2', fetch(0));
    await ask('tap-1', fetch(0, 1024, '00'.repeat(8)));
    await ask('tap-1', fetch(10_000));
    await ask('tap-1', fetch(0xffffffff));
    await ask('tap-1', new Uint8Array(3));
    await ask('tap-1', fetch(0, 5000));
    assert.deepEqual([sent.length, server.refused, reports], [0, 6, []]);
  });

  it('answers a thousand a second and no more, however many are asked for', async () => {
    for (let i = 0; i < 1500; i++) await ask('tap-1', fetch(0));
    assert.equal(sent.length, 1000);
    now += 500;
    for (let i = 0; i < 1500; i++) await ask('tap-1', fetch(0));
    assert.equal(sent.length, 1500);
  });

  it('learns of a new assignment within seconds', async () => {
    await db.transaction((tx) => assign(tx, { ...berlin, sensor: 'tap-3' }));
    await ask('tap-3', fetch(0));
    await ask('tap-4', fetch(0));
    await db.transaction((tx) => assign(tx, { ...berlin, sensor: 'tap-4' }));
    now += 5_001;
    await ask('tap-4', fetch(0));
    assert.deepEqual(
      sent.map(({ topic }) => topic.split('/')[3]),
      ['tap-3', 'tap-4'],
    );
  });

  it('reports a store that does not answer once, and never rejects the message', async () => {
    await db.close();
    await ask('tap-1', fetch(0));
    await ask('tap-1', fetch(0));
    assert.equal(reports.length, 1);
    assert.match(reports[0] as string, /Cannot read images from the store/);
  });
});

describe('a collector with its own broker', () => {
  it("answers a sensor's request, stores nothing about it, and publishes offers again after a restart", async () => {
    const folder = scratch();
    const db = await openStore(folder.path('store.db'));
    await db.transaction(async (tx) => {
      await putImage(tx, image, bytes);
      await assign(tx, berlin);
    });
    await db.close();
    const collector = await testCollector(folder.path('store.db'));
    const client = await connectAsync(collector.broker, { clientId: clientId('berlin', 'tap-1') });
    const arrived: [string, Buffer][] = [];
    client.on('message', (topic, payload) => arrived.push([topic.split('/').at(-1) as string, payload]));
    await client.subscribeAsync(['blockwatch/1/berlin/tap-1/update', 'blockwatch/1/berlin/tap-1/block'], { qos: 1 });
    await client.publishAsync(
      'blockwatch/1/berlin/tap-1/fetch',
      Buffer.from(encodeFetch({ image: id, offset: 1024, length: 100 })),
      { qos: 1 },
    );
    await until(() => arrived.length >= 2, 'offer and block');
    const block = arrived.find(([messageType]) => messageType === 'block')?.[1] as Buffer;
    assert.deepEqual(Uint8Array.from(readBlock(block)?.data ?? []), bytes.slice(1024, 1124));
    assert.equal(
      readOffer(arrived.find(([messageType]) => messageType === 'update')?.[1].toString() ?? '').manifest.version,
      '1.2.0',
    );
    await client.endAsync();
    const now = (await collector.get('/api/v1/now')).body as { messages: { rejected: number; stored: number } };
    assert.deepEqual([now.messages.rejected, now.messages.stored], [0, 0]);
    await collector.close();
    folder.remove();
  });
});
