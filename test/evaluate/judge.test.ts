import assert from 'node:assert/strict';
import { canonical, type Detection, judge, median, type Scanner, total } from '../../scripts/evaluate/judge.js';
import { ProbeCounter } from '../../scripts/evaluate/probes.js';

const scanner = (source: string, more: Partial<Scanner> = {}): Scanner => ({
  source,
  kind: 'horizontal',
  protocol: 'tcp',
  firstProbe: 100,
  targets: 10,
  ...more,
});
const detection = (source: string, kind = 'host-sweep', time = 101_000): Detection => ({ source, kind, time });

function judged(scanners: Scanner[], detections: Detection[]): ReturnType<typeof judge> {
  return judge('x', 1, { scanners }, detections, new ProbeCounter(scanners.map((s) => s.source)));
}

describe('evaluation', () => {
  it('finds a scanner that was accused, and misses one that was not', () => {
    const result = judged([scanner('1.2.3.4'), scanner('1.2.3.5')], [detection('1.2.3.4')]);
    assert.deepEqual(
      result.scanners.map((s) => s.found),
      [true, false],
    );
    assert.equal(result.scansFound, 1);
    assert.equal(result.scanners[0]?.seconds, 1);
  });

  it('counts an accused bystander as false, once, however often accused', () => {
    const result = judged([scanner('1.2.3.4')], [detection('9.9.9.9'), detection('9.9.9.9', 'block-scan')]);
    assert.equal(result.falseAlerts.length, 1);
  });

  it('a decoy counts neither as found nor as false', () => {
    const decoy = scanner('5.5.5.5', { decoy: true });
    assert.equal(
      judged([scanner('1.2.3.4'), decoy], [detection('1.2.3.4'), detection('5.5.5.5')]).falseAlerts.length,
      0,
    );
    assert.equal(judged([scanner('1.2.3.4'), decoy], [detection('1.2.3.4')]).scans, 1);
  });

  it('takes several labels of one address for one scanner, from its first probe', () => {
    const result = judged(
      [scanner('1.2.3.4'), scanner('1.2.3.4', { protocol: 'icmp', firstProbe: 90 })],
      [detection('1.2.3.4')],
    );
    assert.equal(result.scanners.length, 1);
    assert.equal(result.scanners[0]?.seconds, 11);
  });

  it('finds a distributed scan to the share of its sources that was accused, or wholly by an alert of its own', () => {
    const crowd = Array.from({ length: 10 }, (_, i) => scanner(`1.2.3.${i}`, { kind: 'distributed' }));
    assert.equal(judged(crowd, [detection('1.2.3.1'), detection('1.2.3.2')]).scansFound, 0.2);
    assert.equal(judged(crowd, [detection('', 'distributed-scan')]).scansFound, 1);
    assert.equal(judged(crowd, []).scans, 1);
  });

  it('accepts the MAC of a scanner only where nothing but the link is seen', () => {
    const mac = '02:00:00:00:00:07';
    assert.equal(judged([scanner('10.0.0.1', { protocol: 'arp', mac })], [detection(mac)]).scansFound, 1);
    const routed = judged([scanner('1.2.3.4', { mac })], [detection(mac)]);
    assert.equal(routed.scansFound, 0);
    assert.equal(routed.falseAlerts.length, 1);
  });

  it('finds a scanner that is labelled as a block by any address in it, and by none outside', () => {
    for (const [block, inside, outside] of [
      ['203.0.112.0/22', '203.0.115.9', '203.0.116.1'],
      ['2001:db8:1::/48', '2001:db8:1:2::3', '2001:db8:2::3'],
    ] as const) {
      assert.deepEqual(
        [judged([scanner(block)], [detection(inside)])].map((r) => [r.scansFound, r.falseAlerts.length]),
        [[1, 0]],
      );
      assert.deepEqual(
        [judged([scanner(block)], [detection(outside)])].map((r) => [r.scansFound, r.falseAlerts.length]),
        [[0, 1]],
      );
    }
    assert.equal(
      judged([scanner('203.0.112.0/22', { decoy: true })], [detection('203.0.113.1')]).falseAlerts.length,
      0,
    );
  });

  it('counts an alert about nobody as false where there is no scanner', () => {
    assert.equal(judged([], [detection('', 'arp-shadow')]).falseAlerts.length, 1);
  });

  it('expects nothing of a quiet capture, and finds nothing', () => {
    const result = judged([], []);
    assert.deepEqual([result.scans, result.scansFound, result.falseAlerts.length], [0, 0, 0]);
  });

  it('addresses are compared, not their spellings', () => {
    assert.equal(canonical('FD20:20:0:1:0:0:0:42'), canonical('fd20:20:0:1::42'));
    assert.notEqual(canonical('fd20:20:0:1::42'), canonical('fd20:20:0:1::43'));
  });

  it('sums up over captures, and leaves the crowd out of the medians', () => {
    const summary = total([
      judged([scanner('1.2.3.4')], [detection('1.2.3.4')]),
      judged([], [detection('9.9.9.9')]),
      judged([scanner('1.1.1.1', { kind: 'distributed' })], [detection('1.1.1.1', 'host-sweep', 500_000)]),
    ]);
    assert.deepEqual(
      [summary.scans, summary.scansFound, summary.falseAlerts, summary.disturbed, summary.medianSeconds],
      [2, 2, 1, 1, 1],
    );
  });

  it('the median of an even number is the mean of the middle two', () => {
    assert.equal(median([3, undefined, 1, 2]), 2);
    assert.equal(median([4, 1]), 2.5);
    assert.equal(median([]), undefined);
  });
});
