/** A sensor's current boot, whatever the boot numbers: runs against SQLite and PostgreSQL, on a simulated clock. */
import assert from 'node:assert/strict';
import type { Sensor } from '../../host/api/types.js';
import { checkFleet } from '../../host/collector/fleet/sensor-monitor.js';
import { listIncidents } from '../../host/collector/query/incidents.js';
import { listScans } from '../../host/collector/query/scans.js';
import { listGaps, listSensors } from '../../host/collector/query/sensors.js';
import type { Arrival } from '../../host/collector/rules/decode.js';
import { decode } from '../../host/collector/rules/decode.js';
import type { Outcome } from '../../host/collector/store/commit.js';
import { commitBatch } from '../../host/collector/store/commit.js';
import type { Database } from '../../host/collector/store/database.js';
import { connectStore, openStore } from '../../host/collector/store/open.js';
import { migrate, SCHEMA_VERSION } from '../../host/collector/store/schema.js';
import type { HealthChanges, Place } from '../support/collector.js';
import { alert, health, status, T0 } from '../support/collector.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Boot numbers drawn by a board with an empty flash, before and after it was erased. */
const OLD = 2_000_000_000;
const NEW = 500;
const HUGE = 0xffffffff;

/**
 * @param location a store with every table and no row
 * @param fresh a store without tables
 */
