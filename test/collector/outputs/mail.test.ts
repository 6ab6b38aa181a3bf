import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { SMTPServerOptions } from 'smtp-server';
import { SMTPServer } from 'smtp-server';
import { DigestWorker, nextDue } from '../../../host/collector/outputs/digest.js';
import { composeDigest, Summary } from '../../../host/collector/outputs/formats/digest.js';
import type { OutputConfig } from '../../../host/collector/outputs/model/config.js';
import { checkOutputs } from '../../../host/collector/outputs/model/config.js';
import { findingOf } from '../../../host/collector/outputs/model/finding.js';
import { MailTransport } from '../../../host/collector/outputs/transports/mail.js';
import { listOutputs } from '../../../host/collector/query/outputs.js';
import type { Database } from '../../../host/collector/store/database.js';
import { openStore } from '../../../host/collector/store/open.js';
import { append, register, setDue } from '../../../host/collector/store/outbox.js';
import { scratch, T0, until } from '../../support/collector.js';
import { logInto } from '../../support/log.js';
import { describeWith } from '../../support/requirement.js';
import { Rounds } from '../../support/rounds.js';
import { makeCertificate } from './rsyslog.js';
import { conviction, hostile, incident, manyFindings, scan } from './samples.js';

const HOUR = 3_600_000;

