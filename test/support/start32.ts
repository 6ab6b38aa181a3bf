import { spawnSync } from 'node:child_process';

/** How a program of 32 bits is started here: by itself, or, where the kernel takes none, by QEMU. @param greeting what it says when called without arguments */
export function start32(program: string, greeting: string): string[] | undefined {
  return [[program], ['qemu-i386', program]].find(([command, ...rest]) =>
    spawnSync(command as string, rest, { encoding: 'utf8' }).stdout?.includes(greeting),
  );
}
