/** What a board must be able to do in XS's fixed heap, tried on XS with slots of 32 bits: test/firmware/xs/board.c, board-cases.ts. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { start32 } from '../../test/support/start32.js';

export interface Heap {
  slots: number;
  /** Bytes. */
  chunks: number;
}

/** What is in use before a case begins. */
export type Before = 'rest' | 'handshake';

/** With a connection over TLS and a full outbox; the others with neither. */
const afterHandshake = /over TLS|block by block/;
export const before = (name: string): Before => (afterHandshake.test(name) ? 'handshake' : 'rest');

interface Creation {
  chunk: { initial: number; incremental: number };
  heap: { initial: number; incremental: number };
  stack: number;
  keys: { available: number; incremental: number };
}

export function creation(): Creation {
  const manifest = JSON.parse(readFileSync(join(projectRoot, 'manifest.json'), 'utf8')) as { creation: Creation };
  return manifest.creation;
}

/** What a board has left: its fixed heap without what firmware:linux has found in use. One slot tells where the heap ends. */
export function left(when: Before): Heap {
  const { chunk, heap } = creation();
  const used = (JSON.parse(readFileSync(join(projectRoot, 'test/firmware/heap.json'), 'utf8')) as Record<Before, Heap>)[
    when
  ];
  return { slots: heap.initial - 1 - used.slots, chunks: chunk.initial - used.chunks };
}

export interface CaseRun {
  ok: boolean;
  /** What XS said. */
  output: string;
  /** The least that the case can do with: of either while it has all of the other. */
  least?: Heap;
}

export function runCase(program: string, modules: string, name: string, free: Heap, measure = false): CaseRun {
  const { stack, keys } = creation();
  const words = [
    join(modules, 'test/firmware/xs/board-cases.js'),
    name,
    stack,
    keys.available,
    free.slots,
    free.chunks,
    ...(measure ? ['least'] : []),
  ];
  const [command, ...rest] = start32(program, 'MODULE CASE') ?? [program];
  const done = spawnSync(command as string, [...rest, ...words.map(String)], { encoding: 'utf8', timeout: 300_000 });
  const output = `${done.stdout}${done.stderr}`.trim();
  const least = /^least (.*)$/m.exec(output)?.[1];
  return { ok: done.status === 0, output, ...(least ? { least: JSON.parse(least) as Heap } : {}) };
}

export function caseNames(program: string, modules: string): string[] {
  const { output } = runCase(program, modules, 'list', { slots: 0, chunks: 0 });
  return JSON.parse(output.split('\n')[0] ?? '') as string[];
}

/** A line for people. */
export function lineOf(name: string, free: Heap, { ok, least, output }: CaseRun): string {
  if (!ok || !least)
    return `does not fit in ${free.slots} slots and ${free.chunks} bytes of chunks: ${name}\n    ${output.split('\n').slice(-4).join('\n    ')}`;
  const slots = `${String(least.slots).padStart(5)} of ${free.slots} slots`;
  const chunks = `${String(least.chunks).padStart(6)} of ${free.chunks} bytes of chunks`;
  return `${slots}, ${chunks}; least free ${String(free.slots - least.slots).padStart(4)} and ${String(free.chunks - least.chunks).padStart(5)}: ${name}`;
}
