/** A board behind Web Serial, for host/serial/provision.ts. */

import type { SerialLine } from '../../serial/provision.js';
import { BoardTalk } from '../../serial/provision.js';

export interface WebSerialPort {
  open(options: { baudRate: number; bufferSize?: number }): Promise<void>;
  close(): Promise<void>;
  readonly readable: ReadableStream<Uint8Array> | null;
  readonly writable: WritableStream<Uint8Array> | null;
}

const BAUD = 115_200;

/** Opens the port, and closes it in any case. */
export async function withBoard<T>(port: WebSerialPort, talk: (board: BoardTalk) => Promise<T>): Promise<T> {
  try {
    await port.open({ baudRate: BAUD, bufferSize: 8192 });
  } catch {
    throw new Error(
      'The port cannot be opened: another program or the dialog of this page uses it. Close that and try again.',
    );
  }
  const writer = port.writable?.getWriter();
  const reader = port.readable?.getReader();
  try {
    if (!writer || !reader) throw new Error('The port is gone. Plug the board in again.');
    return await talk(new BoardTalk(lineOf(reader, writer)));
  } finally {
    await reader?.cancel().catch(() => {});
    reader?.releaseLock();
    await writer?.close().catch(() => {});
    writer?.releaseLock();
    await port.close().catch(() => {});
  }
}

function lineOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): SerialLine {
  const dataListeners: ((bytes: Uint8Array) => void)[] = [];
  const closeListeners: (() => void)[] = [];
  const read = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
      if (done) {
        for (const listener of closeListeners) listener();
        return;
      }
      if (value) for (const listener of dataListeners) listener(value);
    }
  };
  void read();
  return {
    on: (event: 'data' | 'close', listener: ((bytes: Uint8Array) => void) | (() => void)) =>
      event === 'data' ? dataListeners.push(listener) : closeListeners.push(listener as () => void),
    // A failed write gets no answer, which is reported.
    write: (bytes) => void writer.write(bytes).catch(() => {}),
  };
}
