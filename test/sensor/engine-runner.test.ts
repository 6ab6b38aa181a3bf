import assert from 'node:assert/strict';
import { engineSettings } from '../../host/sensor/engine-runner.js';
import { Pace } from '../../host/sensor/pace.js';
import { configMembers, readConfig } from '../../src/protocol/config.js';
import { engineMembers } from '../../src/protocol/engine-config.js';
import { sampleRecord } from '../support/samples.js';

const config = {
  version: 1,
  home: [],
  alertsPerMinute: 0,
  healthSeconds: 30,
  evidence: 0,
  bytesPerDay: 0,
  sampleKey: 0,
  watch: [],
};

describe('The engine settings of a config', () => {
  it('is the blocks of the config before those of the command line, and these where it has none', () => {
    assert.deepEqual(engineSettings(['10.0.0.0/8'], undefined), { home: ['10.0.0.0/8'] });
    assert.deepEqual(engineSettings(['10.0.0.0/8'], { ...config, home: ['192.0.2.0/24'] }), { home: ['192.0.2.0/24'] });
    assert.deepEqual(engineSettings(['10.0.0.0/8'], config), { home: ['10.0.0.0/8'] });
    assert.deepEqual(engineSettings([], config), {});
  });

  it("is nothing of what is the uplink's, and nothing that is the engine's default", () => {
    const told = { alertsPerMinute: 9, evidence: 4, sampleKey: 77, watch: ['203.0.113.0/24'] };
    assert.deepEqual(
      engineSettings([], { ...config, version: 7, healthSeconds: 60, bytesPerDay: 1000, ...told }),
      told,
    );
  });

  it("is every member that is the engine's; the sensor itself reads the others", () => {
    const all = readConfig(
      JSON.stringify({
        version: 7,
        home: ['10.0.0.0/8'],
        alertsPerMinute: 9,
        healthSeconds: 60,
        evidence: 4,
        bytesPerDay: 1000,
        sampleKey: 77,
        watch: ['203.0.113.0/24'],
      }),
    );
    assert.deepEqual(Object.keys(engineSettings([], all)).sort(), [...engineMembers].sort());
    // A new member that stands here and in engineMembers neither is one that nothing reads.
    const own = ['healthSeconds', 'bytesPerDay'];
    assert.deepEqual([...engineMembers, ...own].sort(), [...configMembers].sort());
  });
});

describe('The pace of a replay', () => {
  it("lets the first frame through and holds the others by the capture's clock", () => {
    let wall = 1_000_000;
    const pace = new Pace(2, () => wall);
    assert.equal(pace.wait(500), 0);
    assert.equal(pace.wait(2500), 1000);
    wall += 1000;
    assert.equal(pace.wait(2500), 0);
    assert.equal(pace.captureNow(), 2500);
    wall += 10_000;
    assert.ok(pace.wait(2500) < 0);
  });

  it("moves a record to the wall's clock, its length divided by the speed", () => {
    const pace = new Pace(4, () => 1_000_000);
    pace.wait(0);
    const moved = pace.restamp(sampleRecord({ time: 8000, first: 0, last: 4000, shapeStep: 1024 }));
    assert.deepEqual([moved.time, moved.first, moved.last, moved.shapeStep], [1_002_000, 1_000_000, 1_001_000, 256]);
  });

  it("leaves the length as it is at the capture's own pace", () => {
    const pace = new Pace(1, () => 1_000_000);
    pace.wait(7000);
    const moved = pace.restamp(sampleRecord({ time: 9000, first: 7000, last: 8000, shapeStep: 1024 }));
    assert.deepEqual([moved.time - moved.first, moved.last - moved.first, moved.shapeStep], [2000, 1000, 1024]);
  });

  it('never makes a bar shorter than a millisecond', () => {
    const pace = new Pace(1e6, () => 0);
    pace.wait(0);
    assert.equal(pace.restamp(sampleRecord({ shapeStep: 2 })).shapeStep, 1);
  });
});
