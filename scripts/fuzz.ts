/**
 * `npm run fuzz [-- --seconds=N] [-- --keep] [-- FILE ...]`: coverage-guided fuzzing of the engine's C build with libFuzzer,
 * from seeds and the kept corpus, under the address and undefined behaviour sanitizers. --keep minimizes all that was found
 * into test/fuzz/corpus.bin, which `npm test` replays on the WebAssembly build. With FILEs it runs just these inputs.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { projectRoot } from '../host/common/paths.js';
import * as codes from '../src/engine/constants/codes.js';
import * as memory from '../src/engine/constants/memory.js';
import { most, packCorpus, unpackCorpus } from './fuzz/input.js';
import { makeSeeds, mostInputBytes } from './fuzz/seeds.js';
import { compileDriver } from './native.js';

const directory = join(projectRoot, 'build/fuzz');
const [working, seeds, minimized, findings] = ['corpus', 'seeds', 'minimized', 'findings'].map((name) =>
  join(directory, name),
) as [string, string, string, string];
const kept = join(projectRoot, 'test/fuzz/corpus.bin');
const mostKeptBytes = 500_000;
const sanitizers = ['-O2', '-g', '-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=all'];
const getClang = 'On Debian: apt-get install clang libclang-rt-14-dev (the number is that of clang --version).';

/** What ends the command with one sentence. */
class Sorry extends Error {}

interface Options {
  seconds: number;
  keep: boolean;
  files: string[];
}

function readOptions(args: string[]): Options {
  const options: Options = { seconds: 60, keep: false, files: [] };
  for (const arg of args) {
    const seconds = /^--seconds=(\d+)$/.exec(arg)?.[1];
    if (seconds && Number(seconds) > 0) options.seconds = Number(seconds);
    else if (arg === '--keep') options.keep = true;
    else if (arg.startsWith('-'))
      throw new Sorry(`"${arg}" is not known here: --seconds=N (1 or more), --keep, or the names of inputs to run.`);
    else if (!existsSync(arg)) throw new Sorry(`There is no file ${arg}.`);
    else options.files.push(resolve(arg));
  }
  return options;
}

/** The harness names the same constants as the engine: there is no second list to keep in step. */
function writeNumbers(path: string): void {
  const numbers = {
    ...codes,
    ...memory,
    MOST_KIND: most('KIND'),
    MOST_TOOL: most('TOOL'),
    MOST_TECHNIQUE: most('TECHNIQUE'),
    MOST_PROTOCOL: most('PROTOCOL'),
  };
  writeFileSync(
    path,
    Object.entries(numbers)
      .map(([name, value]) => `#define ${name} ${value}u\n`)
      .join(''),
  );
}

function compile(): string {
  if (spawnSync('clang', ['--version']).status !== 0)
    throw new Sorry(`The fuzzer needs clang, which is not installed. ${getClang}`);
  const probe = spawnSync('clang', ['-x', 'c', '-', '-fsanitize=fuzzer,address', '-o', join(directory, 'probe')], {
    input:
      '#include <stddef.h>\n#include <stdint.h>\nint LLVMFuzzerTestOneInput(const uint8_t *d, size_t n) { return d && n > 9 ? 0 : 0; }\n',
    encoding: 'utf8',
  });
  if (probe.status !== 0) throw new Sorry(`clang is here, but not its libFuzzer. ${getClang}`);
  const included = join(directory, 'include');
  mkdirSync(included, { recursive: true });
  writeNumbers(join(included, 'numbers.h'));
  try {
    return compileDriver(
      {
        name: 'fuzz',
        compiler: 'clang',
        flags: [...sanitizers, '-I', included],
        linkFlags: ['-Wl,--wrap=wasm_rt_trap'],
      },
      join(projectRoot, 'scripts/fuzz/harness.c'),
    );
  } catch (error) {
    const said =
      String((error as { stderr?: string }).stderr ?? error)
        .split('\n')
        .find((line) => /error/i.test(line)) ?? 'no reason given';
    throw new Sorry(`The fuzz harness does not compile: ${said}`);
  }
}

function writeInputs(folder: string, inputs: readonly Uint8Array[]): void {
  mkdirSync(folder, { recursive: true });
  for (const input of inputs) writeFileSync(join(folder, createHash('sha1').update(input).digest('hex')), input);
}

const readInputs = (folder: string): Buffer[] => readdirSync(folder).map((name) => readFileSync(join(folder, name)));
const shown = (path: string): string => relative(process.cwd(), path) || path;

