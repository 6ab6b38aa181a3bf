import assert from 'node:assert/strict';
import type { MqttClient } from 'mqtt';
import { connectAsync } from 'mqtt';
import type { Subscription } from '../../host/collector/intake/subscription.js';
import { subscribe } from '../../host/collector/intake/subscription.js';
import type { Arrival } from '../../host/collector/rules/decode.js';
import { UserError } from '../../host/common/errors.js';
import { alert, clientOf, scratch, status, testCollector, topicOf, until } from '../support/collector.js';
import { logInto, silentLog } from '../support/log.js';
import { Mosquitto } from '../support/mosquitto.js';
import { describeWith } from '../support/requirement.js';

describe('the address of an outside broker', () => {
  const nothing = { accept: async () => {}, log: silentLog };

  it('has to be a URL of MQTT', () => {
    for (const url of ['', 'broker', 'http://broker', 'mqtt://', 'mqtt://a b', 'localhost:1883']) {
      assert.throws(() => subscribe({ url, ...nothing }), UserError, url);
    }
  });

  it('is never shown with its password', () => {
    assert.throws(
      () => subscribe({ url: 'http://me:secret@broker', ...nothing }),
      (error: Error) => !error.message.includes('secret'),
    );
  });
});

describe('an outside broker that is not there', () => {
  it('is reported in a sentence, once, and tried again', async () => {
    const reports: string[] = [];
    const one = subscribe({
      url: 'mqtt://127.0.0.1:1',
      clientId: 'x',
      accept: async () => {},
      log: logInto(reports),
    });
    await until(() => reports.length > 0);
    assert.equal(
      reports[0],
      'Cannot use the broker mqtt://127.0.0.1:1: nothing listens there. Fix it, or choose another broker with --broker. Trying again.',
    );
    await one.close();
  });
});

