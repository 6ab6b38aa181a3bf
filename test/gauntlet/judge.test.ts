import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { cells } from '../../scripts/gauntlet/cells.js';
import { judge, type Mode, type Verdict } from '../../scripts/gauntlet/judge.js';
import { type Tap, taps } from '../../scripts/gauntlet/lab.js';
import { captureOf, type Recorded, readRecorded, record, recordedIn } from '../../scripts/gauntlet/record.js';
import { cellTable, summaryTable } from '../../scripts/gauntlet/table.js';
import { FrameWriter, ip, macOf, SYN } from '../../scripts/simulate/frames.js';
import { pcap } from '../capture/files.js';
import { scratch } from '../support/collector.js';
import { describeWith } from '../support/requirement.js';

const provider = Uint8Array.of(2, 0xfe, 0, 0, 0, 9);

/** SYNs to addresses of the public block that do not exist, or to one server again and again; 50 ms apart. */
function syns(from: string, count: number, one = false): Buffer {
  const writer = new FrameWriter();
  return pcap(
    Array.from({ length: count }, (_, i) => {
      const target = ip('198.51.100.100') + (one ? 0 : i);
      writer.tcp([provider, macOf(1)], ip(from), target, 40_000 + (one ? 0 : i), 22, SYN, 1 + i, 0);
      const data = writer.bytes.toString('latin1', 0, writer.length);
      return { seconds: 1_800_000_000 + Math.floor(i / 20), fraction: (i % 20) * 50_000, data, original: writer.wire };
    }),
  );
}

describe("the gauntlet's judge", () => {
  let folder: ReturnType<typeof scratch>;
  beforeEach(() => {
    folder = scratch();
  });
  afterEach(() => folder.remove());

  /** What it says of captures made by hand; taps without one saw nothing. */
  async function judged(
    captures: Partial<Record<Tap, Buffer>>,
    given: Partial<Recorded> = {},
    modes: Mode[] = ['warm'],
  ): Promise<Verdict[]> {
    for (const tap of taps) writeFileSync(captureOf(folder.path('.'), 'cell', tap), captures[tap] ?? pcap([]));
    return judge(
      folder.path('.'),
      {
        id: 'cell',
        place: 'outside',
        line: '',
        code: 0,
        overdue: false,
        said: '',
        seconds: 1,
        forged: [],
        decoys: [],
        ...given,
      },
      modes,
    );
  }
  const at = (verdicts: readonly Verdict[], tap: Tap, mode: Mode = 'warm'): Verdict =>
    verdicts.find((verdict) => verdict.tap === tap && verdict.mode === mode) as Verdict;

  it('names a sweep at the tap that saw it, with the probes until then, and leaves the others unseen', async () => {
    const verdicts = await judged({ wan: syns('203.0.113.66', 40) }, {}, ['warm', 'cold']);
    for (const mode of ['warm', 'cold'] as const) {
      const verdict = at(verdicts, 'wan', mode);
      assert.equal(verdict.told, 'named');
      assert.equal(verdict.name, '203.0.113.66');
      assert.equal(verdict.seen, 40);
      assert.ok((verdict.probes as number) > 1 && (verdict.probes as number) < 40, String(verdict.probes));
      assert.deepEqual(verdict.wrong, []);
      assert.equal(at(verdicts, 'lan', mode).told, 'unseen');
    }
  });

  it('says so where only somebody else is accused', async () => {
    const frames = Buffer.concat([syns('203.0.113.66', 1), syns('203.0.113.77', 40).subarray(24)]);
    const verdict = at(await judged({ wan: frames }), 'wan');
    assert.equal(verdict.told, 'wrong');
    assert.deepEqual(verdict.wrong, ['203.0.113.77']);
  });

  it('holds decoys against nobody, and tells apart who named only what was forged', async () => {
    const frames = Buffer.concat([syns('203.0.113.66', 1), syns('203.0.113.77', 40).subarray(24)]);
    assert.deepEqual(at(await judged({ wan: frames }, { decoys: ['203.0.113.77'] }), 'wan').wrong, []);
    const forged = await judged({ wan: frames }, { forged: ['203.0.113.77'] });
    assert.equal(at(forged, 'wan').told, 'forged');
  });

  it('gives a reason where nothing is told: too few probes, and what they came to otherwise', async () => {
    const few = at(await judged({ wan: syns('203.0.113.66', 2) }), 'wan');
    assert.notEqual(few.told, 'named');
    assert.equal(few.reason, 'only 2 probes passed');
    const same = at(await judged({ wan: syns('203.0.113.66', 30, true) }), 'wan');
    assert.notEqual(same.told, 'named');
    assert.match(same.reason ?? '', /^counted as \d+ contacts/);
  });

  it('repeats what the tool said where no tap saw anything', async () => {
    const verdicts = await judged({}, { said: 'usage\nno such option' });
    assert.deepEqual(
      verdicts.map(({ told, reason }) => [told, reason]),
      taps.map(() => ['unseen', 'the tool sent nothing: no such option']),
    );
  });

  it('stretches a recording to the pace of its cell', async () => {
    const fast = at(await judged({ wan: syns('203.0.113.66', 40) }), 'wan');
    const slow = at(await judged({ wan: syns('203.0.113.66', 40) }, { pace: 15 }), 'wan');
    assert.equal(slow.told, 'named');
    assert.ok((slow.seconds as number) >= 15 * ((slow.probes as number) - 1), `${slow.seconds} ${slow.probes}`);
    assert.ok((slow.seconds as number) > (fast.seconds as number));
  });

  it('prints a line a cell, and sums for each tool, tap and prelude', async () => {
    const verdicts = await judged({ wan: syns('203.0.113.66', 40) });
    assert.match(cellTable(verdicts), /^cell +wan +warm +named +40 +\d+ .*203\.0\.113\.66/m);
    assert.match(summaryTable(verdicts), /^all +wan +warm +1 +1 /m);
  });
});

describeWith(['gauntlet', 'nmap-netns'], "the gauntlet's lab", function (this: Mocha.Suite) {
  this.timeout(120_000);

  it('records a real scan at the taps on its way, and none elsewhere', async () => {
    const folder = scratch();
    try {
      const chosen = cells.filter(({ id }) => ['inside/nmap/sn/default', 'outside/nmap/sS/Pn'].includes(id));
      await record(chosen, folder.path('.'), 1, () => undefined);
      assert.deepEqual(recordedIn(folder.path('.')), chosen.map(({ id }) => id).sort());
      const seen = async (id: string): Promise<Record<string, number>> => {
        const verdicts = await judge(folder.path('.'), readRecorded(folder.path('.'), id) as Recorded, ['cold']);
        return Object.fromEntries(verdicts.map((verdict) => [verdict.tap, verdict.seen]));
      };
      const inside = await seen('inside/nmap/sn/default');
      assert.equal(inside['wan'], 0);
      // Every address of the segment is asked for, and everybody on it hears that.
      assert.ok((inside['lan'] as number) >= 253 && (inside['port'] as number) >= 253, JSON.stringify(inside));
      const outside = await seen('outside/nmap/sS/Pn');
      // Twenty hosts, three ports; only the ten that exist are ever reached.
      assert.ok((outside['wan'] as number) >= 60, JSON.stringify(outside));
      assert.ok((outside['lan'] as number) >= 30 && (outside['lan'] as number) < (outside['wan'] as number));
    } finally {
      folder.remove();
    }
  });
});
