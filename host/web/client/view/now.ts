/** What is being scanned at this minute: one sentence a scan, or a calm that says who is watching. */
import type { Scan } from '../../../collector/types.js';
import { nextStep } from '../advice.js';
import { now as clockNow, setTime, timeElement } from '../clock.js';
import { h, keyed, replaceWhen, setText } from '../dom.js';
import type { Row } from '../dom.js';
import { worstFirst } from '../filter.js';
import { ago } from '../format.js';
import { confidenceMark, forgedMark, icon, prose, severityMark, sparkline } from '../marks.js';
import { scanHref } from '../route.js';
import type { State } from '../state.js';
import { headline, kindNames, plain, sentence, sureness, watching } from '../words.js';
import { empty } from './header.js';
import { startCommand } from './sensors.js';

const MOST = 4;

function card(): Row<Scan> {
  const mark = h('div', { class: 'sign' });
  const link = h('a');
  const where = h('span', { class: 'where' });
  const sure = h('span', { class: 'sure' });
  const shape = h('span', { class: 'shape' });
  const lasting = timeElement('', 'since');
  const step = h('span');
  const element = h('li', { class: 'alarm' }, mark,
    h('div', { class: 'story' },
      h('p', { class: 'says' }, link),
      h('p', { class: 'next' }, icon('arrow'), step),
      h('p', { class: 'facts' }, where, h('span', null, 'for ', lasting), sure, shape)));
  return {
    element,
    update(scan) {
      element.dataset['severity'] = scan.severity;
      replaceWhen(mark, scan.severity, () => [severityMark(scan.severity, 22)]);
      const words = sentence(scan);
      link.setAttribute('href', scanHref(scan.id));
      replaceWhen(link, plain(words), () => prose(words));
      setText(step, nextStep(scan));
      setText(where, `${kindNames[scan.kind]} in ${scan.site}, seen by ${scan.sensor}`);
      setTime(lasting, scan.first);
      replaceWhen(sure, `${scan.confidence}${scan.spoofable}`, () =>
        [confidenceMark(scan.confidence), ` ${sureness(scan.confidence)}`, scan.spoofable && forgedMark()]);
      replaceWhen(shape, scan.shape.join(), () => [sparkline(scan.shape, 80, 16)]);
    },
  };
}

export function nowView(state: State, showOpen: () => void): HTMLElement {
  const title = h('h2', { id: 'now-title' });
  const list = h('ol', { class: 'alarms' });
  const rest = h('a', { class: 'rest', href: '#scans' });
  rest.addEventListener('click', (event) => {
    event.preventDefault();
    showOpen();
  });
  const calm = h('div', { class: 'calm' });
  const element = h('section', { class: 'now', 'aria-labelledby': 'now-title' }, title, list, rest, calm);
  state.view(['scans', 'sensors', 'now', 'clock'], (changed) => {
    const open = state.openScans().filter((scan) => scan.verdict === 'scan').sort(worstFirst);
    const busy = open.length > 0;
    element.dataset['busy'] = String(busy);
    list.hidden = !busy;
    calm.hidden = busy;
    rest.hidden = open.length <= MOST;
    if (changed.has('scans')) keyed(list, open.slice(0, MOST), (scan) => scan.id, card);
    setText(rest, `and ${open.length - MOST} more in the list below`);
    if (busy) setText(title, headline(open));
    else drawCalm(state, title, calm);
  });
  return element;
}

/** The word last and just now do not go together. */
function heardFrom(age: number): string {
  const text = ago(age);
  return text === 'just now' ? 'heard from just now' : `last heard from ${text}`;
}

/** Quiet is only good news while somebody watches: say which it is. */
function drawCalm(state: State, title: HTMLElement, calm: HTMLElement): void {
  const { now } = state;
  if (!now || !state.sensorsLoaded) {
    setText(title, 'Now');
    return replaceWhen(calm, 'loading', () => [h('p', { class: 'loading' },
      state.link.state === 'waiting' ? 'Waiting for the collector.' : 'Asking the collector …')]);
  }
  const sensors = [...state.sensors.values()];
  if (!sensors.length) {
    setText(title, 'No sensor yet');
    return replaceWhen(calm, 'none', () => [empty('',
      'Start one to begin watching. It can be this computer: name a network interface or a capture file.',
      startCommand())]);
  }
  const { online, late } = now.sensors;
  const heard = Math.max(...sensors.map((sensor) => Date.parse(sensor.lastSeen)));
  const newest = [...state.scans.values()].filter((scan) => scan.verdict === 'scan').reduce((at, scan) =>
    (scan.last > at ? scan.last : at), '');
  const blind = online + late === 0;
  const some = online < sensors.length;
  setText(title, blind ? 'Nobody is watching' : some ? 'Quiet, where we can see' : 'All quiet');
  replaceWhen(calm, `${blind}${some}`, () => [
    h('div', { class: blind ? 'big bad' : some ? 'big partly' : 'big' }, icon(blind ? 'warn' : 'check', 40)),
    h('div', null, h('p', { class: 'lead' }), h('p', { class: 'tail' })),
  ]);
  const lead = calm.querySelector('.lead') as HTMLElement;
  const tail = calm.querySelector('.tail') as HTMLElement;
  const words = watching(now.sensors);
  setText(lead, `${words.charAt(0).toUpperCase()}${words.slice(1)}, ${heardFrom(clockNow() - heard)}.`);
  setText(tail, blind ? 'Scans may be going on unseen. Check the power and the uplink of the sensors.'
    : newest ? `The last scan was seen ${ago(clockNow() - Date.parse(newest))}.` : 'No scan has been seen so far.');
}
