// Runs before the page is painted, as a plain script: the chosen theme must not flash in after the other one.
// No imports, so that it stays a script; theme.ts owns the choice.
try {
  const chosen = localStorage.getItem('blockwatch-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset['theme'] = chosen;
} catch {
  // Storage may be forbidden: then the theme follows the system.
}
