import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { describeWith } from '../support/requirement.js';
import { alive, Branch, home, insider, said, scanner } from './namespaces.js';

/** What `blockwatch replay --json` prints, as far as these tests look. */
interface Printed {
  verdict: string;
  stage: string;
  kind: string;
  source: string;
  protocol: string;
  direction: string;
  targets: number;
  services: number[];
  probes: number;
}

const gently = ['-n', '--max-retries', '0', '--min-rate', '100', '--host-timeout', '20s'];
const web = join(projectRoot, 'test/scan/benign.mjs');

describeWith(['nmap-netns'], 'a real nmap against a branch in network namespaces', function (this: Mocha.Suite) {
  this.timeout(60_000);
  let branch: Branch;
  let directory: string;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'blockwatch-nmap-'));
    branch = new Branch();
    await said(branch.inOffice(process.execPath, web, 'serve', ...alive), /serving/);
  });

  after(async () => {
    await branch?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Captures at the tap while `traffic` runs, replays the capture, and gives the records that accuse somebody. */
  async function scansDuring(traffic: () => Promise<unknown>): Promise<Printed[]> {
    const path = join(directory, 'tap.pcap');
    // -Z root: tcpdump would otherwise become a user who may not write here.
    const dump = branch.inOffice(
      'tcpdump',
      '-Z',
      'root',
      '-i',
      branch.tap,
      '-n',
      '-U',
      '--immediate-mode',
      '-s',
      '192',
      '-w',
      path,
    );
    const ended = once(dump, 'exit');
    await said(dump, /listening on/);
    await traffic();
    dump.kill('SIGINT');
    await ended;
    const printed = execFileSync(
      process.execPath,
      [join(projectRoot, 'scripts/blockwatch.mjs'), 'replay', path, '--home', home, '--json'],
      { encoding: 'utf8' },
    );
    return printed
      .split('\n')
      .filter((line) => line)
      .map((line) => JSON.parse(line) as Printed)
      .filter(({ verdict }) => verdict === 'scan');
  }

  /** The records are all of one source; returns the last of them. */
  function onlyOf(scans: Printed[], source: string): Printed {
    assert.ok(scans.length > 0, 'no scan was found');
    assert.deepEqual([...new Set(scans.map((scan) => scan.source))], [source]);
    assert.equal(scans[0]?.stage, 'start');
    assert.equal(scans.at(-1)?.stage, 'end');
    return scans.at(-1) as Printed;
  }

  it('says nothing of a browser that fetches sixty pages from four servers', async () => {
    assert.deepEqual(
      await scansDuring(() => branch.scan(process.execPath, web, 'browse', '60', ...alive.slice(0, 4))),
      [],
    );
  });

  it('says nothing of a monitor that pings three hosts that answer', async () => {
    assert.deepEqual(
      await scansDuring(async () => {
        for (const host of alive.slice(0, 3)) await branch.scan('nmap', '-sn', '-PE', '-n', host);
      }),
      [],
    );
  });

  it('names the source of a SYN scan of 64 addresses and two ports (-sS)', async () => {
    const scan = onlyOf(
      await scansDuring(() => branch.scan('nmap', '-sS', '-Pn', '-p', '22,80', ...gently, '10.77.1.0/26')),
      scanner,
    );
    assert.equal(scan.protocol, 'tcp');
    assert.equal(scan.direction, 'inbound');
    assert.deepEqual(new Set(scan.services), new Set([22, 80]));
    assert.ok(scan.targets > 48 && scan.targets < 80, `${scan.targets} targets`);
  });

  it('names the source of a SYN scan of many ports of one host (-sS)', async () => {
    const scan = onlyOf(
      await scansDuring(() => branch.scan('nmap', '-sS', '-Pn', '--top-ports', '100', ...gently, alive[0] as string)),
      scanner,
    );
    assert.equal(scan.kind, 'port-scan');
    assert.equal(scan.targets, 1);
  });

  it('names the source of a ping sweep from outside (-sn)', async () => {
    const scan = onlyOf(await scansDuring(() => branch.scan('nmap', '-sn', '-PE', ...gently, '10.77.1.0/26')), scanner);
    assert.equal(scan.kind, 'icmp-sweep');
    assert.equal(scan.direction, 'inbound');
  });

  it('names the source of an ARP sweep from inside (-sn)', async () => {
    const scan = onlyOf(await scansDuring(() => branch.scan('nmap', '-sn', ...gently, '10.77.2.0/25')), insider);
    assert.equal(scan.kind, 'arp-sweep');
    assert.equal(scan.direction, 'internal');
  });

  it('names the source of a UDP scan (-sU)', async () => {
    const scan = onlyOf(
      await scansDuring(() =>
        branch.scan('nmap', '-sU', '-Pn', '-p', '53,123,137,161,500,1900,5353', ...gently, '10.77.1.0/27'),
      ),
      scanner,
    );
    assert.equal(scan.protocol, 'udp');
    assert.equal(scan.direction, 'inbound');
  });
});
