import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connectAsync } from 'mqtt';
import { alert, clientOf, scratch, until } from '../../support/collector.js';
import { RunningBlockwatch } from '../../support/command.js';
import { freePort } from '../../support/mosquitto.js';

/** A process may start slowly on a loaded machine. */
async function started(probe: () => boolean): Promise<void> {
  for (let i = 0; i < 5; i++) if (await until(probe).catch(() => false)) return;
  throw new Error('the collector did not start');
}

describe('a collector that is killed', function () {
  this.timeout(180_000);
  const files = scratch();
  const programs: RunningBlockwatch[] = [];
  after(async () => {
    await Promise.all(programs.map((program) => program.stop()));
    files.remove();
  });

  it('has delivered, after a restart, everything that it had acknowledged, in order', async () => {
    const eve = files.path('eve.json');
    const port = await freePort();
    writeFileSync(
      files.path('outputs.json'),
      JSON.stringify({ outputs: [{ name: 'eve', format: 'eve', to: `file://${eve}` }] }),
    );
    const start = (): RunningBlockwatch => {
      const program = new RunningBlockwatch([
        'collector',
        '--store',
        files.path('store.db'),
        '--mqtt',
        `127.0.0.1:${port}`,
        '--http',
        '127.0.0.1:0',
        '--outputs',
        files.path('outputs.json'),
      ]);
      programs.push(program);
      return program;
    };
    const deliveredKeys = (): string[] =>
      (existsSync(eve)
        ? readFileSync(eve, 'utf8')
            .split('\n')
            .filter((line) => line.endsWith('}'))
        : []
      ).map(
        (line) =>
          (JSON.parse(line) as { alert: { metadata: { blockwatch_key: [string] } } }).alert.metadata.blockwatch_key[0],
      );

    let acknowledged = 0;
    for (const upTo of [150, 300, 400]) {
      const program = start();
      await started(() => /MQTT broker/.test(program.out));
      const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: clientOf(), reconnectPeriod: 0 });
      while (acknowledged < upTo) {
        const next = acknowledged + 1;
        const { topic, payload } = alert(next, { record: { episode: next } });
        await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
        acknowledged = next;
      }
      client.on('error', () => {});
      // Killed while writing: some acknowledged messages are delivered by now, probably not all.
      if (upTo < 400) program.child.kill('SIGKILL');
      else await until(() => deliveredKeys().includes('berlin/tap-1/1/400#400'), 'the last message');
      client.end(true);
      if (upTo < 400) await program.ended;
    }
    const firsts = [...new Set(deliveredKeys())];
    assert.deepEqual(
      firsts,
      Array.from({ length: 400 }, (_, i) => `berlin/tap-1/1/${i + 1}#${i + 1}`),
    );
  });

  it('leaves standard output to the output that writes there', async () => {
    writeFileSync(
      files.path('stdout.json'),
      JSON.stringify({ outputs: [{ name: 'lines', format: 'eve', to: 'stdout:' }] }),
    );
    const port = await freePort();
    const program = new RunningBlockwatch([
      'collector',
      '--store',
      files.path('other.db'),
      '--mqtt',
      `127.0.0.1:${port}`,
      '--http',
      '127.0.0.1:0',
      '--outputs',
      files.path('stdout.json'),
    ]);
    programs.push(program);
    await started(() => /MQTT broker/.test(program.err));
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: clientOf() });
    await client.publishAsync(alert(1).topic, Buffer.from(alert(1).payload), { qos: 1 });
    await client.endAsync();
    await until(() => program.out.endsWith('}\n'), 'a line');
    assert.equal((JSON.parse(program.out) as { event_type: string }).event_type, 'alert');
  });

  it('does not begin with outputs that cannot be used', async () => {
    writeFileSync(files.path('bad.json'), '{"outputs":[{"name":"x","format":"nothing","to":"stdout:"}]}');
    const program = new RunningBlockwatch([
      'collector',
      '--store',
      files.path('bad.db'),
      '--outputs',
      files.path('bad.json'),
    ]);
    programs.push(program);
    assert.equal(await program.ended, 2);
    assert.match(
      program.err,
      /^blockwatch: The outputs in .*bad\.json cannot be used: outputs\[0\] "x": "format" must be one of eve, .*\n$/,
    );
    assert.equal(existsSync(files.path('bad.db')), false);
  });
});
