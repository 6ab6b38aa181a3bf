import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectAsync } from 'mqtt';
import { readOutputs } from '../../host/collector/outputs/model/config.js';
import type { TestCollector } from '../support/collector.js';
import { alert, clientOf, scratch, testCollector, until } from '../support/collector.js';
import type { Run } from '../support/command.js';
import { runBlockwatch } from '../support/command.js';

describe('blockwatch outputs', function () {
  this.timeout(120_000);
  const files = scratch();
  const store = files.path('store.db');
  let collector: TestCollector;
  let server: Server;
  let status = 422;
  const got: string[] = [];
  const blockwatch = (...args: string[]): Promise<Run> =>
    runBlockwatch(['outputs', ...args], { env: { BLOCKWATCH_STORE: store, BLOCKWATCH_COLLECTOR: collector.url } });
  before(async () => {
    server = createServer((request, response) => {
      got.push(String(request.headers['webhook-id']));
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    writeFileSync(
      files.path('outputs.json'),
      JSON.stringify({
        outputs: [
          { name: 'hook', format: 'json', to: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` },
          { name: 'eve', format: 'eve', to: `file://${files.path('eve.json')}` },
          { name: 'nowhere', format: 'json', to: 'http://127.0.0.1:1/' },
        ],
      }),
    );
    collector = await testCollector(store, {
      outputs: readOutputs(files.path('outputs.json')),
      delivery: { times: { lease: 5000, poll: 20, firstRetry: 20, maxRetry: 100 } },
    });
    const sensor = await connectAsync(collector.broker, { clientId: clientOf() });
    for (const n of [1, 2])
      await sensor.publishAsync(
        alert(n, { record: { episode: n } }).topic,
        Buffer.from(alert(n, { record: { episode: n } }).payload),
        { qos: 1 },
      );
    await sensor.endAsync();
    await until(async () => {
      const { outputs } = (await collector.get('/api/v1/outputs')).body as {
        outputs: { name: string; sent: number; deadLetters: number; failed: number }[];
      };
      return outputs[0]?.sent === 2 && outputs[1]?.deadLetters === 2 && (outputs[2]?.failed ?? 0) > 0;
    });
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await collector.close();
    files.remove();
  });

  it('shows each output: what it is, how it does, why it fails', async () => {
    const { out, status: code } = await blockwatch();
    assert.equal(code, 0);
    assert.match(out, /^NAME +KIND +STATE +SENT +FAILED +WAITING +GIVEN UP +LAST SENT +LAST ERROR\n/);
    assert.match(out, /\neve +file +up +2 +0 +0 +0 /);
    assert.match(out, /\nhook +webhook +up +0 +2 +0 +2 .*HTTP 422/);
    assert.match(out, /\nnowhere +webhook +failing +0 +\d+ +2, since .* +0 .*nothing listens there/);
    const rows = (await blockwatch('list', '--format', 'json')).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; lag: number });
    assert.deepEqual(
      rows.map(({ name, lag }) => [name, lag]),
      [
        ['eve', 0],
        ['hook', 0],
        ['nowhere', 2],
      ],
    );
  });

  it('sends one test message past the queue', async () => {
    const { out, status: code } = await blockwatch('test', 'eve', '--outputs', files.path('outputs.json'));
    assert.deepEqual(
      [code, /^The output eve accepted the test message test#[0-9a-f-]{36}\.\n$/.test(out)],
      [0, true],
      out,
    );
    const lines = readFileSync(files.path('eve.json'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { alert: { signature: string } });
    assert.deepEqual(
      lines.map((line) => line.alert.signature),
      ['BLOCKWATCH Host sweep', 'BLOCKWATCH Host sweep', 'BLOCKWATCH Test'],
    );
  });

  it('says why a test message was not taken', async () => {
    const { err, status: code } = await blockwatch('test', 'nowhere', '--outputs', files.path('outputs.json'));
    assert.deepEqual(
      [code, err],
      [1, 'blockwatch: The output nowhere did not accept the message: 127.0.0.1:1: nothing listens there.\n'],
    );
  });

  it('shows what was given up, and sends it once more when asked', async () => {
    assert.match(
      (await blockwatch('dead', 'hook')).out,
      /127\.0\.0\.1:\d+: HTTP 422 +berlin\/tap-1\/1\/1#1 +The host 203\.0\.113\.7/,
    );
    status = 204;
    got.length = 0;
    assert.equal((await blockwatch('dead', 'hook', '--retry')).out, 'The collector will resend 2 messages.\n');
    await until(() => got.length === 2, 'two requests');
    assert.deepEqual(got, ['berlin/tap-1/1/1#1', 'berlin/tap-1/1/2#2']);
    await until(async () => (await blockwatch('dead', 'hook')).out === 'No undelivered messages.\n');
    assert.equal((await blockwatch('dead', 'hook', '--retry')).out, 'No messages to retry.\n');
  });

  it('removes a decommissioned output', async () => {
    assert.match((await blockwatch('forget', 'nowhere')).out, /^Removed the output nowhere/);
    assert.doesNotMatch((await blockwatch()).out, /nowhere/);
  });

  for (const [what, args, sentence] of [
    [
      'an output that the config does not have',
      ['test', 'soc', '--outputs'],
      /There is no output "soc" in .*outputs\.json\. It has hook, eve, nowhere\./,
    ],
    ['an output that the store does not have', ['dead', 'soc'], /The store has no output "soc"\. It has eve, hook\./],
    ['a test without a config', ['test', 'hook'], /required option '--outputs <FILE>' not specified/i],
  ] as const) {
    it(`refuses in one sentence ${what}`, async () => {
      const { status: code, err } = await blockwatch(
        ...args,
        ...(args.at(-1) === '--outputs' ? [files.path('outputs.json')] : []),
      );
      assert.equal(code, 2);
      assert.match(err, sentence);
      assert.equal(err.trim().split('\n').length, 1);
    });
  }
});
