import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Finding } from '../../../host/collector/outputs/model/finding.js';
import { DeliveryError } from '../../../host/collector/outputs/model/transport.js';
import { FileTransport, StdoutTransport } from '../../../host/collector/outputs/transports/file.js';
import { frame, StreamTransport, UdpTransport } from '../../../host/collector/outputs/transports/socket.js';
import { scratch, until } from '../../support/collector.js';
import { finding } from './samples.js';

const message = (key: string): Finding => ({ ...finding(), key });
const line = ({ key }: Finding): string => key;

describe('lines to a file', () => {
  const files = scratch();
  let n = 0;
  const open: FileTransport[] = [];
  const begin = (
    path = files.path(`${++n}.json`),
  ): { path: string; send: (...keys: string[]) => Promise<void>; read: () => string } => {
    const file = new FileTransport(path, line);
    open.push(file);
    return { path, send: (...keys) => file.send(keys.map(message)), read: () => readFileSync(path, 'utf8') };
  };
  afterEach(async () => {
    for (const file of open.splice(0)) await file.close();
  });
  after(files.remove);

  it('stand one behind the other, behind what was there', async () => {
    const { path, send, read } = begin();
    writeFileSync(path, 'before\n');
    await send('a', 'b');
    await send('c');
    assert.equal(read(), 'before\na\nb\nc\n');
  });

  it('go to a new file when the old one was moved away, as logrotate does', async () => {
    const { path, send, read } = begin();
    await send('a');
    renameSync(path, `${path}.1`);
    await send('b');
    assert.deepEqual([readFileSync(`${path}.1`, 'utf8'), read()], ['a\n', 'b\n']);
  });

  it('go to the new file where logrotate made one already', async () => {
    const { path, send, read } = begin();
    await send('a');
    renameSync(path, `${path}.1`);
    writeFileSync(path, '');
    await send('b');
    assert.deepEqual([readFileSync(`${path}.1`, 'utf8'), read()], ['a\n', 'b\n']);
  });

  it('begin at the beginning when the file was cut off (copytruncate) or removed', async () => {
    const { path, send, read } = begin();
    await send('a');
    truncateSync(path);
    await send('b');
    assert.equal(read(), 'b\n');
    rmSync(path);
    await send('c');
    assert.equal(read(), 'c\n');
  });

  it('explain why they cannot be written, and go on when they can', async () => {
    const folder = files.path('later');
    const { send, read } = begin(`${folder}/x.json`);
    await assert.rejects(
      send('a'),
      (error: unknown) =>
        error instanceof DeliveryError &&
        error.kind === 'unreachable' &&
        /x\.json: the folder does not exist/.test(error.message),
    );
    mkdirSync(folder);
    await send('a');
    assert.equal(read(), 'a\n');
    await assert.rejects(begin(folder).send('a'), /later: it is a folder/);
  });

  it('the file of an output is not readable by everyone', async () => {
    const { path, send } = begin();
    await send('a');
    const { statSync } = await import('node:fs');
    assert.equal(statSync(path).mode & 0o007, 0);
    chmodSync(path, 0o600);
  });

  it('an output can be standard output', async () => {
    const stream = new PassThrough();
    await new StdoutTransport(line, stream).send([message('a'), message('b')]);
    assert.equal(String(stream.read()), 'a\nb\n');
  });
});

describe('lines to a socket', () => {
  const servers: { close(): void }[] = [];
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  });
  const listen = async (take: (socket: Socket) => void): Promise<URL> => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      sockets.push(socket);
      take(socket);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new URL(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  };
  const stream = (to: URL, changes: object = {}): StreamTransport =>
    new StreamTransport({ to, tls: {}, timeout: 5000, framing: 'octet-counting', ...changes }, line);

  it('have their length in front, in bytes, or a line feed behind', () => {
    assert.deepEqual([frame('é', 'octet-counting').toString(), frame('é', 'newline').toString()], ['2 é', 'é\n']);
  });

  it('go over one connection, and over a new one when that has ended', async () => {
    const got: string[] = [];
    const to = await listen((socket) => {
      const n = got.push('') - 1;
      socket.on('data', (bytes: Buffer) => (got[n] += bytes.toString()));
    });
    const transport = stream(to);
    await transport.send([message('a'), message('bc')]);
    await transport.send([message('d')]);
    await until(() => got[0] === '1 a2 bc1 d');
    sockets[0]?.end();
    await until(async () => {
      await transport.send([message('e')]).catch(() => {});
      return got.length === 2 && got[1] !== '';
    });
    await transport.close();
  });

  it('sending fails if nothing listens', async () => {
    const to = await listen(() => {});
    for (const server of servers.splice(0)) server.close();
    await assert.rejects(
      stream(to).send([message('a')]),
      (error: unknown) =>
        error instanceof DeliveryError &&
        error.kind === 'unreachable' &&
        /127\.0\.0\.1:\d+: nothing listens there/.test(error.message),
    );
  });

  it("sending fails where the host's name is not known", async () => {
    const to = new URL('tcp://nowhere.invalid:1');
    await assert.rejects(stream(to).send([message('a')]), /nowhere\.invalid:1: its name cannot be resolved/);
    await assert.rejects(new UdpTransport({ to }, line).send([message('a')]), /its name cannot be resolved/);
  });

  it('fail at a receiver that accepts nothing, without blocking the sender indefinitely', async () => {
    const to = await listen((socket) => socket.pause());
    const large = new StreamTransport({ to, tls: {}, timeout: 200, framing: 'newline' }, () => 'x'.repeat(1 << 20));
    await assert.rejects(large.send(Array.from({ length: 40 }, () => message('a'))), /it does not answer in time/);
    await large.close();
  });
});
