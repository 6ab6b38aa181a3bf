/** Times on the command line. */

const units: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `30m`, `24h`, `7d`, `2w` in milliseconds; undefined where it is none. */
export function parseSpan(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(count) * (units[unit] as number);
}

/**
 * `2026-11-24`, `2026-11-24T08:00Z`, `24h`, `7d`, `now`; otherwise undefined. Without a zone, UTC.
 *
 * @param now milliseconds since 1970
 * @returns milliseconds since 1970
 */
export function parseTime(text: string, now: number): number | undefined {
  if (text === 'now') return now;
  const past = parseSpan(text);
  if (past !== undefined) return now - past;
  if (!/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text)) return undefined;
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(text.slice(10)) || text.length === 10 ? text : `${text}Z`;
  const time = Date.parse(zoned.replace(' ', 'T'));
  // Date.parse accepts 31 February as 3 March.
  if (Number.isNaN(time) || !sameDay(text, zoned)) return undefined;
  return time;
}

function sameDay(text: string, zoned: string): boolean {
  const day = Date.parse(text.slice(0, 10));
  return (
    !Number.isNaN(day) &&
    new Date(day).toISOString().slice(0, 10) === text.slice(0, 10) &&
    zoned.startsWith(text.slice(0, 10))
  );
}

/** The same formats for the future: `30d` from now, a date means the end of that day; undefined for a past time. */
export function parseUntil(text: string, now: number): number | undefined {
  const span = parseSpan(text);
  const given = span === undefined ? parseTime(text, now) : now + span;
  if (given === undefined) return undefined;
  const time = text.length === 10 && span === undefined ? given + (units['d'] as number) - 1 : given;
  return time > now ? time : undefined;
}
