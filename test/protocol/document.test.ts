import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { OUTBOX_CAPACITY, OUTBOX_WINDOW } from '../../src/app/core/outbox.js';
import { MARK, TRIAL, updateTimes } from '../../src/app/core/update.js';
import { uplinkDefaults } from '../../src/app/core/uplink.js';
import * as codes from '../../src/engine/constants/codes.js';
import { ALERT_MAX_BYTES, alertFields, alertKeys, FLAG_UPTIME, optionalFields } from '../../src/protocol/alert.js';
import type { Setting } from '../../src/protocol/config.js';
import { CONFIG_LENGTH, configMembers, configSettings, takesBlocks } from '../../src/protocol/config.js';
import { counters } from '../../src/protocol/counters.js';
import { healthFigures, healthKeys } from '../../src/protocol/health.js';
import { directions, kinds, protocols, severities, stages, techniques, tools } from '../../src/protocol/record.js';
import { messageTypes } from '../../src/protocol/topics.js';
import { updateLimits } from '../../src/protocol/update.js';

const page = readFileSync(join(projectRoot, 'docs/PROTOCOL.md'), 'utf8');

/** The body of a CDDL rule that is a map or an array. */
function rule(name: string): string {
  const found = new RegExp(`^${name} = ([{[][\\s\\S]*?[}\\]])$`, 'm').exec(page);
  assert.ok(found, `the page has a rule "${name}"`);
  return found[1] as string;
}
/** Names of an array's items, in their order. */
const items = (name: string): string[] => {
  const text = rule(name).replace(/;.*$/gm, '');
  return [...text.matchAll(/([a-z-]+): /g)].map((match) => match[1] as string);
};

/** The codes of a field, `1 start` and so on: an item of the list of codes, which may go over several lines. */
function codesOf(field: string): string[] {
  const item = new RegExp(`^- \\*\\*${field}\\*\\*: ((?:.+\\n)(?:  .+\\n)*)`, 'm').exec(page)?.[1] ?? '';
  return item.trim().replace(/\s+/g, ' ').split(', ');
}

