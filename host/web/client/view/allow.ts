/** The allow list: who is let off, why, until when, and what it has held back. */
import { addAllow, getAllow, removeAllow } from '../api.js';
import { now } from '../clock.js';
import type { AllowEntry } from '../contract.js';
import { csvButton } from '../csv.js';
import { button, h, replaceWhen, setText } from '../dom.js';
import { feed } from '../feed.js';
import { absolute, day, plural, shortTime } from '../format.js';
import { serviceName } from '../ports.js';
import type { State } from '../state.js';

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** `held back 312 alerts since Monday`. */
export function effect(entry: Pick<AllowEntry, 'heldBack' | 'heldBackSince'>, at: number): string {
  if (!entry.heldBack || !entry.heldBackSince) return 'has held back nothing yet';
  const since = Date.parse(entry.heldBackSince);
  const word = at - since < 6 * 86_400_000 && day(entry.heldBackSince) !== day(new Date(at).toISOString()) ? weekdays[new Date(since).getDay()]
    : shortTime(entry.heldBackSince, at);
  return `held back ${plural(entry.heldBack, 'alert')} since ${word}`;
}

const over = (entry: AllowEntry): boolean => entry.until !== null && Date.parse(entry.until) < now();

export function allowView(state: State): HTMLElement {
  let entries: AllowEntry[] = [];
  const list = h('tbody');
  const none = h('p', { class: 'explain' }, 'Nobody is let off. An entry names a source, the addresses of yours it may go to, a service, and an end.');
  const table = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of the allow list' }, h('table', { class: 'allow-table' },
    h('thead', null, h('tr', null, ...['Source', 'May go to', 'Service', 'Until', 'Reason', 'Effect', ''].map((name) => h(name ? 'th' : 'td', name ? { scope: 'col' } : null, name)))), list));
  const problem = h('p', { class: 'bad', role: 'alert' });
  const input = (id: string, label: string, attributes: Record<string, string | number | boolean>): { element: HTMLElement; field: HTMLInputElement } => {
    const field = h('input', { id: `allow-${id}`, name: id, autocomplete: 'off', spellcheck: 'false', ...attributes });
    return { field, element: h('div', { class: 'entry' }, h('label', { for: `allow-${id}` }, label), field) };
  };
  const source = input('source', 'Source', { placeholder: 'any, or 192.0.2.7, 192.0.2.0/24', maxlength: 49 });
  const target = input('target', 'May go to', { placeholder: '10.0.0.0/8', required: true, maxlength: 49 });
  const service = input('service', 'Service', { type: 'number', min: 0, max: 65535, placeholder: 'any' });
  const until = input('until', 'Until', { type: 'date' });
  const reason = input('reason', 'Reason', { required: true, maxlength: 200, placeholder: 'Our own vulnerability scanner' });
  const by = input('by', 'Your name', { required: true, maxlength: 60, autocomplete: 'name' });
  const form = h('form', { class: 'allow-form' }, source.element, target.element, service.element, until.element, reason.element, by.element,
    h('button', { type: 'submit', class: 'solid' }, 'Allow'));
  const add = h('details', { class: 'add' }, h('summary', null, 'Add an entry'), form, problem);
  const element = h('section', { class: 'allow', 'aria-labelledby': 'allow-title', hidden: true },
    h('div', { class: 'bar' }, h('h3', { id: 'allow-title' }, 'Allow list'), csvButton('the allow list', () => csvRows(entries))), table, none, add);

  const attempt = async (work: Promise<unknown>): Promise<boolean> => {
    try {
      await work;
      setText(problem, '');
      return true;
    } catch (error) {
      setText(problem, error instanceof Error ? error.message : String(error));
      return false;
    } finally {
      again();
    }
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const entry = {
      source: source.field.value.trim(), target: target.field.value.trim(), service: service.field.value === '' ? null : Number(service.field.value),
      // An end by date holds to the end of that day, where the reader is.
      until: until.field.value ? new Date(`${until.field.value}T23:59:59`).toISOString() : null, reason: reason.field.value.trim(), by: by.field.value.trim(),
    };
    void attempt(addAllow(entry)).then((done) => {
      if (!done) return;
      form.reset();
      add.open = false;
    });
  });
  const row = (entry: AllowEntry): HTMLElement => {
    let sure = false;
    const remove = button({ class: 'quiet' }, 'Remove', () => {
      if (sure) return void attempt(removeAllow(entry.id));
      sure = true;
      remove.textContent = 'Really remove?';
      remove.className = 'solid';
      setTimeout(() => {
        sure = false;
        remove.textContent = 'Remove';
        remove.className = 'quiet';
      }, 4000);
    });
    const name = entry.service === null ? '' : serviceName(entry.service, 'tcp');
    return h('tr', { class: over(entry) ? 'over' : null }, h('th', { scope: 'row', class: 'address' }, entry.source || 'any'), h('td', { class: 'address' }, entry.target),
      h('td', null, entry.service === null ? 'any' : `${entry.service}${name ? ` (${name})` : ''}`),
      h('td', null, entry.until ? `${absolute(entry.until).slice(0, 16)}${over(entry) ? ', over' : ''}` : 'for ever'),
      h('td', null, entry.reason, h('span', { class: 'sub' }, ` ${entry.by}, ${day(entry.created)}`)),
      h('td', null, h('b', { class: entry.heldBack ? null : 'none' }, effect(entry, now()))), h('td', null, remove));
  };
  const again = feed(state, [], () => (state.route.view === 'rules' ? 'allow' : ''), getAllow, ({ value }) => {
    element.hidden = !value;
    entries = value?.allow ?? value?.entries ?? [];
    table.hidden = !entries.length;
    none.hidden = entries.length > 0;
    replaceWhen(list, JSON.stringify(entries), () => entries.map(row));
  });
  return element;
}

function csvRows(entries: readonly AllowEntry[]): (string | number)[][] {
  return [['Source', 'Target', 'Service', 'Until', 'Reason', 'By', 'Created', 'Held back', 'Since'], ...entries.map((one) => [one.source || 'any', one.target,
    one.service ?? 'any', one.until ?? '', one.reason, one.by, one.created, one.heldBack, one.heldBackSince ?? ''])];
}
