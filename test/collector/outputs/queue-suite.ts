/** The queue and the pump, on any store. */

import assert from 'node:assert/strict';
import { csv } from '../../../host/api/csv.js';
import type { Output } from '../../../host/api/types.js';
import { dispatchFleetEvents } from '../../../host/collector/outputs/dispatcher.js';
import type { ExportQuery } from '../../../host/collector/outputs/export.js';
import { exportPieces } from '../../../host/collector/outputs/export.js';
import type { OutputConfig } from '../../../host/collector/outputs/model/config.js';
import { checkOutputs } from '../../../host/collector/outputs/model/config.js';
import type { Finding } from '../../../host/collector/outputs/model/finding.js';
import { findingOf } from '../../../host/collector/outputs/model/finding.js';
import type { Transport } from '../../../host/collector/outputs/model/transport.js';
import { DeliveryError } from '../../../host/collector/outputs/model/transport.js';
import { Pump } from '../../../host/collector/outputs/pump.js';
import type { WorkerOptions } from '../../../host/collector/outputs/worker.js';
import { listOutputs } from '../../../host/collector/query/outputs.js';
import type { Arrival } from '../../../host/collector/rules/decode.js';
import { decode } from '../../../host/collector/rules/decode.js';
import { commitBatch } from '../../../host/collector/store/commit.js';
import type { Database } from '../../../host/collector/store/database.js';
import { transactionWithRetry } from '../../../host/collector/store/enrolments.js';
import { addException } from '../../../host/collector/store/exceptions.js';
import { settleIncidents } from '../../../host/collector/store/incidents.js';
import { openStore } from '../../../host/collector/store/open.js';
import {
  advance,
  append,
  fail,
  forget,
  hold,
  listDead,
  MAX_QUEUED_EVENTS,
  prune,
  read,
  register,
  release,
  retryDead,
  setDue,
} from '../../../host/collector/store/outbox.js';
import { Delay } from '../../../host/common/delay.js';
import { alert, status, T0, until } from '../../support/collector.js';
import { logInto } from '../../support/log.js';
import { Rounds } from '../../support/rounds.js';
import { scan, test } from './samples.js';

/** Records what it receives; fails on request. */
class Sink implements Transport {
  got: Finding[] = [];
  faults: (DeliveryError | undefined)[] = [];
  /** Messages that are refused whenever they come. */
  bad = new Map<string, DeliveryError>();
  closed = false;
  gate: Promise<void> = Promise.resolve();

  constructor(readonly batch = 10) {}

  async send(messages: readonly Finding[]): Promise<void> {
    await this.gate;
    const fault = this.faults.shift();
    if (fault) throw fault;
    for (const message of messages) if (this.bad.has(message.key)) throw this.bad.get(message.key);
    this.got.push(...messages);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  get keys(): string[] {
    return this.got.map(({ key }) => key);
  }
}

const outputConfig = (changes: Record<string, unknown> = {}): OutputConfig =>
  checkOutputs({ outputs: [{ name: 'one', format: 'json', to: 'stdout:', ...changes }] }, '/x.json')
    .outputs[0] as OutputConfig;

/** @param location returns the location of an empty store */
export function queueSuite(location: () => Promise<string>): void {
  let db: Database;
  let where: string;
  const pumps: Pump[] = [];
  const reports: string[] = [];
  beforeEach(async () => {
    where = await location();
    db = await openStore(where);
    reports.length = 0;
  });
  afterEach(async () => {
    for (const pump of pumps.splice(0)) await pump.close();
    await db.close();
  });

  const commit = (arrivals: Arrival[], at = T0): Promise<unknown> => commitBatch(db, arrivals.map(decode), at);
  const keys = async (after = 0): Promise<string[]> => (await read(db, after, 1000)).map(({ event }) => event.key);
  const only = async (): Promise<Output> => {
    const all = await listOutputs(db);
    assert.equal(all.length, 1);
    return all[0] as Output;
  };
  const many = (from: number, to: number): Arrival[] =>
    Array.from({ length: to - from + 1 }, (_, i) => alert(from + i, { record: { episode: from + i } }));
  const names = (from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, i) => `berlin/tap-1/1/${from + i}#${from + i}`);
  const pump = (
    sink: Transport,
    changes: { config?: Record<string, unknown>; holder?: string; database?: Database } & Partial<WorkerOptions> = {},
  ): Pump => {
    const { config, holder = 'me', database = db, ...delay } = changes;
    const one = new Pump(database, outputConfig(config), sink, {
      holder,
      page: '',
      research: async () => false,
      log: logInto(reports),
      times: { lease: 2_000, poll: 5, firstRetry: 5, maxRetry: 20 },
      ...delay,
    }).start();
    pumps.push(one);
    return one;
  };