describeWith(['mosquitto'], 'an outside broker (mosquitto)', () => {
  const mosquitto = new Mosquitto();
  const open: Subscription[] = [];
  let sensor: MqttClient;
  let n = 0;
  before(async () => {
    await mosquitto.start();
    sensor = await connectAsync(mosquitto.url, { clientId: clientOf() });
  });
  after(async () => {
    await sensor.endAsync(true);
    await mosquitto.stop();
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  const send = (
    payload: string,
    options: { retain?: boolean; messageType?: 'alert' | 'status' } = {},
  ): Promise<unknown> =>
    sensor.publishAsync(topicOf(options.messageType ?? 'alert'), payload, { qos: 1, retain: options.retain ?? false });
  const join = async (
    accept: (arrival: Arrival) => Promise<void>,
    more: { clientId?: string; share?: string } = {},
  ): Promise<Subscription> => {
    const reports: string[] = [];
    const one = subscribe({
      url: mosquitto.url,
      clientId: `collector-${++n}`,
      accept,
      log: logInto(reports),
      ...more,
    });
    open.push(one);
    await until(() => reports.some((text) => text.startsWith('Subscribed')), 'subscribing');
    return one;
  };
  const textOf = ({ payload }: Arrival): string => Buffer.from(payload).toString();

  it('hands over what sensors send, several at a time before any is acknowledged', async () => {
    const waiting: (() => void)[] = [];
    const seen: string[] = [];
    await join(
      (arrival) =>
        new Promise((resolve) => {
          seen.push(textOf(arrival));
          waiting.push(resolve);
        }),
    );
    for (const text of ['a', 'b', 'c']) await send(text);
    await until(() => waiting.length === 3);
    assert.deepEqual(seen, ['a', 'b', 'c']);
    for (const resolve of waiting) resolve();
  });

  it('gets a message again that it took and did not store before it died', async () => {
    const id = 'collector-dies';
    const first = await join(() => new Promise(() => {}), { clientId: id });
    await send('kept');
    await first.close();
    const seen: string[] = [];
    await join(async (arrival) => void seen.push(textOf(arrival)), { clientId: id });
    await until(() => seen.includes('kept'));
  });

  it('does not get a message again that it stored', async () => {
    const id = 'collector-lives';
    const seen: string[] = [];
    const first = await join(async (arrival) => void seen.push(textOf(arrival)), { clientId: id });
    await send('once');
    await until(() => seen.length === 1);
    await first.close();
    await send('later');
    await join(async (arrival) => void seen.push(textOf(arrival)), { clientId: id });
    await until(() => seen.includes('later'));
    assert.deepEqual(seen, ['once', 'later']);
  });

  it('comes back for a message that could not be stored', async () => {
    let tries = 0;
    const seen: string[] = [];
    await join(async (arrival) => {
      if (tries++ === 0) throw new Error('the store is full');
      seen.push(textOf(arrival));
    });
    await send('again');
    await until(() => seen.includes('again'));
    assert.equal(tries, 2);
  });

  it('shares the messages among the collectors of a group, each to one of them', async () => {
    const seen: string[][] = [[], []];
    for (const mine of seen) await join(async (arrival) => void mine.push(textOf(arrival)), { share: 'blockwatch' });
    const texts = Array.from({ length: 40 }, (_, i) => `m${i}`);
    for (const text of texts) await send(text);
    await until(() => seen.flat().length >= 40);
    assert.deepEqual(seen.flat().sort(), texts.sort());
    assert.ok(
      seen.every((mine) => mine.length > 0),
      'both had some of the work',
    );
  });

  it('leaves the work to the others of its group when it stops', async () => {
    const share = 'heirs';
    const seen: string[][] = [[], []];
    const first = await join(async (arrival) => void seen[0]?.push(textOf(arrival)), { share });
    await join(async (arrival) => void seen[1]?.push(textOf(arrival)), { share });
    await first.leave();
    await first.close();
    const texts = Array.from({ length: 10 }, (_, i) => `n${i}`);
    for (const text of texts) await send(text);
    await until(() => seen.flat().length >= 10);
    assert.deepEqual(seen, [[], texts]);
  });

  it('knows a retained message from a fresh one', async () => {
    await send('birth', { messageType: 'status', retain: true });
    const seen: boolean[] = [];
    await join(async (arrival) => void seen.push(arrival.retained));
    await until(() => seen.length === 1);
    await send('again', { messageType: 'status', retain: true });
    await until(() => seen.length === 2);
    assert.deepEqual(seen, [true, false]);
    await send('', { messageType: 'status', retain: true });
  });

  it('feeds a whole collector, and loses nothing while that is away', async () => {
    const files = scratch();
    const options = { broker: { url: mosquitto.url, clientId: 'collector-whole' } };
    const publish = ({ topic, payload }: Arrival): Promise<unknown> =>
      sensor.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const first = await testCollector(files.path('store.db'), options);
    await until(() => first.reports.some((text) => text.startsWith('Subscribed')));
    await publish(status());
    await Promise.all([1, 2, 3].map((i) => publish(alert(i))));
    await until(async () => (await first.get('/api/v1/now')).body.messages.stored === 3);
    await first.close();

    await Promise.all([4, 5].map((i) => publish(alert(i))));
    const second = await testCollector(files.path('store.db'), options);
    await until(async () => (await second.get('/api/v1/now')).body.messages.stored === 5);
    const [one] = (await second.get('/api/v1/sensors')).body.sensors;
    assert.deepEqual([one.missing, one.lastSequence], [0, 5]);
    await second.close();
    files.remove();
  });

  it('goes on when the broker was restarted', async () => {
    const seen: string[] = [];
    await join(async (arrival) => void seen.push(textOf(arrival)));
    await mosquitto.halt();
    await mosquitto.run();
    await until(() => sensor.connected);
    await until(async () => {
      await send('after');
      return seen.includes('after');
    });
  });
});