describe('docs/PROTOCOL.md', () => {
  it('gives the alert the keys that the code gives it', () => {
    const keys = [...rule('alert').matchAll(/(\d+) => ([a-z]+)/g)].map((match) => [match[2], Number(match[1])]);
    assert.deepEqual(Object.fromEntries(keys), alertKeys);
  });

  for (const name of Object.keys(alertFields) as (keyof typeof alertFields)[]) {
    it(`names the items of "${name}" in the order of the code`, () =>
      assert.deepEqual(items(name), [...alertFields[name], ...(name === 'counts' ? optionalFields.counts : [])]));
  }

  it('gives the health message the keys that the code gives it', () => {
    const keys = [...rule('health').matchAll(/(\d+) => .*; (\w+)/g)].map((match) => [match[2], Number(match[1])]);
    assert.deepEqual(Object.fromEntries(keys), { ...healthKeys, ...healthFigures });
  });

  it('gives each counter its number', () => {
    const keys = [...rule('counters').matchAll(/(\d+) => .*; (\w+)/g)].map((match) => [match[2], Number(match[1])]);
    assert.deepEqual(Object.fromEntries(keys), counters);
  });

  it('docs/PROTOCOL.md explains every health figure', () => {
    for (const name of Object.keys(healthFigures))
      assert.match(page, new RegExp(`^\\| .*\\b${name}\\b.* \\|`, 'm'), name);
  });

  const lists = {
    stage: stages,
    kind: kinds,
    severity: severities,
    direction: directions,
    protocol: protocols,
    tool: tools,
    technique: techniques,
  };
  for (const [field, names] of Object.entries(lists)) {
    it(`docs/PROTOCOL.md lists every ${field} with its number`, () => {
      const listed = codesOf(field).filter((entry) => !entry.startsWith('0 '));
      assert.deepEqual(listed, names.map((name, i) => `${i} ${name}`).slice(1));
    });
  }

  it('docs/PROTOCOL.md names every flag', () => {
    const numbers = codesOf('flags').map((entry) => Number(entry.split(' ')[0]));
    assert.deepEqual(numbers, [
      codes.FLAG_SCAN,
      codes.FLAG_SPOOFABLE,
      codes.FLAG_AGGREGATE,
      FLAG_UPTIME,
      codes.FLAG_DECOY,
    ]);
  });

  it('lays the scan record out as the engine does', () => {
    const section = page.slice(page.indexOf('## The scan record'));
    const rows = [...section.matchAll(/^\| (\d+) \| ([^|]+) \| (\w+)/gm)];
    const listed = rows.map((match) => [`RECORD_${(match[3] as string).toUpperCase()}`, Number(match[1])]);
    const known = Object.entries(codes).filter(
      ([name]) =>
        name.startsWith('RECORD_') &&
        !['RECORD_SOURCES', 'RECORD_BYTES', 'RECORD_MAX_SERVICES', 'RECORD_SHAPE_BARS'].includes(name),
    );
    assert.deepEqual(Object.fromEntries(listed), Object.fromEntries(known));
    const widths: Record<string, number> = { u8: 1, u16: 2, u32: 4, '16 bytes': 16, '8 x u16': 16, '8 x u8': 8 };
    let end = 0;
    for (const match of rows) {
      assert.equal(Number(match[1]), end, `${match[3]} follows the field before it`);
      end += widths[match[2] as string] ?? NaN;
    }
    assert.equal(end, codes.RECORD_BYTES);
  });

  it('docs/PROTOCOL.md lists every topic', () => {
    for (const messageType of messageTypes) assert.match(page, new RegExp(`^\\| \`${messageType}\` \\|`, 'm'));
  });

  it('docs/PROTOCOL.md has a row for each member of a config, with its bounds and what holds without it', () => {
    const config = page.slice(page.indexOf('## Config') + 2).split('\n## ')[0] as string;
    for (const name of configMembers) {
      const setting: Setting = configSettings[name];
      const row = new RegExp(`^\\| \`${name}\` \\| (.*) \\| (.*) \\|$`, 'm').exec(config);
      assert.ok(row, `the row of ${name}`);
      const [, values = '', absent] = row;
      if (takesBlocks(setting)) {
        const most = setting.ipv6 ? `${setting.ipv4} IPv4 and ${setting.ipv6} IPv6` : `${setting.ipv4}`;
        assert.match(values, new RegExp(`at most ${most}\\b`), name);
      } else {
        assert.ok(values.startsWith(`${setting.lowest} to ${setting.highest}`), `${name}: ${values}`);
        assert.equal(absent, String(setting.absent), name);
        if (setting.unit) assert.ok(values.includes(setting.unit), `${name} is in ${setting.unit}`);
      }
    }
    const rows = [...config.matchAll(/^\| `(\w+)` \|/gm)];
    assert.deepEqual(
      rows.map((row) => row[1]),
      ['version', ...configMembers],
    );
  });

  it('says the limits that the code keeps', () => {
    const onOneLine = page.replace(/\s+/g, ' ');
    const says = (text: string): void => assert.ok(onOneLine.includes(text), text);
    says(`At most **${ALERT_MAX_BYTES} bytes**`);
    says(`Retained JSON of at most ${CONFIG_LENGTH.toLocaleString('en')} characters`);
    says(`A fixed number of messages (${OUTBOX_CAPACITY.toLocaleString('en')} on Linux)`);
    says(`at most ${OUTBOX_WINDOW} in flight`);
    says(`at most ${updateLimits.offer.toLocaleString('en')} characters:`);
    says(`to ${updateLimits.image / 1024 / 1024} MiB`);
    says(`length 1 to ${updateLimits.block.toLocaleString('en')}`);
    says(`so many seconds, to ${updateLimits.stagger};`);
    says(`| 1 to ${updateLimits.attempts}; raised`);
    says(
      `after ${updateTimes.answer / 1000} s, twice as long each time up to ${updateTimes.answerMost / 60_000} minutes`,
    );
    says(`every ${MARK / 1024} KiB the place is noted`);
    says(`its birth within ${TRIAL / 60_000} minutes`);
    says(`stays out for ${uplinkDefaults.acknowledgeTimeout / 1000} s`);
    says(`up to ${uplinkDefaults.backoffFirst / 1000} s, doubling`);
    says(`up to ${uplinkDefaults.backoffMost / 1000} s;`);
    says(`lasts ${uplinkDefaults.steady / 1000} s starts`);
  });
});
