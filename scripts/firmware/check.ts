/** `npm run firmware:check`: the app against the SDK's typings, its tests on real XS, and what an alert costs there. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { before, caseNames, left, lineOf, runCase } from './board-heap.js';
import { buildXs, portableTests, runOnXs, stage, testModule } from './xs.js';

/** Share by which a figure may rise before it is a regression. */
export const TOLERANCE = 0.03;

const figuresFile = join(projectRoot, 'test/firmware/xs/metered.json');

/** Figures that rose by more than the tolerance, or are new. */
export function regressions(now: Record<string, number>, known: Record<string, number>): string[] {
  return Object.entries(now)
    .filter(([name, value]) => !(value <= (known[name] ?? 0) * (1 + TOLERANCE)))
    .map(
      ([name, value]) =>
        `${name} costs ${value} computrons, ${known[name] === undefined ? 'and was not known' : `and did cost ${known[name]}`}`,
    );
}

/** Type-checks all of src/app, hardware and all, against the Moddable typings; what the compiler says, empty where all is well. */
export function typecheckFirmware(): string {
  const done = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '--build', 'src/app', 'src/app/boards'],
    {
      cwd: projectRoot,
      encoding: 'utf8',
    },
  );
  return done.status === 0 ? '' : done.stdout + done.stderr;
}

export interface XsFigures {
  metered: Record<string, number>;
  heap: { slots: number; chunks: number; held: number };
}

export function measureOnXs(program: string, modules: string): XsFigures {
  const { status, output } = runOnXs(program, join(modules, 'test/firmware/xs/metered.js'));
  if (status !== 0) throw new Error(`The metered app failed on XS: ${output}`);
  const read = <T>(name: string): T => JSON.parse(new RegExp(`^${name} (.*)$`, 'm').exec(output)?.[1] ?? 'null') as T;
  return { metered: read('metered'), heap: read('heap') };
}

export const knownFigures = (): Record<string, number> =>
  JSON.parse(readFileSync(figuresFile, 'utf8')) as Record<string, number>;

/** What each case takes of a board's heap, and what is then left; whether one does not fit. */
function boardMemory(modules: string): boolean {
  let program: string;
  try {
    program = buildXs('xs32');
  } catch {
    console.log("a board's memory is not tried: cc makes no programs of 32 bits here (Debian: gcc-multilib)");
    return false;
  }
  console.log("of a board's fixed heap, slots of 32 bits:");
  return caseNames(program, modules).some((name) => {
    const free = left(before(name));
    const run = runCase(program, modules, name, free, true);
    console.log(lineOf(name, free, run));
    return !run.ok;
  });
}

function main(): void {
  const wrong = typecheckFirmware();
  console.log(wrong || 'src/app and src/protocol fit the Moddable typings.');
  const program = buildXs();
  const modules = stage();
  const { run, left } = portableTests();
  for (const { path, needs } of left) console.log(`not on XS: ${path} needs ${needs}`);
  const tests = runOnXs(program, testModule(modules, run));
  console.log(`on XS: ${run.length} test files\n${tests.output}`);
  const { metered, heap } = measureOnXs(program, modules);
  for (const [name, value] of Object.entries(metered))
    console.log(`${name.padEnd(22)}${String(value).padStart(8)} computrons`);
  console.log(
    `an outbox of ${heap.held} alerts takes ${heap.slots} slots (16 bytes each on a board) and ${heap.chunks} bytes of chunks`,
  );
  const tight = boardMemory(modules);
  if (process.argv.includes('--accept')) writeFileSync(figuresFile, `${JSON.stringify(metered, null, 2)}\n`);
  const worse = regressions(metered, knownFigures());
  for (const line of worse) console.log(`${line}. If that is meant, run "npm run firmware:check -- --accept".`);
  process.exitCode = wrong || tests.status !== 0 || worse.length > 0 || tight ? 1 : 0;
}

if (process.argv[1]?.endsWith('firmware/check.js')) main();
