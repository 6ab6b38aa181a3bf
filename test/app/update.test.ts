import assert from 'node:assert/strict';
import { decode } from 'cborg';
import { BLOCK, MARK, TRIAL, updateTimes } from '../../src/app/core/update.js';
import { readHealth, updateSteps } from '../../src/protocol/health.js';
import { readStatus } from '../../src/protocol/status.js';
import { encodeBlock, encodeManifest } from '../../src/protocol/update.js';
import type { Given } from './update-world.js';
import { FakeMachine, imageBytes, KEY, OTHER_KEY, signWith, topic, UpdateWorld } from './update-world.js';

const SMALL = 5 * BLOCK + 100;

function world(size = SMALL, given: Given = {}, machine?: FakeMachine): UpdateWorld {
  const made = new UpdateWorld(imageBytes(size), given, machine);
  made.run(500);
  return made;
}

const healthOf = (from: UpdateWorld) => {
  from.app.report();
  from.run(100);
  return readHealth(decode(from.broker.on('health').at(-1)?.payload as Uint8Array, { useMaps: true }));
};

/** What must be true of every sensor at every time. */
function installed(from: UpdateWorld): void {
  assert.deepEqual(from.machine.slots[from.machine.running]?.slice(0, from.image.length), from.image);
  assert.deepEqual([from.machine.version, from.machine.state], ['1.1.0', 'settled']);
}
function untouched(from: UpdateWorld): void {
  assert.deepEqual(
    [from.machine.running, from.machine.version, from.machine.starts, from.requests],
    [0, '1.0.0', 1, 0],
  );
}

describe('An update', () => {
  it('is fetched block by block, checked, started, and stays once the broker has heard of it', () => {
    const sensor = world();
    sensor.publish(sensor.offer());
    sensor.settle();
    installed(sensor);
    assert.equal(sensor.requests, 6);
    assert.equal(sensor.machine.starts, 2);
    assert.ok(sensor.said.some((line) => /1\.1\.0 has reached the broker/.test(line)));
  });

  it('is nothing to a sensor that already runs it, and nothing is fetched, refused or worn', () => {
    const sensor = world();
    sensor.publish(sensor.offer({ version: '1.0.0' }));
    sensor.run(60_000);
    untouched(sensor);
    assert.deepEqual([sensor.app.updater?.refused, sensor.app.updater?.problem, sensor.machine.erased], [0, '', 0]);
  });

  it('has nothing to say where there is none', () => {
    const sensor = world();
    sensor.run(3_600_000, 1000);
    untouched(sensor);
    const { figures, updateProblem } = healthOf(sensor);
    assert.deepEqual(
      [figures.updateStep, figures.updatesRefused, figures.updateStrays, updateProblem],
      [0, 0, 0, undefined],
    );
  });

  it('asks for one block at a time, each at its place', () => {
    const sensor = world();
    const asked: number[][] = [];
    let open = 0;
    sensor.answer = (of, image, offset, length) => {
      assert.equal(++open, 1);
      asked.push([offset, length]);
      of.give(image, offset, length);
      open--;
    };
    sensor.publish(sensor.offer());
    sensor.settle();
    assert.deepEqual(asked, [
      [0, 1024],
      [1024, 1024],
      [2048, 1024],
      [3072, 1024],
      [4096, 1024],
      [5120, 100],
    ]);
  });

  it('names its board in the birth, and tells in its health how far it is', () => {
    const sensor = world(3 * MARK);
    assert.equal(readStatus(sensor.broker.retained.get(`${topic}status`) as string).board, 'wt32_eth01');
    sensor.publish(sensor.offer());
    sensor.run(3_000);
    const { figures } = healthOf(sensor);
    assert.equal(updateSteps[figures.updateStep], 'fetching');
    assert.ok(figures.updateBytes > 0 && figures.updateBytes < 3 * MARK, String(figures.updateBytes));
  });

  it('begins at a random time within the stagger, so that a fleet does not come at once', () => {
    for (const [chance, at] of [
      [0, 0],
      [0.25, 900],
      [0.999, 3596],
    ] as const) {
      const sensor = world(SMALL, { random: () => chance });
      sensor.publish(sensor.offer({}, { stagger: 3600 }));
      sensor.run(Math.max(1, at - 2) * 1000, 1000);
      assert.equal(sensor.requests > 0, at === 0, `${chance} early`);
      sensor.run(20_000, 1000);
      assert.ok(sensor.requests > 0, `${chance} late`);
    }
  });

  it('waits for the time to be known, because a manifest ends', () => {
    const given: Given = { clock: 'uptime' };
    const sensor = world(SMALL, given);
    sensor.publish(sensor.offer());
    sensor.run(60_000);
    untouched(sensor);
    given.clock = 'synced';
    sensor.settle();
    installed(sensor);
  });
});

