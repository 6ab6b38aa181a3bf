/** What every document must keep: lines that fit, and names of files, headings and npm scripts that exist. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { projectRoot } from '../host/common/paths.js';

const MAX_COLUMNS = 120;

/** Tables that a script prints and a test compares: their rows are as long as they are, and Markdown cannot break a row. */
const generated = /<!-- printed by .*? -->\n[\s\S]*?<!-- end -->/g;
/** ```output quotes what a program prints, as it prints it. */
const quoted = /^ *```output\n[\s\S]*?^ *```$/gm;

const fence = /^```[\s\S]*?^```$/gm;

const names = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'].concat(
  readdirSync(join(projectRoot, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
);
const documents = names.map((name) => ({ name, text: readFileSync(join(projectRoot, name), 'utf8') }));

const blank = (text: string, part: RegExp): string => text.replace(part, (match) => match.replace(/[^\n]/g, ''));

/** Files of the repository below the folders that documents name without their whole path. */
const files = ['src', 'host', 'scripts', 'test'].flatMap((folder) =>
  readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.includes('node_modules'))
    .map((path) => `/${folder}/${path}`),
);

/** `npm run build` makes what lies there. */
const isBuilt = (path: string): boolean => path.startsWith('build/');

/** A name in capitals, such as `BOARD`, stands for any name, as `*` does. */
const isPlaceholder = /(^|\/)[A-Z]+\.m?ts$/;

/** Of a path with a placeholder the folder before it has to exist. */
const isThere = (path: string): boolean => {
  const fixed = path.split(/\*|(?<=\/)[A-Z]+\b(?!\.md)/)[0] as string;
  return existsSync(join(projectRoot, fixed === path ? path : dirname(`${fixed}x`)));
};

/** As GitHub makes the anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/ /g, '-');

const anchorsIn = (text: string): string[] =>
  [...blank(text, fence).matchAll(/^#+ (.*)$/gm)].map((match) => anchorOf(match[1] as string));

/** Where something stands, for the message of a failure. */
const at = (name: string, text: string, index: number): string => `${name}:${text.slice(0, index).split('\n').length}`;

/** Fails with a list of all that is wrong, not with the first. */
const none = (wrong: readonly string[]): void => assert.deepEqual(wrong, []);

describe('the documents', () => {
  it(`have no line of more than ${MAX_COLUMNS} columns, but for printed tables, quoted output and long URLs`, () => {
    const wrong = documents.flatMap(({ name, text }) =>
      blank(blank(text, generated), quoted)
        .split('\n')
        .flatMap((line, i) => {
          const columns = [...line.replace(/\bhttps?:\/\/\S+/g, 'URL')].length;
          return columns > MAX_COLUMNS ? [`${name}:${i + 1}: ${columns} columns`] : [];
        }),
    );
    none(wrong);
  });

  it('name no file of the repository that does not exist', () => {
    const wrong = documents.flatMap(({ name, text }) =>
      [...text.matchAll(/(?<![\w./~$-])((?:src|host|scripts|test|docs|build|\.ci)\/[\w./*-]*[\w*/])/g)].flatMap(
        (match) => {
          const path = match[1] as string;
          return isBuilt(path) || isThere(path) ? [] : [`${at(name, text, match.index)}: ${path}`];
        },
      ),
    );
    none(wrong);
  });

  it('name no TypeScript file in short that does not exist', () => {
    const wrong = documents.flatMap(({ name, text }) =>
      [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)*\.m?ts)`/g)].flatMap((match) => {
        const path = match[1] as string;
        return isPlaceholder.test(path) || files.some((file) => file.endsWith(`/${path}`))
          ? []
          : [`${at(name, text, match.index)}: ${path}`];
      }),
    );
    none(wrong);
  });

  it('name no npm script that package.json does not have', () => {
    const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const wrong = documents.flatMap(({ name, text }) =>
      [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].flatMap((match) =>
        scripts[match[1] as string] ? [] : [`${at(name, text, match.index)}: npm run ${match[1]}`],
      ),
    );
    none(wrong);
  });

  it('name no blockwatch command that does not exist', () => {
    const index = readFileSync(join(projectRoot, 'host/cli/index.ts'), 'utf8');
    const known = [...index.matchAll(/^ {2}'?([a-z -]+)'?: \(\) => import/gm)].flatMap((match) =>
      (match[1] as string).split(' '),
    );
    assert.ok(known.includes('collector'));
    const wrong = documents.flatMap(({ name, text }) =>
      [...text.matchAll(/npx blockwatch ([a-z][a-z-]*)/g)].flatMap((match) =>
        known.includes(match[1] as string) ? [] : [`${at(name, text, match.index)}: blockwatch ${match[1]}`],
      ),
    );
    none(wrong);
  });

  it('link to nothing that does not exist, headings included', () => {
    const wrong = documents.flatMap(({ name, text }) =>
      [...blank(text, fence).matchAll(/(?:\]\(|srcset="|src=")(?!https?:|mailto:)([^)"\s]+)/g)].flatMap((match) => {
        const [path = '', anchor] = (match[1] as string).split('#');
        const target = path === '' ? name : normalize(join(dirname(name), path));
        if (!existsSync(join(projectRoot, target))) return [`${at(name, text, match.index)}: ${match[1]}`];
        if (anchor === undefined) return [];
        const anchors = anchorsIn(readFileSync(join(projectRoot, target), 'utf8'));
        return anchors.includes(anchor) ? [] : [`${at(name, text, match.index)}: ${match[1]}`];
      }),
    );
    none(wrong);
  });
});
