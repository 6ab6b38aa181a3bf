import assert from 'node:assert/strict';
import { painter } from '../../host/cli/support/colour.js';
import { progressLine, showProgress } from '../../host/cli/support/progress.js';
import { csvCell, csvLines, tableLines } from '../../host/cli/support/table.js';
import { parseTime } from '../../host/cli/support/time.js';
import { printable } from '../../host/common/printable.js';

describe('a table', () => {
  const columns = [
    { title: 'name', cell: (row: { name: string; n: number }) => row.name },
    { title: 'n', cell: (row: { name: string; n: number }) => String(row.n), right: true },
  ];

  it('lines its columns up, numbers to the right', () => {
    assert.deepEqual(
      tableLines(
        [
          { name: 'a', n: 5 },
          { name: 'longer', n: 1200 },
        ],
        columns,
        '',
      ),
      ['NAME       N', 'a          5', 'longer  1200'],
    );
  });

  it('gives a character that takes two columns of the terminal two', () => {
    const [, wide, narrow] = tableLines(
      [
        { name: '北京', n: 1 },
        { name: 'abcd', n: 2 },
      ],
      columns,
      '',
    );
    assert.deepEqual([wide, narrow], ['北京  1', 'abcd  2']);
  });

  it('wraps its widest column where the terminal is narrower, and loses no word', () => {
    const text = 'Look at the machine and change its passwords';
    const lines = tableLines(
      [
        { name: text, n: 12 },
        { name: 'b', n: 3 },
      ],
      columns,
      '',
      { width: 24 },
    );
    assert.ok(
      lines.every((line) => line.length <= 24),
      lines.join('\n'),
    );
    assert.deepEqual(lines.slice(1), [
      'Look at the machine   12',
      'and change its',
      'passwords',
      'b                      3',
    ]);
  });

  it('stays one line a row where nothing is said of a width, as in a pipe', () => {
    assert.equal(tableLines([{ name: 'word '.repeat(100), n: 1 }], columns, '').length, 2);
  });

  it('keeps columns readable on a terminal that is too narrow for all of them', () => {
    const lines = tableLines([{ name: 'a'.repeat(30), n: 1 }], columns, '', { width: 5 });
    assert.deepEqual(lines.slice(1), ['aaaaaaaa  1', ...['aaaaaaaa', 'aaaaaaaa', 'aaaaaa']]);
  });

  it('paints the cells of a column that has a tone, and lines up all the same', () => {
    const toned = [{ ...columns[0], tone: () => 'bad' }, columns[1]] as typeof columns;
    const paint = painter({ isTTY: true }, {});
    const [, line] = tableLines([{ name: 'high', n: 5 }], toned, '', { paint });
    assert.equal(line, '\u001b[31mhigh\u001b[39m  5');
  });

  it('says in words that it is empty', () => {
    assert.deepEqual(tableLines([], columns, 'No scans match.'), ['No scans match.']);
  });

  it('shows no control character to the terminal', () => {
    const [, line] = tableLines([{ name: '\u001b]0;gotcha\u0007\u202e', n: 1 }], columns, '');
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(line ?? '', /[\u0000-\u001f\u007f\u202e]/);
    assert.equal(printable('Zürich 北京'), 'Zürich 北京');
  });
});