describe('An update that must not be', () => {
  const refusals: [string, (sensor: UpdateWorld) => string, RegExp][] = [
    [
      'of another board',
      (sensor) => sensor.offer({ board: 'esp32_poe' }),
      /for the board esp32_poe, and this is wt32_eth01/,
    ],
    ['of an older version', (sensor) => sensor.offer({ version: '0.9.9' }), /older than 1\.0\.0/],
    ['that may not follow this version', (sensor) => sensor.offer({ minimum: '1.0.1' }), /may follow 1\.0\.1/],
    ['that has expired', (sensor) => sensor.offer({ expires: 1_759_999_999 }), /expired/],
    ['that has no room', (sensor) => sensor.offer({ size: 300_001 }), /there is room for 300000/],
    ['signed by a stranger', (sensor) => sensor.offer({}, {}, OTHER_KEY), /no release key/],
    [
      'whose manifest was changed after it was signed',
      (sensor) => sensor.offer({}, { signature: signWith(KEY, encodeManifest(sensor.manifest({ version: '1.0.5' }))) }),
      /no release key/,
    ],
    [
      'signed without saying what for',
      (sensor) => sensor.offer({}, { signature: `${KEY.slice(0, 64)}${'0'.repeat(64)}` }),
      /no release key/,
    ],
    ['that is garbage', () => '\u0000{{{', /not JSON/],
    ['that is huge', () => 'x'.repeat(10_000), /longer than/],
  ];
  for (const [title, text, reason] of refusals) {
    it(`an update is refused: one ${title}`, () => {
      const sensor = world();
      sensor.publish(text(sensor));
      sensor.run(60_000);
      untouched(sensor);
      assert.equal(sensor.machine.erased, 0);
      const { updateProblem, figures } = healthOf(sensor);
      assert.match(updateProblem ?? '', reason);
      assert.equal(figures.updatesRefused, 1);
    });
  }

  it('is refused by a sensor that has no release key, whoever signed', () => {
    const sensor = world(SMALL, { keys: [] });
    sensor.publish(sensor.offer());
    sensor.run(60_000);
    untouched(sensor);
    assert.match(sensor.app.updater?.problem ?? '', /no release key/);
  });

  it('is taken of either of two keys, so that one can follow the other', () => {
    for (const key of [KEY, OTHER_KEY]) {
      const sensor = world(SMALL, { keys: [KEY, OTHER_KEY] });
      sensor.publish(sensor.offer({}, {}, key));
      sensor.settle();
      installed(sensor);
    }
  });

  it('does not disturb one that is under way', () => {
    const sensor = world(4 * MARK);
    sensor.publish(sensor.offer());
    sensor.run(1_000);
    assert.equal(sensor.app.updater?.step, 'fetching');
    sensor.broker.send(`${topic}update`, sensor.offer({}, {}, OTHER_KEY));
    sensor.settle();
    assert.ok(sensor.said.some((line) => /An update was refused: .*no release key/.test(line)));
    installed(sensor);
  });

  it('costs no more than a signature in ten seconds, however many are offered, and the last one counts', () => {
    const sensor = world();
    for (let i = 0; i < 500; i++)
      sensor.broker.send(`${topic}update`, sensor.offer({ version: `1.0.${i + 1}` }, {}, OTHER_KEY));
    sensor.publish(sensor.offer());
    sensor.settle();
    installed(sensor);
    assert.ok(sensor.said.filter((line) => /refused/.test(line)).length <= 2);
  });

  it('is found out by its hash: what was sent is not what was signed, and it is never asked for again', () => {
    const sensor = world();
    sensor.answer = (of, image, offset, length) => {
      const data = of.image.slice(offset, offset + length);
      if (offset === 2048) data[77] = (data[77] as number) ^ 1;
      of.broker.sendBytes(`${topic}block`, encodeBlock(image, offset, data));
    };
    sensor.publish(sensor.offer());
    sensor.settle();
    assert.equal(sensor.app.updater?.step, 'failed');
    assert.match(healthOf(sensor).updateProblem ?? '', /not the image that was signed/);
    const { requests } = sensor;
    for (let i = 0; i < 3; i++) {
      sensor.start();
      sensor.run(700_000, 1000);
    }
    assert.equal(sensor.requests, requests);
    assert.equal(sensor.machine.running, 0);
    assert.match(healthOf(sensor).updateProblem ?? '', /not the image that was signed/);
  });

  it('is tried again when a person says so, by a higher attempt and not by a lower one', () => {
    const sensor = world();
    sensor.machine.broken.activate = 'bad header';
    sensor.publish(sensor.offer({}, { attempt: 2 }));
    sensor.settle();
    assert.match(sensor.app.updater?.problem ?? '', /none for this machine: bad header/);
    sensor.machine.broken = {};
    const { requests } = sensor;
    sensor.publish(sensor.offer({}, { attempt: 1 }));
    sensor.run(700_000, 1000);
    assert.equal(sensor.requests, requests);
    sensor.publish(sensor.offer({}, { attempt: 3 }));
    sensor.settle();
    installed(sensor);
  });

  it('is given up where the flash fails, and the sensor goes on', () => {
    for (const broken of [{ write: 'worn out' }, { read: 'worn out' }, { activate: 'worn out' }]) {
      const sensor = world();
      sensor.machine.broken = broken;
      sensor.publish(sensor.offer());
      sensor.settle();
      assert.match(sensor.app.updater?.problem ?? '', /worn out/);
      assert.deepEqual([sensor.machine.running, sensor.machine.starts, sensor.app.uplink.state], [0, 1, 'online']);
    }
  });

  it('is not started where it cannot be written down that it was: it might be tried for ever', () => {
    const sensor = world();
    sensor.machine.broken.keep = 'full';
    sensor.publish(sensor.offer());
    sensor.settle();
    assert.deepEqual([sensor.machine.starts, sensor.app.updater?.step], [1, 'failed']);
  });

  it('wears the flash no more than once in ten minutes when two good ones are offered in turns', () => {
    const sensor = world(MARK);
    const other = new UpdateWorld(imageBytes(MARK, 2));
    sensor.answer = () => {};
    for (let i = 0; i < 60; i++) {
      sensor.publish(i % 2 === 0 ? sensor.offer() : other.offer({ version: '1.2.0' }));
      sensor.run(20_000, 1000);
    }
    const begins = sensor.said.filter((line) => /offered/.test(line)).length;
    assert.ok(begins > 10, String(begins));
    assert.ok(sensor.requests < 60, String(sensor.requests));
  });
});

