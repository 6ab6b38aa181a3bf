import assert from 'node:assert/strict';
import type { Scan } from '../../host/api/types.js';
import { facts, nextStep, odds } from '../../host/wording/advice.js';
import { serviceName } from '../../host/wording/services.js';
import {
  confidenceLabel,
  headline,
  kindNames,
  outcome,
  outputTrouble,
  plain,
  sensorSummary,
  sentence,
  servicesPhrase,
  stateReason,
  techniqueLink,
} from '../../host/wording/words.js';
import type { Kind } from '../../src/protocol/record.js';
import { scan as sample } from './sample-data.js';

const scan = (changes: Partial<Scan>): Scan => sample(Date.UTC(2026, 0, 1), changes);
const says = (changes: Partial<Scan>): string => plain(sentence(scan(changes)));

describe('a scan in one plain sentence', () => {
  it('names the source, the number of targets and the service', () => {
    assert.equal(
      says({ open: true, refused: 0 }),
      'The host 203.0.113.66 on the internet has probed 128 of your addresses for TCP 445 (SMB); nothing answered.',
    );
  });

  it('uses the simple past once the scan has ended', () => {
    assert.match(says({ open: false }), /^The host 203\.0\.113\.66 on the internet probed 128 /);
  });

  it('says how many answered before how many refused', () => {
    assert.match(says({ answered: 3 }), /; 3 answered\.$/);
    assert.match(says({ answered: 0, refused: 14 }), /; none answered, 14 refused\.$/);
  });

  it('says nothing of an outcome that is not known yet', () => {
    assert.match(says({ answered: 0, refused: 0, silent: 0, dark: 0 }), /\(SMB\)\.$/);
  });

  it('does not put a private address on the internet', () => {
    assert.match(says({ source: '10.1.2.3' }), /^The host 10\.1\.2\.3 outside your blocks /);
    assert.match(says({ source: 'fd00::7' }), /outside your blocks/);
  });

  it('calls an internal source yours', () => {
    assert.match(says({ direction: 'internal', source: '10.1.2.3' }), /^Your host 10\.1\.2\.3 /);
    assert.match(says({ direction: 'outbound', source: '10.1.2.3' }), /probed 128 external addresses for/);
  });

  it('a source that is a MAC address is called a device', () => {
    assert.match(
      says({ source: '02:00:5e:00:53:1f', kind: 'arp-sweep', protocol: 'arp', services: [] }),
      /^The device 02:00:5e:00:53:1f on your network sent ARP requests for 128 addresses on its subnet/,
    );
  });

  it('does not invent a source that the sensor cannot see', () => {
    assert.match(says({ source: '' }), /^An unknown source probed/);
  });

  it('shows an IPv6 aggregate as its /64', () => {
    assert.match(says({ source: '2001:db8::1', aggregate: true }), /^A host in 2001:db8::1\/64 on the internet/);
  });

  it('counts ports for a port scan and both for a block scan', () => {
    assert.match(
      says({ kind: 'port-scan', targets: 1, serviceCount: 1000 }),
      /tried 1,000 TCP ports on one of your hosts/,
    );
    assert.match(
      says({ kind: 'block-scan', targets: 40, serviceCount: 12 }),
      /tried 12 TCP ports on 40 of your addresses/,
    );
    assert.match(says({ kind: 'port-scan', targets: 1, serviceCount: 1, services: [22] }), /tried 1 TCP port on/);
  });

  it('describes an ICMP sweep as pings, without ports', () => {
    assert.match(
      says({ kind: 'icmp-sweep', protocol: 'icmp', services: [8], serviceCount: 1 }),
      /pinged 128 of your addresses;/,
    );
  });

  it('calls nobody a scanner in a digest or a suspicion report', () => {
    assert.match(
      says({ kind: 'digest', verdict: 'notice', source: '', probes: 412 }),
      /^The sensor reached its alert limit; this digest stands for the alerts it did not send \(412\)\.$/,
    );
    assert.match(
      says({ kind: 'whisper', verdict: 'notice', targets: 2 }),
      /too little evidence for an alert by this sensor alone/,
    );
  });

  it('uses the plural for a distributed scan', () => {
    const shared: Partial<Scan> = { kind: 'distributed-scan', source: '', sources: 137, open: true };
    assert.match(says(shared), /^137 hosts on the internet have shared one scan: together they probed 128 /);
  });

  it('says of a distributed scan with a service for each probe that there were several', () => {
    const shared: Partial<Scan> = {
      kind: 'distributed-scan',
      source: '',
      sources: 137,
      protocol: '',
      services: [],
      serviceCount: 90,
    };
    assert.match(says(shared), /together they probed 128 .* for 90 services, each too few/);
  });

  it('does not say that nothing answered a foothold', () => {
    const foothold: Partial<Scan> = { kind: 'foothold', services: [22], targets: 1, open: false };
    assert.match(
      says({ ...foothold, answered: 0 }),
      /scanned you and then exchanged data over TCP 22 \(SSH\) with one of your hosts\.$/,
    );
    assert.match(says({ ...foothold, answered: 2 }), /one of your hosts; 2 answered\.$/);
  });

  it('has a sentence with one full stop for every kind', () => {
    for (const kind of Object.keys(kindNames) as Kind[]) {
      const text = says({ kind });
      assert.match(text, /^[A-Z].*[^.]\.$/, kind);
      assert.doesNotMatch(text, /undefined|NaN| {2}/, kind);
    }
  });

  it('sets the address and the first number apart', () => {
    const pieces = sentence(scan({}));
    assert.deepEqual(
      pieces.filter((piece) => piece.mark),
      [
        { text: '203.0.113.66', mark: 'address' },
        { text: '128', mark: 'strong' },
      ],
    );
  });

  it('a hostile source stays text', () => {
    assert.ok(says({ source: '<img src=x onerror=alert(1)>' }).includes('<img src=x onerror=alert(1)>'));
  });
});

