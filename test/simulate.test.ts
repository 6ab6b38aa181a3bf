import assert from 'node:assert/strict';
import { benignTable, measureBenign } from '../scripts/simulate/benign.js';
import { Dice } from '../scripts/simulate/dice.js';
import { ip } from '../scripts/simulate/frames.js';
import { lan, populate, workingHours } from '../scripts/simulate/offices.js';
import { type ScanPlan, scan } from '../scripts/simulate/scanners.js';
import { poissonAtMost, poissonInterval, quantile, wilson } from '../scripts/simulate/statistics.js';
import { HOUR, SECOND, startOfTime, World } from '../scripts/simulate/world.js';

const near = (actual: number, expected: number, tolerance = 0.0005): void =>
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual}, not ${expected}`);

describe('statistics of the simulator', () => {
  it('gives the Wilson intervals of the literature', () => {
    // Newcombe 1998, Statistics in Medicine 17, table I, method 3.
    for (const [hits, trials, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const) {
      near(wilson(hits, trials).low, low);
      near(wilson(hits, trials).high, high);
    }
  });

  it('ends a Wilson interval at 0 and 1 where no run or every run succeeded, and knows nothing of no run', () => {
    assert.equal(wilson(0, 10).low, 0);
    assert.equal(wilson(10, 10).high, 1);
    assert.deepEqual(wilson(0, 0), { low: 0, high: 1 });
  });

  it('gives the exact Poisson intervals of the literature', () => {
    // Garwood 1936.
    for (const [count, low, high] of [
      [0, 0, 3.6889],
      [1, 0.0253, 5.5716],
      [2, 0.2422, 7.2247],
      [5, 1.6235, 11.6683],
      [10, 4.7954, 18.3904],
      [100, 81.364, 121.6272],
    ] as const) {
      near(poissonInterval(count).low, low);
      near(poissonInterval(count).high, high);
    }
    near(poissonAtMost(2, 3), 0.4232);
  });

  it('takes as quantile a value that occurred', () => {
    assert.equal(quantile([5, 1, 3], 0.5), 3);
    assert.equal(quantile([5, 1, 3, 9], 0.9), 9);
    assert.equal(quantile([], 0.5), undefined);
  });
});

describe('the simulated branch', () => {
  it('draws alike for like seeds, and otherwise for others', () => {
    const draws = (seed: number): number[] =>
      Array.from(
        { length: 5 },
        (
          (dice) => () =>
            dice.next()
        )(new Dice(seed)),
      );
    assert.deepEqual(draws(7), draws(7));
    assert.notDeepEqual(draws(7), draws(8));
  });

  it('draws gaps of the mean that is asked for', () => {
    const dice = new Dice(3);
    let sum = 0;
    for (let i = 0; i < 20_000; i++) sum += dice.exponential(10);
    near(sum / 20_000, 10, 0.3);
  });

  it('works from Monday to Friday by day', () => {
    assert.equal(workingHours(startOfTime + 10 * HOUR), 1);
    assert.ok(workingHours(startOfTime + 3 * HOUR) < 1);
    assert.ok(workingHours(startOfTime + (5 * 24 + 10) * HOUR) < 1);
  });

  it('lets happen first what is due first, and no later than asked for', async () => {
    const world = await World.create('lan', 1);
    const order: number[] = [];
    for (const delay of [30, 10, 20, 10, 50]) world.after(delay, () => order.push(world.now - startOfTime));
    world.run(startOfTime + 40);
    assert.deepEqual(order, [10, 10, 20, 30]);
  });

  it('gives a benign source the answers it is configured to get, and the engine counts them', async () => {
    const world = await World.create('wan', 1);
    for (let i = 0; i < 100; i++)
      world.after(i * SECOND, () =>
        world.connect(ip('198.51.100.2'), ip('9.9.1.0') + i, 443, i < 80 ? 'answered' : 'refused'),
      );
    world.run(startOfTime + 200 * SECOND);
    assert.deepEqual([world.tally.asked, world.tally.answered], [100, 80]);
    assert.deepEqual([world.counters()['answered'], world.counters()['refused']], [80, 20]);
  });

  it('hides from a tap what does not pass it', async () => {
    for (const [place, seen] of [
      ['lan', true],
      ['wan', false],
      ['mixed', true],
    ] as const) {
      const world = await World.create(place, 1);
      world.alive(lan(5));
      world.connect(lan(50), lan(5), 445, 'answered');
      world.run(startOfTime + SECOND);
      assert.equal(world.tally.frames > 0, seen, place);
    }
  });

  it('asks by ARP for a dead neighbour three times and never gets to speak to it', async () => {
    const world = await World.create('lan', 1);
    world.connect(lan(50), lan(40), 445, 'silent');
    world.run(startOfTime + 20 * SECOND);
    assert.equal(world.tally.frames, 3);
  });

  it('has about as many connections succeed as the office is said to have', async () => {
    const world = await World.create('lan', 5);
    world.now += 9 * HOUR;
    populate(world, { size: 0.3, monitoring: false });
    world.run(world.now + HOUR);
    const share = world.tally.answered / world.tally.asked;
    assert.ok(world.tally.asked > 200 && share > 0.6 && share < 0.99, `${share} of ${world.tally.asked}`);
  });
});

describe('npm run simulate', () => {
  const plan: ScanPlan = { way: 'outside TCP', gap: 100, order: 'random', alive: 0, liveHosts: 'open', good: 0 };

  it('finds a scanner of ten absent targets a second, from outside and inside', async () => {
    for (const way of ['outside TCP', 'inside TCP', 'inside ICMP', 'inside ARP'] as const) {
      const { found, probes, bystanders } = await scan({ ...plan, way }, 1);
      assert.deepEqual([found, probes < 25, bystanders], [true, true, 0], `${way}: ${probes} probes`);
    }
  });

  it('measures the same for the same seed, and accuses nobody on a quiet day', async () => {
    const first = await measureBenign(1, 1, 0, 4);
    assert.equal(benignTable(first), benignTable(await measureBenign(1, 1, 0, 4)));
    assert.equal(
      first.reduce((sum, row) => sum + row.falseAlerts, 0),
      0,
    );
    assert.ok(first.slice(0, 3).every((row) => row.frames > 10_000));
    assert.deepEqual(await scan(plan, 2), await scan(plan, 2));
  });
});
