/**
 * `npm run graph`: which folder imports which, from the sources, into docs/GRAPH.md. With --check nothing is written: it
 * fails where files or folders import each other in a circle, or where the document is not what the sources say.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ICruiseOptions } from 'dependency-cruiser';
import { cruise } from 'dependency-cruiser';
import { projectRoot } from '../host/common/paths.js';

interface Drawing {
  title: string;
  text: string;
  /** What is cruised, and how its files become the nodes of the drawing. */
  folders: string[];
  node: (path: string) => string | undefined;
}

/** `host/collector/store/sqlite.ts` at depth 3 is `host/collector/store`; `host/collector/collector.ts` is `host/collector`. */
const folderOf = (path: string, depth: number): string => path.split('/').slice(0, -1).slice(0, depth).join('/');

const drawings: Drawing[] = [
  {
    title: 'The whole',
    text: 'Nothing in `src` imports from `host`; `src/engine` imports nothing. An arrow reads "imports".',
    folders: ['src', 'host'],
    node: (path) => folderOf(path, 2),
  },
  {
    title: 'The collector',
    text: '`rules` decides without a store, `store` is the only place with SQL that writes, `query` and `fleet` read.',
    folders: ['host/collector'],
    node: (path) => (path.startsWith('host/collector/') ? folderOf(path, 4).replace('host/', '') : undefined),
  },
  {
    title: 'The sensor',
    text: 'The engine is AssemblyScript; of it the other folders see `codes.ts` and the memory map alone.',
    folders: ['src'],
    node: (path) => folderOf(path, 3),
  },
  {
    title: 'Page and command line',
    text: "Both, and the outputs, share the API's types (`host/api`) and wording (`host/wording`).",
    folders: ['host/cli', 'host/web', 'host/wording', 'host/api'],
    node: (path) => (/^host\/(cli|web|wording|api)\//.test(path) ? folderOf(path, 4) : undefined),
  },
];

type Rules = NonNullable<ICruiseOptions['ruleSet']>;
const { default: config } = (await import(pathToFileURL(join(projectRoot, 'scripts/dependency-cruiser.mjs')).href)) as {
  default: { forbidden: Rules['forbidden']; options: ICruiseOptions };
};

process.chdir(projectRoot);
const { output } = await cruise(['src', 'host'], {
  ...config.options,
  validate: true,
  ruleSet: { forbidden: config.forbidden } as Rules,
});
if (typeof output === 'string') throw new Error('dependency-cruiser gave text where modules were asked for.');

const circles = output.summary.violations.map(
  ({ rule, from, cycle }) => `${rule.name}: ${[from, ...(cycle ?? []).map(({ name }) => name)].join(' → ')}`,
);

/** Folders that import each other; dependency-cruiser takes a folder and what lies in it for one. */
const imports = new Set<string>();
for (const { source, dependencies } of output.modules) {
  for (const { resolved } of dependencies) {
    const [from, to] = [dirname(source), dirname(resolved)];
    if (from !== to && /^(src|host)\//.test(resolved)) imports.add(`${from} → ${to}`);
  }
}
for (const pair of [...imports].sort()) {
  const [from = '', to = ''] = pair.split(' → ');
  if (from < to && imports.has(`${to} → ${from}`)) circles.push(`two folders import each other: ${from} ↔ ${to}`);
}

function draw({ title, text, folders, node }: Drawing): string {
  const edges = new Set<string>();
  for (const { source, dependencies } of (output as Exclude<typeof output, string>).modules) {
    if (!folders.some((folder) => source.startsWith(`${folder}/`))) continue;
    for (const { resolved } of dependencies) {
      const [from, to] = [node(source), node(resolved)];
      if (from && to && from !== to && /^(src|host)\//.test(resolved)) edges.add(`  ${id(from)} --> ${id(to)}`);
    }
  }
  const names = [...new Set([...edges].flatMap((edge) => edge.trim().split(' --> ')))].sort();
  const boxes = names.map((name) => `  ${name}["${name.replaceAll('__', '/')}"]`);
  return [`## ${title}`, '', text, '', '```mermaid', 'flowchart TD', ...boxes, ...[...edges].sort(), '```'].join('\n');
}

const id = (path: string): string => path.replaceAll('/', '__');

const page = `${[
  '# Which folder imports which',
  '',
  '`npm run graph` draws this page from the sources; CI fails where it is out of date or where an import goes in a circle.',
  'What a folder holds is in [ARCHITECTURE.md](ARCHITECTURE.md).',
  '',
  drawings.map(draw).join('\n\n'),
].join('\n')}\n`;

const path = join(projectRoot, 'docs/GRAPH.md');
if (process.argv.includes('--check')) {
  const current = readFileSync(path, 'utf8');
  if (current !== page) circles.push('docs/GRAPH.md is out of date: npm run graph');
} else writeFileSync(path, page);
for (const line of circles) console.error(line);
if (circles.length > 0) process.exitCode = 1;
else
  console.log(
    `${output.summary.totalCruised} files, ${output.summary.totalDependenciesCruised ?? 0} imports, no circles.`,
  );
