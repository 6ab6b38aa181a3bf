/** Which test files can notice a mutant: those of the folder's own tests that import the changed module, however far away. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';

/** Folders of tests by the folder that they are the tests of. */
const testFolders: [source: string, tests: string[]][] = [
  ['src/engine', ['test/engine', 'test/protocol']],
  ['src/protocol', ['test/protocol', 'test/app', 'test/sensor']],
  ['src/app', ['test/app', 'test/sensor']],
  ['host/collector', ['test/collector', 'test/web']],
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
  // Tests of the engine load its module, not its files.
  const own = (file: string): string => file.replace(/\.ts$/, '.js');
  return (file) =>
    file.startsWith('src/engine/')
      ? tests.filter((test) => test.startsWith('test/engine/'))
      : tests
          .filter((test) => imports.get(test)?.has(own(file)))
          // The nearest first: it notices most.
          .sort((a, b) => (imports.get(a)?.size ?? 0) - (imports.get(b)?.size ?? 0));
}
