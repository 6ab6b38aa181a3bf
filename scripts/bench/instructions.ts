/** Instructions per frame of the C build: callgrind counts a run and the same run without the calls into the engine. */
import { spawnSync } from 'node:child_process';

/** Whether valgrind can be run here; undefined where it can, else why not. */
export function missingValgrind(): string | undefined {
  return spawnSync('valgrind', ['--version']).status === 0 ? undefined : 'valgrind is not installed';
}

/** Plays the tape through the driver under callgrind. */
export function instructionsPerFrame(driver: string, tape: string): { instructions: number; frames: number } {
  const whole = callgrind(driver, [tape]);
  const idle = callgrind(driver, ['--idle', tape]);
  const frames = Number(/^frames (\d+)$/m.exec(whole.output)?.[1]);
  return { instructions: (whole.instructions - idle.instructions) / frames, frames };
}

function callgrind(program: string, args: string[]): { instructions: number; output: string } {
  const run = spawnSync('valgrind', ['--tool=callgrind', '--callgrind-out-file=/dev/null', program, ...args], {
    encoding: 'utf8',
  });
  const collected = /Collected\s*:\s*(\d+)/.exec(run.stderr ?? '');
  if (run.status !== 0 || !collected)
    throw new Error(`valgrind failed: ${(run.stderr ?? '').trim().split('\n').at(-1)}`);
  return { instructions: Number(collected[1]), output: run.stdout };
}