  describe('the log', () => {
    it('stays empty while there is no output', async () => {
      await commit([alert(1)]);
      assert.deepEqual(await keys(), []);
    });

    it('has each alert once, in order, whatever arrives twice', async () => {
      await register(db, 'one', 'file', false);
      await commit([alert(1), alert(1), alert(2, { record: { stage: 'progress' } })]);
      await commit([alert(2, { record: { stage: 'progress' } }), alert(3, { record: { stage: 'end' } })]);
      assert.deepEqual(await keys(), ['berlin/tap-1/1/3#1', 'berlin/tap-1/1/3#2', 'berlin/tap-1/1/3#3']);
    });

    it('contains suspicion reports only if an output requests them', async () => {
      await register(db, 'one', 'file', false);
      const suspicionReport = (n: number): Arrival =>
        alert(n, { messageType: 'whisper', record: { kind: 'whisper', stage: 'whisper', verdict: 'notice' } });
      await commit([suspicionReport(1)]);
      assert.deepEqual(await keys(), []);
      await register(db, 'two', 'file', true);
      await commit([suspicionReport(2)]);
      assert.deepEqual(
        (await read(db, 0, 9)).map(({ event }) => event.what),
        ['whisper'],
      );
    });

    it('ends a scan whose sensor restarted', async () => {
      await register(db, 'one', 'file', false);
      await commit([alert(1)]);
      await commit([status({ boot: 2, connection: 2 })], T0 + 5);
      const events = (await read(db, 0, 9)).map(({ event }) =>
        event.what === 'scan' ? [event.key, event.scan.stage, event.scan.open] : [],
      );
      assert.deepEqual(events, [
        ['berlin/tap-1/1/3#1', 'start', true],
        ['berlin/tap-1/1/3#restart', 'end', false],
      ]);
    });

    it('is delivered to a new output from now on, without earlier events', async () => {
      await register(db, 'one', 'file', false);
      await commit(many(1, 3));
      await register(db, 'two', 'file', false);
      await commit(many(4, 5));
      const sink = new Sink();
      pump(sink, { config: { name: 'two' } });
      await until(() => sink.got.length === 2);
      assert.deepEqual(sink.keys, names(4, 5));
    });

    it('is not delivered again to an output that registers again', async () => {
      await register(db, 'one', 'file', false);
      await commit(many(1, 3));
      await register(db, 'one', 'syslog', false);
      const { lag, kind } = await only();
      assert.deepEqual([lag, kind], [3, 'syslog']);
    });

    it('deletes what all outputs have delivered, and never reuses a number', async () => {
      for (const name of ['one', 'two']) await register(db, name, 'file', false);
      await commit(many(1, 5));
      const [, second, , , last] = (await read(db, 0, 9)).map(({ id }) => id) as [
        number,
        number,
        number,
        number,
        number,
      ];
      for (const [name, cursor] of [
        ['one', last],
        ['two', second],
      ] as const) {
        await hold(db, name, 'me', 60_000);
        await advance(db, name, 'me', cursor, 1);
      }
      await prune(db);
      assert.deepEqual(await keys(), names(2, 5));
      await advance(db, 'two', 'me', last, 3);
      await prune(db);
      assert.deepEqual(await keys(), names(5, 5));
      await commit(many(6, 6));
      const after = await read(db, last, 9);
      assert.deepEqual(
        after.map(({ event }) => event.key),
        names(6, 6),
      );
    });

    it('has an end: of what waits too long the oldest goes, and is counted', async () => {
      await register(db, 'one', 'file', false);
      await commit(many(1, 20));
      await prune(db, 5);
      const { lag, lost } = await only();
      assert.deepEqual([await keys(), lag, lost], [names(15, 20), 6, 14]);
      assert.equal(MAX_QUEUED_EVENTS, 1_000_000);
    });

    it('and its dead letters go with an output that is forgotten', async () => {
      await register(db, 'one', 'file', false);
      await hold(db, 'one', 'me', 60_000);
      await advance(db, 'one', 'me', 1, 0, [{ id: 1, event: test, attempts: 1, reason: 'no', time: T0 }]);
      assert.equal((await only()).deadLetters, 1);
      await db.transaction((tx) => forget(tx, 'one'));
      assert.deepEqual([await listOutputs(db), await listDead(db, 'one', false, 9)], [[], []]);
    });
  });

