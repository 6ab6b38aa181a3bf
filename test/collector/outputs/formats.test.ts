import assert from 'node:assert/strict';
import { cef, extensionValue, headerField } from '../../../host/collector/outputs/formats/cef.js';
import { eve } from '../../../host/collector/outputs/formats/eve.js';
import { parameterValue, syslog } from '../../../host/collector/outputs/formats/syslog.js';
import { facilities } from '../../../host/collector/outputs/model/facility.js';
import type { Finding } from '../../../host/collector/outputs/model/finding.js';
import { findingOf } from '../../../host/collector/outputs/model/finding.js';
import { kinds } from '../../../src/protocol/record.js';
import { campaign, conviction, finding, hostile, hostileTexts, incident, manyFindings, scan, test } from './samples.js';

type Eve = {
  flow_id: number;
  alert: { signature_id: number; severity: number; metadata: Record<string, string[]> };
  [name: string]: unknown;
};
const eveOf = (one: Finding): Eve => eve(one) as Eve;
const options = { facility: 'local0', hostname: 'collector.example' } as const;

describe('a finding', () => {
  it('keeps one name over beginning, progress and end of a scan, and gives each message a key of its own', () => {
    const all = (['start', 'progress', 'end'] as const).map((stage, i) =>
      findingOf(scan({ stage }, { sequence: i + 1 })),
    );
    assert.deepEqual(
      all.map(({ uid }) => uid),
      new Array(3).fill('berlin/tap-1/1/3'),
    );
    assert.deepEqual(
      all.map(({ key }) => key),
      ['berlin/tap-1/1/3#1', 'berlin/tap-1/1/3#2', 'berlin/tap-1/1/3#3'],
    );
    assert.deepEqual(
      all.map(({ stage }) => stage),
      ['start', 'progress', 'end'],
    );
  });

  it('says what the page says: who, what, what to do', () => {
    const one = finding({}, 'https://blockwatch.example');
    assert.match(
      one.text,
      /^The host 203\.0\.113\.7 on the internet has probed 17 of your addresses for TCP 22 \(SSH\); 1 answered\.$/,
    );
    assert.match(one.advice, /may be spoofed/);
    assert.equal(one.link, 'https://blockwatch.example/#/scan/berlin/tap-1/1/3');
  });

  it('has a rule number for each kind, and all of them differ', () => {
    const rules = [
      ...kinds.filter((kind) => kind !== '').map((kind) => finding({ kind }).rule),
      ...[conviction, campaign, incident, test].map((event) => findingOf(event).rule),
    ];
    assert.equal(new Set(rules).size, rules.length);
  });

  it('describes fleet detections, campaigns and incidents in sentences, with the sites concerned', () => {
    assert.match(findingOf(conviction).text, /198\.51\.100\.4 scans: 4 sensors at 3 sites together have 21\.5 nats/);
    assert.deepEqual(findingOf(conviction).sites, ['berlin', 'lyon', 'oslo']);
    assert.match(findingOf(campaign).text, /^A scanner has got in\. 3 hosts of/);
    assert.match(findingOf(incident).text, /^berlin\/tap-1 sees no frames/);
    for (const one of manyFindings())
      assert.ok(one.text.length > 10 && one.name !== '' && !/undefined|NaN/.test(JSON.stringify(one)), one.text);
  });
});

