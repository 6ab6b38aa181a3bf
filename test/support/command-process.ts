/**
 * Runs one command of `blockwatch` after another for command.ts, each from a fresh load of the command line, with its
 * own arguments, folder and variables. A command ends here when it would end by itself: when nothing keeps the process
 * alive.
 */

import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../host/common/paths.js';
import type { Done, Order } from './command.js';
import { endOf, program } from './command.js';

const commandLine = pathToFileURL(join(projectRoot, 'build/js/host/cli/index.js')).href;
/** What Node gives a program whose main module waits for something that will not come. */
const UNSETTLED = 13;

let current: { number: number; loaded: boolean } | undefined;

/** What a command adds to these, it would take with it. */
const emitters = [process, process.stdout, process.stderr];
type Listener = (...args: unknown[]) => void;
const listeners = (emitter: NodeJS.EventEmitter): [string | symbol, Listener][] =>
  emitter
    .eventNames()
    .flatMap((name) => emitter.rawListeners(name).map((one): [string | symbol, Listener] => [name, one as Listener]));
let known = new Map<NodeJS.EventEmitter, [string | symbol, Listener][]>();

function forgetListeners(): void {
  for (const emitter of emitters) {
    const before = known.get(emitter) ?? [];
    for (const [name, one] of listeners(emitter))
      if (!before.some(([other, listener]) => other === name && listener === one)) emitter.off(name, one);
  }
}

process.on('message', ({ number, args, folder, env }: Order) => {
  current = { number, loaded: false };
  process.channel?.unref();
  process.chdir(folder);
  for (const name of Object.keys(process.env)) if (env[name] === undefined) delete process.env[name];
  Object.assign(process.env, env);
  process.argv = [process.execPath, program, ...args];
  process.exitCode = undefined;
  Object.defineProperty(process, 'stdin', { configurable: true, value: Readable.from([]) });
  void import(`${commandLine}?run=${number}`).then(() => {
    if (current) current.loaded = true;
  });
});

process.on('beforeExit', () => {
  if (!current) return;
  const { number, loaded } = current;
  const status = loaded ? Number(process.exitCode ?? 0) : UNSETTLED;
  current = undefined;
  forgetListeners();
  process.exitCode = undefined;
  process.channel?.ref();
  for (const stream of [process.stdout, process.stderr]) stream.write(endOf(number));
  process.send?.({ number, status } satisfies Done);
});

process.on('disconnect', () => process.exit());

known = new Map(emitters.map((emitter) => [emitter, listeners(emitter)]));
