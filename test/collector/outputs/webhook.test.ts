import assert from 'node:assert/strict';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders, RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connectAsync } from 'mqtt';
import { checkOutputs } from '../../../host/collector/outputs/model/config.js';
import type { Finding } from '../../../host/collector/outputs/model/finding.js';
import { DeliveryError } from '../../../host/collector/outputs/model/transport.js';
import { transportOf } from '../../../host/collector/outputs/outputs.js';
import { sign } from '../../../host/collector/outputs/transports/webhook.js';
import { alert, clientOf, scratch, testCollector, until } from '../../support/collector.js';
import { describeWith } from '../../support/requirement.js';
import { makeCertificate } from './rsyslog.js';
import { finding } from './samples.js';

interface Got {
  headers: IncomingHttpHeaders;
  body: string;
}

describe('a webhook', () => {
  const files = scratch();
  const servers: Server[] = [];
  const got: Got[] = [];
  /** Its answers in turn; then 204. */
  let answers: { status: number; headers?: Record<string, string> }[] = [];
  let url = '';
  const listen = async (server: Server): Promise<string> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const take: RequestListener = (request, response) => {
    let body = '';
    request.on('data', (bytes: Buffer) => (body += bytes.toString()));
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      const { status, headers } = answers.shift() ?? { status: 204 };
      response.writeHead(status, headers).end(status === 204 ? undefined : 'words');
    });
  };
  before(async () => {
    writeFileSync(files.path('secret'), 'whsec_c2VjcmV0IG9mIDMyIGJ5dGVzIG9yIHNvLCBwbGVhc2U=\n');
    url = `http://${await listen(createServer(take))}/hook`;
  });
  beforeEach(() => {
    got.length = 0;
    answers = [];
  });
  after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    files.remove();
  });

  const hook = (changes: object = {}, env: NodeJS.ProcessEnv = {}): ReturnType<typeof transportOf> =>
    transportOf(
      checkOutputs({ outputs: [{ name: 'hook', format: 'json', to: url, ...changes }] }, files.path('x.json'), env)
        .outputs[0] as never,
    );
  const failure = async (work: Promise<void>): Promise<DeliveryError> =>
    work.then(
      () => assert.fail('it was taken'),
      (error: unknown) => {
        assert.ok(error instanceof DeliveryError, String(error));
        return error;
      },
    );

  it('gets a message as JSON, with the name that it may be dropped by', async () => {
    await hook().send([finding()]);
    const [{ headers, body }] = got as [Got];
    assert.deepEqual(
      [headers['content-type'], headers['idempotency-key'], headers['webhook-id'], headers['webhook-signature']],
      ['application/json', 'berlin/tap-1/1/3#1', 'berlin/tap-1/1/3#1', undefined],
    );
    assert.match(String(headers['user-agent']), /^Blockwatch\/\d/);
    assert.equal((JSON.parse(body) as Finding).source, '203.0.113.7');
  });

  it('gets any of the formats of JSON, with its type', async () => {
    for (const format of ['eve', 'ecs', 'ocsf', 'stix']) await hook({ format }).send([finding()]);
    const bodies = got.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    assert.deepEqual(
      [
        bodies[0]?.['event_type'],
        (bodies[1]?.['event'] as { kind: string } | undefined)?.kind,
        bodies[2]?.['class_uid'],
        bodies[3]?.['type'],
      ],
      ['alert', 'alert', 2004, 'bundle'],
    );
    assert.equal(got[3]?.headers['content-type'], 'application/stix+json;version=2.1');
  });

  it('can verify by the signature that a message is authentic, unchanged and recent', async () => {
    await hook({ secret: { file: 'secret' } }).send([finding()]);
    const [{ headers, body }] = got as [Got];
    const key = Buffer.from('c2VjcmV0IG9mIDMyIGJ5dGVzIG9yIHNvLCBwbGVhc2U=', 'base64');
    const expect = (text: string): Buffer =>
      createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`).digest();
    const given = Buffer.from(String(headers['webhook-signature']).replace(/^v1,/, ''), 'base64');
    assert.ok(timingSafeEqual(given, expect(body)));
    assert.ok(!given.equals(expect(`${body} `)));
    assert.ok(Math.abs(Number(headers['webhook-timestamp']) * 1000 - Date.now()) < 600_000);
  });

  it('is signed as the example of the Standard Webhooks specification is', () => {
    assert.equal(
      sign(
        'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        'msg_p5jXN8AQM9LWM0D4loKWxJek',
        '1614265330',
        '{"test": 2432232314}',
      ),
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('gets headers whose values stand in files or in the environment', async () => {
    await hook({ headers: { Authorization: { env: 'TOKEN' }, 'x-team': 'soc' } }, { TOKEN: 'Bearer abc' }).send([
      finding(),
    ]);
    assert.deepEqual([got[0]?.headers['authorization'], got[0]?.headers['x-team']], ['Bearer abc', 'soc']);
  });

  for (const [status, kind] of [
    [400, 'refused'],
    [413, 'refused'],
    [422, 'refused'],
    [500, 'answered'],
    [503, 'answered'],
    [302, 'answered'],
    [401, 'unreachable'],
    [403, 'unreachable'],
    [404, 'unreachable'],
    [429, 'unreachable'],
  ] as const) {
    it(`a webhook's message is ${kind} where the answer is ${status}`, async () => {
      answers = [{ status, headers: { location: 'http://127.0.0.1:1/' } }];
      const error = await failure(hook().send([finding()]));
      assert.deepEqual([error.kind, error.message], [kind, `${new URL(url).host}: HTTP ${status}`]);
    });
  }

  it('is left alone for as long as it asks', async () => {
    answers = [{ status: 429, headers: { 'retry-after': '7' } }];
    assert.equal((await failure(hook().send([finding()]))).retryAfter, 7000);
  });

  it('that does not answer is not waited for without end', async () => {
    const to = `http://${await listen(createServer(() => {}))}/`;
    const error = await failure(hook({ to, timeout: 1 }).send([finding()]));
    assert.deepEqual([error.kind, error.message], ['unreachable', `${new URL(to).host}: it does not answer in time`]);
  });

  it('that is unreachable is reported as such', async () => {
    assert.match(
      (await failure(hook({ to: 'http://127.0.0.1:1/' }).send([finding()]))).message,
      /^127\.0\.0\.1:1: nothing listens there$/,
    );
  });

  it('gets each message in order, through its failures; one that it always refuses is set aside', async () => {
    answers = [{ status: 503 }, { status: 204 }, { status: 422 }, { status: 503 }, { status: 503 }, { status: 204 }];
    const outputs = checkOutputs({ outputs: [{ name: 'hook', format: 'json', to: url, attempts: 5 }] }, '/x.json');
    const collector = await testCollector(files.path('store.db'), {
      outputs,
      delivery: { times: { lease: 5000, poll: 10, firstRetry: 10, maxRetry: 50 } },
    });
    const sensor = await connectAsync(collector.broker, { clientId: clientOf() });
    for (let n = 1; n <= 6; n++) {
      const { topic, payload } = alert(n, { record: { episode: n } });
      await sensor.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    }
    await until(() => got.length === 9, 'nine requests');
    const one = await until(async () => {
      const { outputs: all } = (await collector.get('/api/v1/outputs')).body as {
        outputs: { sent: number; failed: number; lag: number; deadLetters: number }[];
      };
      return all[0]?.lag === 0 && all[0];
    });
    assert.deepEqual(
      got.map(({ headers }) => String(headers['webhook-id']).split('#')[1]),
      ['1', '1', '2', '3', '3', '3', '4', '5', '6'],
    );
    assert.deepEqual([one.sent, one.failed, one.deadLetters], [5, 4, 1]);
    await sensor.endAsync();
    await collector.close();
  });
});

describeWith(['rsyslog'], 'a webhook over TLS', () => {
  const files = scratch();
  let server: Server;
  let port = 0;
  const got: string[] = [];
  before(async () => {
    makeCertificate(files.path('.'));
    server = createSecure(
      { cert: readFileSync(files.path('cert.pem')), key: readFileSync(files.path('key.pem')) },
      (request, response) => {
        got.push(String(request.headers['webhook-id']));
        response.end();
      },
    ) as unknown as Server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    files.remove();
  });
  const hook = (changes: object): ReturnType<typeof transportOf> =>
    transportOf(
      checkOutputs(
        { outputs: [{ name: 'hook', format: 'json', to: `https://localhost:${port}/`, ...changes }] },
        files.path('x.json'),
      ).outputs[0] as never,
    );

  it('is trusted by the authority that is named, and not without', async () => {
    await assert.rejects(
      hook({}).send([finding()]),
      /no known authority signed its certificate; name the authority in "tls\.ca"/,
    );
    await hook({ tls: { ca: 'ca.pem' } }).send([finding()]);
    assert.deepEqual(got, ['berlin/tap-1/1/3#1']);
  });
});
