/** Numbers and times as text. Pure; the page is in English, so the number format is fixed. */
const grouped = new Intl.NumberFormat('en-GB');

/** 1,234 below a hundred thousand; 123 k and 4.5 M above, where single digits no longer matter. */
export function count(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1e9) return `${trim(value / 1e9)} G`;
  if (size >= 999_500) return `${trim(value / 1e6)} M`;
  if (size >= 100_000) return `${Math.round(value / 1e3)} k`;
  return grouped.format(Math.round(value));
}

function trim(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1).replace(/\.0$/, '');
}

/** `1 scan`, `12 scans`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${Math.round(value) === 1 ? one : many}`;
}

/** Frames per second: one decimal where it matters. */
export function rate(value: number): string {
  if (!Number.isFinite(value) || value <= 0) return '0';
  return value < 10 ? value.toFixed(1).replace(/\.0$/, '') : count(value);
}

/** A length of time in its two largest units: `45 s`, `3 min`, `2 h 5 min`, `3 d 4 h`. Milliseconds in. */
export function duration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds) || milliseconds < 0) return '0 s';
  if (milliseconds < 1000) return milliseconds < 1 ? '0 s' : `${Math.round(milliseconds)} ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 && days < 7 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** How long ago, in one unit: it ticks, so it must stay short. Clock skew never shows as the future. */
export function ago(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return 'never';
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 2) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  return days < 730 ? `${days} days ago` : `${Math.floor(days / 365)} years ago`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `14:05:09` in the viewer's time zone; empty where the text is no time. */
export function clockTime(iso: string, seconds = true): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  return `${two(date.getHours())}:${two(date.getMinutes())}${seconds ? `:${two(date.getSeconds())}` : ''}`;
}

/** `2026-11-24` in the viewer's time zone. */
export function day(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `2026-11-24 14:05:09` in the viewer's time zone. */
export function absolute(iso: string): string {
  const text = day(iso);
  return text && `${text} ${clockTime(iso)}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** As short as it can be: `14:05` today, `23 Nov` this year, else `2019-05-02`. */
export function shortTime(iso: string, now: number): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  const today = new Date(now);
  if (day(iso) === day(today.toISOString())) return clockTime(iso, false);
  return date.getFullYear() === today.getFullYear() ? `${date.getDate()} ${months[date.getMonth()]}` : day(iso);
}

/** A list in a sentence: `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}

const ordinals = ['', 'first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'];

/** `third`, `21st` */
export function ordinal(n: number): string {
  const ending = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return ordinals[n] ?? `${count(n)}${ending}`;
}