describe('colour', () => {
  const painted = (stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean =>
    painter(stream, env)('high', 'bad') !== 'high';
  const cases: [string, { isTTY?: boolean }, NodeJS.ProcessEnv, boolean][] = [
    ['is on a terminal', { isTTY: true }, {}, true],
    ['is not in a pipe', {}, {}, false],
    ['is not in a pipe of a CI', {}, { CI: 'true' }, false],
    ['is not where NO_COLOR is set', { isTTY: true }, { NO_COLOR: '1' }, false],
    [
      'is not where NO_COLOR is set, even with FORCE_COLOR',
      { isTTY: true },
      { NO_COLOR: '1', FORCE_COLOR: '1' },
      false,
    ],
    ['is in a pipe where FORCE_COLOR is set', {}, { FORCE_COLOR: '1' }, true],
    ['is not on a dumb terminal', { isTTY: true }, { TERM: 'dumb' }, false],
  ];
  for (const [title, stream, env, expected] of cases) it(title, () => assert.equal(painted(stream, env), expected));
});

describe('CSV', () => {
  const cases: [string, unknown, string][] = [
    ['a text as it is', 'berlin', 'berlin'],
    ['a comma in quotes', 'a,b', '"a,b"'],
    ['a quote doubled', 'a"b', '"a""b"'],
    ['a line break in quotes', 'a\nb', '"a\nb"'],
    ['a formula as text', '=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
    ['a text that begins with a sign as text', '+1', "'+1"],
    ['a negative number as a number', -1, '-1'],
    ['a list with spaces', [22, 80], '22 80'],
    ['false as false', false, 'false'],
    ['nothing as nothing', undefined, ''],
    ['null as nothing', null, ''],
  ];
  for (const [title, value, cell] of cases)
    it(`a CSV cell is written: ${title}`, () => assert.equal(csvCell(value), cell));

  it('has a heading even without rows', () => {
    assert.deepEqual(csvLines([], ['a', 'b']), ['a,b']);
  });
});

describe('a time on the command line', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  const good: [string, string][] = [
    ['now', '2026-11-24T12:00:00.000Z'],
    ['30m', '2026-11-24T11:30:00.000Z'],
    ['24h', '2026-11-23T12:00:00.000Z'],
    ['7d', '2026-11-17T12:00:00.000Z'],
    ['2w', '2026-11-10T12:00:00.000Z'],
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01T08:30', '2026-11-01T08:30:00.000Z'],
    ['2026-11-01 08:30:15', '2026-11-01T08:30:15.000Z'],
    ['2026-11-01T08:30Z', '2026-11-01T08:30:00.000Z'],
    ['2026-11-01T08:30+01:00', '2026-11-01T07:30:00.000Z'],
  ];
  for (const [text, iso] of good)
    it(`the time "${text}" is understood`, () =>
      assert.equal(new Date(parseTime(text, now) ?? NaN).toISOString(), iso));
  for (const text of [
    '',
    'yesterday',
    '7',
    'd',
    '-1d',
    '7y',
    '2026-13-01',
    '2026-02-31',
    '2026-11-01T25:00',
    '24.11.2026',
    '2026-11-01x',
  ]) {
    it(`"${text}" is no time`, () => assert.equal(parseTime(text, now), undefined));
  }
});

describe('a progress bar', () => {
  it('shows the share and what is left', () => {
    assert.equal(
      progressLine('Reading', 1, 4, 2000),
      `Reading  [${'#'.repeat(8)}${' '.repeat(22)}]  25 %  about 6 s left`,
    );
    assert.equal(progressLine('Reading', 4, 4, 2000), `Reading  [${'#'.repeat(30)}] 100 %`);
    assert.match(progressLine('Reading', 0, 0, 0), / 0 %$/);
    assert.match(progressLine('Reading', 9, 4, 0), /100 %$/);
  });

  const stream = (isTTY: boolean): { isTTY: boolean; written: string[]; write: (text: string) => boolean } => {
    const written: string[] = [];
    return { isTTY, written, write: (text) => written.push(text) > 0 };
  };

  it('is drawn on a terminal after half a second, ten times a second at most, and taken away', () => {
    const terminal = stream(true);
    let now = 0;
    const bar = showProgress('Reading', terminal as never, false, () => now);
    for (now = 0; now <= 1000; now += 10) bar.at(now, 1000);
    bar.end();
    assert.equal(terminal.written.length, 6 + 1);
    assert.equal(terminal.written.at(-1), '\r\u001b[K');
  });

  it('writes nothing where it is over at once, into a pipe, or beside other lines', () => {
    for (const [isTTY, quiet, span] of [
      [true, false, 400],
      [false, false, 5000],
      [true, true, 5000],
    ] as const) {
      const out = stream(isTTY);
      let now = 0;
      const bar = showProgress('Reading', out as never, quiet, () => now);
      for (now = 0; now < span; now += 50) bar.at(now, span);
      bar.end();
      assert.deepEqual(out.written, []);
    }
  });
});
