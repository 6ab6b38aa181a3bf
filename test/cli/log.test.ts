import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLog } from '../../host/cli/support/log.js';
import { projectRoot } from '../../host/common/paths.js';
import { scratch, until } from '../support/collector.js';
import { RunningBlockwatch, runBlockwatch } from '../support/command.js';

type Entry = Record<string, unknown> & { level: string; time: string; msg: string };

const entries = (text: string): Entry[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Entry);

/** What a log of these options writes of one entry at each level. */
function written(logFormat: 'text' | 'json', logLevel: 'error' | 'warn' | 'info' | 'debug'): string[] {
  const lines: string[] = [];
  const log = openLog({ logFormat, logLevel }, (line) => lines.push(line));
  log.error({ err: new Error('it is gone') }, 'The store refuses.');
  log.warn({ output: 'daily', gap: 3 }, 'The output daily does not deliver.');
  log.info('The store accepts messages again.');
  log.debug({ ms: 2 }, 'GET /: 200 after 2 ms');
  return lines;
}

describe('the log', function () {
  this.timeout(60_000);
  const files = scratch();
  const running: RunningBlockwatch[] = [];
  after(async () => {
    await Promise.all(running.map((program) => program.stop()));
    files.remove();
  });

  it('prints only the sentence after the program name in text format', () => {
    assert.deepEqual(written('text', 'info'), [
      'blockwatch: The store refuses.\n',
      'blockwatch: The output daily does not deliver.\n',
      'blockwatch: The store accepts messages again.\n',
    ]);
  });

  it('replaces control characters in text format', () => {
    const lines: string[] = [];
    openLog({ logFormat: 'text', logLevel: 'info' }, (line) => lines.push(line)).info('a\u001b[31mb\nc');
    assert.deepEqual(lines, ['blockwatch: a·[31mb·c\n']);
  });

  it('gives programs an object a line, with a level by name, an ISO time, the fields and the sentence', () => {
    const before = Date.now();
    const [error, warning] = entries(written('json', 'info').join(''));
    assert.deepEqual(Object.keys(warning ?? {}), ['level', 'time', 'output', 'gap', 'msg']);
    assert.deepEqual([warning?.level, warning?.['output'], warning?.['gap']], ['warn', 'daily', 3]);
    assert.match(warning?.time ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(Date.parse(warning?.time ?? '') >= before);
    assert.equal((error?.['err'] as Error | undefined)?.message, 'it is gone');
  });

  it('leaves out what is less serious than --log-level', () => {
    const logged = (level: Parameters<typeof written>[1]): string[] =>
      entries(written('json', level).join('')).map((entry) => entry.level);
    assert.deepEqual(logged('error'), ['error']);
    assert.deepEqual(logged('warn'), ['error', 'warn']);
    assert.deepEqual(logged('debug'), ['error', 'warn', 'info', 'debug']);
  });

  it('of a collector in JSON says where it listens, and at level debug each request', async () => {
    const args = ['collector', '--store', files.path('a.db'), '--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0'];
    const program = new RunningBlockwatch([...args, '--log-format', 'json', '--log-level', 'debug']);
    running.push(program);
    const started = await until(() => {
      const whole = program.err.slice(0, program.err.lastIndexOf('\n') + 1);
      return entries(whole).find((entry) => 'url' in entry);
    }, 'the address');
    assert.deepEqual([started.level, started['store']], ['info', files.path('a.db')]);
    await fetch(`${String(started['url'])}/api/v1/scans?source=192.0.2.1`);
    await until(() => program.err.includes('/api/v1/scans'), 'the request');
    await program.stop('SIGINT');
    const request = entries(program.err).find((entry) => entry['path'] === '/api/v1/scans');
    assert.deepEqual([request?.level, request?.['method'], request?.['status']], ['debug', 'GET', 200]);
    assert.ok(!program.err.includes('192.0.2.1'), 'the address that was asked for is not logged');
    assert.equal(program.out, '');
  });

  it('in JSON ends with an entry that has the code of the error, and the exit code stays', async () => {
    const store = files.path('text.db');
    writeFileSync(store, 'this is no database, it only says so '.repeat(40));
    const args = ['collector', '--store', store, '--http', '127.0.0.1:0', '--log-format', 'json'];
    const { status, out, err } = await runBlockwatch(args);
    const [entry, ...more] = entries(err);
    assert.deepEqual([status, out, more], [1, '', []]);
    assert.deepEqual([entry?.level, entry?.['code']], ['fatal', 'BW_STORE']);
    assert.match(entry?.msg ?? '', /^Cannot use the store .*text\.db: /);
  });

  it('of a sensor in JSON has the records as objects, with site and sensor, and standard output stays empty', async () => {
    const capture = join(projectRoot, 'test/captures/arp-scan-lan.pcap');
    const names = ['--site', 'berlin', '--sensor', 'tap-1', '--state', files.path('state')];
    const { out, err } = await runBlockwatch([
      'sensor',
      capture,
      '--broker',
      'mqtt://127.0.0.1:1',
      ...names,
      '--log-format',
      'json',
    ]);
    const records = entries(err).filter((entry) => 'record' in entry);
    assert.ok(records.length > 0);
    for (const { site, sensor } of records) assert.deepEqual([site, sensor], ['berlin', 'tap-1']);
    assert.equal((records[0]?.['record'] as { kind: string } | undefined)?.kind, 'arp-sweep');
    const away = entries(err).find(({ msg }) => msg.startsWith('No connection to the broker'));
    assert.equal(away?.level, 'warn');
    assert.equal(out, '');
  });
});