/** Runs libFuzzer; its words go into a log. Returns what it said and how it ended. */
async function runFuzzer(
  program: string,
  name: string,
  args: string[],
  echo = false,
): Promise<{ code: number; said: string; log: string }> {
  const log = join(directory, `${name}.log`);
  const file = createWriteStream(log);
  const child = spawn(
    program,
    [`-max_len=${mostInputBytes}`, '-timeout=10', '-rss_limit_mb=1024', `-artifact_prefix=${findings}/`, ...args],
    { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      file.write(text);
      // The end is what counts; a long run says much.
      said = (said + text).slice(-100_000);
      if (echo)
        for (const line of text.split('\n'))
          if (/\tpulse |\tINITED /.test(line)) process.stderr.write(`${line.trim()}\n`);
    });
  }
  const code = await new Promise<number>((done) => child.on('close', (status) => done(status ?? 1)));
  file.end();
  return { code, said, log };
}

/** What the harness, a sanitizer or libFuzzer itself complained of. */
function complaint(said: string): string {
  return (
    /^fuzz: .*$/m.exec(said)?.[0] ??
    /^.*runtime error: .*$/m.exec(said)?.[0] ??
    /ERROR: .*$/m.exec(said)?.[0] ??
    'no reason given'
  );
}

function figures(said: string): string {
  const last = [...said.matchAll(/cov: (\d+) ft: (\d+) corp: (\S+)/g)].at(-1);
  const stat = (name: string): string => new RegExp(`stat::${name}:\\s+(\\d+)`).exec(said)?.[1] ?? '?';
  return `${stat('number_of_executed_units')} runs, ${stat('average_exec_per_sec')} a second; cov ${last?.[1] ?? '?'}, ft ${last?.[2] ?? '?'}, corp ${last?.[3] ?? '?'}`;
}

/** Makes the input that failed smaller, and says what it is. */
async function reportFinding(program: string, said: string, log: string): Promise<void> {
  console.error(`Found: ${complaint(said)}`);
  const artifact = /Test unit written to (\S+)/.exec(said)?.[1];
  if (!artifact) return console.error(`The fuzzer's own words are in ${shown(log)}.`);
  const smaller = join(findings, 'smallest');
  rmSync(smaller, { force: true });
  await runFuzzer(program, 'minimize', [
    '-minimize_crash=1',
    '-max_total_time=30',
    `-exact_artifact_path=${smaller}`,
    artifact,
  ]);
  const input = existsSync(smaller) ? smaller : artifact;
  console.error(`Its input, ${readFileSync(input).length} bytes: ${readFileSync(input).toString('hex')}`);
  console.error(`Again: npm run fuzz -- ${shown(input)}   (the fuzzer's own words: ${shown(log)})`);
}

/** By edges alone: how often each was taken is worth finding, but fifteen times the bytes to keep. */
async function keep(program: string): Promise<void> {
  rmSync(minimized, { recursive: true, force: true });
  mkdirSync(minimized, { recursive: true });
  const { code, said } = await runFuzzer(program, 'merge', ['-merge=1', '-use_counters=0', minimized, seeds, working]);
  if (code !== 0) throw new Sorry(`The corpus could not be minimized: ${complaint(said)}`);
  const inputs = readInputs(minimized);
  const packed = packCorpus(inputs);
  if (packed.length > mostKeptBytes)
    throw new Sorry(
      `The minimized corpus has ${packed.length} bytes, more than the ${mostKeptBytes} that are kept; ${shown(kept)} is as it was.`,
    );
  writeFileSync(kept, packed);
  console.log(`Kept ${inputs.length} inputs, ${packed.length} bytes, in ${shown(kept)}.`);
}

async function fuzz(options: Options): Promise<boolean> {
  mkdirSync(findings, { recursive: true });
  const program = compile();
  if (options.files.length > 0) {
    const { code, said } = await runFuzzer(program, 'inputs', options.files);
    const stack = [...said.matchAll(/^ {4}#\d.* in .*$/gm)].slice(0, 16).map(([line]) => line);
    console.log(code === 0 ? 'Nothing to complain of.' : [complaint(said), ...stack].join('\n'));
    return code === 0;
  }
  rmSync(seeds, { recursive: true, force: true });
  writeInputs(seeds, [...makeSeeds(), ...(existsSync(kept) ? unpackCorpus(readFileSync(kept)) : [])]);
  mkdirSync(working, { recursive: true });
  const { code, said, log } = await runFuzzer(
    program,
    'run',
    [
      `-max_total_time=${options.seconds}`,
      '-print_final_stats=1',
      '-use_value_profile=0',
      `-dict=${join(projectRoot, 'scripts/fuzz/words.dict')}`,
      working,
      seeds,
    ],
    true,
  );
  console.log(figures(said));
  if (code !== 0) await reportFinding(program, said, log);
  // What failed is not in the corpus: what was found besides is worth keeping.
  if (options.keep) await keep(program);
  return code === 0;
}

try {
  process.exitCode = (await fuzz(readOptions(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  if (!(error instanceof Sorry)) throw error;
  console.error(`fuzz: ${error.message}`);
  process.exitCode = 1;
}
