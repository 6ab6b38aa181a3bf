/** The headline card: active scans, a sentence each; without any, the state of the sensors. */
import type { Scan } from '../../../api/types.js';
import { nextStep } from '../../../wording/advice.js';
import { campaignHeadline, isWide, worstCampaignFirst } from '../../../wording/fleet.js';
import { ago } from '../../../wording/format.js';
import { confidenceLabel, headline, kindNames, plain, sensorSummary, sentence } from '../../../wording/words.js';
import { now as clockNow, setTime, timeElement } from '../lib/clock.js';
import type { Row } from '../lib/dom.js';
import { h, keyed, replaceWhen, setText } from '../lib/dom.js';
import { isSuppressed, worstFirst } from '../lib/filter.js';
import { confidenceMark, icon, prose, severityMark, sparkline, spoofableMark } from '../lib/marks.js';
import { scanHref } from '../lib/route.js';
import type { State } from '../lib/state.js';
import { campaignCard } from './campaigns.js';
import { empty } from './header.js';
import { startCommand } from './sensors.js';

const MAX_CARDS = 5;
const MAX_CAMPAIGNS = 4;

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
      setText(where, `${kindNames[scan.kind]} at ${scan.site}, seen by ${scan.sensor}`);
      setTime(lasting, scan.first);
      replaceWhen(sure, `${scan.confidence}${scan.spoofable}`, () => [
        confidenceMark(scan.confidence),
        ` ${confidenceLabel(scan.confidence)}`,
        scan.spoofable && spoofableMark(),
      ]);
      replaceWhen(shape, scan.shape.join(), () => [sparkline(scan.shape, 80, 16)]);
    },
  };
}

export function nowView(state: State, showOpen: () => void): HTMLElement {
  const title = h('h2', { id: 'now-title' });
  const campaignList = h('ol', { class: 'alarms tales', 'aria-label': 'Campaigns' });
  const list = h('ol', { class: 'alarms' });
  const rest = h('a', { class: 'rest', href: '#scans' });
  rest.addEventListener('click', (event) => {
    event.preventDefault();
    showOpen();
  });
  const calm = h('div', { class: 'calm' });
  const element = h('section', { class: 'now', 'aria-labelledby': 'now-title' }, title, campaignList, list, rest, calm);
  state.view(['scans', 'sensors', 'now', 'clock', 'fleet'], (changed) => {
    // A campaign stands for all of its scans.
    const campaigns = (state.campaigns ?? [])
      .filter(
        (one) =>
          one.open &&
          isWide(one) &&
          !(one.scans > 0 && one.allowedScans === one.scans) &&
          one.known?.kind !== 'research',
      )
      .sort(worstCampaignFirst);
    const inCampaign = new Set(campaigns.flatMap((one) => one.sources));
    const open = state
      .openScans()
      .filter((scan) => scan.verdict === 'scan' && !isSuppressed(scan) && !inCampaign.has(scan.source))
      .sort(worstFirst);
    const shown = campaigns.slice(0, MAX_CAMPAIGNS);
    const room = Math.max(1, MAX_CARDS - shown.length);
    const busy = open.length + campaigns.length > 0;
    element.dataset['busy'] = String(busy);
    calm.hidden = busy;
    campaignList.hidden = !shown.length;
    list.hidden = !open.length;
    const more = Math.max(0, open.length - room) + campaigns.length - shown.length;
    rest.hidden = more === 0;
    if (changed.has('scans') || changed.has('fleet')) {
      keyed(campaignList, shown, (one) => one.id, campaignCard(state));
      keyed(list, open.slice(0, room), (scan) => scan.id, card);
    }
    setText(rest, `Show ${more} more`);
    const [first] = shown;
    if (busy) setText(title, first ? campaignHeadline(first) : headline(open));
    else drawCalm(state, title, calm);
  });
  return element;
}

/** Quiet is good news only while sensors see traffic: say which it is. */
function drawCalm(state: State, title: HTMLElement, calm: HTMLElement): void {
  const { now } = state;
  if (!now || !state.sensorsLoaded) {
    setText(title, 'Now');
    return replaceWhen(calm, 'loading', () => [
      h('p', { class: 'loading' }, state.link.state === 'waiting' ? 'Waiting for the collector.' : 'Loading …'),
    ]);
  }
  const sensors = [...state.sensors.values()];
  if (!sensors.length) {
    setText(title, 'No sensor yet');
    return replaceWhen(calm, 'none', () => [
      empty(
        '',
        'Start one to begin monitoring. It can run on this computer: give it a network interface or a capture file.',
        startCommand(),
      ),
    ]);
  }
  const { online, late } = now.sensors;
  const reported = Math.max(...sensors.map((sensor) => Date.parse(sensor.lastSeen)));
  const newest =
    [...state.scans.values()]
      .filter((scan) => scan.verdict === 'scan' && !isSuppressed(scan))
      .map(({ last }) => last)
      .sort()
      .at(-1) ?? '';
  const blind = online + late === 0;
  const reporting = sensors.some((sensor) => sensor.state === 'blind');
  const some = online < sensors.length;
  setText(
    title,
    blind
      ? reporting
        ? 'No sensor sees traffic'
        : 'No sensor is online'
      : some
        ? 'Quiet at the sites we can see'
        : 'All quiet',
  );
  replaceWhen(calm, `${blind}${some}`, () => [
    h('div', { class: blind ? 'big bad' : some ? 'big partly' : 'big' }, icon(blind ? 'warn' : 'check', 40)),
    h('div', null, h('p', { class: 'lead' }), h('p', { class: 'tail' })),
  ]);
  const lead = calm.querySelector('.lead') as HTMLElement;
  const tail = calm.querySelector('.tail') as HTMLElement;
  setText(lead, `${sensorSummary(now.sensors)}; last report ${ago(clockNow() - reported)}.`);
  setText(
    tail,
    blind
      ? `Scans may go unnoticed. Check ${reporting ? 'the mirror port and the cable of the tap' : 'the power and the uplink of the sensors'}.`
      : newest
        ? `The last scan was seen ${ago(clockNow() - Date.parse(newest))}.`
        : 'No scan has been seen so far.',
  );
}
