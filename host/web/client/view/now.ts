/** What is being scanned at this minute: one sentence a scan, or a calm that says who is watching. */
import type { Scan } from '../../../api/types.js';
import { nextStep } from '../../../wording/advice.js';
import { campaignHeadline, isWide, worstCampaignFirst } from '../../../wording/fleet.js';
import { ago } from '../../../wording/format.js';
import { headline, kindNames, plain, sentence, sureness, watching } from '../../../wording/words.js';
import { now as clockNow, setTime, timeElement } from '../lib/clock.js';
import type { Row } from '../lib/dom.js';
import { h, keyed, replaceWhen, setText } from '../lib/dom.js';
import { isQuiet, worstFirst } from '../lib/filter.js';
import { confidenceMark, forgedMark, icon, prose, severityMark, sparkline } from '../lib/marks.js';
import { scanHref } from '../lib/route.js';
import type { State } from '../lib/state.js';
import { campaignCard } from './campaigns.js';
import { empty } from './header.js';
import { startCommand } from './sensors.js';

const MOST = 5;
const MOST_STORIES = 4;

function card(): Row<Scan> {
  const mark = h('div', { class: 'sign' });
  const link = h('a');
  const where = h('span', { class: 'where' });
  const sure = h('span', { class: 'sure' });
  const shape = h('span', { class: 'shape' });
  const lasting = timeElement('', 'since');
  const step = h('span');
  const element = h(
    'li',
    { class: 'alarm' },
    mark,
    h(
      'div',
      { class: 'story' },
      h('p', { class: 'says' }, link),
      h('p', { class: 'next' }, icon('arrow'), step),
      h('p', { class: 'facts' }, where, h('span', null, 'for ', lasting), sure, shape),
    ),
  );
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
      replaceWhen(sure, `${scan.confidence}${scan.spoofable}`, () => [
        confidenceMark(scan.confidence),
        ` ${sureness(scan.confidence)}`,
        scan.spoofable && forgedMark(),
      ]);
      replaceWhen(shape, scan.shape.join(), () => [sparkline(scan.shape, 80, 16)]);
    },
  };
}

export function nowView(state: State, showOpen: () => void): HTMLElement {
  const title = h('h2', { id: 'now-title' });
  const tales = h('ol', { class: 'alarms tales', 'aria-label': 'Campaigns' });
  const list = h('ol', { class: 'alarms' });
  const rest = h('a', { class: 'rest', href: '#scans' });
  rest.addEventListener('click', (event) => {
    event.preventDefault();
    showOpen();
  });
  const calm = h('div', { class: 'calm' });
  const element = h('section', { class: 'now', 'aria-labelledby': 'now-title' }, title, tales, list, rest, calm);
  state.view(['scans', 'sensors', 'now', 'clock', 'fleet'], (changed) => {
    // What belongs to a campaign is told by it, once.
    const stories = (state.campaigns ?? [])
      .filter(
        (one) =>
          one.open &&
          isWide(one) &&
          !(one.scans > 0 && one.allowedScans === one.scans) &&
          one.known?.kind !== 'research',
      )
      .sort(worstCampaignFirst);
    const told = new Set(stories.flatMap((one) => one.sources));
    const open = state
      .openScans()
      .filter((scan) => scan.verdict === 'scan' && !isQuiet(scan) && !told.has(scan.source))
      .sort(worstFirst);
    const shown = stories.slice(0, MOST_STORIES);
    const room = Math.max(1, MOST - shown.length);
    const busy = open.length + stories.length > 0;
    element.dataset['busy'] = String(busy);
    calm.hidden = busy;
    tales.hidden = !shown.length;
    list.hidden = !open.length;
    const more = Math.max(0, open.length - room) + stories.length - shown.length;
    rest.hidden = more === 0;
    if (changed.has('scans') || changed.has('fleet')) {
      keyed(tales, shown, (one) => one.id, campaignCard(state));
      keyed(list, open.slice(0, room), (scan) => scan.id, card);
    }
    setText(rest, `and ${more} more in the list below`);
    const [first] = shown;
    if (busy) setText(title, first ? campaignHeadline(first) : headline(open));
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
    return replaceWhen(calm, 'loading', () => [
      h(
        'p',
        { class: 'loading' },
        state.link.state === 'waiting' ? 'Waiting for the collector.' : 'Asking the collector …',
      ),
    ]);
  }
  const sensors = [...state.sensors.values()];
  if (!sensors.length) {
    setText(title, 'No sensor yet');
    return replaceWhen(calm, 'none', () => [
      empty(
        '',
        'Start one to begin watching. It can be this computer: name a network interface or a capture file.',
        startCommand(),
      ),
    ]);
  }
  const { online, late } = now.sensors;
  const heard = Math.max(...sensors.map((sensor) => Date.parse(sensor.lastSeen)));
  const newest =
    [...state.scans.values()]
      .filter((scan) => scan.verdict === 'scan' && !isQuiet(scan))
      .map(({ last }) => last)
      .sort()
      .at(-1) ?? '';
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
  setText(
    tail,
    blind
      ? 'Scans may be going on unseen. Check the power and the uplink of the sensors.'
      : newest
        ? `The last scan was seen ${ago(clockNow() - Date.parse(newest))}.`
        : 'No scan has been seen so far.',
  );
}