  describe('a lease', () => {
    it('a lease is held by one at a time', async () => {
      await register(db, 'one', 'file', false);
      assert.notEqual(await hold(db, 'one', 'a', 60_000), undefined);
      assert.equal(await hold(db, 'one', 'b', 60_000), undefined);
      assert.notEqual(await hold(db, 'one', 'a', 60_000), undefined);
      await release(db, 'one', 'a');
      assert.notEqual(await hold(db, 'one', 'b', 60_000), undefined);
    });

    it('expires, and its former holder can no longer move the cursor', async () => {
      await register(db, 'one', 'file', false);
      await hold(db, 'one', 'a', -5);
      assert.notEqual(await hold(db, 'one', 'b', 60_000), undefined);
      assert.equal(await advance(db, 'one', 'a', 99, 5), false);
      assert.equal((await only()).sent, 0);
    });

    it('a lease cannot be released by another holder', async () => {
      await register(db, 'one', 'file', false);
      await hold(db, 'one', 'a', 60_000);
      await release(db, 'one', 'b');
      assert.equal(await hold(db, 'one', 'b', 60_000), undefined);
    });

    it('a lease shows whether anybody sends', async () => {
      await register(db, 'one', 'file', false);
      assert.equal((await only()).state, 'unattended');
      await hold(db, 'one', 'a', 60_000);
      assert.equal((await only()).state, 'up');
      await fail(db, 'one', 'no');
      const { state, failed, lastError } = await only();
      assert.deepEqual([state, failed, lastError], ['failing', 1, 'no']);
    });

    it('an output that collects until a set time is not behind before it', async () => {
      await register(db, 'one', 'mail', false);
      await commit(many(1, 4));
      await setDue(db, 'one', Date.now() + 3_600_000);
      assert.deepEqual([(await only()).lag, (await only()).oldest], [0, null]);
      await setDue(db, 'one', Date.now() - 3_600_000);
      assert.deepEqual([(await only()).lag, (await only()).oldest], [4, '2025-10-09T08:53:32.345Z']);
    });
  });

