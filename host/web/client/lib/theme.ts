/** Light, dark or system theme; the browser stores the choice. */
import { button, setAttribute } from './dom.js';
import { icon } from './marks.js';

const themes = ['system', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];

const icons = { system: 'system', light: 'sun', dark: 'moon' } as const;
const labels: Record<Theme, string> = { system: 'system', light: 'light', dark: 'dark' };

function current(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

function choose(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  try {
    if (theme === 'system') localStorage.removeItem('blockwatch-theme');
    else localStorage.setItem('blockwatch-theme', theme);
  } catch {
    // Without storage the choice lasts until the page is closed.
  }
}

/** A button that cycles through the themes. */
export function themeButton(): HTMLButtonElement {
  const element = button({ class: 'quiet theme' }, null, () => {
    choose(themes[(themes.indexOf(current()) + 1) % themes.length] as Theme);
    show();
  });
  const show = (): void => {
    element.replaceChildren(icon(icons[current()], 18));
    setAttribute(element, 'aria-label', `Theme: ${labels[current()]}`);
    setAttribute(element, 'title', `Theme: ${labels[current()]}`);
  };
  show();
  return element;
}
