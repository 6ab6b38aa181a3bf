/** Client for the parts of the collector's HTTP API that the page uses. */
import type {
  AddressMap,
  AllowEntry,
  Campaign,
  FleetVerdict,
  Gap,
  Incident,
  KnownList,
  Matrix,
  Now,
  Output,
  Scan,
  ScanHistory,
  Sensor,
  Source,
  Timeline,
  WhatIf,
  Whispered,
} from '../../../api/types.js';
import type { Filter } from './route.js';

/** A refusal by the collector, or no answer at all. The message is a sentence for the page. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** Whether there was no answer: a network problem, or a collector that is not running. */
  get unreachable(): boolean {
    return this.status === 0;
  }
}

/** Time without an answer after which a request has failed. Milliseconds. */
const TIMEOUT = 10_000;

async function get<T>(path: string): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch {
    throw new ApiError(0, 'The collector does not answer.');
  }
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    throw new ApiError(
      response.ok ? 0 : response.status,
      `The collector sent an unreadable answer (HTTP ${response.status}).`,
    );
  }
  if (!response.ok) {
    const message = (body as { message?: unknown } | null)?.message;
    throw new ApiError(
      response.status,
      typeof message === 'string' && message ? message : `The collector refused (HTTP ${response.status}).`,
    );
  }
  return body as T;
}

function query(values: Record<string, string | number | undefined>): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && value !== '') out.set(name, String(value));
  return out.toString();
}

const segments = (id: string): string => id.split('/').map(encodeURIComponent).join('/');

const PAGE = 200;

export const getNow = (): Promise<Now> => get<Now>('now');

/** Filters that the API supports; the page applies the others. */
export function getScans(filter?: Filter, before?: string): Promise<{ scans: Scan[]; next: string | null }> {
  const one = filter?.severities.length === 1 ? filter.severities[0] : undefined;
  return get(
    `scans?${query({
      state: filter?.open ? 'open' : 'all',
      site: filter?.site,
      kind: filter?.kind,
      severity: one,
      before,
      limit: PAGE,
    })}`,
  );
}
export const getOpenScans = (): Promise<{ scans: Scan[] }> => get('scans?state=open&limit=200');
export const getScan = (id: string): Promise<{ scan: Scan; history: ScanHistory[] }> => get(`scans/${segments(id)}`);
export const getSources = (): Promise<{ sources: Source[] }> => get('sources?limit=500');
export const getSource = (address: string): Promise<{ source: Source; scans: Scan[]; whispers?: Whispered[] }> =>
  get(`sources/${encodeURIComponent(address)}`);
export const getSensors = (): Promise<{ sensors: Sensor[] }> => get('sensors');
export const getGaps = (): Promise<{ gaps: Gap[] }> => get('gaps?limit=50');
export const getTimeline = (from: number, to: number, buckets: number): Promise<Timeline> =>
  get(`timeline?${query({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), buckets })}`);

const iso = (time: number): string => new Date(time).toISOString();
export const getMap = (from: number, to: number, steps: number): Promise<AddressMap> =>
  get(`map?${query({ from: iso(from), to: iso(to), steps })}`);
export const getMatrix = (from: number, to: number): Promise<Matrix> =>
  get(`matrix?${query({ from: iso(from), to: iso(to), limit: 100 })}`);
export const getWhatIf = (from: number, to: number, evidence: number, targets: number): Promise<WhatIf> =>
  get(`what-if?${query({ from: iso(from), to: iso(to), evidence, targets })}`);

export const getIncidents = (): Promise<{ incidents: Incident[] }> => get('incidents?state=open&limit=50');
export const getVerdicts = (): Promise<{ verdicts: FleetVerdict[] }> => get('verdicts?limit=100');
export const getCampaigns = (): Promise<{ campaigns: Campaign[] }> => get('campaigns?limit=50');
export const getCampaign = (id: string): Promise<Campaign & { scanIds: string[] }> =>
  get(`campaigns/${encodeURIComponent(id)}`);
export const getOutputs = (): Promise<{ outputs: Output[] }> => get('outputs');
export const getAllow = (): Promise<{ allow: AllowEntry[] }> => get('allow');
export const getKnown = (): Promise<{ lists: KnownList[] }> => get('known');

let exporting: Promise<boolean> | undefined;
/** Whether this collector exports the scans of one source; requested once. */
export function hasExport(source: string): Promise<boolean> {
  exporting ??= fetch(`/api/v1/export?${query({ format: 'csv', source })}`, {
    method: 'HEAD',
    signal: AbortSignal.timeout(TIMEOUT),
  }).then(
    (response) => response.ok,
    () => false,
  );
  return exporting;
}
