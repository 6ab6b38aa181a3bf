/** The zoo: honest behaviours that look odd. Everything in this file expects that nobody is accused. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../host/common/paths.js';
import { accused, type Placement, placements } from '../scripts/zoo/judge.js';
import { generated, labelText, members, type ZooLabel } from '../scripts/zoo/members.js';
import { recordings } from '../scripts/zoo/recordings.js';
import { namesIn, tableRows } from '../scripts/zoo/table.js';

/**
 * Whom the detector still accuses, and where. A member that becomes right must leave this table, or its test fails: the table only
 * ever shrinks.
 */
const notYet: Readonly<Record<string, readonly Placement[]>> = {
  'cloud-agent-failover': ['cold'],
  'delivery-optimization': ['cold', 'learned'],
  'hsrp-takeover-warms-up': ['cold'],
  'ipfs-kubo': ['learned'],
  'monitoring-mostly-dead': ['learned'],
  'rec-fping-own-segment': ['cold'],
  'rec-haproxy-checks': ['cold', 'learned'],
  'rec-monitoring-plugins-routed': ['learned'],
  'rec-transmission-stale-peers': ['cold'],
  'rec-yggdrasil-peers': ['cold'],
};

const folder = join(projectRoot, 'test/zoo');
const captures = namesIn(folder);

const zooLabel = (name: string): ZooLabel => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as ZooLabel;

describe('the zoo', () => {
  for (const name of captures)
    for (const placement of placements) {
      if (placement === 'learned' && !zooLabel(name).learned) continue;
      if (notYet[name]?.includes(placement))
        it(`${name}, ${placement}: still accuses, as the table notYet says`, async () => {
          assert.notDeepEqual(
            await accused(folder, name, placement),
            [],
            'nobody is accused any more: take it out of notYet',
          );
        });
      else
        it(`${name}, ${placement}: nobody is accused`, async () => {
          assert.deepEqual(await accused(folder, name, placement), []);
        });
    }

  it('has at least forty behaviours, and each is labelled, generated or recorded', () => {
    assert.ok(captures.length >= 40);
    const known = [...members, ...recordings].map(({ name }) => name);
    assert.deepEqual(captures, [...known].sort());
    assert.equal(new Set(known).size, known.length);
  });

  it('accuses nobody in any label, and each says who looks like a scanner and why', () => {
    for (const name of captures) {
      const label = zooLabel(name);
      assert.deepEqual(label.scanners, [], name);
      assert.ok(label.benignNotable.length > 0 && label.benignNotable.every(({ why }) => why.length > 10), name);
      assert.equal(label.capture, `${name}.pcap`);
    }
  });

  it('holds what npm run zoo writes, byte for byte', () => {
    for (const member of members) {
      const { pcap, label } = generated(member);
      assert.ok(pcap.equals(readFileSync(join(folder, `${member.name}.pcap`))), `${member.name}.pcap`);
      assert.equal(readFileSync(join(folder, `${member.name}.json`), 'utf8'), labelText(label), `${member.name}.json`);
    }
  });

  it('names in notYet only what it has', () => {
    for (const [name, placements] of Object.entries(notYet)) {
      assert.ok(captures.includes(name), name);
      assert.ok(placements.length > 0 && (!placements.includes('learned') || zooLabel(name).learned), name);
    }
  });

  it('is told in docs/DETECTION.md as it is: each behaviour, its frames, and whom the detector still accuses', () => {
    const page = readFileSync(join(projectRoot, 'docs/DETECTION.md'), 'utf8');
    for (const row of tableRows(folder, notYet)) assert.ok(page.includes(`\n${row}\n`), row);
    const section = page.slice(page.indexOf('### The zoo'), page.indexOf('### The gauntlet'));
    const rows = [...section.matchAll(/^\| `[a-z0-9-]+` \| /gm)].length;
    assert.equal(rows, captures.length, 'a row for each capture and none besides');
  });
});