export function bootSuite(location: Place, fresh: Place): void {
  let db: Database;
  let where: string;
  let now = T0;
  beforeEach(async () => {
    where = await location();
    db = await openStore(where);
    now = T0;
  });
  afterEach(() => db.close());

  const commit = (...arrivals: Arrival[]): Promise<Outcome> => commitBatch(db, arrivals.map(decode), now);
  const lost = (boot: number, connection = 1): Arrival =>
    status({ boot, connection, state: 'offline', reason: 'lost' });
  const look = async (): Promise<unknown> => checkFleet(db, now, true);
  const pass = async (ms: number): Promise<void> => {
    for (const end = now + ms; now < end; await look()) now = Math.min(end, now + 10 * SECOND);
  };
  const beat = (boot: number, changes: HealthChanges = {}): Arrival =>
    health({
      boot,
      time: now,
      ...changes,
      figures: { uptime: now - T0 + MINUTE, ...changes.figures },
      counters: { frames: (now - T0) / 10 + 1000 },
    });
  const beats = async (boot: number, times: number, changes: HealthChanges = {}): Promise<void> => {
    for (let i = 0; i < times; i++) {
      await pass(30 * SECOND);
      await commit(beat(boot, changes));
    }
  };
  const only = async (): Promise<Sensor> => (await listSensors(db, now))[0] as Sensor;
  const stands = async (): Promise<string> => {
    const { boot, state, reason } = await only();
    return `${boot} ${state} ${reason}`.trim();
  };
  const open = async (): Promise<string> =>
    (await listIncidents(db, { limit: 10, state: 'open' })).map(({ kind }) => kind).join();
  const scans = async (): Promise<string> =>
    (await listScans(db, { limit: 10 })).scans
      .map((scan) => `${scan.id.split('/')[2]}${scan.open ? ' open' : ''}`)
      .sort()
      .join();
  const restart = async (): Promise<void> => {
    await db.close();
    db = await openStore(where);
  };
  /** A sensor that ran, was lost, and has an open incident. */
  const gone = async (boot = OLD): Promise<void> => {
    await commit(status({ boot }), beat(boot), alert(1, { boot }));
    await pass(30 * SECOND);
    await commit(lost(boot));
    await pass(MINUTE);
    assert.deepEqual([await stands(), await open()], [`${boot} gone lost`, 'gone']);
  };

  describe('a board whose flash was erased, or that replaces another under its name', () => {
    beforeEach(() => gone());

    it('is online at its birth, though its number is lower, and ends the incident', async () => {
      await commit(status({ boot: NEW }));
      await look();
      assert.deepEqual([await stands(), await open()], [`${NEW} online`, '']);
    });

    it('reports its health, its scans and its own highest number', async () => {
      await commit(
        status({ boot: NEW }),
        beat(NEW, { figures: { outboxUsed: 7 } }),
        alert(1, { boot: NEW }),
        alert(2, { boot: NEW, record: { episode: 4 } }),
      );
      const { health: figures, lastSequence, missing } = await only();
      assert.deepEqual(
        [figures['outboxUsed'], lastSequence, missing, await scans()],
        [7, 2, 0, `${OLD},${NEW} open,${NEW} open`],
      );
    });

    it('is gone by its own will, and back at the birth of its next connection', async () => {
      await commit(status({ boot: NEW }));
      await commit(lost(NEW));
      assert.equal(await stands(), `${NEW} gone lost`);
      await commit(status({ boot: NEW, connection: 2 }));
      assert.equal(await stands(), `${NEW} online`);
    });

    it('goes on being online in the boots after it', async () => {
      for (const boot of [NEW, NEW + 1, NEW + 2]) {
        await commit(status({ boot }));
        assert.equal(await stands(), `${boot} online`);
      }
    });

    it('is online by a health message, too, where its birth is still on its way', async () => {
      await commit(beat(NEW));
      assert.equal(await stands(), `${NEW} online`);
      await commit(status({ boot: NEW }));
      assert.equal(await stands(), `${NEW} online`);
    });

    it('is known by its retained birth while no collector was running, and online once it is seen', async () => {
      await restart();
      await commit(status({ boot: NEW, retained: true }));
      assert.equal((await only()).boot, NEW);
      await commit(beat(NEW));
      assert.equal(await stands(), `${NEW} online`);
    });

    it('is gone by the will that the broker kept while no collector was there', async () => {
      await commit(status({ boot: NEW }));
      await restart();
      await commit(status({ boot: NEW + 1, state: 'offline', reason: 'lost', retained: true }));
      assert.equal(await stands(), `${NEW + 1} gone lost`);
    });
  });

  describe('what still comes of a boot that another one followed', () => {
    beforeEach(async () => {
      await commit(status({ boot: OLD }), beat(OLD), alert(1, { boot: OLD }));
      await pass(10 * SECOND);
      await commit(status({ boot: NEW }), beat(NEW));
    });

    const late: [string, Arrival][] = [
      ['its will', lost(OLD)],
      ['its farewell', status({ boot: OLD, state: 'offline', reason: 'stopped' })],
      ['its birth, delivered again', status({ boot: OLD })],
      ['its birth, kept by the broker', status({ boot: OLD, retained: true })],
      ['its will, kept by the broker', status({ boot: OLD, state: 'offline', reason: 'lost', retained: true })],
      ['one late health message', health({ boot: OLD, figures: { uptime: MINUTE + 9 * SECOND } })],
    ];
    for (const [what, arrival] of late) {
      it(`changes nothing: ${what}, after a restart of the collector too`, async () => {
        for (let i = 0; i < 2; i++) {
          const outcome = await commit(arrival);
          assert.deepEqual([outcome.sensors, outcome.scans, await stands()], [[], [], `${NEW} online`]);
          await restart();
        }
      });
    }

    it('its will and its birth in one batch with what follows do not either', async () => {
      await commit(
        status({ boot: OLD, connection: 2 }),
        lost(OLD, 2),
        status({ boot: NEW + 1 }),
        lost(OLD, 2),
        status({ boot: OLD, connection: 2 }),
      );
      assert.equal(await stands(), `${NEW + 1} online`);
    });

    it('its alerts out of flash are stored, fill their holes, open no scan and make the sensor no older', async () => {
      const outcome = await commit(alert(3, { boot: OLD, record: { episode: 9 } }), alert(1, { boot: NEW }));
      assert.deepEqual(
        [outcome.stored, await stands(), await scans()],
        [2, `${NEW} online`, `${OLD},${OLD},${NEW} open`],
      );
      await commit(alert(2, { boot: OLD, record: { episode: 9 } }));
      assert.deepEqual([await listGaps(db, 10), await stands()], [[], `${NEW} online`]);
    });

    it('a queue of its health messages that comes at once does not make it run', async () => {
      now += 10 * MINUTE;
      await commit(beat(NEW));
      for (let i = 1; i < 10; i++) await commit(beat(OLD, { figures: { uptime: MINUTE + i * 30 * SECOND } }));
      assert.equal(await stands(), `${NEW} online`);
    });

    it('alerts of a boot that was never seen do not start it, whatever its number', async () => {
      await commit(alert(1, { boot: HUGE }), alert(1, { boot: 3 }));
      assert.equal(await stands(), `${NEW} online`);
    });

    it('nor does the late will of one', async () => {
      await commit(lost(HUGE), lost(3));
      assert.equal(await stands(), `${NEW} online`);
    });
  });

  describe('a forged boot number', () => {
    beforeEach(async () => {
      await commit(status({ boot: 5, home: ['10.1.0.0/16'] }));
      await beats(5, 3);
    });

    it('does not outlive two heartbeats of the sensor', async () => {
      await commit(
        status({ boot: HUGE, connection: HUGE, version: '99.0.0', home: ['0.0.0.0/0'] }),
        lost(HUGE, HUGE),
        beat(HUGE),
      );
      assert.equal((await only()).boot, HUGE);
      await beats(5, 2);
      const { boot, state, version, health: figures } = await only();
      assert.deepEqual([boot, state, version, figures['uptime']], [5, 'online', '0.1.0', now - T0 + MINUTE]);
      const [row] = await db.all<{ status: string }>('SELECT status FROM sensors');
      assert.match(row?.status ?? '', /"home":\["10\.1\.0\.0\/16"\]/);
      await beats(5, 4);
      assert.equal(await open(), '');
    });

    it('does not outlive the next start of the sensor', async () => {
      await commit(status({ boot: HUGE }), alert(1, { boot: HUGE }));
      await commit(status({ boot: 6 }), beat(6, { figures: { uptime: 1000 } }));
      assert.deepEqual([await stands(), await scans()], ['6 online', String(HUGE)]);
    });

    it('and taken in advance does not outlive two heartbeats of the start that has it', async () => {
      for (const boot of [6, 7, 8]) await commit(status({ boot }));
      await commit(status({ boot: 6 }));
      await beats(6, 2);
      assert.equal(await stands(), '6 online');
      await commit(lost(6, 1));
      assert.equal(await stands(), '6 gone lost');
    });

    it('nor does a forged will of its own boot and of a huge connection', async () => {
      await commit(lost(5, HUGE));
      assert.equal(await stands(), '5 gone lost');
      await beats(5, 2);
      assert.deepEqual([await stands(), await open()], ['5 online', 'gone']);
      await look();
      assert.equal(await open(), '');
      await commit(lost(5, 1));
      assert.equal(await stands(), '5 gone lost', 'the true one counts again');
    });

    it('is one incident where it happens again and again, which ends an hour later', async () => {
      for (const boot of [HUGE, HUGE - 1, HUGE - 2]) {
        await commit(status({ boot }));
        await beats(5, 3);
      }
      assert.equal(await open(), 'twin');
      await beats(5, 118);
      await pass(MINUTE);
      assert.equal(await open(), '');
    });
  });

  it('two sensors of one name that run at once are an incident', async () => {
    await commit(status({ boot: OLD }), status({ boot: NEW }));
    for (let i = 0; i < 12; i++) {
      await pass(30 * SECOND);
      await commit(beat(OLD), beat(NEW));
    }
    assert.equal(await open(), 'twin');
  });

  it('a will is no sign of a boot that reported before it', async () => {
    await commit(status(), beat(1));
    await beats(1, 3);
    await pass(30 * SECOND);
    await commit(lost(1), beat(1));
    assert.equal(await stands(), '1 gone lost');
  });

  it('an older store is migrated, and a sensor it took for gone is seen again', async () => {
    await db.close();
    where = await fresh();
    db = await connectStore(where);
    await migrate(db, 11);
    const text = (boot: number, state: string): string =>
      JSON.stringify({
        state,
        reason: state === 'online' ? '' : 'lost',
        boot,
        connection: 1,
        version: '0.1.0',
        clock: 'synced',
        time: T0,
      });
    const body = JSON.stringify((decode(health({ boot: NEW })) as { health: object }).health);
    await db.transaction(async (tx) => {
      for (const [sensor, boot, state] of [
        ['stuck', OLD, 'offline'],
        ['well', 7, 'online'],
      ] as const) {
        await tx.all(
          `INSERT INTO sensors (site, sensor, boot, first_seen, last_seen, status, status_received, interval_ms, frames_per_second)
          VALUES ('berlin', ?, ?, ?, ?, ?, ?, 30000, 0)`,
          [sensor, boot, T0 - MINUTE, T0, text(boot, state), T0 - MINUTE],
        );
      }
      for (const [sensor, boot, received] of [
        ['stuck', OLD, T0 - 2 * MINUTE],
        ['stuck', NEW, T0],
        ['well', 6, T0 - 2 * MINUTE],
      ] as const) {
        await tx.all('INSERT INTO health (site, sensor, boot, uptime, received, body) VALUES (?, ?, ?, 30000, ?, ?)', [
          'berlin',
          sensor,
          boot,
          received,
          body,
        ]);
        await tx.all('INSERT INTO boots (site, sensor, boot, highest, exact) VALUES (?, ?, ?, 3, 0)', [
          'berlin',
          sensor,
          boot,
        ]);
      }
    });
    assert.equal(await migrate(db), 11);
    assert.ok(SCHEMA_VERSION >= 12);
    const all = async (): Promise<string[]> =>
      (await listSensors(db, now)).map(({ sensor, boot, state }) => `${sensor} ${boot} ${state}`);
    assert.deepEqual(await all(), [`stuck ${NEW} online`, 'well 7 online']);
    await commit(
      status({ sensor: 'stuck', boot: OLD, retained: true }),
      status({ sensor: 'well', boot: 6, state: 'offline', reason: 'lost' }),
    );
    assert.deepEqual(await all(), [`stuck ${NEW} online`, 'well 7 online']);
  });
}
