/** Single-key shortcuts. They can be disabled: speech input types letters, too (WCAG 2.1.4). */
export const places = [
  ['o', '#/', 'the overview'],
  ['m', '#/map', 'the map'],
  ['x', '#/matrix', 'the matrix'],
  ['s', '#/sources', 'the sources'],
  ['n', '#/sensors', 'the sensors'],
  ['r', '#/rules', 'the rules'],
] as const;

/** `g w` was the shortcut of the overview, and still works. */
const aliases: Readonly<Record<string, string>> = { w: 'o' };

export interface Actions {
  help(): void;
  go(hash: string): void;
  search(): void;
  row(by: 1 | -1): void;
  escape(): void;
}

const STORED = 'blockwatch-keys';
/** Time that `g` waits for its second key. Milliseconds. */
const SEQUENCE_TIMEOUT = 1500;

export function keysEnabled(): boolean {
  try {
    return localStorage.getItem(STORED) !== 'off';
  } catch {
    return true;
  }
}

export function enableKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, 'off');
  } catch {
    // Without storage they stay enabled.
  }
}

export function listenToKeys(actions: Actions): void {
  let going = 0;
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    const { target } = event;
    const field =
      target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type !== 'range');
    if (field) return;
    if (event.key === 'Escape') return actions.escape();
    if (!keysEnabled()) return;
    const place =
      Date.now() - going < SEQUENCE_TIMEOUT
        ? places.find(([key]) => key === (aliases[event.key] ?? event.key))
        : undefined;
    going = event.key === 'g' ? Date.now() : 0;
    const action = place
      ? () => actions.go(place[1])
      : { '?': actions.help, '/': actions.search, j: () => actions.row(1), k: () => actions.row(-1) }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** Moves focus to the next or previous row of the visible list or table. */
export function stepRow(by: 1 | -1): void {
  const links = [
    ...document.querySelectorAll<HTMLElement>('.scans .stretch, .sources tbody th a, .matrix tbody th a'),
  ].filter((link) => link.offsetParent !== null);
  const here = links.indexOf(document.activeElement as HTMLElement);
  const next = here >= 0 ? links[here + by] : (links.find((link) => link.getBoundingClientRect().top > 60) ?? links[0]);
  next?.focus();
}
