import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scan, Sensor } from '../../host/api/types.js';
import { projectRoot } from '../../host/common/paths.js';
import { describeWith } from '../support/requirement.js';
import { alive, Branch, home, said, scanner } from './namespaces.js';

const blockwatch = join(projectRoot, 'scripts/blockwatch.mjs');
const web = join(projectRoot, 'test/scan/benign.mjs');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describeWith(['nmap-netns'], 'a Linux sensor at a live interface', function (this: Mocha.Suite) {
  this.timeout(60_000);

  it('reports a real nmap to the collector over MQTT while it happens, and nothing of honest browsing before', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'blockwatch-live-'));
    const branch = new Branch();
    try {
      const run = (...args: string[]): ReturnType<Branch['inOffice']> =>
        branch.inOffice(process.execPath, blockwatch, ...args);
      const collector = run(
        'collector',
        '--http',
        '127.0.0.1:0',
        '--mqtt',
        '127.0.0.1:0',
        '--store',
        join(directory, 'live.db'),
      );
      const [, api = '', broker = ''] = await said(collector, /(http:\S+)[\s\S]*?(mqtt:\S+)/);
      const sensor = run(
        'sensor',
        branch.tap,
        '--broker',
        broker,
        '--site',
        'office',
        '--sensor',
        'tap',
        '--home',
        home,
        '--state',
        join(directory, 'state'),
      );
      sensor.stdout?.resume();
      sensor.stderr?.resume();

      /** Asks the API again and again until what it says is enough. */
      const until = async <T>(path: string, enough: (answer: T) => boolean): Promise<T> => {
        for (;;) {
          const answer = (await branch.fetch(`${api}/api/v1/${path}`)) as T;
          if (enough(answer)) return answer;
          await pause(100);
        }
      };
      await until<{ sensors: Sensor[] }>('sensors', ({ sensors }) => sensors[0]?.state === 'online');

      await said(branch.inOffice(process.execPath, web, 'serve', ...alive), /serving/);
      await branch.scan(process.execPath, web, 'browse', '40', ...alive.slice(0, 3));
      const before = (await branch.fetch(`${api}/api/v1/scans`)) as { scans: Scan[] };
      assert.deepEqual(before.scans, []);

      await branch.scan(
        'nmap',
        '-sS',
        '-Pn',
        '-n',
        '-p',
        '23',
        '--max-retries',
        '0',
        '--min-rate',
        '100',
        '10.77.1.0/25',
      );
      const { scans } = await until<{ scans: Scan[] }>('scans', (answer) => answer.scans.length > 0);
      assert.deepEqual(
        scans.map((scan) => scan.source),
        [scanner],
      );
      assert.equal(scans[0]?.verdict, 'scan');
      assert.equal(scans[0]?.site, 'office');
      assert.equal(scans[0]?.open, true);

      const stopped = once(sensor, 'exit');
      sensor.kill('SIGINT');
      assert.deepEqual((await stopped)[0], 0);
      const ended = once(collector, 'exit');
      collector.kill('SIGINT');
      assert.deepEqual((await ended)[0], 0);
    } finally {
      await branch.close();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