  describe('a pump', () => {
    beforeEach(() => register(db, 'one', 'stdout', false));

    it('delivers what is stored, in order, and says how far it is', async () => {
      const sink = new Sink();
      pump(sink);
      await commit(many(1, 25));
      await until(() => sink.got.length === 25);
      assert.deepEqual(sink.keys, names(1, 25));
      await until(async () => (await only()).lag === 0);
      const { sent, failed, state, deadLetters } = await only();
      assert.deepEqual([sent, failed, state, deadLetters], [25, 0, 'up', 0]);
    });

    it('waits for a receiver that is away, tries again, and loses nothing', async () => {
      const sink = new Sink();
      sink.faults = Array.from({ length: 5 }, () => new DeliveryError('unreachable', 'nothing listens there'));
      await commit(many(1, 3));
      pump(sink);
      await until(() => sink.got.length === 3);
      assert.deepEqual(sink.keys, names(1, 3));
      await until(async () => (await only()).lag === 0);
      const { failed, lastError, state, deadLetters } = await only();
      assert.deepEqual([failed, lastError, state, deadLetters], [5, 'nothing listens there', 'up', 0]);
      assert.equal(reports.length, 2);
      assert.match(reports[0] ?? '', /The output one cannot deliver: nothing listens there\./);
      assert.match(reports[1] ?? '', /delivers again/);
    });

    it('waits longer from failure to failure, up to a limit, and never quite as long as another', async () => {
      const waits: number[] = [];
      const delay = new (class extends Delay {
        override wait(ms: number): Promise<void> {
          waits.push(ms);
          return super.wait(1);
        }
      })();
      const sink = new Sink();
      sink.faults = Array.from({ length: 6 }, () => new DeliveryError('unreachable', 'no'));
      await commit(many(1, 1));
      pump(sink, { random: () => 0.5, delay, times: { lease: 60_000, poll: 7, firstRetry: 200, maxRetry: 1600 } });
      await until(() => sink.got.length === 1);
      assert.deepEqual(waits.slice(0, 6), [150, 300, 600, 1200, 1200, 1200]);
    });

    it('gives up one message that is refused, keeps it, and goes on', async () => {
      const sink = new Sink(1);
      sink.bad.set('berlin/tap-1/1/2#2', new DeliveryError('refused', 'HTTP 422'));
      await commit(many(1, 3));
      pump(sink);
      await until(() => sink.got.length === 2);
      assert.deepEqual(sink.keys, [...names(1, 1), ...names(3, 3)]);
      const [dead] = await listDead(db, 'one', false, 9);
      assert.deepEqual([dead?.event.key, dead?.reason, dead?.attempts], ['berlin/tap-1/1/2#2', 'HTTP 422', 1]);
      assert.match(reports[0] ?? '', /gave up a message: HTTP 422\. "blockwatch outputs dead one" shows it\./);
    });

    it('gives up a message that is answered with failure so often, and not sooner', async () => {
      const sink = new Sink(1);
      sink.bad.set('berlin/tap-1/1/1#1', new DeliveryError('answered', 'HTTP 500'));
      await commit(many(1, 2));
      pump(sink, { config: { attempts: 4 } });
      await until(() => sink.got.length === 1);
      assert.deepEqual(
        [sink.keys, (await listDead(db, 'one', false, 9)).map(({ attempts }) => attempts), (await only()).failed],
        [names(2, 2), [4], 4],
      );
    });

    it('counts only refusals against a message, not an absent receiver', async () => {
      const sink = new Sink(1);
      sink.faults = Array.from(
        { length: 12 },
        (_, i) => new DeliveryError(i % 4 === 0 ? 'answered' : 'unreachable', 'no'),
      );
      await commit(many(1, 1));
      pump(sink, { config: { attempts: 4 } });
      await until(() => sink.got.length === 1);
      assert.equal((await only()).deadLetters, 0);
    });

    it('resends a dead letter on request, and keeps it if that fails', async () => {
      const sink = new Sink(1);
      sink.bad.set('berlin/tap-1/1/1#1', new DeliveryError('refused', 'HTTP 422'));
      await commit(many(1, 1));
      pump(sink);
      await until(async () => (await only()).deadLetters === 1);
      await db.transaction((tx) => retryDead(tx, 'one'));
      await until(async () => (await listDead(db, 'one', false, 9))[0]?.attempts === 2);
      sink.bad.clear();
      assert.equal(await db.transaction((tx) => retryDead(tx, 'one')), 1);
      await until(() => sink.got.length === 1);
      await until(async () => (await only()).deadLetters === 0);
      assert.equal((await only()).sent, 1);
    });

    it('goes on after a restart where it was', async () => {
      const first = new Sink();
      const one = pump(first);
      await commit(many(1, 5));
      await until(async () => (await only()).sent === 5);
      await one.close();
      assert.equal(first.closed, true);
      assert.equal((await only()).state, 'unattended');
      await commit(many(6, 9));
      const second = new Sink();
      pump(second, { holder: 'another' });
      await until(() => second.got.length === 4);
      assert.deepEqual(second.keys, names(6, 9));
    });

    it('delivers a message again if it was killed before it recorded the delivery', async () => {
      await commit(many(1, 3));
      await hold(db, 'one', 'killed', -1);
      const sink = new Sink();
      pump(sink);
      await until(() => sink.got.length === 3);
      assert.deepEqual(sink.keys, names(1, 3));
    });

    it('leaves the sending to another that holds the lease, and takes over when it dies', async () => {
      await hold(db, 'one', 'other', 400);
      await commit(many(1, 2));
      const sink = new Sink();
      pump(sink);
      await until(() => sink.got.length === 2);
      assert.equal(await hold(db, 'one', 'other', 400), undefined);
    });

    it('stops when it has lost its lease while it was sending', async () => {
      let open = (): void => {};
      const sink = new Sink(1);
      sink.gate = new Promise((resolve) => (open = resolve));
      await commit(many(1, 3));
      const rounds = new Rounds();
      pump(sink, { holder: 'slow', delay: rounds });
      await until(async () => (await only()).state === 'up');
      await db.transaction((tx) => tx.all("UPDATE outputs SET holder = 'fast', lease = 99999999999999"));
      open();
      await until(() => sink.got.length === 1);
      await rounds.another();
      assert.deepEqual([sink.got.length, (await only()).sent], [1, 0]);
    });

    it('passes over what its filter does not want, and is not behind for that', async () => {
      const sink = new Sink();
      pump(sink, { config: { filter: { severity: 'high', kinds: ['foothold', 'port-scan'], sites: ['lyon'] } } });
      await commit([
        alert(1, { record: { severity: 'low', kind: 'port-scan' }, site: 'lyon' }),
        alert(2, { record: { severity: 'high', kind: 'host-sweep' }, site: 'lyon' }),
        alert(3, { record: { severity: 'critical', kind: 'foothold' }, site: 'berlin' }),
        alert(4, { record: { severity: 'critical', kind: 'foothold' }, site: 'lyon' }),
      ]);
      await until(async () => (await only()).lag === 0);
      assert.deepEqual(sink.keys, ['lyon/tap-1/1/3#4']);
      assert.equal((await only()).sent, 1);
    });

    it('leaves out research scanners if an output asks for that, and looks none up otherwise', async () => {
      const [spared, all] = [new Sink(), new Sink()];
      const asked: string[] = [];
      await register(db, 'two', 'stdout', false);
      const research = async (source: string): Promise<boolean> => asked.push(source) > 0 && source === '203.0.113.9';
      pump(spared, { config: { filter: { research: false } }, research });
      pump(all, { config: { name: 'two' }, research: async () => assert.fail('asked') });
      await commit([
        alert(1, { record: { source: '203.0.113.9' } }),
        alert(2, { record: { source: '203.0.113.8', episode: 4 } }),
        alert(3, { record: { source: '', episode: 5 } }),
      ]);
      await until(() => all.got.length === 3 && spared.got.length === 2);
      assert.deepEqual(
        [spared.got.map(({ source }) => source), asked],
        [
          ['203.0.113.8', ''],
          ['203.0.113.9', '203.0.113.8'],
        ],
      );
    });

    it('contains nothing that an exception suppresses', async () => {
      await transactionWithRetry(db, (tx) =>
        addException(
          tx,
          { source: '203.0.113.9', target: '', site: '', service: null, until: null, reason: 'ours', by: 'me' },
          T0,
        ),
      );
      await commit([
        alert(1, { record: { source: '203.0.113.9' } }),
        alert(2, { record: { source: '203.0.113.8', episode: 4 } }),
      ]);
      await commit([status({ boot: 2, connection: 2 })], T0 + 5);
      assert.deepEqual(await keys(), ['berlin/tap-1/1/4#2', 'berlin/tap-1/1/4#restart']);
    });

    it('does not keep the store waiting while its receiver takes its time', async () => {
      const sink = new Sink();
      let open = (): void => {};
      sink.gate = new Promise((resolve) => (open = resolve));
      pump(sink);
      await commit(many(1, 2));
      await until(async () => (await only()).lag === 2);
      for (let n = 3; n < 40; n++) await commit(many(n, n));
      assert.equal((await only()).lag, 39);
      open();
      await until(() => sink.got.length === 39);
      assert.deepEqual(sink.keys, names(1, 39));
    });

    it('has few messages in memory, however many wait', async () => {
      await db.transaction((tx) =>
        append(
          tx,
          db.dialect,
          Array.from({ length: 3000 }, (_, i) => scan({ episode: i }, { sequence: i + 1 })),
        ),
      );
      let most = 0;
      const sink = new (class extends Sink {
        override async send(messages: readonly Finding[]): Promise<void> {
          most = Math.max(most, messages.length);
          this.got.push(...messages.map((message) => ({ ...message, text: '' })));
        }
      })(50);
      pump(sink);
      await until(() => sink.got.length === 3000);
      assert.equal(most, 50);
    });
  });

