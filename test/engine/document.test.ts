import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { kinds, tools } from '../../src/protocol/record.js';
import { weightConstant } from './weights.js';

const page = readFileSync(join(projectRoot, 'docs/DETECTION.md'), 'utf8');
const source = readFileSync(join(projectRoot, 'src/engine/constants/weights.ts'), 'utf8');

/** Weights by the comment behind them, in 1/32 nat: pending, silent, dark, answered, refused. */
const weights = new Map(
  [...source.matchAll(/^ {2}((?:-?\d+, +){8})\/\/ (.*)$/gm)].map((match) => {
    const [, pending, silent, dark, answered, refused] = (match[1] as string).split(',').map(Number);
    return [
      (match[2] as string).split(':')[0] as string,
      { pending, silent, dark, answered, refused } as Record<string, number>,
    ];
  }),
);

const number = weightConstant;

describe('docs/DETECTION.md', () => {
  const rows = [
    ...page.matchAll(
      /^\| ([^|]+) \| (-|[\d.]+ \/ [\d.]+) \| (-|[\d.]+ \/ [\d.]+) \| (-|[\d.]+ \/ [\d.]+) \| (-|[\d.]+ \/ [\d.]+) \| ([+\d.]+) \|/gm,
    ),
  ];

  const breadths = [
    ...page.matchAll(/^\| ([^|]+) \| (-?[\d.]+) \| (-?[\d.]+) \| (-?[\d.]+) \| (-?[\d.]+) \| (-?[\d.]+) \|$/gm),
  ].filter(([, name]) => weights.has(name as string));

  it('gives every situation the pair of probabilities that its weight is the logarithm of', () => {
    assert.equal(rows.length, 11);
    for (const [, name, answered, refused, silent, dark, pending] of rows) {
      const weight = weights.get(name as string);
      assert.ok(weight, `"${name}" is a row of the weights`);
      const pairs: Record<string, string | undefined> = { answered, refused, silent, dark };
      for (const [outcome, pair] of Object.entries(pairs)) {
        const [scanner, benign] =
          pair === '-' ? [1, 1] : ((pair as string).split(' / ').map(Number) as [number, number]);
        const nats = Math.log(scanner / benign);
        assert.ok(
          Math.abs(nats - (weight[outcome] as number) / 32) < 0.06,
          `${name}, ${outcome}: ln ${pair} = ${nats.toFixed(2)}, the weight is ${(weight[outcome] as number) / 32}`,
        );
      }
      assert.ok(
        Math.abs(Number(pending) - (weight['pending'] as number) / 32) <= 0.065,
        `${name}: down payment ${pending}`,
      );
    }
  });

  it('gives the breadth of internal requests in hosts, of which a weight is an eighth', () => {
    assert.equal(breadths.length, 6);
    for (const [, name, ...hosts] of breadths) {
      const weight = weights.get(name as string);
      assert.ok(weight, `"${name}" is a row of the weights`);
      const { pending, silent, dark, answered, refused } = weight;
      assert.deepEqual(
        hosts.map((count) => Number(count) * 8),
        [pending, silent, dark, answered, refused],
        name,
      );
    }
  });

  it('leaves out no situation that has weights', () => {
    const listed = [...rows, ...breadths].map((match) => match[1] as string);
    for (const [name, weight] of weights) {
      if (Object.values(weight).some((value) => value !== 0)) assert.ok(listed.includes(name), name);
    }
  });

  it('says the thresholds that the code has', () => {
    const says = (text: string): void => assert.ok(page.replace(/\s+/g, ' ').includes(text), `"${text}"`);
    says(`| evidence | ${number('ALERT_EVIDENCE') / 32} nats;`);
    says(
      `${number('LOGINS_OUTSIDE')} from outside, draining one in ${Math.round(2 ** number('LOGINS_DRAIN_SHIFT_OUTSIDE') / 1000)} s`,
    );
    says(`${number('LOGINS_INSIDE')} between internal hosts`);
    says(`more than ${number('LOGIN_WORKED') / 1024} KB got in`);
    says(`receives ${number('FOOTHOLD_RECEIVED') / 1024} KB or sends ${number('FOOTHOLD_SENT') / 1024} KB`);
    says(
      `${number('FLOOD_CONTACTS').toLocaleString('en')} contacts of new sources with one target within ${number('HOT_TARGET_MS') / 1000} s`,
    );
    says(`more than ${number('FLOOD_SOURCES_PER_SECOND')} new sources a second`);
    says(
      `Reported at ${number('SHARED_ALERT') / 32} nats, ${number('SHARED_GATE')} sources and ${number('SHARED_GATE')} targets`,
    );
    says(`(under ${number('SHARED_OWN_TARGETS')} targets)`);
    says(`and ${number('WATCHLIST_EVIDENCE') / 32} nats against it`);
    says(`only one in ${['', '', '', '', '', '', '', '', 'eight'][number('CHURN_ADMIT')]} is let in`);
    says(`one in ${number('SHARED_ADMIT')}.`);
    says(`goes on for ${number('EPISODE_LIMIT_MS') / 86_400_000} days`);
  });

  it('has a row for each kind from distributed-scan on and for no other, and names the kinds before them', () => {
    const section = page.slice(page.indexOf('\n## Kinds'), page.indexOf('\n### Distributed scans'));
    const listed = [...section.matchAll(/^\| ([a-z-]+) \|/gm)]
      .map((match) => match[1])
      .filter((name) => name !== 'kind');
    const first = kinds.indexOf('distributed-scan');
    assert.deepEqual([...listed].sort(), [...kinds.slice(first)].sort());
    const counted = kinds.slice(1, kinds.indexOf('digest'));
    assert.equal(counted.length, 10);
    const text = section.replace(/\s+/g, ' ');
    assert.ok(text.includes(`The first ten kinds, \`${counted[0]}\` to \`${counted.at(-1)}\`,`));
    assert.deepEqual(kinds.slice(kinds.indexOf('digest'), first), ['digest', 'whisper']);
    assert.ok(text.includes('`digest` and `whisper` are reports, not scans.'));
  });

  it('has a row for every tool', () => {
    for (const tool of tools.slice(1, 5)) assert.match(page, new RegExp(`^\\| ${tool}`, 'im'), tool);
  });
});