describe('Blocks', () => {
  it('that nobody asked for are counted and do nothing', () => {
    const sensor = world();
    for (let i = 0; i < 1000; i++) sensor.give(sensor.id, 0, 1024);
    assert.equal(sensor.app.updater?.strays, 1000);
    untouched(sensor);
    assert.equal(sensor.machine.erased, 0);
  });

  const wrong: [string, (of: UpdateWorld, image: string, offset: number, length: number) => Uint8Array][] = [
    [
      'of another image',
      (of, _image, offset, length) => encodeBlock('00'.repeat(8), offset, of.image.slice(offset, offset + length)),
    ],
    [
      'of another place',
      (of, image, offset, length) => encodeBlock(image, offset + length, of.image.slice(offset, offset + length)),
    ],
    [
      'of the place before',
      (of, image, offset, length) => encodeBlock(image, offset - 1024, of.image.slice(offset, offset + length)),
    ],
    [
      'that are too short',
      (of, image, offset, length) => encodeBlock(image, offset, of.image.slice(offset, offset + length - 1)),
    ],
    ['that are too long', (of, image, offset) => encodeBlock(image, offset, of.image.slice(offset, offset + 4096))],
    ['that are empty', (_of, image, offset) => encodeBlock(image, offset, new Uint8Array(0))],
    ['that are no blocks', () => new Uint8Array(5)],
  ];
  for (const [title, make] of wrong) {
    it(`${title} are passed over, and the right one after them is taken`, () => {
      const sensor = world(7 * BLOCK + 3);
      sensor.answer = (of, image, offset, length) => {
        of.broker.sendBytes(`${topic}block`, make(of, image, offset, length));
        of.give(image, offset, length);
      };
      sensor.publish(sensor.offer());
      sensor.run(2_000);
      assert.ok((sensor.app.updater?.strays ?? 0) > 0 || sensor.machine.starts > 1);
      sensor.settle();
      installed(sensor);
    });
  }

  it('a block that comes twice is taken once', () => {
    const sensor = world();
    sensor.answer = (of, image, offset, length) => {
      of.give(image, offset, length);
      of.give(image, offset, length);
    };
    sensor.publish(sensor.offer());
    sensor.settle();
    installed(sensor);
  });

  it('that get lost are asked for again, later and later, and never in step', () => {
    const sensor = world();
    const times: number[] = [];
    sensor.answer = (of) => times.push(of.time.ms);
    sensor.publish(sensor.offer());
    sensor.run(7_200_000, 500);
    const gaps = times.slice(1).map((at, i) => at - (times[i] as number));
    assert.ok(gaps.length > 8 && gaps.length < 30, String(gaps.length));
    assert.ok(gaps.every((gap) => gap <= updateTimes.answerMost + 1000));
    assert.ok((gaps.at(-1) as number) > updateTimes.answerMost / 2);
    sensor.answer = (of, image, offset, length) => of.give(image, offset, length);
    sensor.settle();
    installed(sensor);
  });

  it('are worth nothing after the update was withdrawn', () => {
    const sensor = world(MARK);
    sensor.publish(sensor.offer());
    sensor.run(1_000);
    sensor.publish('');
    sensor.run(1_000);
    const { requests } = sensor;
    assert.equal(sensor.app.updater?.step, 'none');
    sensor.run(600_000, 1000);
    assert.equal(sensor.requests, requests);
    assert.equal(sensor.machine.starts, 1);
  });
});