describe('the digest', () => {
  const summaryOf = (...findings: ReturnType<typeof manyFindings>): Summary => {
    const summary = new Summary();
    for (const one of findings) summary.add(one);
    return summary;
  };

  it('summarizes the period in plain words, the worst first, each incident once', () => {
    const events = [
      scan({ severity: 'low', episode: 1 }),
      scan({ episode: 2 }),
      scan({ episode: 2, stage: 'end', probes: 99 }, { sequence: 2 }),
      conviction,
      incident,
    ];
    const { subject, text } = composeDigest(
      summaryOf(...events.map((event) => findingOf(event, 'https://blockwatch.example'))),
      T0 - 24 * HOUR,
      T0,
      'https://blockwatch.example',
    );
    assert.equal(subject, 'Blockwatch: 4 incidents (2 high, 1 medium, 1 low) at 3 sites');
    assert.match(text, /^From .* to .*, Blockwatch saw 4 incidents by 2 known sources at berlin, lyon and oslo\.\n/);
    const heads = text
      .split('\n')
      .filter((line) => /^[A-Z]{3,} {2}/.test(line))
      .map((line) => line.split(',')[0]);
    assert.deepEqual(heads, [
      'HIGH  Sensor blind',
      'HIGH  Scanner that only the fleet sees',
      'MEDIUM  Host sweep',
      'LOW  Host sweep',
    ]);
    assert.match(text, / {2}The host 203\.0\.113\.7 on the internet probed 17 of your addresses/);
    assert.match(text, /All of it: https:\/\/blockwatch\.example\/\n$/);
  });

  it('says how many it leaves out, and keeps the worst of however many there were', () => {
    const summary = new Summary();
    for (let i = 0; i < 5000; i++)
      summary.add(
        findingOf(
          scan(
            { episode: i, source: `203.0.${i >> 8}.${i & 255}`, severity: i === 17 ? 'critical' : 'low' },
            { sequence: i },
          ),
        ),
      );
    const { subject, text } = composeDigest(summary, T0, T0 + HOUR, '');
    assert.match(subject, /^Blockwatch: 5,000 incidents \(1 critical, /);
    assert.match(text, /\nCRITICAL {2}Host sweep/);
    assert.match(text, /And 4,975 more incidents, none of them worse than these\./);
    assert.ok(text.split('\n').length < 200);
  });

  it('lets no text become markup, commands or headers', () => {
    for (const text of ['<img src=x onerror=alert(1)>', 'a"b', "a'b", 'x\r\nBcc: y@example', '\u001b[2J']) {
      const mail = composeDigest(summaryOf(hostile(text)), T0, T0, '');
      assert.doesNotMatch(mail.html, /<img|onerror=alert\(1\)>|\u001b/);
      assert.doesNotMatch(mail.subject, /[\r\n]/);
      assert.doesNotMatch(mail.text, /\nBcc|\u001b/);
    }
  });

  it('is due at the full hour, or at its time of day', () => {
    const at = (time: string): number => Date.parse(`2026-11-25T${time}Z`);
    assert.equal(nextDue({ every: 'hour', at: '' }, at('10:20:00')), at('11:00:00'));
    assert.equal(nextDue({ every: 'hour', at: '' }, at('10:00:00')), at('11:00:00'));
    assert.equal(nextDue({ every: 'day', at: '07:30' }, at('06:00:00')), at('07:30:00'));
    assert.equal(nextDue({ every: 'day', at: '07:30' }, at('07:30:00')), at('07:30:00') + 24 * HOUR);
  });
});

describe('the digest by mail', () => {
  const files = scratch();
  let n = 0;
  let db: Database;
  const servers: SMTPServer[] = [];
  const workers: DigestWorker[] = [];
  const mails: { to: string[]; body: string; secure: boolean; user: unknown }[] = [];
  const reports: string[] = [];
  const serve = async (options: SMTPServerOptions = {}): Promise<string> => {
    const server = new SMTPServer({
      authOptional: true,
      disableReverseLookup: true,
      logger: false,
      ...(options.cert ? {} : { disabledCommands: ['STARTTLS'] }),
      ...options,
      onData(stream, session, done) {
        let body = '';
        stream.on('data', (bytes: Buffer) => (body += bytes.toString()));
        stream.on('end', () => {
          mails.push({
            to: session.envelope.rcptTo.map(({ address }) => address),
            body,
            secure: session.secure === true,
            user: session.user,
          });
          done();
        });
      },
    });
    servers.push(server);
    server.on('error', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    return `127.0.0.1:${(server as unknown as { server: { address(): AddressInfo } }).server.address().port}`;
  };
  const config = (to: string, changes: object = {}, env: NodeJS.ProcessEnv = {}): OutputConfig =>
    checkOutputs(
      {
        outputs: [
          {
            name: 'daily',
            format: 'digest',
            to,
            mail: { from: 'blockwatch@example.net', to: ['soc@example.net', 'it@example.net'] },
            timeout: 5,
            ...changes,
          },
        ],
      },
      files.path('x.json'),
      env,
    ).outputs[0] as OutputConfig;
  /** Starts a worker. @returns its rounds */
  const work = (one: OutputConfig): Rounds => {
    const rounds = new Rounds();
    const worker = new DigestWorker(db, one, new MailTransport(one), {
      holder: 'me',
      page: '',
      research: async () => false,
      log: logInto(reports),
      times: { lease: 5000, poll: 10, firstRetry: 10, maxRetry: 50 },
      delay: rounds,
    }).start();
    workers.push(worker);
    return rounds;
  };
  beforeEach(async () => {
    db = await openStore(files.path(`${++n}.db`));
    await register(db, 'daily', 'mail', false);
    mails.length = reports.length = 0;
  });
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.close();
    for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(() => resolve()));
    await db.close();
  });
  after(files.remove);
  const happen = (...episodes: number[]): Promise<void> =>
    db.transaction((tx) =>
      append(
        tx,
        db.dialect,
        episodes.map((episode) => scan({ episode }, { sequence: episode })),
      ),
    );
  const only = async (): Promise<{ sent: number; lag: number; state: string }> => (await listOutputs(db))[0] as never;

  it('goes out once when it is due, in text and HTML, to all it is for', async () => {
    await happen(1, 2, 3);
    await setDue(db, 'daily', Date.now() - 1000);
    const rounds = work(config(`smtp://${await serve()}`));
    await until(() => mails.length === 1);
    const [{ to, body }] = mails as [(typeof mails)[0]];
    assert.deepEqual(to, ['soc@example.net', 'it@example.net']);
    assert.match(body, /^Subject: Blockwatch: 3 incidents \(3 medium\) at 1 site\r$/m);
    assert.match(body, /^Auto-Submitted: auto-generated\r$/m);
    assert.match(body, /multipart\/alternative/);
    await until(async () => (await only()).sent === 1);
    await rounds.another();
    assert.deepEqual([mails.length, (await only()).lag], [1, 0]);
  });

  it('waits until it is due, and that is no lag', async () => {
    await happen(1);
    const rounds = work(config(`smtp://${await serve()}`));
    await until(async () => (await only()).state === 'up');
    await rounds.another();
    assert.deepEqual([mails.length, (await only()).lag], [0, 0]);
  });

  it('no digest is sent where nothing happened', async () => {
    await setDue(db, 'daily', Date.now() - 1000);
    await work(config(`smtp://${await serve()}`)).another();
    assert.deepEqual([mails.length, (await only()).sent], [0, 0]);
  });

  it('waits for a server that is away and leaves nothing out, not even what came meanwhile', async () => {
    await happen(1);
    await setDue(db, 'daily', Date.now() - 1000);
    const to = await serve();
    await new Promise<void>((resolve) => (servers.splice(0)[0] as SMTPServer).close(() => resolve()));
    work(config(`smtp://${to}`));
    await until(async () => (await only()).state === 'failing');
    await happen(2);
    const back = new SMTPServer({
      authOptional: true,
      disableReverseLookup: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, _, done) => {
        let body = '';
        stream.on('data', (bytes: Buffer) => (body += bytes.toString()));
        stream.on('end', () => {
          mails.push({ to: [], body, secure: false, user: '' });
          done();
        });
      },
    });
    servers.push(back);
    await new Promise<void>((resolve) => back.listen(Number(to.split(':')[1]), '127.0.0.1', () => resolve()));
    await until(() => mails.length === 1);
    assert.match(mails[0]?.body ?? '', /Subject: Blockwatch: 2 incidents/);
    assert.match(reports[0] ?? '', /The output daily cannot deliver: 127\.0\.0\.1:\d+: /);
  });

  it('gives no password to a server without TLS', async () => {
    const one = config(
      `smtp://${await serve({ disabledCommands: ['STARTTLS'], onAuth: (_, __, done) => done(null, { user: 'x' }) })}`,
      { user: 'me', password: { env: 'PASSWORD' } },
      { PASSWORD: 'hunter2' },
    );
    await assert.rejects(
      new MailTransport(one).send(manyFindings().slice(0, 1)),
      (error: Error) => !/hunter2/.test(error.message),
    );
    assert.deepEqual(mails, []);
  });

  describeWith(['rsyslog'], 'over TLS', () => {
    it('goes with STARTTLS and a password to a server that the authority vouches for', async () => {
      makeCertificate(files.path('.'));
      const to = await serve({
        cert: readFileSync(files.path('cert.pem')),
        key: readFileSync(files.path('key.pem')),
        authOptional: false,
        onAuth: (auth, _, done) =>
          auth.username === 'me' && auth.password === 'hunter2' ? done(null, { user: 'me' }) : done(new Error('no')),
      });
      const named = `smtp://localhost:${to.split(':')[1]}`;
      const env = { PASSWORD: 'hunter2' };
      await assert.rejects(
        new MailTransport(config(named, { user: 'me', password: { env: 'PASSWORD' } }, env)).send(
          manyFindings().slice(0, 1),
        ),
      );
      await new MailTransport(
        config(named, { user: 'me', password: { env: 'PASSWORD' }, tls: { ca: 'ca.pem' } }, env),
      ).send(manyFindings().slice(0, 1));
      assert.deepEqual(
        mails.map(({ secure, user }) => [secure, user]),
        [[true, 'me']],
      );
    });
  });
});
