/** A campaign: the scans of one source, one network or one pattern across all sites. */

import type { Campaign } from '../../../api/types.js';
import { campaignHeadline, campaignStep, chance, verdictSentence, visitPhrase } from '../../../wording/fleet.js';
import { absolute, count, listed, plural } from '../../../wording/format.js';
import { confidenceLabel, kindNames, severityNames } from '../../../wording/words.js';
import { getCampaign } from '../lib/api.js';
import { now, setTime, timeElement } from '../lib/clock.js';
import type { Row } from '../lib/dom.js';
import { h, replaceWhen, s, setText } from '../lib/dom.js';
import { feed } from '../lib/feed.js';
import { confidenceMark, icon, serviceChips, severityMark } from '../lib/marks.js';
import { campaignHref, scanHref, sourceHref } from '../lib/route.js';
import type { State } from '../lib/state.js';
import { empty } from './header.js';

/** Scans over the campaign's time. */
function bars(timeline: Campaign['timeline'], width: number, height: number): SVGSVGElement {
  const top = Math.max(1, ...timeline.map(({ scans }) => scans));
  const step = width / Math.max(1, timeline.length);
  const svg = s('svg', { class: 'spark', viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': 'true' });
  timeline.forEach(({ scans }, i) => {
    const bar = scans ? Math.max(2, (scans / top) * height) : 1;
    svg.append(
      s('rect', {
        x: (i * step).toFixed(2),
        y: (height - bar).toFixed(2),
        width: Math.max(1, step - Math.min(2, step / 4)).toFixed(2),
        height: bar.toFixed(2),
        rx: 1,
        class: scans ? '' : 'none',
      }),
    );
  });
  return svg;
}

/** The page that shows the campaign in full. */
const detailHref = (one: Campaign): string => (one.kind === 'source' ? sourceHref(one.key) : campaignHref(one.id));

export function campaignCard(state: State): () => Row<Campaign> {
  return () => {
    const mark = h('div', { class: 'sign' });
    const title = h('a');
    const step = h('span');
    const sites = h('p', { class: 'site-chips' });
    const lasting = timeElement('', 'since');
    const facts = h('span', { class: 'sure' });
    const shape = h('span', { class: 'shape' });
    const element = h(
      'li',
      { class: 'alarm campaign' },
      mark,
      h(
        'div',
        { class: 'story' },
        h('p', { class: 'says' }, title),
        h('p', { class: 'next' }, icon('arrow'), step),
        sites,
        h('p', { class: 'facts' }, h('span', null, 'for ', lasting), facts, shape),
      ),
    );
    return {
      element,
      update(one) {
        replaceWhen(mark, one.severity, () => [severityMark(one.severity, 22)]);
        title.setAttribute('href', detailHref(one));
        setText(title, one.text);
        setText(step, campaignStep(one));
        replaceWhen(sites, one.sites.join(), () => [
          h('span', { class: 'hidden' }, 'Sites: '),
          ...one.sites.slice(0, 16).flatMap((site) => [h('span', { class: 'chip' }, site), ' ']),
          one.sites.length > 16 && h('span', { class: 'more' }, `+${one.sites.length - 16}`),
        ]);
        setTime(lasting, one.first);
        const verdict = state.verdicts?.find((each) => each.source === one.key);
        const again = visitPhrase(one.visits, one.firstSeen, now());
        replaceWhen(facts, JSON.stringify([one.confidence, again, verdict]), () => [
          confidenceMark(one.confidence),
          ` ${confidenceLabel(one.confidence)}`,
          verdict?.convicted &&
            !verdict.alone &&
            h(
              'span',
              { class: 'mark tool', title: verdictSentence(verdict) },
              `seen only fleet-wide, false-alarm odds ${chance(verdict.falseAlarm)}`,
            ),
          again && h('span', null, again),
        ]);
        replaceWhen(shape, JSON.stringify(one.timeline), () => [
          one.timeline.length > 1 && bars(one.timeline, 120, 18),
        ]);
      },
    };
  };
}

/** Sources and scans listed. */
const MAX_LISTED = 100;

export function campaignView(state: State): HTMLElement {
  const body = h('div', { class: 'source-head campaign-page' });
  const element = h(
    'section',
    { class: 'page', 'aria-label': 'Campaign' },
    h('p', { class: 'crumbs' }, h('a', { href: '#/' }, icon('back', 14), 'Overview')),
    body,
  );
  feed(
    state,
    [],
    () => (state.route.view === 'campaign' ? state.route.id : ''),
    () => getCampaign(state.route.view === 'campaign' ? state.route.id : ''),
    ({ value, missing, problem }) => {
      body.replaceChildren(
        ...(value
          ? whole(value, state)
          : [
              empty(
                'Nothing to show',
                missing ? 'The collector does not know this campaign. The link may be incomplete.' : problem,
              ),
            ]),
      );
    },
  );
  return element;
}

/** Kind, site and time of a loaded scan; otherwise the sensor that reported it. */
function nameOf(id: string, state: State): string {
  const scan = state.scans.get(id);
  const [site = '', sensor = ''] = id.split('/');
  return scan
    ? `${kindNames[scan.kind]} at ${site}, ${absolute(scan.first)}`
    : `${site} / ${sensor}, ${id.split('/').slice(2).join('/')}`;
}

function whole(one: Campaign & { scanIds: string[] }, state: State): Node[] {
  const figure = (label: string, value: string): HTMLElement =>
    h('div', null, h('dt', null, label), h('dd', null, value));
  const again = visitPhrase(one.visits, one.firstSeen, now());
  return [
    h(
      'div',
      { class: 'left' },
      h(
        'div',
        { class: 'title' },
        severityMark(one.severity, 26),
        h('h2', null, campaignHeadline(one)),
        one.open && h('span', { class: 'going' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), 'active'),
      ),
      h('p', { class: 'says' }, one.text),
      h('p', { class: 'next' }, icon('arrow'), campaignStep(one)),
      h(
        'dl',
        { class: 'figures' },
        figure('severity', severityNames[one.severity]),
        figure(one.sourceCount === 1 ? 'source' : 'sources', count(one.sourceCount)),
        figure(one.sites.length === 1 ? 'site' : 'sites', count(one.sites.length)),
        figure('scans', count(one.scans)),
        figure('targets', count(one.targets)),
        figure('probes', count(one.probes)),
      ),
    ),
    h(
      'dl',
      { class: 'pairs' },
      h('dt', null, 'Confidence'),
      h('dd', null, confidenceMark(one.confidence), ` ${confidenceLabel(one.confidence)}`),
      h('dt', null, one.kind === 'source' ? 'Address' : one.kind === 'network' ? 'Network' : 'Service'),
      h('dd', { class: 'address' }, one.key),
      h('dt', null, 'First seen'),
      h('dd', null, absolute(one.firstSeen), ' ', timeElement(one.firstSeen)),
      h('dt', null, 'Last seen'),
      h('dd', null, absolute(one.last), ' ', timeElement(one.last)),
      ...(again ? [h('dt', null, 'Visits'), h('dd', null, again)] : []),
      h('dt', null, 'Sites'),
      h('dd', null, listed(one.sites)),
      h('dt', null, 'Activity'),
      h('dd', null, one.kinds.map((kind) => kindNames[kind] ?? kind).join(', ') || 'A few probes at each site'),
      ...(one.services.length
        ? [
            h('dt', null, 'Services'),
            h(
              'dd',
              { class: 'chips' },
              ...serviceChips(one.services, one.services.length, '', 8).filter((part) => part instanceof Node),
            ),
          ]
        : []),
    ),
    one.timeline.length > 1
      ? h('div', { class: 'pace wide' }, h('h3', null, 'Scans over time'), bars(one.timeline, 640, 60))
      : h('span'),
    h(
      'div',
      { class: 'wide' },
      h('h3', null, plural(one.sourceCount, 'source')),
      h(
        'ul',
        { class: 'chips' },
        ...one.sources
          .slice(0, MAX_LISTED)
          .map((source) => h('li', null, h('a', { class: 'address chip', href: sourceHref(source) }, source))),
      ),
    ),
    h(
      'div',
      { class: 'wide' },
      h('h3', null, plural(one.scanIds.length, 'scan')),
      h(
        'ul',
        { class: 'scan-links' },
        ...one.scanIds
          .slice(0, MAX_LISTED)
          .map((id) => h('li', null, h('a', { href: scanHref(id), title: id }, nameOf(id, state)))),
      ),
    ),
  ];
}