describe('A new image', () => {
  it('that never reaches the broker is taken back in time, and never tried again', () => {
    const sensor = world();
    sensor.trialMode = 'mute';
    sensor.publish(sensor.offer());
    for (let i = 0; sensor.machine.starts < 2 && i < 1000; i++) sensor.run(100);
    assert.equal(sensor.machine.state, 'trial');
    sensor.run(TRIAL - 5_000, 500);
    assert.equal(sensor.machine.running, 1);
    for (let i = 0; sensor.machine.running === 1 && i < 20; i++) sensor.run(500);
    assert.deepEqual([sensor.machine.running, sensor.machine.version], [0, '1.0.0']);
    sensor.broker.mode = 'up';
    const { requests } = sensor;
    sensor.run(1_200_000, 500);
    assert.equal(sensor.app.uplink.state, 'online');
    assert.match(healthOf(sensor).updateProblem ?? '', /Version 1\.1\.0 did not reach the broker and was taken back/);
    assert.equal(updateSteps[healthOf(sensor).figures.updateStep], 'failed');
    assert.equal(sensor.requests, requests);
  });

  it('that restarts before its birth is acknowledged is taken back by the boot loader', () => {
    const sensor = world();
    sensor.trialMode = 'mute';
    sensor.publish(sensor.offer());
    for (let i = 0; sensor.machine.starts < 2 && i < 1000; i++) sensor.run(100);
    sensor.broker.mode = 'up';
    sensor.start();
    sensor.settle();
    assert.deepEqual([sensor.machine.running, sensor.app.updater?.step], [0, 'failed']);
  });

  it('is not taken back by time alone once it is confirmed', () => {
    const sensor = world();
    sensor.publish(sensor.offer());
    sensor.settle();
    sensor.broker.mode = 'down';
    sensor.broker.cut();
    sensor.run(3 * TRIAL, 1000);
    sensor.start();
    installed(sensor);
    assert.equal(sensor.machine.running, 1);
  });

  it('does not begin another update while it is on trial', () => {
    const sensor = world();
    sensor.trialMode = 'mute';
    sensor.publish(sensor.offer());
    for (let i = 0; sensor.machine.starts < 2 && i < 1000; i++) sensor.run(100);
    const { requests } = sensor;
    sensor.app.updater?.offered(sensor.offer({ version: '1.2.0' }));
    sensor.app.updater?.block(encodeBlock(sensor.id, 0, sensor.image.slice(0, 1024)));
    assert.deepEqual([sensor.app.updater?.step, sensor.requests], ['trial', requests]);
  });

  it('an image that was written is followed by the next', () => {
    const sensor = world();
    sensor.publish(sensor.offer());
    sensor.settle();
    sensor.newVersion = '1.2.0';
    sensor.publish(sensor.offer({ version: '1.2.0' }));
    sensor.settle();
    assert.deepEqual([sensor.machine.running, sensor.machine.version, sensor.machine.starts], [0, '1.2.0', 3]);
  });

  it('whose confirmation cannot be written goes back', () => {
    const sensor = world();
    Object.assign(sensor.machine.slot, {
      confirm: () => {
        throw new Error('worn out');
      },
    });
    sensor.publish(sensor.offer());
    sensor.run(60_000);
    assert.equal(sensor.machine.running, 1);
    sensor.run(TRIAL, 500);
    assert.equal(sensor.machine.running, 0);
  });
});