describe('the headline', () => {
  it('does not say that you are scanned when you are the one who scans', () => {
    assert.equal(headline([scan({})]), 'You are being scanned');
    assert.equal(headline([scan({ direction: 'outbound' })]), 'One of your hosts is scanning others');
    assert.equal(headline([scan({ direction: 'internal' })]), 'A scan from inside your network');
  });

  it('counts scans and sources when there are several', () => {
    assert.equal(headline([scan({}), scan({ kind: 'port-scan' })]), '2 active scans from 1 source');
  });
});

describe('services and outcomes in words', () => {
  it('names what is known and numbers the rest', () => {
    assert.equal(servicesPhrase(scan({ services: [22, 31_337], serviceCount: 2 })), 'TCP 22 (SSH) and 31337');
    assert.equal(
      servicesPhrase(scan({ services: [22, 80, 443, 8080], serviceCount: 60 })),
      'TCP 22 (SSH), 80 (HTTP), 443 (HTTPS) and 57 more',
    );
  });

  it('says nothing of services where a protocol has none', () => {
    assert.equal(servicesPhrase(scan({ services: [], serviceCount: 0 })), '');
    assert.equal(servicesPhrase(scan({ services: [8], protocol: 'icmp' })), '');
  });

  it('tells UDP services from TCP services', () => {
    assert.equal(serviceName(161, 'udp'), 'SNMP');
    assert.equal(serviceName(161, 'tcp'), '');
    assert.equal(serviceName(443, 'udp'), 'QUIC');
    assert.equal(serviceName(443, 'tcp'), 'HTTPS');
    assert.equal(serviceName(47, 'ip'), 'GRE');
    assert.equal(serviceName(161, ''), 'SNMP');
    assert.equal(serviceName(60_000, 'tcp'), '');
  });

  it('has no outcome where nothing was judged', () =>
    assert.equal(outcome({ answered: 0, refused: 0, silent: 0, dark: 0 }), ''));

  it('labels the confidence in words', () => {
    assert.deepEqual([99, 95, 80, 60, 59, 0].map(confidenceLabel), [
      'almost certain',
      'almost certain',
      'very likely',
      'likely',
      'uncertain',
      'uncertain',
    ]);
  });

  it('counts only the sensor states that occur', () => {
    assert.equal(sensorSummary({ online: 3, late: 0, offline: 0, 'never-seen': 0 }), '3 sensors online');
    assert.equal(
      sensorSummary({ online: 1, late: 1, offline: 2, 'never-seen': 0 }),
      '1 sensor online, 1 late, 2 offline',
    );
    assert.equal(sensorSummary({ online: 0, late: 0, offline: 0, 'never-seen': 0 }), 'no sensor yet');
    assert.equal(sensorSummary({ blind: 3 }), '3 sensors without traffic');
  });

  it('distinguishes a stopped sensor from a lost one, and says nothing about one that is online', () => {
    assert.equal(stateReason({ state: 'online', reason: '' }), '');
    assert.match(stateReason({ state: 'offline', reason: 'stopped' }), /stopped on purpose/);
    assert.match(stateReason({ state: 'gone', reason: 'lost' }), /The broker has lost it/);
    assert.match(stateReason({ state: 'gone', reason: 'silent' }), /still connected to the broker/);
    assert.match(stateReason({ state: 'late' }), /overdue/);
  });

  it('links a technique to its page, sub-techniques as a path, and nothing to nothing', () => {
    assert.equal(techniqueLink('T1595.001'), 'https://attack.mitre.org/techniques/T1595/001/');
    assert.equal(techniqueLink('T1046'), 'https://attack.mitre.org/techniques/T1046/');
    assert.equal(techniqueLink(''), '');
  });
});

