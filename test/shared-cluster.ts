/** The one PostgreSQL cluster of a test run, which test/each-file.ts starts for the first suite that asks. */
import { connect } from 'node:net';

/** Says where in this run a PostgreSQL cluster can be had. */
export const ASK = 'BLOCKWATCH_TEST_CLUSTER';
/** The folder with the socket of the run's one PostgreSQL cluster, which its first suite starts. */
export function sharedCluster(): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    connect(process.env[ASK] as string)
      .setEncoding('utf8')
      .on('data', (text: string) => {
        answer += text;
      })
      .on('end', () => (answer ? resolve(answer) : reject(new Error('PostgreSQL did not start'))))
      .on('error', reject);
  });
}
