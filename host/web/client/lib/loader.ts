/** Loads data from the collector into the state: everything on (re)connect, the totals again after events. */

import type { ServerEvent } from '../../../api/sse.js';
import type { Gap, Incident, Scan, Sensor } from '../../../api/types.js';
import * as api from './api.js';
import { now, setServerTime } from './clock.js';
import { windowOf } from './scale.js';
import type { State } from './state.js';

/** Shortest time between two loads of the totals while events arrive. Milliseconds. */
const MIN_INTERVAL = 1500;
/** Time between loads without events: states age (a silent sensor becomes late). Milliseconds. */
const REFRESH_INTERVAL = 20_000;

export class Loader {
  #timer = 0;
  #last = 0;
  /** The latest refusal of each request that is currently refused. */
  readonly #problems = new Map<string, string>();
  /** Routes this collector does not have. */
  readonly #absent = new Set<string>();

  constructor(
    readonly state: State,
    readonly announce: (scans: Scan[]) => void,
  ) {
    setInterval(() => {
      if (!document.hidden && state.link.state === 'live') this.totals();
    }, REFRESH_INTERVAL);
  }

  /** Reloads everything the page shows. */
  async everything(): Promise<void> {
    const { state } = this;
    // It may be another collector than before.
    this.#absent.clear();
    await Promise.all([
      this.scans(),
      this.#into('open', api.getOpenScans(), ({ scans }) => state.takeScans(scans)),
      this.#totals(),
    ]);
  }

  /** The first page of the list under the current filters. */
  scans(): Promise<void> {
    const { state } = this;
    return this.#into('scans', api.getScans(state.filter), ({ scans, next }) => {
      state.takeScans(scans);
      state.next = next;
      state.scansLoaded = true;
    });
  }

  older(): Promise<void> {
    const { state } = this;
    if (!state.next) return Promise.resolve();
    return this.#into('older', api.getScans(state.filter, state.next), ({ scans, next }) => {
      state.takeScans(scans);
      state.next = next;
    });
  }

  timeline(): Promise<void> {
    const { state } = this;
    const { period } = state;
    const { from, to, buckets } = windowOf(state.periodOr('hour'), now());
    return this.#into('timeline', api.getTimeline(from, to, buckets), (timeline) => {
      if (state.period !== period) return;
      state.timeline = timeline;
      state.touch('timeline');
    });
  }

  /** Schedules a load of the totals. */
  totals(): void {
    if (this.#timer) return;
    const wait = Math.max(100, this.#last + MIN_INTERVAL - Date.now());
    this.#timer = window.setTimeout(() => {
      this.#timer = 0;
      void this.#totals();
    }, wait);
  }

  async #totals(): Promise<void> {
    const { state } = this;
    this.#last = Date.now();
    await Promise.all([
      this.#into('now', api.getNow(), (value) => {
        setServerTime(value.time);
        state.now = value;
        state.touch('now');
      }),
      this.#into('sensors', api.getSensors(), ({ sensors }) => {
        state.sensorsLoaded = true;
        state.takeSensors(sensors, true);
      }),
      this.#into('sources', api.getSources(), ({ sources }) => {
        state.sources = sources;
        state.touch('sources');
      }),
      this.#into('gaps', api.getGaps(), ({ gaps }) => {
        state.gaps = gaps;
        state.touch('gaps');
      }),
      this.timeline(),
      this.#fleet(),
    ]);
  }

  /** Routes that older collectors lack: requested once, and again only where they exist. */
  async #fleet(): Promise<void> {
    const { state } = this;
    // Applied together: a campaign is drawn with its verdict.
    const takes: (() => void)[] = [];
    await Promise.all([
      this.#maybe('incidents', api.getIncidents, ({ incidents }) => takes.push(() => (state.incidents = incidents))),
      this.#maybe('campaigns', api.getCampaigns, ({ campaigns }) => takes.push(() => (state.campaigns = campaigns))),
      this.#maybe('verdicts', api.getVerdicts, ({ verdicts }) => takes.push(() => (state.verdicts = verdicts))),
      this.#maybe('outputs', api.getOutputs, ({ outputs }) => takes.push(() => (state.outputs = outputs))),
    ]);
    if (!takes.length) return;
    for (const take of takes) take();
    state.touch('fleet');
  }

  async #maybe<T>(name: string, ask: () => Promise<T>, take: (value: T) => void): Promise<void> {
    if (this.#absent.has(name)) return;
    await this.#into(
      name,
      ask().catch((error: unknown) => {
        if (!(error instanceof api.ApiError) || error.status !== 404) throw error;
        this.#absent.add(name);
        return undefined;
      }),
      (value) => {
        if (value !== undefined) take(value);
      },
    );
  }

  async #into<T>(name: string, promise: Promise<T>, take: (value: T) => void): Promise<void> {
    try {
      take(await promise);
      this.state.updated = Date.now();
      this.#problems.delete(name);
    } catch (error) {
      if (!(error instanceof api.ApiError)) throw error;
      // The live connection reports an unreachable collector; a refusal has its own sentence.
      if (error.unreachable) return;
      this.#problems.set(name, error.message);
    }
    const [problem = ''] = this.#problems.values();
    if (problem === this.state.error) return;
    this.state.error = problem;
    this.state.touch('error');
  }

  /** Handles one server-sent event. One that does not parse is ignored: the next refresh corrects the state. */
  event({ event, data }: ServerEvent): void {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      return;
    }
    const { state } = this;
    state.updated = Date.now();
    if (event === 'hello') setServerTime((value as { time: string }).time);
    if (event === 'scan') this.announce(state.takeScans([value as Scan]));
    if (event === 'sensor') state.takeSensors([value as Sensor], false);
    if (event === 'gap') {
      const gap = value as Gap;
      const others = state.gaps.filter(
        (one) =>
          !(one.site === gap.site && one.sensor === gap.sensor && one.boot === gap.boot && one.from === gap.from),
      );
      state.gaps = gap.closed ? others : [gap, ...others].slice(0, 50);
      state.touch('gaps');
    }
    if (event === 'incident') state.takeIncident(value as Incident);
    if (event !== 'hello') this.totals();
  }
}