describe('EVE', () => {
  it('is an alert with the source, the service and the sensor', () => {
    const { timestamp, event_type, src_ip, dest_port, proto, host, ip_v, alert } = eveOf(finding());
    assert.deepEqual(
      { timestamp, event_type, src_ip, dest_port, proto, host, ip_v },
      {
        timestamp: '2025-10-09T08:53:32.345000+0000',
        event_type: 'alert',
        src_ip: '203.0.113.7',
        dest_port: 22,
        proto: 'TCP',
        host: 'berlin/tap-1',
        ip_v: 4,
      },
    );
    assert.deepEqual([alert.signature_id, alert.severity], [1_595_001, 2]);
    assert.deepEqual(alert.metadata['mitre_technique_id'], ['T1595.001']);
    assert.deepEqual(alert.metadata['mitre_tactic_name'], ['Reconnaissance']);
  });

  it('names no target: a record knows how many there were, not which', () => {
    for (const one of manyFindings()) assert.equal('dest_ip' in eve(one), false);
  });

  it('names no port where the scan asked for several, and no service of a protocol without ports', () => {
    assert.equal('dest_port' in eve(finding({ services: [22, 23], serviceCount: 2 })), false);
    assert.equal('dest_port' in eve(finding({ protocol: 'icmp', services: [8] })), false);
  });

  it('gives a MAC address as one, and an unknown source not at all', () => {
    assert.deepEqual(eveOf(finding({ source: '02:00:5e:10:00:07' }))['ether'], { src_mac: '02:00:5e:10:00:07' });
    const unknown = eveOf(finding({ source: '', sources: 40 }));
    assert.deepEqual(
      ['src_ip' in unknown, 'ether' in unknown, unknown.alert.metadata['blockwatch_sources']],
      [false, false, ['40']],
    );
  });

  it('has the same flow number for one scan, another for another, each a whole number that a double holds', () => {
    const [start, end, other] = [finding(), finding({ stage: 'end' }), finding({ episode: 4 })].map(
      (one) => eveOf(one).flow_id,
    );
    assert.equal(start, end);
    assert.notEqual(start, other);
    assert.ok(Number.isSafeInteger(start));
  });

  it('has only lists of text in its metadata, none of them empty', () => {
    for (const one of manyFindings()) {
      for (const [name, list] of Object.entries(eveOf(one).alert.metadata))
        assert.ok(list.length > 0 && list.every((text) => typeof text === 'string' && text !== ''), name);
    }
  });
});

