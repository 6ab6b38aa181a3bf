/**
 * Name, navigation, live indicator and theme; below them the banner that says what to do when the connection is down.
 */

import { clockTime, duration } from '../../../wording/format.js';
import { button, h, setAttribute, setText } from '../lib/dom.js';
import type { Live } from '../lib/live.js';
import { icon } from '../lib/marks.js';
import type { State } from '../lib/state.js';
import { themeButton } from '../lib/theme.js';

const pages = [
  ['#/', 'Overview', ['overview', 'scan']],
  ['#/map', 'Map', ['map']],
  ['#/matrix', 'Matrix', ['matrix']],
  ['#/sources', 'Sources', ['sources', 'source']],
  ['#/sensors', 'Sensors', ['sensors']],
  ['#/rules', 'Rules', ['rules']],
] as const;

export function header(state: State, help: () => void): HTMLElement {
  const links = pages.map(([href, label]) => h('a', { href }, label));
  const live = h('span', { class: 'live' });
  const label = h('span');
  live.append(h('span', { class: 'dot', 'aria-hidden': 'true' }), label);
  const element = h(
    'header',
    { class: 'top' },
    h('a', { class: 'name', href: '#/' }, h('img', { src: 'icon.svg', alt: '', width: 24, height: 24 }), 'Blockwatch'),
    h('nav', { 'aria-label': 'Pages' }, ...links),
    live,
    button(
      { class: 'quiet keys', 'aria-label': 'Help and keyboard shortcuts', title: 'Help and keyboard shortcuts (?)' },
      '?',
      help,
    ),
    themeButton(),
  );
  state.view(['route'], () => {
    pages.forEach(([, , views], i) => {
      const here = (views as readonly string[]).includes(state.route.view);
      setAttribute(links[i] as HTMLElement, 'aria-current', here ? 'page' : null);
    });
  });
  state.view(['link', 'error'], () => {
    live.dataset['state'] = state.link.state;
    setText(label, { connecting: 'Connecting', live: 'Live', waiting: 'Reconnecting' }[state.link.state]);
  });
  return element;
}

/** The banner under the header, shown only while something is wrong. */
export function banner(state: State, live: Live): HTMLElement {
  const element = h('section', { class: 'banner', 'aria-label': 'Connection', hidden: true });
  const what = h('p', { role: 'alert' });
  const when = h('p', { class: 'when' });
  const again = button({ class: 'solid' }, 'Try now', () => live.retryNow());
  element.append(icon('warn', 20), h('div', null, what, when), again);
  state.view(['link', 'error', 'clock'], () => {
    const { link } = state;
    const down = link.state === 'waiting';
    element.hidden = !down && !state.error;
    again.hidden = !down;
    document.body.classList.toggle('stale', down);
    if (element.hidden) return setText(what, '');
    if (!down) {
      setText(what, `The collector refused a request: ${state.error}`);
      return setText(when, 'This page may be incomplete. The collector’s log has details.');
    }
    const seen = state.updated ? `This page shows data from ${clockTime(new Date(state.updated).toISOString())}. ` : '';
    setText(what, `${link.reason || 'The collector does not answer.'} ${seen}`.trim());
    const wait = Math.max(0, link.retryAt - Date.now());
    const hint =
      Date.now() - link.since > 8000
        ? ` If this lasts, check that “npx blockwatch collector” runs on ${location.hostname}.`
        : '';
    setText(
      when,
      (wait > 500 ? `Trying again in ${duration(Math.ceil(wait / 1000) * 1000)}.` : 'Trying again now.') + hint,
    );
  });
  return element;
}

/** An empty state: a heading and what to do; `command` can be copied. */
export function empty(title: string, text: string, command?: string): HTMLElement {
  const element = h('div', { class: 'empty' }, title && h('h3', null, title), h('p', null, text));
  if (command) element.append(commandLine(command));
  return element;
}

/** A command in a box with a copy button. */
export function commandLine(command: string): HTMLElement {
  // A line may break before an option, never inside one: half an option cannot be read, let alone typed.
  const code = h('code', null, ...command.split(/ (?=--)/).flatMap((word, i) => [i > 0 && ' ', h('span', null, word)]));
  const box = h('div', { class: 'command' }, code);
  // The clipboard exists on secure origins only; elsewhere the text can still be selected.
  if (isSecureContext && 'clipboard' in navigator) {
    const copy = button({ class: 'quiet', title: 'Copy', 'aria-label': 'Copy the command' }, icon('copy'), () => {
      void navigator.clipboard.writeText(command).then(() => {
        copy.replaceChildren(icon('check'));
        setTimeout(() => copy.replaceChildren(icon('copy')), 1500);
      });
    });
    box.append(copy);
  }
  return box;
}
