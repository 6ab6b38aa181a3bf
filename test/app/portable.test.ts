import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/paths.js';

/** What XS, or Node, or ES2022 does not have: modules of either, and globals that one of them lacks. */
const foreign = [
  /\bfrom '(?!\.)/,
  /\bimport\(/,
  /\brequire\(/,
  /\b(setTimeout|setInterval|setImmediate|queueMicrotask|structuredClone)\s*\(/,
  /\b(process|performance|console|Buffer|TextEncoder|TextDecoder|crypto|URL|fetch)\b[.(]/,
  /\bDate\.now\b/,
  /\bMath\.random\b/,
  /\.(toSorted|toSpliced|toReversed|findLast|findLastIndex)\(/,
  /Promise\.withResolvers/,
];

describe('Code that the chip and the computer share', () => {
  for (const folder of ['app', 'protocol']) {
    // What is XS's alone stands in folders of its own, and in main.ts, which wires it.
    const files = readdirSync(join(projectRoot, 'src', folder)).filter(
      (name) => name.endsWith('.ts') && name !== 'main.ts',
    );
    for (const file of files) {
      it(`src/${folder}/${file} needs nothing that either of them lacks`, () => {
        const text = readFileSync(join(projectRoot, 'src', folder, file), 'utf8');
        const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
        for (const pattern of foreign) assert.doesNotMatch(code, pattern);
        for (const [, from] of code.matchAll(/from '([^']+)'/g))
          assert.match(from as string, /^\.\.?\/(protocol|engine\/codes\.js|[a-z0-9-]+\.js)/);
      });
    }
  }
});