describe('A cut', () => {
  it('of the connection at any block costs that block and no more', () => {
    for (let at = 0; at < 6; at++) {
      const sensor = world();
      let cut = false;
      sensor.answer = (of, image, offset, length) => {
        if (offset !== at * BLOCK || cut) return of.give(image, offset, length);
        cut = true;
        of.broker.cut();
      };
      sensor.publish(sensor.offer());
      sensor.settle();
      installed(sensor);
      assert.equal(sensor.requests, 7);
    }
  });

  it('of the power goes on from the last mark, not from the start', () => {
    const sensor = world(3 * MARK + 500);
    sensor.publish(sensor.offer());
    for (let i = 0; (sensor.app.updater?.figures().updateBytes ?? 0) < 2 * MARK + 5000 && i < 10_000; i++)
      sensor.run(100);
    const offsets: number[] = [];
    sensor.answer = (of, image, offset, length) => {
      offsets.push(offset);
      of.give(image, offset, length);
    };
    sensor.start();
    sensor.settle();
    assert.equal(offsets[0], 2 * MARK);
    installed(sensor);
  });

  it('of the power at any erase, write or note leaves a sensor that runs, and the update comes to its end', () => {
    // Counts the operations of an update without a cut, then cuts at each of them.
    const size = MARK + 2 * BLOCK + 10;
    const whole = world(size);
    whole.publish(whole.offer());
    whole.settle();
    const { operations } = whole.machine;
    assert.ok(operations > 80, String(operations));
    let back = 0;
    for (let cut = 0; cut < operations; cut++) {
      const machine = new FakeMachine();
      machine.cutAfter = cut;
      const sensor = world(size, {}, machine);
      sensor.step = 150;
      sensor.publish(sensor.offer());
      sensor.settle();
      assert.equal(sensor.app.uplink.state, 'online', `cut ${cut}`);
      // The one place where a cut ends it for good: after the new image has started and before it is confirmed.
      if (machine.version === '1.0.0') {
        back++;
        assert.match(sensor.app.updater?.problem ?? '', /taken back/, `cut ${cut}`);
      } else installed(sensor);
    }
    assert.equal(back, 1);
  });

  it('of the power while it waits for its turn changes nothing', () => {
    const sensor = world();
    sensor.publish(sensor.offer({}, { stagger: 3600 }));
    sensor.run(60_000, 1000);
    sensor.start();
    sensor.run(60_000, 1000);
    assert.equal(sensor.requests, 0);
    sensor.settle();
    installed(sensor);
  });

  it("between the note that it is started and the boot loader's does not loop", () => {
    const machine = new FakeMachine();
    const sensor = world(SMALL, {}, machine);
    // The boot loader never takes it, and never says so.
    Object.assign(machine.slot, { activate: () => {} });
    sensor.publish(sensor.offer());
    sensor.settle();
    assert.deepEqual([machine.running, sensor.app.updater?.step], [0, 'failed']);
    assert.ok(machine.starts <= 3, String(machine.starts));
  });

  it('leaves notes that were damaged to count for nothing', () => {
    for (const kept of [
      '',
      'x',
      '7',
      'null',
      '{"id":7,"at":"x","failed":3}',
      `{"id":"${'0'.repeat(16)}.1","at":17,"switches":0}`,
      JSON.stringify({ at: -5, switches: -1 }),
    ]) {
      const machine = new FakeMachine();
      machine.kept = kept;
      const sensor = world(SMALL, {}, machine);
      sensor.publish(sensor.offer());
      sensor.settle();
      installed(sensor);
    }
  });

  it('leaves a note of a place that is no mark to count for nothing', () => {
    const machine = new FakeMachine();
    const sensor = world(SMALL, {}, machine);
    machine.kept = JSON.stringify({
      id: `${sensor.id}.1`,
      version: '1.1.0',
      at: 1000,
      switches: 0,
      failed: [],
      problem: '',
    });
    sensor.start();
    sensor.publish(sensor.offer());
    sensor.settle();
    installed(sensor);
  });
});