/** RFC 5424, section 6: a parser as strict as the grammar. */
function parse5424(line: string): {
  priority: number;
  time: string;
  host: string;
  app: string;
  id: string;
  data: Record<string, string>;
  text: string;
} {
  const head =
    /^<(\d{1,3})>1 (\S+) ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) - ([\x21-\x7e]{1,32}) \[([\x21\x23-\x3c\x3e-\x5c\x5e-\x7e]{1,32})/.exec(
      line,
    );
  assert.ok(head, line);
  const data: Record<string, string> = {};
  let rest = line.slice(head[0].length);
  for (;;) {
    const one = /^ ([\x21\x23-\x3c\x3e-\x5c\x5e-\x7e]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"/u.exec(rest);
    if (!one) break;
    rest = rest.slice(one[0].length);
    data[one[1] as string] = (one[2] as string).replace(/\\(["\\\]])/g, '$1');
  }
  assert.match(rest, /^\] /, line);
  return {
    priority: Number(head[1]),
    time: head[2] as string,
    host: head[3] as string,
    app: head[4] as string,
    id: head[5] as string,
    data,
    text: rest.slice(2),
  };
}

describe('syslog', () => {
  it('says in its header how bad it is and of what kind, and in its data what programs ask for', () => {
    const { priority, time, host, app, id, data, text } = parse5424(syslog(finding({ severity: 'high' }), options));
    assert.deepEqual(
      { priority, time, host, app, id },
      {
        priority: 16 * 8 + 3,
        time: '2025-10-09T08:53:32.345Z',
        host: 'collector.example',
        app: 'blockwatch',
        id: 'host-sweep',
      },
    );
    assert.deepEqual(
      [data['src'], data['stage'], data['ports'], data['probes'], data['technique']],
      ['203.0.113.7', 'start', '22', '18', 'T1595.001'],
    );
    assert.match(text, /^The host 203\.0\.113\.7/);
  });

  it('has the facility that was asked for', () => {
    assert.deepEqual(
      facilities.map((facility) => parse5424(syslog(finding(), { facility, hostname: 'x' })).priority),
      facilities.map((_, i) => i * 8 + 4),
    );
  });

  it('is valid for every kind of finding', () => {
    for (const one of manyFindings()) assert.equal(parse5424(syslog(one, options)).data['key'], one.key);
  });

  it('takes whatever words it is given apart again, and is one line', () => {
    for (const text of hostileTexts) {
      const line = syslog(hostile(text), options);
      assert.doesNotMatch(line, /[\x00-\x1f\x7f]/);
      assert.equal(parse5424(line).data['site'], text.replace(/[\x00-\x1f\u2028-\u202e]/g, ' '));
    }
  });

  it('marks a text with more than ASCII as UTF-8, and no other', () => {
    assert.match(syslog(hostile('ü'), options), /\] \ufeffü$/);
    assert.doesNotMatch(syslog(finding(), options), /\ufeff/);
  });

  it('has a name where the machine has none', () => {
    assert.match(syslog(finding(), { facility: 'user', hostname: '' }), /^<12>1 \S+ - blockwatch /);
  });

  it('syslog escapes what would end a value', () => {
    assert.equal(parameterValue('a"b\\c]d'), 'a\\"b\\\\c\\]d');
  });
});

/** CEF, revision 25: seven fields in front, then key=value. */
function parseCef(line: string): { head: string[]; extension: Record<string, string> } {
  const head: string[] = [];
  let at = 0;
  for (let field = ''; head.length < 7; at++) {
    const char = line[at] as string;
    assert.notEqual(char, undefined, line);
    if (char === '\\') field += line[++at];
    else if (char === '|') {
      head.push(field);
      field = '';
    } else field += char;
  }
  const extension: Record<string, string> = {};
  for (const part of line.slice(at).split(/ (?=[A-Za-z0-9]+=)/)) {
    const [, key, value] = /^([A-Za-z0-9]+)=((?:[^\\=]|\\[\\=n])*)$/u.exec(part) ?? [];
    assert.ok(key !== undefined && value !== undefined, part);
    extension[key] = value.replace(/\\([\\=n])/g, (_, what: string) => (what === 'n' ? '\n' : what));
  }
  return { head, extension };
}

describe('CEF', () => {
  it('has seven fields in front and what a SIEM looks for behind', () => {
    const { head, extension } = parseCef(cef(finding()));
    assert.deepEqual(
      [head[0], head[1], head[2], ...head.slice(4)],
      ['CEF:0', 'Blockwatch', 'Blockwatch', '1595001', 'Host sweep', '5'],
    );
    assert.deepEqual(
      [
        extension['src'],
        extension['dpt'],
        extension['proto'],
        extension['cnt'],
        extension['deviceDirection'],
        extension['rt'],
      ],
      ['203.0.113.7', '22', 'TCP', '18', '0', '1760000012345'],
    );
    assert.deepEqual(
      [extension['cs1Label'], extension['cs1'], extension['act']],
      ['ATT&CK technique', 'T1595.001', 'start'],
    );
  });

  it('gives IPv6 and MAC addresses in fields that take them', () => {
    assert.equal(parseCef(cef(finding({ source: '2001:db8::7' }))).extension['c6a2'], '2001:db8::7');
    assert.equal(parseCef(cef(finding({ source: '02:00:5e:10:00:07' }))).extension['smac'], '02:00:5e:10:00:07');
  });

  it('is valid for every kind of finding, each label with its value', () => {
    for (const one of manyFindings()) {
      const { extension } = parseCef(cef(one));
      assert.equal(extension['cs6'], one.key);
      for (const name of Object.keys(extension))
        if (name.endsWith('Label')) assert.ok(name.slice(0, -5) in extension, name);
    }
  });

  it('takes whatever words it is given apart again, and is one line', () => {
    for (const text of hostileTexts) {
      const line = cef(hostile(text));
      assert.doesNotMatch(line, /[\x00-\x1f\x7f]/);
      const shown = (breaks: string): string =>
        text.replace(/\r\n|\r|\n/g, breaks).replace(/[\x00-\x09\x0b-\x1f\u2028-\u202e]/g, ' ');
      const { head, extension } = parseCef(line);
      assert.deepEqual([head[5], extension['msg']], [shown(text.includes('\r\n') ? '  ' : ' '), shown('\n')]);
    }
  });

  it('escapes in front what ends a field, and behind what begins one', () => {
    assert.deepEqual([headerField('a|b\\c=d'), extensionValue('a|b\\c=d\r\ne')], ['a\\|b\\\\c=d', 'a|b\\\\c\\=d\\ne']);
  });
});
