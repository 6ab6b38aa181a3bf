/** The Linux tap at a real interface, in network namespaces without a route out: what it hears, and that it sends nothing, by the kernel's own count. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../host/common/paths.js';
import { compileProgram } from '../../scripts/native.js';
import { describeWith } from '../support/requirement.js';

const native = join(projectRoot, 'src/native');

describeWith(['cc', 'nmap-netns'], 'the tap of a Linux box', function (this: Mocha.Suite) {
  this.timeout(120_000);
  let program: string;
  const near = `bw-tap-${process.pid}`,
    far = `bw-far-${process.pid}`;
  let child: ChildProcess | undefined;
  let next: () => Promise<string>;

  const ip = (...args: string[]): string =>
    execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const inside = (...args: string[]): string => ip('netns', 'exec', ...args);
  /** Frames and bytes that the kernel counts as sent. */
  const sent = (): string =>
    inside(near, 'cat', '/sys/class/net/tap0/statistics/tx_packets', '/sys/class/net/tap0/statistics/tx_bytes')
      .replace(/\s+/g, ' ')
      .trim();
  const groups = (): string => ip('-n', near, 'maddr', 'show', 'dev', 'tap0');
  const promiscuity = (): string =>
    /promiscuity (\d+)/.exec(ip('-n', near, '-d', 'link', 'show', 'dev', 'tap0'))?.[1] ?? '?';
  const send = (count: number): string => inside(far, program, 'send', 'far0', String(count));

  function listen(interfaceName: string): Promise<string> {
    child = spawn('ip', ['netns', 'exec', near, program, 'listen', interfaceName], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    next = async () => (await lines.next()).value as string;
    return next();
  }
  const counts = (): Promise<string> => {
    child?.stdin?.write('.');
    return next();
  };
  /** Adds up what is heard until all of `count` are there. */
  async function heard(count: number): Promise<{ whole: number; cut: number; last: string }> {
    const sum = { whole: 0, cut: 0, last: '' };
    while (sum.whole + sum.cut < count) {
      sum.last = await counts();
      const [, whole, cut] = /whole (\d+), cut (\d+)/.exec(sum.last) ?? [];
      sum.whole += Number(whole);
      sum.cut += Number(cut);
    }
    return sum;
  }

  before(() => {
    program = compileProgram(
      'tap-linux',
      join(projectRoot, 'test/native/tap-linux.c'),
      ['tap/linux/tap-linux.c', 'tap/linux/capture-file.c', 'ring/frame-ring.c'].map((name) => join(native, name)),
    );
  });
  beforeEach(() => {
    for (const name of [near, far]) {
      ip('netns', 'add', name);
      // Without it the kernel itself greets the neighbours; a sensor's tap interface is set up the same way.
      inside(name, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6');
    }
    ip('-n', near, 'link', 'add', 'tap0', 'type', 'veth', 'peer', 'name', 'far0', 'netns', far);
    ip('-n', near, 'link', 'set', 'tap0', 'up');
    ip('-n', far, 'link', 'set', 'far0', 'up');
  });
  afterEach(async () => {
    if (child && child.exitCode === null) {
      child.stdin?.end();
      await once(child, 'exit');
    }
    child = undefined;
    for (const name of [near, far]) ip('netns', 'delete', name);
  });

  it("hears every frame, to whomever it goes, and sends none: the kernel's count stays where it was, no group is joined", async () => {
    const before = { sent: sent(), groups: groups() };
    assert.equal(await listen('tap0'), 'listens');
    assert.equal(promiscuity(), '1');
    send(40);
    const { whole, cut, last } = await heard(40);
    assert.deepEqual([whole, cut], [20, 20]);
    assert.match(last, /missed 0, link 1/);
    assert.deepEqual({ sent: sent(), groups: groups() }, before);
    assert.match(before.sent, /^0 0$/);
    child?.stdin?.end();
    await once(child as ChildProcess, 'exit');
    assert.equal(promiscuity(), '0');
    assert.equal(sent(), '0 0');
  });

  it('would be found out: the same count sees a single frame', () => {
    inside(near, program, 'send', 'tap0', '1');
    assert.equal(sent(), '1 60');
  });

  it('notices that the wire is gone, and hears again when it is back', async () => {
    await listen('tap0');
    send(2);
    await heard(2);
    ip('-n', near, 'link', 'set', 'tap0', 'down');
    while (!(await counts()).endsWith('link 0'));
    ip('-n', near, 'link', 'set', 'tap0', 'up');
    // The neighbour's end may still be waking.
    let again = 0;
    while (again === 0) {
      send(2);
      again = Number(/whole (\d+)/.exec(await counts())?.[1]);
    }
    assert.match(await counts(), /link 1/);
  });

  it('says in one sentence that there is no such interface', async () => {
    assert.equal(await listen('nowhere0'), 'There is no network interface nowhere0.');
  });
});
