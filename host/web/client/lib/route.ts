/** Addresses within the page: the view is behind the #, the filters of the list are in the query. Pure. */
import type { Kind, Severity } from '../../../../src/protocol/record.js';
import { gravestFirst } from '../../../wording/words.js';
import type { Period, Span } from './scale.js';
import { spans } from './scale.js';

export type Route =
  | { view: 'overview' }
  | { view: 'scan'; id: string }
  | { view: 'sources' }
  | { view: 'source'; address: string }
  | { view: 'campaign'; id: string }
  | { view: 'sensors' }
  | { view: 'map' }
  | { view: 'matrix' }
  | { view: 'rules' }
  | { view: 'unknown' };

/** Reputation: on a list of research scanners or of adversaries, covered by an exception; `loud`: raises alerts. */
const standings = ['research', 'indicator', 'allowed', 'loud'] as const;
export type Standing = (typeof standings)[number];

export interface Filter {
  site: string;
  kind: Kind | '';
  severities: Severity[];
  text: string;
  open: boolean;
  who: Standing | '';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Reads `#/scan/site/sensor/boot/episode`, `#/source/ADDRESS`, the name of a view, or nothing: the overview. */
export function parseRoute(hash: string): Route {
  const [head = '', ...rest] = hash.replace(/^#\/?/, '').split('/');
  if (head === '') return { view: 'overview' };
  if (head === 'scan' && rest.length === 4 && rest.every(Boolean))
    return { view: 'scan', id: rest.map(decode).join('/') };
  if (head === 'sources' && !rest.length) return { view: 'sources' };
  if (head === 'campaign' && rest.length === 1 && rest[0]) return { view: 'campaign', id: decode(rest[0]) };
  if (head === 'source' && rest.length === 1 && rest[0]) return { view: 'source', address: decode(rest[0]) };
  for (const view of ['sensors', 'map', 'matrix', 'rules'] as const) if (head === view && !rest.length) return { view };
  return { view: 'unknown' };
}

export const scanHref = (id: string): string => `#/scan/${id.split('/').map(encodeURIComponent).join('/')}`;
export const campaignHref = (id: string): string => `#/campaign/${encodeURIComponent(id)}`;
export const sourceHref = (address: string): string => `#/source/${encodeURIComponent(address)}`;

/** Reads the filters of `?site=&kind=&severity=high,critical&text=&state=open`; unknown values are ignored. */
export function parseFilter(search: string, kinds: readonly string[]): Filter {
  const query = new URLSearchParams(search);
  const kind = query.get('kind') ?? '';
  const wanted = (query.get('severity') ?? '').split(',');
  return {
    site: query.get('site') ?? '',
    kind: kinds.includes(kind) ? (kind as Kind) : '',
    severities: gravestFirst.filter((severity) => wanted.includes(severity)),
    text: query.get('text') ?? '',
    open: query.get('state') === 'open',
    who: standings.find((one) => one === query.get('who')) ?? '',
  };
}

/** The query of a filter with its question mark; empty without filters. */
export function filterQuery(filter: Filter): string {
  const query = new URLSearchParams();
  if (filter.site) query.set('site', filter.site);
  if (filter.kind) query.set('kind', filter.kind);
  if (filter.severities.length) query.set('severity', filter.severities.join(','));
  if (filter.text) query.set('text', filter.text);
  if (filter.open) query.set('state', 'open');
  if (filter.who) query.set('who', filter.who);
  const text = query.toString();
  return text && `?${text}`;
}

/** Reads `?span=day` or `?from=ISO&to=ISO`; undefined without either: then each view uses its own default. */
export function parsePeriod(search: string): Period | undefined {
  const query = new URLSearchParams(search);
  const from = Date.parse(query.get('from') ?? '');
  const to = Date.parse(query.get('to') ?? '');
  if (from < to) return { from, to };
  const span = query.get('span') ?? '';
  return Object.hasOwn(spans, span) ? { span: span as Span } : undefined;
}

/** The query of filters and period, with its question mark; empty for neither. */
export function pageQuery(filter: Filter, period: Period | undefined): string {
  const query = new URLSearchParams(filterQuery(filter));
  if (period && 'span' in period) query.set('span', period.span);
  else if (period) {
    query.set('from', new Date(period.from).toISOString());
    query.set('to', new Date(period.to).toISOString());
  }
  const text = query.toString();
  return text && `?${text}`;
}
