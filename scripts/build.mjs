// `npm run build`: the engine (AssemblyScript -> WebAssembly -> C), the TypeScript of everything that runs on a computer,
// and the page. Each step is skipped when its output is newer than its sources. --quiet prints errors only; --no-types
// skips the check of types and walls, which an installation does not need.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { layoutHeader } from './engine-layout.mjs';
import { compilerArguments } from './engine-module.mjs';
import { fixPage } from './fixed-page.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const quiet = process.argv.includes('--quiet');
const say = (text) => quiet || console.log(text);

/** Newest change among files and folders, in ms. */
function newest(...paths) {
  let latest = 0;
  for (const path of paths) {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (!stat) continue;
    latest = Math.max(
      latest,
      stat.isDirectory()
        ? Math.max(stat.mtimeMs, ...readdirSync(join(root, path)).map((name) => newest(join(path, name))))
        : stat.mtimeMs,
    );
  }
  return latest;
}

const isFresh = (output, ...inputs) =>
  existsSync(join(root, output)) && newest(output) >= newest('package-lock.json', ...inputs);

/** Runs a tool of an installed package; ends the build with the tool's own words where it fails. */
function run(title, script, args) {
  const done = spawnSync(process.execPath, [script, ...args], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (done.status !== 0) {
    process.stderr.write(`${done.stdout}${done.stderr}`);
    console.error(`Build failed: ${title}.`);
    process.exit(1);
  }
  return done.stdout;
}

const packageFolder = (name) => join(root, 'node_modules', name);
const tsc = (...args) => run(`tsc ${args.join(' ')}`, join(packageFolder('typescript'), 'bin/tsc'), args);

/** src/engine/constants/memory.ts, codes.ts and memory-map.ts are plain constants: transpiled on their own, they can be read here. */
async function readConstants() {
  const ts = require('typescript');
  const folder = join(root, 'build/engine/map/engine');
  mkdirSync(folder, { recursive: true });
  for (const name of ['memory', 'memory-map', 'codes']) {
    const source = readFileSync(join(root, `src/engine/constants/${name}.ts`), 'utf8');
    const options = { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } };
    writeFileSync(join(folder, `${name}.js`), ts.transpileModule(source, options).outputText);
  }
  const read = (name) => import(`${pathToFileURL(join(folder, `${name}.js`))}?${Date.now()}`);
  return { ...(await read('memory-map')), codes: await read('codes'), memory: await read('memory') };
}

/** Left alone where nothing changes, so that C that includes it is not compiled again. */
function writeLayout(path, text) {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
}

function printMemoryMap({ memoryMap, pageBytes }) {
  let used = 0;
  say("The engine's page, bytes:");
  for (const [name, at, bytes] of memoryMap) {
    say(`  ${String(at).padStart(5)}  ${String(bytes).padStart(6)}  ${name}`);
    used = Math.max(used, at + bytes);
  }
  say(`  ${String(used).padStart(5)}  ${String(pageBytes - used).padStart(6)}  free of ${pageBytes}`);
  return pageBytes - used;
}

async function buildEngine() {
  const output = join(root, 'build/engine');
  mkdirSync(output, { recursive: true });
  const { memoryMap, pageBytes, codes, memory } = await readConstants();
  writeLayout(join(output, 'engine-layout.h'), layoutHeader({ ...codes, ...memory }));
  const compiler = memoryMap.find(([name]) => name === 'compiler tables');
  if (!isFresh('build/engine/engine.wasm', 'src/engine', 'scripts/build.mjs')) {
    run(
      'asc src/engine/index.ts',
      join(packageFolder('assemblyscript'), 'bin/asc.js'),
      compilerArguments(compiler[1], 'build/engine/engine'),
    );
    checkTables(readFileSync(join(output, 'engine.wat'), 'utf8'), compiler);
  }
  if (!isFresh('build/engine/engine.c', 'build/engine/engine.wasm', 'scripts/fixed-page.mjs')) {
    run('wasm2c engine.wasm', join(packageFolder('wabt'), 'bin/wasm2c'), [
      'build/engine/engine.wasm',
      '-n',
      'engine',
      '-o',
      'build/engine/engine.c',
    ]);
    writeFileSync(join(output, 'engine.c'), fixPage(readFileSync(join(output, 'engine.c'), 'utf8')));
  }
  if (printMemoryMap({ memoryMap, pageBytes }) < 0) {
    console.error('Build failed: the memory map is larger than the page.');
    process.exit(1);
  }
  say(`  engine.wasm: ${statSync(join(output, 'engine.wasm')).size} bytes`);
}