  describe('fleet-wide events', () => {
    const suspicionReports = (evidence: number, sites: string[], n = 1): Arrival[] =>
      sites.map((site) =>
        alert(n, {
          site,
          messageType: 'whisper',
          record: { kind: 'whisper', stage: 'whisper', verdict: 'notice', evidence, source: '198.51.100.4' },
        }),
      );
    const sites = ['aarhus', 'berlin', 'cork', 'delft', 'espoo'];
    beforeEach(() => register(db, 'one', 'stdout', false));

    it('a fleet-only detection is reported once, whichever collector notices it', async () => {
      const other = await openStore(where);
      await dispatchFleetEvents(db, T0);
      await commit(suspicionReports(7.5, sites));
      const dispatched = await Promise.all([dispatchFleetEvents(db, T0 + 1000), dispatchFleetEvents(other, T0 + 1000)]);
      assert.deepEqual(
        dispatched.flat().map(({ what }) => what),
        ['conviction'],
      );
      assert.deepEqual(await dispatchFleetEvents(db, T0 + 2000), []);
      assert.deepEqual(await keys(), [`conviction/198.51.100.4#${T0 + 1000}`]);
      await other.close();
    });

    it("a suspicion below the fleet's threshold is not reported", async () => {
      await dispatchFleetEvents(db, T0);
      await commit(suspicionReports(2.5, sites));
      assert.deepEqual(await dispatchFleetEvents(db, T0 + 1000), []);
    });

    it('what existed before the first output is not reported', async () => {
      await commit(suspicionReports(7.5, sites));
      assert.deepEqual(await dispatchFleetEvents(db, T0 + 1000), []);
      assert.deepEqual([await dispatchFleetEvents(db, T0 + 2000), await keys()], [[], []]);
    });

    it('a campaign is reported at its second site, when it worsens and at a foothold; not at every scan', async () => {
      await dispatchFleetEvents(db, T0);
      const tell = async (n: number, ...arrivals: Arrival[]): Promise<unknown[]> => {
        await commit(arrivals, T0 + n);
        return (await dispatchFleetEvents(db, T0 + n)).map((event) =>
          event.what === 'campaign' ? [event.first, event.campaign.severity, event.campaign.foothold] : event.what,
        );
      };
      assert.deepEqual(await tell(1000, alert(1)), []);
      assert.deepEqual(await tell(2000, alert(1, { site: 'lyon' })), [[true, 'medium', false]]);
      assert.deepEqual(
        await tell(3000, alert(2, { site: 'lyon', record: { episode: 4 } }), alert(1, { site: 'oslo' })),
        [],
      );
      assert.deepEqual(await tell(4000, alert(3, { site: 'lyon', record: { episode: 5, severity: 'high' } })), [
        [false, 'high', false],
      ]);
      assert.deepEqual(
        await tell(5000, alert(4, { site: 'lyon', record: { episode: 6, kind: 'foothold', severity: 'critical' } })),
        [[false, 'critical', true]],
      );
      assert.deepEqual(await tell(6000, alert(5, { site: 'lyon', record: { episode: 7 } })), []);
    });

    it('a sensor incident is reported once each at its start, change and end', async () => {
      const settle = (kind?: 'late' | 'gone', at = T0): Promise<unknown> =>
        settleIncidents(
          db,
          [
            {
              site: 'berlin',
              sensor: 'tap-1',
              findings: kind ? [{ subject: 'silence', kind, since: T0, text: 'is silent.' }] : [],
            },
          ],
          at,
        );
      await settle('late');
      await settle('late', T0 + 5);
      await settle('gone', T0 + 9);
      await settle(undefined, T0 + 20);
      await settle(undefined, T0 + 30);
      const events = (await read(db, 0, 99)).map(({ event }) => findingOf(event));
      assert.deepEqual(
        events.map(({ what, stage, severity, uid, text }) => [what, stage, severity, uid, text]),
        [
          ['incident', 'start', 'low', 'incident/1', 'berlin/tap-1 is silent.'],
          ['incident', 'progress', 'high', 'incident/1', 'berlin/tap-1 is silent.'],
          ['incident', 'end', 'low', 'incident/1', 'berlin/tap-1 is silent.'],
        ],
      );
      assert.equal(new Set(await keys()).size, 3);
    });
  });

