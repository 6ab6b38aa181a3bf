import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { Command, CommanderError } from 'commander';
import { register } from '../../host/cli/commands/collector.js';
import { UserError } from '../../host/common/errors.js';
import { scratch, until } from '../support/collector.js';
import { RunningBlockwatch } from '../support/command.js';

/** The address that a command prints when it listens. */
const urlOf = (program: RunningBlockwatch): Promise<string> =>
  until(() => {
    if (program.child.exitCode !== null) throw new Error(`it ended: ${program.err}`);
    return /http:\/\/[\w.[\]:]+:\d+/.exec(program.out)?.[0];
  }, 'the address');

describe('the command line of the collector', function () {
  this.timeout(60_000);
  const files = scratch();
  const programs: RunningBlockwatch[] = [];
  const run = (...args: string[]): RunningBlockwatch => {
    const program = new RunningBlockwatch(args);
    programs.push(program);
    return program;
  };
  after(async () => {
    await Promise.all(programs.map((program) => program.stop()));
    files.remove();
  });
  const anywhere = ['--http', '127.0.0.1:0'];

  it('start: prints its address, then an alert per line; the API has the scan; Ctrl-C stops it cleanly', async () => {
    const program = run('start', '--data', files.path('demo'), ...anywhere);
    const url = await urlOf(program);
    assert.match(program.out, /^Page and API +http:/);
    const scan = await until(async () => {
      const { scans } = (await (await fetch(`${url}/api/v1/scans`)).json()) as { scans: { source: string }[] };
      return scans[0];
    }, 'a scan in the API');
    assert.notEqual(scan.source, '');
    await until(() => /STARTED +\w+ +branch-\w+\/tap-\w+ +[\w-]+ +\S+/.test(program.out), 'a line for the alert');
    const { sensors } = (await (await fetch(`${url}/api/v1/sensors`)).json()) as { sensors: { state: string }[] };
    assert.deepEqual(
      sensors.map(({ state }) => state),
      ['online', 'online', 'online'],
    );
    assert.equal(await program.stop('SIGINT'), 0);
    assert.equal(program.err.replace(/.*page is not built.*\n/, ''), '');
  });

  it('start, again: finds its data, has complete sensors, and numbers new scans apart', async () => {
    const program = run('start', '--data', files.path('demo'), ...anywhere);
    const url = await urlOf(program);
    const boots = await until(async () => {
      const { scans } = (await (await fetch(`${url}/api/v1/scans`)).json()) as { scans: { id: string }[] };
      const places = scans.map(({ id }) => id.split('/'));
      const sensors = new Set(places.map(([site, sensor]) => `${site}/${sensor}`));
      const found = new Set(places.map(([site, sensor, boot]) => `${site}/${sensor}/${boot}`));
      return found.size > sensors.size && found;
    }, 'a scan of the second start by a sensor of the first');
    assert.ok(boots);
    const { missing } = (await (await fetch(`${url}/api/v1/now`)).json()) as { missing: number };
    assert.equal(missing, 0);
    assert.equal(await program.stop('SIGTERM'), 0);
  });

  it('start --capture: refuses a capture that is not there', async () => {
    const program = run('start', '--data', files.path('x'), '--capture', files.path('nothing.pcap'), ...anywhere);
    assert.equal(await program.ended, 1);
    assert.match(
      program.err,
      /^blockwatch: Cannot read the capture .*nothing\.pcap: there is no such file\. Check the path\.\n$/,
    );
  });

  it('start --capture: says what is wrong with a capture and goes on serving', async () => {
    writeFileSync(files.path('text.pcap'), 'this is no capture, it only says so '.repeat(10));
    const program = run('start', '--data', files.path('y'), '--capture', files.path('text.pcap'), ...anywhere);
    const url = await urlOf(program);
    await until(() => program.err.includes('text.pcap is not a capture file'));
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.equal(await program.stop('SIGINT'), 0);
  });

  it('collector: says where everything is and ends with Ctrl-C', async () => {
    const store = files.path('store.db');
    const program = run('collector', '--store', store, '--mqtt', '127.0.0.1:0', ...anywhere);
    await urlOf(program);
    await until(
      () =>
        program.out.includes(`Store          ${store}`) && /MQTT broker +mqtt:\/\/127\.0\.0\.1:\d+/.test(program.out),
    );
    assert.equal(await program.stop('SIGINT'), 0);
  });

  const wrong: [string, string[], number, RegExp][] = [
    ['an address that is none', ['--http', 'here'], 2, /--http "here" is not HOST:PORT/],
    ['an embedded broker on the network', ['--mqtt', '0.0.0.0:1883'], 2, /loopback only/],
    [
      'an embedded broker beside another',
      ['--broker', 'mqtt://x', '--mqtt', '127.0.0.1:0'],
      2,
      /--mqtt applies to the embedded broker/,
    ],
    ['a group without a broker', ['--share', 'g'], 2, /--share applies to an external broker/],
    ['a group with a slash', ['--broker', 'mqtt://x', '--share', 'a/b'], 2, /A --share group is one word/],
    ['a broker that is no URL', ['--broker', 'nonsense'], 2, /"nonsense" is not a URL/],
    [
      'an authority that is not there',
      ['--broker', 'mqtts://x', '--ca', '/nonexistent'],
      2,
      /Cannot read the file of --ca, \/nonexistent: ENOENT/,
    ],
    ['a store of an unknown kind', ['--store', 'mysql://x/y'], 2, /"mysql:\/\/" is not known/],
    [
      'a store in a place that cannot be',
      ['--store', '/dev/null/store.db'],
      1,
      /Cannot use the store \/dev\/null\/store\.db/,
    ],
    ['an option that is not known', ['--colour'], 2, /[Uu]nknown option '--colour'/],
  ];
  for (const [what, args, code, message] of wrong) {
    it(`collector: refuses ${what} in one sentence`, async () => {
      const program = new Command().exitOverride();
      register(program);
      for (const command of program.commands) command.exitOverride().configureOutput({ outputError: () => {} });
      const given = (name: string): boolean => args.includes(name);
      const all = [
        'collector',
        ...args,
        ...(given('--store') ? [] : ['--store', files.path('wrong.db')]),
        ...(given('--http') ? [] : anywhere),
      ];
      await assert.rejects(program.parseAsync(all, { from: 'user' }), (error: Error) => {
        const exitCode = error instanceof UserError ? error.exitCode : error instanceof CommanderError ? 2 : undefined;
        assert.equal(exitCode, code);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      });
    });
  }

  it('collector: refuses a port that is taken, where it was asked for', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const program = run(
      'collector',
      '--store',
      files.path('z.db'),
      '--mqtt',
      '127.0.0.1:0',
      '--http',
      `127.0.0.1:${port}`,
    );
    assert.equal(await program.ended, 1);
    assert.match(program.err, new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${port}: another program listens there`));
    server.close();
  });
});