/** The compiler lays its tables from --memoryBase on and knows nothing of our map: they must end before the map's next part. */
function checkTables(text, [, at, bytes]) {
  for (const [, address, data] of text.matchAll(/\(data \S+ \(i32\.const (\d+)\) "((?:\\.|[^"\\])*)"\)/g)) {
    const length = data.replace(/\\[0-9a-f]{2}|\\./g, '.').length;
    if (Number(address) < at || Number(address) + length > at + bytes) {
      console.error(
        `Build failed: the compiler's tables reach ${Number(address) + length}, outside ${at}..${at + bytes} of src/engine/constants/memory.ts.`,
      );
      process.exit(1);
    }
  }
}

/** Transpiles what Node runs, file by file. Types are checked apart: esbuild takes 600 files in less than a second. */
function buildScripts() {
  if (isFresh('build/js/.built', 'host', 'src', 'scripts', 'test')) return;
  rmSync(join(root, 'build/js'), { recursive: true, force: true });
  const notForNode = /^src\/(engine\/(?!constants)|app\/(main|xs|boards))|^host\/web\/(?!client\/lib)|\.d\.ts$/;
  const files = ['host', 'src', 'scripts', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
  );
  buildSync({
    absWorkingDir: root,
    entryPoints: files.filter((file) => file.endsWith('.ts') && !notForNode.test(file)),
    outdir: 'build/js',
    outbase: '.',
    format: 'esm',
    target: 'node20',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true, useDefineForClassFields: true } },
    logLevel: 'error',
  });
  // Scripts of their own, which others import.
  for (const name of ['fixed-page.mjs', 'memory-folder.mjs'])
    copyFileSync(join(root, 'scripts', name), join(root, 'build/js/scripts', name));
  writeFileSync(join(root, 'build/js/.built'), '');
}

/** Each room is a TypeScript project: an import that its `references` do not allow does not compile. */
function checkTypes() {
  if (isFresh('build/types/.checked', 'host', 'src', 'scripts', 'test', 'tsconfig.json')) return;
  tsc('--build');
  writeFileSync(join(root, 'build/types/.checked'), '');
}

/** A page: its scripts and styles bundled. Seventy files on six connections take a browser longer than to run what is in them: it gets three. */
function buildPage(client, output, entryPoints, inputs) {
  if (!existsSync(join(root, client, 'tsconfig.json')) || isFresh(`${output}/.built`, client, ...inputs)) return;
  rmSync(join(root, output), { recursive: true, force: true });
  buildSync({
    absWorkingDir: join(root, client),
    entryPoints,
    outdir: join(root, output),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
  });
  for (const name of readdirSync(join(root, client))) {
    if (/\.(html|svg|woff2|png|ico)$/.test(name)) copyFileSync(join(root, client, name), join(root, output, name));
  }
  compress(output);
  writeFileSync(join(root, output, '.built'), '');
}

/** Compressed once here, so that the collector compresses nothing. Prints what a first visit costs. */
function compress(output) {
  let plain = 0;
  let small = 0;
  for (const name of readdirSync(join(root, output)).filter((one) => /\.(html|css|js|svg)$/.test(one))) {
    const path = join(root, output, name);
    const bytes = readFileSync(path);
    const gzip = gzipSync(bytes, { level: 9 });
    writeFileSync(`${path}.gz`, gzip);
    writeFileSync(`${path}.br`, brotliCompressSync(bytes));
    plain += bytes.length;
    small += gzip.length;
  }
  say(`${output}: ${plain} bytes, ${small} as gzip.`);
}

await buildEngine();
buildScripts();
if (!process.argv.includes('--no-types')) checkTypes();
buildPage(
  'host/web/client',
  'build/web',
  ['main.ts', 'early.ts', 'style.css'],
  ['host/api', 'host/wording', 'src/protocol'],
);
buildPage(
  'host/web/flash',
  'build/flash',
  ['main.ts', 'style.css'],
  ['host/web/client/base.css', 'host/serial', 'host/common/errors.ts', 'src/protocol/serial.ts'],
);
say('Built.');
