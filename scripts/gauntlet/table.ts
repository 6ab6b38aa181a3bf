/** What came of the gauntlet, for a terminal. */
import { median } from '../evaluate/judge.js';
import { formatTable } from '../evaluate/table.js';
import type { Told, Verdict } from './judge.js';

const worse: readonly Told[] = ['named', 'forged', 'unnamed', 'whispered', 'wrong', 'dark', 'unseen'];
const show = (value: number | undefined, digits = 0): string => (value === undefined ? '' : value.toFixed(digits));

/** One line for each place, tool and tap: how many cells came to what. */
export function summaryTable(verdicts: readonly Verdict[]): string {
  const groups = new Map<string, Verdict[]>();
  const total: Verdict[][] = [];
  for (const verdict of verdicts) {
    const [place, tool] = verdict.id.split('/');
    const key = [`${place}/${tool}`, verdict.tap, verdict.mode].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), verdict]);
  }
  for (const tap of ['lan', 'wan', 'port'])
    for (const mode of ['warm', 'cold']) {
      const some = verdicts.filter((verdict) => verdict.tap === tap && verdict.mode === mode);
      if (some.length > 0) total.push(some);
    }
  const line = (name: string, tap: string, mode: string, some: readonly Verdict[]): string[] => [
    name,
    tap,
    mode,
    String(some.length),
    ...worse.map((told) => String(some.filter((verdict) => verdict.told === told).length || '')),
    show(median(some.filter(({ told }) => told === 'named').map(({ probes }) => probes))),
    String(some.reduce((sum, { wrong }) => sum + wrong.length, 0) || ''),
  ];
  return formatTable(
    ['place and tool', 'tap', 'prelude', 'cells', ...worse, 'median probes', 'innocents'],
    [
      ...[...groups].map(([key, some]) => {
        const [name = '', tap = '', mode = ''] = key.split(' ');
        return line(name, tap, mode, some);
      }),
      ...total.map((some) => line('all', (some[0] as Verdict).tap, (some[0] as Verdict).mode, some)),
    ],
  );
}

/** One line a cell and tap. */
export function cellTable(verdicts: readonly Verdict[]): string {
  return formatTable(
    ['cell', 'tap', 'prelude', 'told', 'seen', 'probes', 'seconds', 'kind', 'names', 'tool', 'innocents', 'reason'],
    verdicts.map((verdict) => [
      verdict.id,
      verdict.tap,
      verdict.mode,
      verdict.told,
      String(verdict.seen),
      show(verdict.probes),
      show(verdict.seconds, 1),
      verdict.kind ?? '',
      `${verdict.name ?? ''}${verdict.spoofable ? ' (spoofable)' : ''}`,
      verdict.tool ?? '',
      verdict.wrong.slice(0, 3).join(' '),
      verdict.reason ?? '',
    ]),
  );
}
