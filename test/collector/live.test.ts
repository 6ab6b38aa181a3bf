import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { get as httpGet } from 'node:http';
import type { MqttClient } from 'mqtt';
import { connectAsync } from 'mqtt';
import type { LiveEvent } from '../../host/collector/live/events.js';
import { Events } from '../../host/collector/live/events.js';
import type { TestCollector } from '../support/collector.js';
import { alert, clientOf, health, scratch, status, testCollector, topicOf, until } from '../support/collector.js';

describe('the ring of events', () => {
  it('gives what came after an event that was seen', () => {
    const events = new Events('run');
    for (let i = 0; i < 5; i++) events.publish('scan', i);
    assert.deepEqual(
      events.since('run-3')?.map(({ id, data }) => [id, data]),
      [
        ['run-4', '3'],
        ['run-5', '4'],
      ],
    );
    assert.deepEqual(events.since('run-5'), []);
  });

  it('does not pretend to know what it has forgotten, what is to come, or another run', () => {
    const events = new Events('run');
    for (let i = 0; i < 3000; i++) events.publish('scan', i);
    assert.equal(events.since('run-3'), undefined);
    assert.equal(events.since('run-2976')?.length, 24);
    for (const id of ['run-3001', 'other-2999', 'run-', 'run', '', 'run-1e3', '-1'])
      assert.equal(events.since(id), undefined, id);
  });

  it('notifies its subscribers until they unsubscribe', () => {
    const events = new Events('run');
    const seen: LiveEvent[] = [];
    const leave = events.subscribe((event) => seen.push(event));
    events.publish('gap', { from: 1 });
    leave();
    events.publish('gap', { from: 2 });
    assert.deepEqual(seen, [{ id: 'run-1', event: 'gap', data: '{"from":1}' }]);
    assert.equal(events.subscribers, 0);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects; where that is absent, its assertion fails.
type Told = { event: string; id: string; data: any };

/** The browser's side of the connection. */
class Line {
  readonly events: Told[] = [];
  headers: IncomingMessage['headers'] = {};
  ended = false;
  #text = '';
  #reply: IncomingMessage | undefined;

  static async open(url: string, lastId?: string): Promise<Line> {
    const line = new Line();
    httpGet(`${url}/api/v1/events`, { headers: lastId ? { 'last-event-id': lastId } : {}, agent: false }, (reply) => {
      line.#reply = reply;
      line.headers = reply.headers;
      reply.setEncoding('utf8');
      reply.on('data', (piece: string) => line.#take(piece));
      reply.on('close', () => (line.ended = true));
      reply.on('error', () => {});
    });
    await line.until((event) => event === 'hello');
    return line;
  }

  #take(piece: string): void {
    this.#text += piece;
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      if (field('event')) this.events.push({ event: field('event'), id: field('id'), data: JSON.parse(field('data')) });
    }
  }

  until(match: (event: string, data: Told['data']) => boolean): Promise<Told> {
    return until(() => this.events.find(({ event, data }) => match(event, data)), 'the event');
  }

  close(): void {
    this.#reply?.destroy();
  }
}

describe('live events', () => {
  const files = scratch();
  let collector: TestCollector;
  let sensor: MqttClient;
  const lines: Line[] = [];
  const send = async (...messages: ReturnType<typeof alert>[]): Promise<void> => {
    for (const { topic, payload } of messages) await sensor.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  };
  const watch = async (lastId?: string): Promise<Line> => {
    const line = await Line.open(collector.url, lastId);
    lines.push(line);
    return line;
  };

  before(async () => {
    collector = await testCollector(files.path('store.db'));
    sensor = await connectAsync(collector.broker, { clientId: clientOf() });
  });
  after(async () => {
    for (const line of lines) line.close();
    await sensor.endAsync(true);
    await collector.close();
    files.remove();
  });

  it('greet with the time and the headers of a stream', async () => {
    const line = await watch();
    assert.match(line.headers['content-type'] ?? '', /^text\/event-stream/);
    assert.match(String(line.headers['content-security-policy']), /default-src/);
    assert.ok(!Number.isNaN(Date.parse(line.events[0]?.data.time)));
  });

  it('report a scan as the API gives it, once the sensor has its acknowledgement', async () => {
    const line = await watch();
    await send(alert(1, { record: { episode: 10 } }));
    const { data } = await line.until((event, scan) => event === 'scan' && scan.id.endsWith('/10'));
    assert.deepEqual(data, (await collector.get('/api/v1/scans/berlin/tap-1/1/10')).body.scan);
  });

  it('report sensors, and gaps when they open and close', async () => {
    const line = await watch();
    await send(status({ connection: 2 }), alert(5));
    const opened = await line.until((event) => event === 'gap');
    assert.deepEqual([opened.data.from, opened.data.to, opened.data.closed], [2, 4, undefined]);
    await line.until((event, one) => event === 'sensor' && one.missing === 3);
    await send(alert(3));
    const closed = await line.until((event, gap) => event === 'gap' && gap.closed);
    assert.deepEqual([closed.data.from, closed.data.to], [3, 3]);
    await line.until((event, one) => event === 'sensor' && one.missing === 2);
  });

  it('report nothing for a message that was stored already', async () => {
    await send(alert(6, { record: { episode: 20 } }));
    const line = await watch();
    await send(alert(6, { record: { episode: 20 } }), alert(7, { record: { episode: 21 } }));
    await line.until((event, scan) => event === 'scan' && scan.id.endsWith('/21'));
    assert.equal(line.events.filter(({ event, data }) => event === 'scan' && data.id.endsWith('/20')).length, 0);
  });

  it('go on where a line broke, with Last-Event-ID', async () => {
    const first = await watch();
    await send(alert(8, { record: { episode: 30 } }));
    const { id } = await first.until((event, scan) => event === 'scan' && scan.id.endsWith('/30'));
    first.close();
    await send(alert(9, { record: { episode: 31 } }), alert(10, { record: { episode: 32 } }));
    const second = await watch(id);
    assert.equal(second.events[0]?.data.resumed, true);
    await second.until((event, scan) => event === 'scan' && scan.id.endsWith('/32'));
    assert.deepEqual(
      second.events.filter(({ event }) => event === 'scan').map(({ data }) => data.id.split('/')[3]),
      ['31', '32'],
    );
  });

  it('say that they cannot resume: the page then has to query again', async () => {
    assert.equal((await watch('another-7')).events[0]?.data.resumed, false);
    assert.equal((await watch()).events[0]?.data.resumed, false);
  });

  it('number the greeting too, so that a line that broke at once goes on from there', async () => {
    const first = await watch();
    const { id } = first.events[0] as { id: string };
    first.close();
    await send(alert(11, { record: { episode: 40 } }));
    const second = await watch(id);
    await second.until((event, scan) => event === 'scan' && scan.id.endsWith('/40'));
  });

  it('drop a reader that does not read, and only that one', async () => {
    const good = await watch();
    let gone = false;
    let slow: IncomingMessage | undefined;
    httpGet(`${collector.url}/api/v1/events`, { agent: false }, (reply) => {
      slow = reply.pause();
      reply.on('error', () => {});
      reply.on('close', () => (gone = true));
    }).on('error', () => {});
    await until(() => slow);
    let sequence = 11;
    await until(async () => {
      const batch = Array.from({ length: 500 }, () => alert(++sequence, { record: { episode: sequence } }));
      await Promise.all(
        batch.map(({ topic, payload }) => sensor.publishAsync(topic, Buffer.from(payload), { qos: 1 })),
      );
      // A socket destroyed at the other end shows it once its reader reads again.
      if (sequence < 15_000) return false;
      slow?.resume();
      return true;
    });
    await until(() => gone, 'the end of the slow line');
    assert.equal(good.ended, false);
    await send(health({ counters: { frames: 1 } }));
    await good.until((event, one) => event === 'sensor' && one.health.frames === 1);
  }).timeout(60_000);

  it('live events end when the collector stops', async () => {
    const other = await testCollector(files.path('other.db'));
    const line = await Line.open(other.url);
    await other.close();
    await until(() => line.ended);
  });
});

describe('a sensor that falls silent', () => {
  it('is reported when it becomes late, without a request', async () => {
    const files = scratch();
    let now = Date.now();
    const collector = await testCollector(files.path('store.db'), { clock: () => now, checkInterval: 20 });
    const sensor = await connectAsync(collector.broker, { clientId: clientOf() });
    await sensor.publishAsync(topicOf('status'), Buffer.from(status().payload), { qos: 1 });
    const line = await Line.open(collector.url);
    // In steps: a jump of the clock does not count as listening.
    const passing = setInterval(() => (now += 5_000), 25);
    await line.until((event, one) => event === 'sensor' && one.state === 'late');
    const incident = await line.until((event) => event === 'incident');
    clearInterval(passing);
    assert.deepEqual([incident.data.kind, incident.data.sensor, incident.data.until], ['late', 'tap-1', null]);
    line.close();
    await sensor.endAsync(true);
    await collector.close();
    files.remove();
  });
});