describe('an output that delivers nothing', () => {
  it('shows its last error, or that no collector has it in its config', () => {
    assert.equal(
      outputTrouble({ state: 'failing', lastError: 'the server does not answer.' }),
      'Delivery fails and is retried: the server does not answer.',
    );
    assert.equal(outputTrouble({ state: 'failing', lastError: null }), 'Delivery fails and is retried.');
    assert.equal(
      outputTrouble({ state: 'unattended', lastError: 'old' }),
      'No running collector has this output in its config.',
    );
  });

  it('has no reason once it is up again', () =>
    assert.equal(outputTrouble({ state: 'up', lastError: 'HTTP 503' }), ''));
});

describe('what to do next', () => {
  it('never advises blocking a source that may be spoofed', () => {
    for (const answered of [0, 5]) assert.match(nextStep(scan({ spoofable: true, answered })), /do not block/);
  });

  it('asks first about the services that answered', () => {
    assert.match(nextStep(scan({ answered: 1 })), /Check whether the service that answered should be reachable/);
  });

  it('takes an infected machine off the network', () =>
    assert.match(nextStep(scan({ direction: 'outbound' })), /look for malware/));
  it('looks for the machine behind a scan from inside', () =>
    assert.match(nextStep(scan({ direction: 'internal' })), /Find this host/));
  it('questions the config before the source', () =>
    assert.match(nextStep(scan({ direction: 'transit' })), /home blocks/));
  it('asks for nothing after a scan that found nothing', () => assert.match(nextStep(scan({})), /No action is needed/));
  it('advises waiting where the evidence is thin', () =>
    assert.match(nextStep(scan({ confidence: 40 })), /Wait for more evidence/));
});

describe('the evidence in plain words', () => {
  it('turns nats into how much likelier', () => {
    assert.equal(odds(0), 'no likelier');
    assert.equal(odds(-3), 'no likelier');
    assert.equal(odds(Math.log(2)), '2.0 times likelier');
    assert.equal(odds(Math.log(250)), '250 times likelier');
    assert.equal(odds(Math.log(7400)), '7,000 times likelier');
    assert.equal(odds(Math.log(5e6)), '5 million times likelier');
    assert.equal(odds(42), 'more than a billion times likelier');
  });

  it('omits outcomes that did not happen', () => {
    const terms = facts(scan({ dark: 0, silent: 0, refused: 2, answered: 0, tool: '' })).map((fact) => fact.term);
    assert.deepEqual(terms, ['Confidence', 'Source', 'Refused', 'Pace']);
  });

  it('lists confidence and spoofing separately', () => {
    const [confidence, source] = facts(scan({ confidence: 97, spoofable: true }));
    assert.equal(confidence?.value, '97 %, almost certain');
    assert.equal(source?.value, 'may be spoofed');
  });
});