  describe('an export', () => {
    const SCANS = 1203;
    const gather = async (query: ExportQuery): Promise<{ text: string; lines: string[]; largest: number }> => {
      let [text, largest, before] = ['', 0, 0];
      for await (const piece of exportPieces(
        db,
        query,
        T0 + 1e7,
        (rows) => ([largest, before] = [Math.max(largest, rows - before), rows]),
      ))
        text += piece;
      return { text, lines: text.split(/\r?\n/).filter((line) => line), largest };
    };
    beforeEach(async () => {
      const arrivals = Array.from({ length: SCANS }, (_, i) =>
        alert(i + 1, {
          // Three scans per millisecond: a page may end between two of the same time.
          record: {
            episode: i,
            last: T0 + Math.floor(i / 3),
            first: T0,
            source: `198.51.${100 + ((i % 100) >> 6)}.${i % 100}`,
            spoofable: false,
          },
        }),
      );
      for (let at = 0; at < SCANS; at += 400) await commit(arrivals.slice(at, at + 400));
    });

    it('has every scan once, the newest first, and few in memory at once', async () => {
      const { lines, largest } = await gather({ what: 'scans', format: 'ndjson' });
      const all = lines.map((line) => JSON.parse(line) as { id: string; last: string });
      assert.deepEqual([all.length, new Set(all.map(({ id }) => id)).size, largest], [SCANS, SCANS, 500]);
      assert.deepEqual(
        all.map(({ last }) => last),
        all
          .map(({ last }) => last)
          .sort()
          .reverse(),
      );
    });

    it('has what was asked for: a time, a source, a site', async () => {
      const count = async (which: Partial<ExportQuery>): Promise<number> =>
        (await gather({ what: 'scans', format: 'eve', ...which })).lines.length;
      assert.deepEqual(
        [
          await count({ from: T0 + 100, to: T0 + 200 }),
          await count({ source: '198.51.100.7' }),
          await count({ site: 'lyon' }),
          await count({ from: T0 + 1e6 }),
        ],
        [300, 12, 0, 0],
      );
    });

    it('an export has every source once', async () => {
      const { lines } = await gather({ what: 'sources', format: 'csv' });
      assert.deepEqual([lines.length, new Set(lines).size, lines[0]?.split(',')[0]], [101, 101, 'source']);
    });

    it('is in STIX one bundle in which nothing stands twice', async () => {
      const { objects } = JSON.parse((await gather({ what: 'scans', format: 'stix' })).text) as {
        objects: { id: string; type: string }[];
      };
      assert.equal(new Set(objects.map(({ id }) => id)).size, objects.length);
      const of = (type: string): number => objects.filter((one) => one.type === type).length;
      assert.deepEqual(
        [of('sighting'), of('indicator'), of('ipv4-addr'), of('identity'), of('attack-pattern')],
        [SCANS, SCANS, 100, 2, 1],
      );
    });

    it('is one line a scan in the other formats, and of nothing is nothing, a heading or an empty bundle', async () => {
      for (const format of ['eve', 'ecs', 'ocsf', 'cef'] as const)
        assert.equal((await gather({ what: 'scans', format })).lines.length, SCANS, format);
      for (const [format, empty] of [
        ['ndjson', /^$/],
        ['csv', /^id,site,[^\n]*\r\n$/],
        ['stix', /^\{"type":"bundle","id":"bundle--[^"]+","objects":\[\n\]\}\n$/],
      ] as const) {
        assert.match((await gather({ what: 'scans', format, site: 'nowhere' })).text, empty);
      }
    });

    it('an export has campaigns and sensors too', async () => {
      assert.equal((await gather({ what: 'sensors', format: 'ndjson' })).lines.length, 1);
      const [campaign] = (await gather({ what: 'campaigns', format: 'ocsf', from: T0 - 1, to: T0 + 1e7 })).lines.map(
        (line) => JSON.parse(line) as { finding_info: { uid: string } },
      );
      assert.match(campaign?.finding_info.uid ?? '', /^campaign\/network-198\.51\./);
    });

    it("an export's CSV runs no formula in a spreadsheet", () => {
      for (const text of ['=1+1', '+1', '-1', '@x', '\t=1']) assert.match(csv([[text]]), /^"?'/);
      assert.equal(csv([[-5, 'plain', 'a"b']]), '-5,plain,"a""b"\r\n');
    });
  });

  it('two pumps of two collectors share the work: each message once and in order while both live', async () => {
    await register(db, 'one', 'stdout', false);
    const other = await openStore(where);
    try {
      const sink = new Sink(3);
      const both = [pump(sink, { holder: 'a' }), pump(sink, { holder: 'b', database: other })];
      for (let n = 1; n <= 30; n++) await commit(many(n, n));
      await until(async () => (await only()).lag === 0);
      assert.deepEqual(sink.keys, names(1, 30));
      for (const one of both) await one.close();
    } finally {
      await other.close();
    }
  });
}
