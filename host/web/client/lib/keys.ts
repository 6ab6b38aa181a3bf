/** Single keys, for those who keep this page open all day. They can be switched off: speech input types letters, too. */
export const places = [
  ['w', '#/', 'the watch'],
  ['m', '#/map', 'the map'],
  ['x', '#/matrix', 'the matrix'],
  ['s', '#/sources', 'the sources'],
  ['n', '#/sensors', 'the sensors'],
  ['r', '#/rules', 'the rules'],
] as const;

export interface Actions {
  help(): void;
  go(hash: string): void;
  search(): void;
  row(by: 1 | -1): void;
  escape(): void;
}

const STORED = 'blockwatch-keys';
/** Milliseconds that `g` waits for its second key. */
const PATIENCE = 1500;

export function keysAreOn(): boolean {
  try {
    return localStorage.getItem(STORED) !== 'off';
  } catch {
    return true;
  }
}

export function switchKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, 'off');
  } catch {
    // Without storage they stay on.
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
    if (!keysAreOn()) return;
    const place = Date.now() - going < PATIENCE ? places.find(([key]) => key === event.key) : undefined;
    going = event.key === 'g' ? Date.now() : 0;
    const action = place
      ? () => actions.go(place[1])
      : { '?': actions.help, '/': actions.search, j: () => actions.row(1), k: () => actions.row(-1) }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** To the next or the previous row of the list or table that is shown. */
export function stepRow(by: 1 | -1): void {
  const links = [
    ...document.querySelectorAll<HTMLElement>('.scans .stretch, .sources tbody th a, .matrix tbody th a'),
  ].filter((link) => link.offsetParent !== null);
  const here = links.indexOf(document.activeElement as HTMLElement);
  const next = here >= 0 ? links[here + by] : (links.find((link) => link.getBoundingClientRect().top > 60) ?? links[0]);
  next?.focus();
}
