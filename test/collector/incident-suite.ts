/** Sensor states and incidents: runs against SQLite and PostgreSQL, on a simulated clock. */
import assert from 'node:assert/strict';
import type { Sensor } from '../../host/api/types.js';
import { checkFleet } from '../../host/collector/fleet/sensor-monitor.js';
import { listIncidents } from '../../host/collector/query/incidents.js';
import { readNow } from '../../host/collector/query/now.js';
import { listSensors } from '../../host/collector/query/sensors.js';
import type { Arrival } from '../../host/collector/rules/decode.js';
import { decode } from '../../host/collector/rules/decode.js';
import { commitBatch } from '../../host/collector/store/commit.js';
import type { Database } from '../../host/collector/store/database.js';
import { putEnrolment, revokeEnrolment, transactionWithRetry } from '../../host/collector/store/enrolments.js';
import { readListening } from '../../host/collector/store/listening.js';
import { openStore } from '../../host/collector/store/open.js';
import type { HealthChanges } from '../support/collector.js';
import { alert, health, status, T0 } from '../support/collector.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEP = 10 * SECOND;

/** @param location returns the location of an empty store */
export function incidentSuite(location: () => Promise<string>): void {
  let db: Database;
  let now = T0;
  /** What opened, changed and ended: `kind site/sensor`, with a `-` before what ended. */
  let reported: string[] = [];
  let frames = 0;
  beforeEach(async () => {
    db = await openStore(await location());
    [now, reported, frames] = [T0, [], 0];
  });
  afterEach(() => db.close());

  const commit = async (...arrivals: Arrival[]): Promise<void> => {
    await commitBatch(db, arrivals.map(decode), now);
  };
  const look = async (least?: string): Promise<void> => {
    for (const row of (await checkFleet(db, now, true, least)).changed)
      reported.push(`${row.until === null ? '' : '-'}${row.kind} ${row.site}/${row.sensor}`);
  };
  /** Advances time while a collector is listening. */
  const pass = async (ms: number, least?: string): Promise<void> => {
    for (const end = now + ms; now < end; await look(least)) now = Math.min(end, now + STEP);
  };
  /** A healthy sensor's heartbeat with the given changes; `saw`: frames since the previous one. */
  const beat = ({ figures, counters, ...changes }: HealthChanges = {}, saw = 1000): Arrival => {
    frames += saw;
    return health({
      time: now,
      ...changes,
      figures: { uptime: now - T0 + MINUTE, ...figures },
      counters: { frames, ...counters },
    });
  };
  /** Heartbeats every thirty seconds. */
  const run = async (ms: number, ...makers: (() => Arrival)[]): Promise<void> => {
    for (const end = now + ms; now < end; await pass(30 * SECOND)) await commit(...makers.map((make) => make()));
  };
  const states = async (): Promise<string> =>
    (await listSensors(db, now)).map(({ state, reason }) => (reason ? `${state} ${reason}` : state)).join();
  const only = async (): Promise<Sensor> => (await listSensors(db, now))[0] as Sensor;
  const text = async (): Promise<string> => (await listIncidents(db, { limit: 1, state: 'open' }))[0]?.text ?? '';

  describe('expects no incident', () => {
    it('of a sensor that is well for an hour', async () => {
      await commit(status());
      await run(HOUR, beat);
      assert.deepEqual([reported, await states(), (await only()).notes], [[], 'online', []]);
    });

    it('of one lost heartbeat', async () => {
      await run(MINUTE, beat);
      await pass(29 * SECOND);
      await commit(beat());
      await pass(50 * SECOND);
      assert.deepEqual(reported, []);
    });

    it('of a connection that breaks and is re-established', async () => {
      await commit(status(), beat());
      await pass(10 * SECOND);
      await commit(status({ state: 'offline', reason: 'lost' }));
      assert.equal(await states(), 'gone lost');
      await pass(10 * SECOND);
      await commit(status({ connection: 2 }));
      await pass(30 * SECOND);
      assert.deepEqual([reported, await states()], [[], 'online']);
    });

    it('of a sensor that is stopped for half an hour', async () => {
      await commit(status(), beat(), status({ state: 'offline', reason: 'stopped' }));
      await pass(30 * MINUTE);
      assert.deepEqual([reported, await states()], [[], 'offline stopped']);
    });

    it('of a sensor configured to report every five minutes, from its first report on', async () => {
      await commit(status(), beat({ figures: { healthSeconds: 300 } }));
      await pass(9 * MINUTE);
      assert.deepEqual([reported, await states()], [[], 'online']);
    });

    it('of a quiet hour in which frames are few but come', async () => {
      await commit(status());
      await run(HOUR, () => beat({}, 1));
      assert.deepEqual(reported, []);
    });

    it('of a hundredth of the frames lost, though it is noted', async () => {
      await commit(status());
      let lost = 0;
      await run(10 * MINUTE, () => {
        lost += 20;
        return beat({ figures: { tapLost: lost } });
      });
      assert.deepEqual([reported, (await only()).notes], [[], ['losing-frames']]);
    });

    it('of a sensor whose clock is not set yet, or is seconds off', async () => {
      await commit(status());
      await run(10 * MINUTE, () => beat({ clock: 'uptime', time: now - T0 }));
      await run(10 * MINUTE, () => beat({ time: now + 40 * SECOND }));
      assert.deepEqual(reported, []);
    });

    it('of messages that a broker queued while the collector was away, whatever their times', async () => {
      await commit(status());
      await run(10 * MINUTE, beat);
      now += 2 * HOUR;
      for (let ago = 2 * HOUR; ago > 0; ago -= 30 * SECOND)
        await commit(beat({ time: now - ago, figures: { uptime: now - ago - T0 + MINUTE } }));
      await run(5 * MINUTE, beat);
      assert.deepEqual([reported, (await only()).notes], [[], []]);
    });

    it('of an update that reaches one sensor before the others', async () => {
      const others = ['a', 'b', 'c'].map((sensor) => () => beat({ sensor }));
      await run(MINUTE, ...others);
      await run(HOUR, () => beat({ sensor: 'a', version: '0.2.0' }), ...others.slice(1));
      assert.deepEqual(reported, []);
      assert.deepEqual(
        (await listSensors(db, now)).map(({ notes }) => notes.join()),
        ['', 'old-firmware', 'old-firmware'],
      );
    });

    it('of a sensor that was revoked', async () => {
      const enrolled = {
        site: 'berlin',
        sensor: 'tap-1',
        board: '',
        broker: '',
        settings: '{}',
        account: '',
        salt: '',
        enrolled: T0,
        revoked: null,
        config: null,
        configured: null,
      };
      await transactionWithRetry(db, (tx) => putEnrolment(tx, db, enrolled));
      await commit(status(), beat());
      await transactionWithRetry(db, (tx) => revokeEnrolment(tx, 'berlin', 'tap-1', now));
      await pass(HOUR);
      assert.deepEqual(reported, []);
    });
  });

  describe('reports silence', () => {
    it('within two heartbeats and a check, as one incident from late to gone that ends with a message', async () => {
      await run(MINUTE, beat);
      await pass(50 * SECOND);
      assert.deepEqual(reported, ['late berlin/tap-1']);
      assert.match(await text(), /^is late: /);
      await pass(11 * MINUTE);
      assert.deepEqual([reported.slice(1), await states()], [['gone berlin/tap-1'], 'gone silent']);
      assert.match(await text(), /has sent nothing/);
      await commit(beat());
      await look();
      assert.deepEqual([reported.slice(2), await states()], [['-gone berlin/tap-1'], 'online']);
      const [one, ...more] = await listIncidents(db, { limit: 10 });
      assert.deepEqual([one?.kind, one?.since, more], ['gone', new Date(T0 + 30 * SECOND).toISOString(), []]);
      assert.ok(one?.until);
    });

    it('by the will, when the sensor does not come back', async () => {
      await commit(status(), beat());
      await pass(10 * SECOND);
      await commit(status({ state: 'offline', reason: 'lost' }));
      await pass(40 * SECOND);
      assert.deepEqual(reported, ['gone berlin/tap-1']);
      assert.match(await text(), /lost its connection to the broker/);
      await commit(status({ connection: 2 }));
      await look();
      assert.deepEqual(reported, ['gone berlin/tap-1', '-gone berlin/tap-1']);
    });

    it('and a stale will opens nothing after a newer birth', async () => {
      await commit(status({ boot: 7 }), status({ boot: 8 }));
      await commit(status({ boot: 7, connection: 4, state: 'offline', reason: 'lost' }));
      await run(5 * MINUTE, () => beat({ boot: 8 }));
      assert.deepEqual([reported, await states()], [[], 'online']);
    });

    it('of one that was stopped and forgotten', async () => {
      await commit(status(), status({ state: 'offline', reason: 'stopped' }));
      await pass(HOUR + MINUTE);
      assert.deepEqual([reported, await states()], [['gone berlin/tap-1'], 'offline stopped']);
      assert.match(await text(), /stopped on purpose/);
    });

    it('of one that was enrolled and never reported, after a day', async () => {
      const enrolled = {
        site: 'berlin',
        sensor: 'tap-1',
        board: '',
        broker: '',
        settings: '{}',
        account: '',
        salt: '',
        enrolled: T0 - DAY + HOUR,
        revoked: null,
        config: null,
        configured: null,
      };
      await transactionWithRetry(db, (tx) => putEnrolment(tx, db, enrolled));
      await pass(50 * MINUTE);
      assert.deepEqual([reported, await states()], [[], 'never-seen']);
      await pass(20 * MINUTE);
      assert.deepEqual(reported, ['never-seen berlin/tap-1']);
      await commit(status(), beat());
      await look();
      assert.deepEqual([reported.slice(1), await states()], [['-never-seen berlin/tap-1'], 'online']);
    });

    it('of each sensor for itself, and counts them', async () => {
      await run(
        MINUTE,
        () => beat({ sensor: 'a' }),
        () => beat({ sensor: 'b' }),
      );
      await run(5 * MINUTE, () => beat({ sensor: 'b' }));
      assert.deepEqual(reported, ['late berlin/a']);
      const figures = await readNow(db, now);
      assert.deepEqual([figures.incidents, figures.sensors.late, figures.sensors.online], [1, 1, 1]);
    });
  });

  describe("does not take its own absence for the sensors'", () => {
    const fleet = Array.from({ length: 12 }, (_, i) => () => beat({ sensor: `tap-${i}` }));

    it('when it restarts after an hour', async () => {
      await run(2 * MINUTE, ...fleet);
      now += HOUR;
      await look();
      assert.deepEqual(reported, []);
      assert.ok((await listSensors(db, now)).every(({ state }) => state === 'online'));
      // They reconnect one after the other, within the longest backoff.
      for (const one of fleet) {
        await pass(5 * SECOND);
        await commit(one());
      }
      await run(3 * MINUTE, ...fleet);
      assert.deepEqual(reported, []);
    });

    it('and still finds the one that does not come back', async () => {
      await run(2 * MINUTE, ...fleet);
      now += HOUR;
      await run(3 * MINUTE, ...fleet.slice(1));
      assert.deepEqual(reported, ['late berlin/tap-0']);
    });

    it('and does not forget who was gone before it, nor end that', async () => {
      await run(MINUTE, ...fleet.slice(0, 2));
      await run(15 * MINUTE, fleet[1] as () => Arrival);
      assert.deepEqual(reported, ['late berlin/tap-0', 'gone berlin/tap-0']);
      now += HOUR;
      await run(2 * MINUTE, fleet[1] as () => Arrival);
      assert.deepEqual([reported.length, await states()], [2, 'gone silent,online']);
    });

    it('while its broker is away', async () => {
      await run(2 * MINUTE, ...fleet);
      for (const end = now + HOUR; now < end; now += MINUTE)
        assert.deepEqual((await checkFleet(db, now, false)).changed, []);
      assert.ok(
        (await listSensors(db, now)).every(({ state }) => state === 'online'),
        'nobody is called silent whom nobody could hear',
      );
      await run(3 * MINUTE, ...fleet);
      assert.deepEqual(reported, []);
    });

    it('when its clock jumps ahead or back, and goes on finding who is silent', async () => {
      await run(2 * MINUTE, ...fleet);
      for (const jump of [3 * HOUR, -5 * HOUR]) {
        now += jump;
        assert.ok(Math.sign((await checkFleet(db, now, true)).gap) === Math.sign(jump));
        // The sensors' clocks are right, so all differ by the jump.
        const right = fleet.map((make) => () => ({ ...make() }));
        await run(5 * MINUTE, ...right);
        assert.deepEqual(reported, []);
      }
      await run(5 * MINUTE, ...fleet.slice(1));
      assert.deepEqual(reported, ['late berlin/tap-0']);
      assert.ok(((await readListening(db))?.until ?? 0) <= now);
    });

    it('and the same with a single wrong clock among the sensors: only that one is reported', async () => {
      await run(5 * MINUTE, ...fleet.slice(1), () => beat({ sensor: 'tap-0', time: now - 2 * HOUR }));
      assert.deepEqual(reported, ['wrong-clock berlin/tap-0']);
    });

    it('nor its own wrong clock for theirs', async () => {
      let off = 0;
      const right = Array.from({ length: 5 }, (_, i) => () => beat({ sensor: `tap-${i}`, time: now - off }));
      await run(2 * MINUTE, ...right);
      off = 3 * HOUR;
      now += off;
      await run(10 * MINUTE, ...right);
      assert.deepEqual(reported, []);
      assert.equal((await readListening(db))?.skew, -off);
    });
  });

  describe('reports a blind tap', () => {
    it('with no frames, by the second heartbeat that has none, and ends when it sees', async () => {
      await commit(status());
      await run(2 * MINUTE, beat);
      const dead = (): Arrival => beat({}, 0);
      await run(30 * SECOND, dead);
      assert.deepEqual(reported, []);
      await run(30 * SECOND, dead);
      assert.deepEqual([reported, await states()], [['blind berlin/tap-1'], 'blind']);
      assert.match(await text(), /^sees no frames\. Check/);
      await run(MINUTE, beat);
      assert.deepEqual([reported.slice(1), await states()], [['-blind berlin/tap-1'], 'online']);
    });

    it('from its very start', async () => {
      await commit(status());
      let uptime = 0;
      await run(2 * MINUTE, () => {
        uptime += 30_000;
        return beat({ figures: { uptime }, counters: { frames: 0 } });
      });
      assert.deepEqual(reported, ['blind berlin/tap-1']);
    });

    it('that loses most of its frames', async () => {
      let lost = 0;
      await run(MINUTE, beat);
      await run(MINUTE, () => {
        lost += 3000;
        return beat({ figures: { tapLost: lost } });
      });
      assert.deepEqual([reported, await states()], [['blind berlin/tap-1'], 'blind']);
      assert.match(await text(), /^loses 75 % of the frames/);
      await run(MINUTE, () => beat({ figures: { tapLost: lost } }));
      assert.deepEqual(reported.slice(1), ['-blind berlin/tap-1']);
    });

    it('that understands nothing of what it sees, and says what that is', async () => {
      let unreadErspan = 0;
      await commit(status());
      await run(MINUTE, beat);
      await run(MINUTE, () => {
        unreadErspan += 1000;
        return beat({ counters: { unreadErspan } });
      });
      assert.deepEqual([reported, await states()], [['blind berlin/tap-1'], 'blind']);
      assert.match(
        await text(),
        /^cannot read its mirror: 100 % of 1,000 frames are ERSPAN that is not opened\. It is /,
      );
      await run(MINUTE, () => beat({ counters: { unreadErspan } }));
      assert.deepEqual([reported.slice(1), await states()], [['-blind berlin/tap-1'], 'online']);
    });

    it('that has lost its mirror port, though broadcasts arrive; a night is no such thing', async () => {
      // Days of 1000 frames in half a minute, nights of 60; in the end 2.
      const at = (count: number) => (): Arrival => beat({}, count);
      await commit(status());
      for (let hour = 0; hour < 26; hour++) {
        for (let i = 0; i < 12; i++) {
          await commit(at(hour % 24 < 12 ? 10_000 : 600)());
          now += 5 * MINUTE;
          await noteQuietly(db, now);
        }
      }
      await run(5 * MINUTE, at(60));
      assert.deepEqual(reported, []);
      await run(2 * MINUTE, at(2));
      assert.deepEqual(reported, ['blind berlin/tap-1']);
      assert.match(await text(), /^sees 0\.1 frames per second; the quietest hour of the past week had 2\.0\./);
      await run(MINUTE, at(60));
      assert.deepEqual(reported.slice(1), ['-blind berlin/tap-1']);
    });
  });

  describe('reports the other incidents', () => {
    it('of a clock that is wrong, ahead or behind, and when it is set right', async () => {
      await commit(status());
      await run(2 * MINUTE, () => beat({ time: now + 3 * HOUR }));
      assert.deepEqual(
        [reported, (await only()).notes, (await only()).state],
        [['wrong-clock berlin/tap-1'], ['wrong-clock'], 'online'],
      );
      assert.match(await text(), /a clock that is 3 h.* ahead/);
      await run(MINUTE, beat);
      assert.deepEqual(reported.slice(1), ['-wrong-clock berlin/tap-1']);
      await run(2 * MINUTE, () => beat({ time: now - 2 * DAY }));
      assert.deepEqual(reported.slice(2), ['wrong-clock berlin/tap-1']);
    });

    it('of a clock that is never set', async () => {
      await run(MINUTE, () => beat({ clock: 'uptime', time: 2 * HOUR, figures: { uptime: 2 * HOUR + now - T0 } }));
      assert.deepEqual(reported, ['wrong-clock berlin/tap-1']);
    });

    it('of a version that stays old for a week, and at once below the one that was asked for', async () => {
      await commit(beat({ sensor: 'a', version: '0.10.0' }), beat({ sensor: 'b', version: '0.9.0' }));
      await look();
      now += 8 * DAY;
      await commit(beat({ sensor: 'a', version: '0.10.0' }), beat({ sensor: 'b', version: '0.9.0' }));
      await look();
      assert.deepEqual(reported, ['old-firmware berlin/b']);
      assert.match(await text(), /^runs 0\.9\.0, and others like it run 0\.10\.0\. Update it\.$/);
      await pass(10 * SECOND);
      await commit(beat({ sensor: 'b', version: '0.10.0' }));
      await look();
      assert.deepEqual(reported.slice(1), ['-old-firmware berlin/b']);
      await look('0.11.0');
      await look('0.11.0');
      assert.deepEqual(reported.slice(2).sort(), ['old-firmware berlin/a', 'old-firmware berlin/b']);
    });

    it('of no sensor, when the newer version was rolled back', async () => {
      await commit(beat({ sensor: 'a', version: '0.10.0' }), beat({ sensor: 'b', version: '0.9.0' }));
      await look();
      await commit(beat({ sensor: 'a', boot: 2, version: '0.9.0', figures: { uptime: 1000 } }));
      await look();
      now += 8 * DAY;
      await commit(
        beat({ sensor: 'a', boot: 2, version: '0.9.0', figures: { uptime: 30_000 } }),
        beat({ sensor: 'b', version: '0.9.0' }),
      );
      await look();
      assert.deepEqual(reported, []);
    });

    it('of an engine that trapped, until an hour without another', async () => {
      await run(MINUTE, beat);
      await run(MINUTE, () => beat({ figures: { traps: 1 } }));
      assert.deepEqual(reported, ['trap berlin/tap-1']);
      await run(30 * MINUTE, () => beat({ figures: { traps: 1 } }));
      await run(50 * MINUTE, () => beat({ figures: { traps: 2 } }));
      assert.deepEqual(reported, ['trap berlin/tap-1']);
      await run(12 * MINUTE, () => beat({ figures: { traps: 2 } }));
      assert.deepEqual(reported, ['trap berlin/tap-1', '-trap berlin/tap-1']);
    });
  });

  it('lists incidents by state, sensor, kind and time', async () => {
    const makers = [(): Arrival => beat({ sensor: 'a' }), (): Arrival => beat({ sensor: 'b', figures: { traps: 1 } })];
    await run(MINUTE, ...makers);
    await run(3 * MINUTE, makers[1] as () => Arrival);
    const kinds = async (query: object): Promise<string> =>
      (await listIncidents(db, { limit: 10, ...query })).map(({ kind }) => kind).join();
    assert.equal(await kinds({}), 'late,trap');
    assert.equal(await kinds({ kind: 'trap' }), 'trap');
    assert.equal(await kinds({ sensor: 'a' }), 'late');
    assert.equal(await kinds({ site: 'oslo' }), '');
    assert.equal(await kinds({ limit: 1 }), 'late');
    assert.equal(await kinds({ to: T0 }), '');
    await commit(beat({ sensor: 'a' }));
    await look();
    assert.equal(await kinds({ state: 'open' }), 'trap');
    assert.equal(await kinds({ state: 'ended' }), 'late');
    assert.equal(await kinds({ from: now + 1 }), 'trap', 'what ended before is not of that time');
  });

  it('opens an incident once, whichever of several collectors checks', async () => {
    await look();
    await commit(status(), beat(), alert(1));
    await pass(60 * SECOND);
    now += 10 * SECOND;
    const looks = await Promise.all([1, 2, 3].map(() => checkFleet(db, now, true)));
    assert.equal(looks.flatMap(({ changed }) => changed).length, 1);
    assert.equal((await listIncidents(db, { limit: 10 })).length, 1);
    await commit(beat());
    const ends = await Promise.all([1, 2, 3].map(() => checkFleet(db, now, true)));
    assert.equal(ends.flatMap(({ changed }) => changed).length, 1);
  });
}

/** A collector listens without evaluating any sensor. */
async function noteQuietly(db: Database, now: number): Promise<void> {
  await db.transaction((tx) => tx.all('UPDATE listening SET until = ? WHERE until < ?', [now, now]));
}
