/** Which test files can notice a mutant: those of the folder's own tests that run the function that it changes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../host/common/paths.js';
import type { Mutation } from './mutations.js';

/** Folders of tests by the folder that they are the tests of. */
const testFolders: [source: string, tests: string[]][] = [
  ['src/engine', ['test/engine']],
  ['src/protocol', ['test/protocol']],
  ['src/app', ['test/app']],
  ['host/collector', ['test/collector']],
];

/** Compiled modules that a module imports, itself among them; paths below build/js. */
function importsOf(path: string, known: Map<string, Set<string>>): Set<string> {
  const found = new Set<string>([path]);
  const waiting = [path];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    let direct = known.get(next);
    if (!direct) {
      const text = readFileSync(join(projectRoot, 'build/js', next), 'utf8');
      direct = new Set(
        [...text.matchAll(/\b(?:from|import) ?\(?["'](\.[^"']+\.js)["']/g)]
          .map(([, to]) => relative('.', join(dirname(next as string), to as string)))
          .filter((to) => existsSync(join(projectRoot, 'build/js', to))),
      );
      known.set(next, direct);
    }
    for (const one of direct) {
      if (!found.has(one)) waiting.push(one);
      found.add(one);
    }
  }
  return found;
}

const compiled = (file: string): string => file.replace(/\.ts$/, '.js');
/** Tests of the engine load its module, not its files, and V8 counts no calls in it. */
export const isEngine = (file: string): boolean => file.startsWith('src/engine/');

/** Test files (paths below build/js) of the folder's own tests that import one of the files, however far away. */
export function candidates(folder: string, files: readonly string[]): string[] {
  const [, folders] = testFolders.find(([source]) => folder === source || folder.startsWith(`${source}/`)) ?? [];
  if (!folders)
    throw new Error(`No tests are mapped to ${folder}; there are ${testFolders.map(([name]) => name).join(', ')}.`);
  const known = new Map<string, Set<string>>();
  return folders.flatMap((tests) =>
    readdirSync(join(projectRoot, 'build/js', tests), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.js') && existsSync(join(projectRoot, tests, name.replace(/\.js$/, '.ts'))))
      .map((name) => join(tests, name))
      .filter((test) => files.some((file) => isEngine(file) || importsOf(test, known).has(compiled(file))))
      .sort(),
  );
}

interface Coverage {
  result: { url: string; functions: { functionName: string; ranges: { count: number }[] }[] }[];
}

/** What a test file runs of the project's modules: their functions by name, for each module that it loads. */
export type Reach = Map<string, Set<string>>;

/** Reads what Node wrote to NODE_V8_COVERAGE, of the test's own process and of those that it started. */
export function readReach(folder: string, root: string): Reach {
  const reach: Reach = new Map();
  const base = `${pathToFileURL(join(root, 'build/js')).href}/`;
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    for (const { url, functions } of (JSON.parse(readFileSync(join(folder, name), 'utf8')) as Coverage).result) {
      if (!url.startsWith(base)) continue;
      const file = url.slice(base.length).replace(/\?.*/, '');
      const names = reach.get(file) ?? new Set();
      for (const { functionName, ranges } of functions)
        if (functionName !== '' && (ranges[0]?.count ?? 0) > 0) names.add(functionName);
      reach.set(file, names);
    }
  }
  return reach;
}

/** Whether a test with this reach can notice the mutation. */
export function reaches(reach: Reach, { file, within }: Pick<Mutation, 'file' | 'within'>): boolean {
  if (isEngine(file)) return true;
  const names = reach.get(compiled(file));
  return names !== undefined && (within === undefined || names.has(within));
}
