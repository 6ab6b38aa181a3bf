import assert from 'node:assert/strict';
import { backoff, EventParser } from '../../host/api/sse.js';

const read = (...pieces: string[]): string[] => {
  const parser = new EventParser();
  return pieces.flatMap((piece) => parser.push(piece)).map(({ event, data }) => `${event}=${data}`);
};

describe('server-sent events', () => {
  it('events that arrive together are given one by one', () =>
    assert.deepEqual(read('event: scan\ndata: 1\n\nevent: gap\ndata: 2\n\n'), ['scan=1', 'gap=2']));
  it('events are whole wherever the stream is cut', () =>
    assert.deepEqual(read('eve', 'nt: sc', 'an\nda', 'ta: {"a"', ':1}\n', '\n'), ['scan={"a":1}']));
  it('may end their lines in any of three ways', () =>
    assert.deepEqual(read('event: a\r\ndata: 1\r\n\r\n', 'data: 2\r\rdata: 3\n\n'), ['a=1', 'message=2', 'message=3']));
  it('do not take a line end that is cut in two for an empty line', () =>
    assert.deepEqual(read('data: 1\r', '\ndata: 2\r', '\n\r', '\n'), ['message=1\n2']));
  it('several data lines of an event become one text', () =>
    assert.deepEqual(read('data: a\ndata: b\n\n'), ['message=a\nb']));
  it('are not made of comments, unknown fields or nothing', () =>
    assert.deepEqual(read(': heartbeat\n\nretry: 5\n\n\n\nevent: x\n\n'), []));
  it('lose only one space after the colon', () =>
    assert.deepEqual(read('data:  a\n\ndata:b\n\n'), ['message= a', 'message=b']));

  it('remember the last id, for the next connection', () => {
    const parser = new EventParser();
    parser.push('id: 7\ndata: 1\n\n');
    parser.push('data: 2\n\n');
    assert.equal(parser.lastId, '7');
  });

  it('that were cut off do not mix with the next connection', () => {
    const parser = new EventParser();
    parser.push('event: scan\ndata: half');
    parser.reset();
    assert.deepEqual(
      parser.push('data: whole\n\n').map((event) => event.data),
      ['whole'],
    );
  });
});

describe('the wait before the next attempt', () => {
  it('the wait before the next attempt doubles up to half a minute', () => {
    assert.deepEqual(
      [1, 2, 3, 6, 60].map((attempt) => backoff(attempt, 1)),
      [1000, 2000, 4000, 30_000, 30_000],
    );
  });

  it('is spread by chance, over its upper half', () => {
    assert.equal(backoff(3, 0), 2000);
    assert.equal(backoff(3, 0.5), 3000);
  });
});
