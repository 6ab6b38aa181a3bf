/** Which test files can notice a mutant: those of the folder's own tests that import the changed module, however far away. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';

/** Folders of tests by the folder that they are the tests of. */
const testFolders: [source: string, tests: string[]][] = [
  ['src/engine', ['test/engine']],
  ['src/protocol', ['test/protocol']],
  ['src/app', ['test/app']],
  ['host/collector', ['test/collector']],
];

/** Test files for a module at most: those that import it themselves, then those that import least beside it. The farther ones take long and notice little more. */
const NEAREST = 4;

/** Compiled modules that a module imports, itself among them; paths below build/js. */
function importsOf(path: string, known: Map<string, Set<string>>): Set<string> {
  const found = new Set<string>([path]);
  const waiting = [path];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    let direct = known.get(next);
    if (!direct) {
      const text = readFileSync(join(projectRoot, 'build/js', next), 'utf8');
      direct = new Set(
        [...text.matchAll(/\b(?:from|import) ?\(?'(\.[^']+\.js)'/g)]
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

/** A finder of test files (paths below build/js) for source files (paths below the root). */
export function testFinder(folder: string): (file: string) => string[] {
  const [, folders] = testFolders.find(([source]) => folder === source || folder.startsWith(`${source}/`)) ?? [];
  if (!folders)
    throw new Error(`No tests are mapped to ${folder}; there are ${testFolders.map(([name]) => name).join(', ')}.`);
  const known = new Map<string, Set<string>>();
  const tests = folders.flatMap((tests) =>
    readdirSync(join(projectRoot, 'build/js', tests), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.js') && existsSync(join(projectRoot, tests, name.replace(/\.js$/, '.ts'))))
      .map((name) => join(tests, name))
      .sort(),
  );
  const imports = new Map(tests.map((test) => [test, importsOf(test, known)]));
  const own = (file: string): string => file.replace(/\.ts$/, '.js');
  return (file) =>
    // Tests of the engine load its module, not its files.
    file.startsWith('src/engine/')
      ? tests
      : tests
          .filter((test) => imports.get(test)?.has(own(file)))
          .sort(
            (a, b) =>
              Number(known.get(b)?.has(own(file))) - Number(known.get(a)?.has(own(file))) ||
              (imports.get(a)?.size ?? 0) - (imports.get(b)?.size ?? 0),
          )
          .slice(0, NEAREST);
}
