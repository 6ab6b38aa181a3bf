import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { connectAsync } from 'mqtt';
import { checkOutputs } from '../../../host/collector/outputs/model/config.js';
import type { Finding } from '../../../host/collector/outputs/model/finding.js';
import { findingOf } from '../../../host/collector/outputs/model/finding.js';
import type { Transport } from '../../../host/collector/outputs/model/transport.js';
import { DeliveryError } from '../../../host/collector/outputs/model/transport.js';
import { transportOf } from '../../../host/collector/outputs/outputs.js';
import { alert, clientOf, scratch, testCollector, until } from '../../support/collector.js';
import { describeWith } from '../../support/requirement.js';
import type { Received } from './rsyslog.js';
import { Rsyslog } from './rsyslog.js';
import { hostile, hostileTexts, manyEvents, manyFindings } from './samples.js';

describeWith(['rsyslog'], 'into a real rsyslog', () => {
  const rsyslog = new Rsyslog();
  const transports: Transport[] = [];
  before(() => rsyslog.start());
  after(() => rsyslog.stop());
  beforeEach(() => rsyslog.clear());
  afterEach(async () => {
    for (const transport of transports.splice(0)) await transport.close();
  });

  const to = (scheme: 'udp' | 'tcp' | 'tls', changes: object = {}, host = '127.0.0.1'): Transport => {
    const tls = scheme === 'tls' ? { tls: { ca: 'ca.pem' } } : {};
    const config = checkOutputs(
      {
        outputs: [
          {
            name: 'x',
            format: 'syslog',
            hostname: 'collector',
            to: `${scheme}://${host}:${rsyslog.ports[scheme]}`,
            ...tls,
            ...changes,
          },
        ],
      },
      rsyslog.path('outputs.json'),
    );
    const transport = transportOf(config.outputs[0] as never);
    transports.push(transport);
    return transport;
  };
  const arrive = async (count: number): Promise<Received[]> => {
    await until(() => rsyslog.received.length >= count, `the arrival of ${count} messages`);
    return rsyslog.received;
  };
  /** Some structured data fields, as a reader of rsyslog's files would look them up. */
  const parameter = ({ data }: Received, name: string): string | undefined =>
    new RegExp(` ${name}="((?:[^"\\\\\\]]|\\\\.)*)"`, 'u').exec(data)?.[1]?.replace(/\\(.)/g, '$1');
  const checkAll = (received: readonly Received[], findings: readonly Finding[]): void => {
    assert.equal(received.length, findings.length);
    for (const [i, finding] of findings.entries()) {
      const got = received[i] as Received;
      assert.deepEqual(
        [got.version, got.hostname, got.app, got.msgid, Date.parse(got.timestamp)],
        ['1', 'collector', 'blockwatch', finding.kind || finding.what, Date.parse(finding.time)],
      );
      assert.deepEqual(
        [parameter(got, 'key'), parameter(got, 'stage'), parameter(got, 'severity')],
        [finding.key, finding.stage, finding.severity],
      );
      assert.equal(got.msg.replace('\ufeff', ''), finding.text);
    }
  };

  for (const scheme of ['udp', 'tcp', 'tls'] as const) {
    it(`each sort of finding arrives over ${scheme.toUpperCase()} as what it is`, async () => {
      const findings = manyFindings();
      await to(scheme).send(findings);
      const received = await arrive(findings.length);
      // Datagrams keep their order on loopback.
      checkAll(received, findings);
      assert.equal(new Set(received.map(({ input }) => input)).size, 1);
    });

    it(`whatever its text, over ${scheme.toUpperCase()} each is one message`, async () => {
      await to(scheme).send(hostileTexts.map(hostile));
      const received = await arrive(hostileTexts.length);
      for (const [i, text] of hostileTexts.entries())
        assert.equal(parameter(received[i] as Received, 'site'), text.replace(/[\x00-\x1f\u2028-\u202e]/g, ' '));
      assert.equal(received.length, hostileTexts.length);
    });
  }

  it('CEF arrives whole behind a syslog header', async () => {
    const findings = manyFindings();
    await to('tcp', { format: 'cef' }).send(findings);
    const received = await arrive(findings.length);
    for (const [i, { msg, app, data }] of received.entries()) {
      assert.deepEqual([app, data], ['blockwatch', '-']);
      assert.match(msg, /^CEF:0\|Blockwatch\|Blockwatch\|/);
      assert.ok(msg.includes(`externalId=${(findings[i] as Finding).uid.replace(/[\\=]/g, '\\$&')} `), msg);
    }
  });

  it('a line a message arrives too, where that is asked for', async () => {
    const findings = manyFindings();
    await to('tcp', { framing: 'newline' }).send(findings);
    checkAll(await arrive(findings.length), findings);
  });

  it('an authority that is not known is refused, and so is a certificate for another name', async () => {
    await assert.rejects(
      to('tls', { tls: {} }).send(manyFindings()),
      (error: unknown) =>
        error instanceof DeliveryError &&
        error.kind === 'unreachable' &&
        /no known authority signed its certificate; name the authority in "tls\.ca"/.test(error.message),
    );
    await assert.rejects(
      to('tls', { tls: { ca: 'ca.pem', servername: 'other.example' } }).send(manyFindings()),
      /its certificate is for another name/,
    );
    assert.deepEqual(rsyslog.received, []);
  });

  it('goes on when rsyslog was restarted', async () => {
    const [first, second] = manyFindings() as [Finding, Finding];
    const transport = to('tcp');
    await transport.send([first]);
    await arrive(1);
    await rsyslog.halt();
    await assert.rejects(transport.send([second]), /nothing listens there|closed the connection/);
    await rsyslog.run();
    await transport.send([second]);
    assert.deepEqual(
      (await arrive(2)).map((got) => parameter(got, 'key')),
      [first.key, second.key],
    );
  });

  it('from MQTT to rsyslog: what sensors report to a collector arrives in order, and the API counts it', async () => {
    const files = scratch();
    const outputs = checkOutputs(
      {
        outputs: [
          { name: 'soc', format: 'syslog', to: `tcp://127.0.0.1:${rsyslog.ports.tcp}` },
          { name: 'eve', format: 'eve', to: `file://${files.path('eve.json')}` },
        ],
      },
      '/x.json',
    );
    writeFileSync(files.path('eve.json'), '');
    const collector = await testCollector(files.path('store.db'), {
      outputs,
      delivery: { times: { lease: 5000, poll: 20, firstRetry: 20, maxRetry: 100 } },
    });
    try {
      const client = await connectAsync(collector.broker, { clientId: clientOf() });
      const stages = ['start', 'progress', 'end'] as const;
      for (let i = 0; i < 30; i++) {
        const { topic, payload } = alert(i + 1, {
          record: { stage: stages[i % 3] as 'start', episode: Math.floor(i / 3) },
        });
        await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
      }
      await client.endAsync();
      const received = await arrive(30);
      assert.deepEqual(
        received.map((got) => parameter(got, 'key')),
        Array.from({ length: 30 }, (_, i) => `berlin/tap-1/1/${Math.floor(i / 3)}#${i + 1}`),
      );
      const body = await until(async () => {
        const answer = (await collector.get('/api/v1/outputs')).body as {
          outputs: { name: string; sent: number; lag: number; state: string }[];
        };
        return answer.outputs.every(({ sent, lag }) => sent === 30 && lag === 0) && answer;
      }, 'the figures in the API');
      assert.deepEqual(
        body.outputs.map(({ name, state }) => [name, state]),
        [
          ['eve', 'up'],
          ['soc', 'up'],
        ],
      );
    } finally {
      await collector.close();
      files.remove();
    }
  });

  it('has the same sentence as the page', () => {
    assert.deepEqual(
      manyFindings().map(({ text }) => text),
      manyEvents().map((event) => findingOf(event).text),
    );
  });
});
