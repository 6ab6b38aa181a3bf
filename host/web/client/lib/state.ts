/** The state of the page; views are notified of changed parts once per frame. */
import type {
  Campaign,
  FleetVerdict,
  Gap,
  Incident,
  Now,
  Output,
  Scan,
  Sensor,
  Source,
  Timeline,
} from '../../../api/types.js';
import { kindNames } from '../../../wording/words.js';
import type { Link } from './live.js';
import type { Filter, Route } from './route.js';
import { parseFilter, parsePeriod, parseRoute } from './route.js';
import type { Period, Span } from './scale.js';

export type Part =
  | 'link'
  | 'error'
  | 'now'
  | 'scans'
  | 'sensors'
  | 'sources'
  | 'gaps'
  | 'timeline'
  | 'route'
  | 'filter'
  | 'clock'
  | 'period'
  | 'fleet';

/** Scans kept in memory; beyond that, ended scans are dropped, oldest first. The collector still has them. */
const MAX_SCANS = 20_000;

export class State {
  link: Link = { state: 'connecting' };
  /** A sentence while the collector refuses requests. */
  error = '';
  /** When data last arrived, on this computer's clock; 0 before. */
  updated = 0;
  now: Now | undefined;
  readonly scans = new Map<string, Scan>();
  scansLoaded = false;
  /** Where the next older page of scans begins; null when there is none. */
  next: string | null = null;
  readonly sensors = new Map<string, Sensor>();
  sensorsLoaded = false;
  sources: Source[] | undefined;
  gaps: Gap[] = [];
  /** Data of newer collectors; undefined before it is loaded and on older collectors. */
  incidents: Incident[] | undefined;
  campaigns: Campaign[] | undefined;
  verdicts: FleetVerdict[] | undefined;
  outputs: Output[] | undefined;
  timeline: Timeline | undefined;
  /** The chosen period; undefined while each view uses its default. */
  period: Period | undefined = parsePeriod(location.search);
  route: Route = parseRoute(location.hash);
  filter: Filter = parseFilter(location.search, Object.keys(kindNames));

  #changed = new Set<Part>();
  readonly #views: { parts: readonly Part[]; draw: (changed: ReadonlySet<Part>) => void }[] = [];
  #scheduled = false;

  /** Draws now and whenever one of `parts` changes. */
  view(parts: readonly Part[], draw: (changed: ReadonlySet<Part>) => void): void {
    this.#views.push({ parts, draw });
    draw(new Set(parts));
  }

  touch(...parts: Part[]): void {
    for (const part of parts) this.#changed.add(part);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // A hidden tab gets no animation frames, so it draws once when it is shown again.
    requestAnimationFrame(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const changed = this.#changed;
    this.#changed = new Set();
    for (const { parts, draw } of this.#views) if (parts.some((part) => changed.has(part))) draw(changed);
  }

  /** Adds or updates scans; older versions of known scans are ignored. Returns the new ones. */
  takeScans(scans: readonly Scan[]): Scan[] {
    const fresh: Scan[] = [];
    for (const scan of scans) {
      const known = this.scans.get(scan.id);
      if (known && known.received > scan.received) continue;
      if (!known) fresh.push(scan);
      this.scans.set(scan.id, scan);
    }
    if (this.scans.size > MAX_SCANS) this.#forget();
    this.touch('scans');
    return fresh;
  }

  #forget(): void {
    const ended = [...this.scans.values()].filter((scan) => !scan.open).sort((a, b) => (a.last < b.last ? -1 : 1));
    for (const scan of ended.slice(0, this.scans.size - MAX_SCANS)) this.scans.delete(scan.id);
  }

  takeSensors(sensors: readonly Sensor[], all: boolean): void {
    if (all) this.sensors.clear();
    for (const sensor of sensors) this.sensors.set(`${sensor.site}/${sensor.sensor}`, sensor);
    this.touch('sensors');
  }

  /** Adds, updates or removes an incident; the page lists open ones only. */
  takeIncident(incident: Incident): void {
    const others = (this.incidents ?? []).filter(({ id }) => id !== incident.id);
    this.incidents = incident.until === null ? [incident, ...others] : others;
    this.touch('fleet');
  }

  /** The chosen period, or a view's default. */
  periodOr(span: Span): Period {
    return this.period ?? { span };
  }

  openScans(): Scan[] {
    return [...this.scans.values()].filter((scan) => scan.open);
  }
}
