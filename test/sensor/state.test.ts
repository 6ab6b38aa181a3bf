import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../host/common/errors.js';
import { SensorState } from '../../host/sensor/state.js';

const now = 1_760_000_000_000;

describe('The state of a Linux sensor', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'blockwatch-'))));
  afterEach(() => rmSync(directory, { recursive: true }));
  const run = (site = 'berlin', sensor = 'tap', at = now): number => {
    const state = new SensorState(directory, site, sensor, at);
    state.close();
    return state.boot;
  };

  it('counts one boot more with each run', () => {
    const first = run();
    assert.deepEqual([run(), run()], [first + 1, first + 2]);
  });

  it('begins above every boot before, when the state was lost', () => {
    const before = run();
    for (const file of readdirSync(directory)) rmSync(join(directory, file));
    assert.ok(run('berlin', 'tap', now + 60_000) > before);
  });

  it('gives no number twice when an old copy of the state is put back', () => {
    run();
    const path = join(directory, 'sensor-berlin+tap.json');
    const copy = readFileSync(path);
    const used = [run(), run(), run()];
    writeFileSync(path, copy);
    const next = run('berlin', 'tap', now + 60_000);
    assert.ok(!used.includes(next), `${next} of ${used.join()}`);
  });

  it('goes on counting when the clock was set back', () => {
    const before = run();
    assert.equal(run('berlin', 'tap', now - 86_400_000), before + 1);
  });

  it('starts again from the clock when its file is damaged', () => {
    const before = run();
    for (const text of ['', '{', 'null', '[]', '{"boot":-1}', '{"boot":"x"}', '{"boot":1e20}']) {
      writeFileSync(join(directory, 'sensor-berlin+tap.json'), text);
      assert.ok(run('berlin', 'tap', now + 60_000) > before, text);
    }
  });

  it('keeps sensors apart, wherever their hyphens are', () => {
    run('a-b', 'c');
    assert.equal(run('a', 'b-c', now + 5000), Math.floor((now + 5000) / 1000));
  });

  it('the state keeps the last good config', () => {
    const config = {
      version: 3,
      home: ['10.0.0.0/8'],
      alertsPerMinute: 0,
      healthSeconds: 30,
      evidence: 0,
      bytesPerDay: 0,
      sampleKey: 0,
      watch: [],
    };
    const before = new SensorState(directory, 'berlin', 'tap', now);
    before.saveConfig(config);
    before.close();
    const after = new SensorState(directory, 'berlin', 'tap', now);
    after.close();
    assert.deepEqual(after.config, config);
  });

  it('ignores a stored config that no longer validates', () => {
    writeFileSync(join(directory, 'sensor-berlin+tap.json'), '{"boot":5,"config":{"version":0}}');
    const state = new SensorState(directory, 'berlin', 'tap', now);
    state.close();
    assert.deepEqual([state.boot, state.config], [now / 1000, undefined]);
  });

  it('refuses a sensor that another process runs', () => {
    writeFileSync(join(directory, 'sensor-berlin+tap.lock'), String(process.ppid));
    assert.throws(
      () => run(),
      (error: unknown) => error instanceof UserError && error.code === 'BW_SENSOR_RUNS',
    );
  });

  it('takes over from a process that is gone', () => {
    writeFileSync(join(directory, 'sensor-berlin+tap.lock'), '4194304999');
    assert.ok(run() > 0);
    assert.equal(existsSync(join(directory, 'sensor-berlin+tap.lock')), false);
  });

  it("the state's directory is made where it is missing", () => {
    const state = new SensorState(join(directory, 'a', 'b'), 'berlin', 'tap', now);
    state.close();
    assert.ok(state.boot > 0);
  });

  it('says what is wrong with a directory that cannot be used', () => {
    writeFileSync(join(directory, 'file'), '');
    assert.throws(
      () => new SensorState(join(directory, 'file'), 'berlin', 'tap', now),
      (error: unknown) => {
        return error instanceof UserError && error.code === 'BW_STATE' && /--state/.test(error.message);
      },
    );
  });
});
