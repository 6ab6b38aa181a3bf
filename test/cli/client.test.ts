import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerEvent } from '../../host/api/sse.js';
import { Client } from '../../host/cli/support/client.js';
import { UserError } from '../../host/common/errors.js';
import { MockServer } from '../web/mock-server.js';
import { manyScans, scan } from '../web/sample-data.js';

async function serving(answer: (server: Server) => void): Promise<{ url: string; close: () => void }> {
  const server = createServer();
  answer(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const isSentence =
  (pattern: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, pattern);
    return true;
  };

describe("the command line's client", () => {
  const mock = new MockServer();
  let client: Client;
  before(async () => {
    client = new Client(await mock.listen());
  });
  after(() => mock.close());
  afterEach(() => {
    mock.refusal = undefined;
    mock.scans = [];
  });

  it('a query leaves out what is not asked for', async () => {
    await client.get('scans', { site: undefined, limit: 3 });
    assert.equal(mock.asked.at(-1), '/api/v1/scans?limit=3');
  });

  it('takes a filter for what it is, whatever is in it', async () => {
    await client.get('scans', { site: 'a&b=c', limit: 1 });
    assert.equal(new URL(`http://x${mock.asked.at(-1)}`).searchParams.get('site'), 'a&b=c');
  });

  it('reads as many pages of scans as there are, each scan once', async () => {
    mock.scans = manyScans(Date.now(), 1203);
    const seen = new Set<string>();
    for await (const one of client.scans()) {
      assert.ok(!seen.has(one.id));
      seen.add(one.id);
    }
    assert.equal(seen.size, 1203);
  });

  it('asks for no further page when its reader has enough', async () => {
    mock.scans = manyScans(Date.now(), 1203);
    const before = mock.asked.length;
    for await (const one of client.scans()) if (one) break;
    assert.equal(mock.asked.length, before + 1);
  });

  it('gives nothing where there is nothing', async () => {
    for await (const one of client.scans()) assert.fail(one.id);
  });

  it("hands on the collector's own sentence where it refuses a question", async () => {
    mock.refusal = { status: 400, message: 'The query has no "sitee".' };
    await assert.rejects(client.get('scans'), isSentence(/^The query has no "sitee"\.$/));
  });

  it('says that the collector is in trouble where it is, and where', async () => {
    mock.refusal = { status: 503, message: 'The store does not answer.' };
    await assert.rejects(
      client.get('scans'),
      isSentence(/^Cannot reach the collector at http:\/\/127\.0\.0\.1:\d+: The store does not answer\. Start it/),
    );
  });

  it('a collector that does not listen is named in a sentence', async () => {
    const gone = await serving(() => {});
    gone.close();
    await assert.rejects(new Client(gone.url).get('now'), isSentence(/nothing listens there/));
  });

  it('is not taken in by a web server that is no collector', async () => {
    const other = await serving((server) => server.on('request', (_, response) => response.end('<html>')));
    await assert.rejects(new Client(other.url).get('now'), isSentence(/no collector \(HTTP 200\)/));
    const first = new Client(other.url).events(new AbortController().signal, () => {}).next();
    await assert.rejects(first, isSentence(/no collector/));
    other.close();
  });

  it('gives live events, and goes on after the line broke', async () => {
    const stop = new AbortController();
    const lost: string[] = [];
    const seen: ServerEvent[] = [];
    const reading = (async () => {
      for await (const event of client.events(stop.signal, (reason) => lost.push(reason))) {
        seen.push(event);
        if (event.event === 'hello' && seen.length === 1) mock.push(scan(Date.now(), { source: '198.51.100.1' }));
        else if (event.event === 'scan' && lost.length === 0) mock.drop();
        else if (event.event === 'hello') mock.push(scan(Date.now(), { source: '198.51.100.2' }));
        else break;
      }
    })();
    await reading;
    stop.abort();
    assert.deepEqual(
      seen.map((event) => event.event),
      ['hello', 'scan', 'hello', 'scan'],
    );
    assert.equal((JSON.parse(seen[3]?.data ?? '{}') as { source: string }).source, '198.51.100.2');
    assert.equal(lost.length, 1);
  });

  it('ends at once when it is told to, without an error', async () => {
    const stop = new AbortController();
    for await (const event of client.events(stop.signal, () => assert.fail('lost'))) {
      assert.equal(event.event, 'hello');
      stop.abort();
    }
  });
});
