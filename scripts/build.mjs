// `npm run build`: the engine (AssemblyScript -> WebAssembly -> C), the TypeScript of everything that runs on a computer,
// and the page. Each step is left out when its output is newer than all it is made of. --quiet prints errors only.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
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
    latest = Math.max(latest, stat.isDirectory()
      ? Math.max(stat.mtimeMs, ...readdirSync(join(root, path)).map((name) => newest(join(path, name))))
      : stat.mtimeMs);
  }
  return latest;
}

const isFresh = (output, ...inputs) => existsSync(join(root, output)) && newest(output) >= newest('package-lock.json', ...inputs);

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

/** src/engine/memory.ts, codes.ts and memory-map.ts are plain constants: compiled on their own, they tell the map. */
async function readMemoryMap() {
  const ts = require('typescript');
  const folder = join(root, 'build/engine/map/engine');
  mkdirSync(folder, { recursive: true });
  for (const name of ['memory', 'memory-map']) {
    const source = readFileSync(join(root, `src/engine/${name}.ts`), 'utf8');
    const options = { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } };
    writeFileSync(join(folder, `${name}.js`), ts.transpileModule(source, options).outputText);
  }
  return import(`${pathToFileURL(join(folder, 'memory-map.js'))}?${Date.now()}`);
}

function printMemoryMap({ memoryMap, pageBytes }) {
  let used = 0;
  say('The engine\'s page, bytes:');
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
  const { memoryMap, pageBytes } = await readMemoryMap();
  const compiler = memoryMap.find(([name]) => name === 'compiler tables');
  if (!isFresh('build/engine/engine.wasm', 'src/engine', 'scripts/build.mjs')) {
    run('asc src/engine/index.ts', join(packageFolder('assemblyscript'), 'bin/asc.js'), ['src/engine/index.ts',
      '--outFile', 'build/engine/engine.wasm', '--textFile', 'build/engine/engine.wat', '--runtime', 'stub', '--noAssert', '--use', 'abort=',
      '--memoryBase', String(compiler[1]), '--initialMemory', '1', '--maximumMemory', '1', '--zeroFilledMemory', '-O3', '--converge']);
    checkTables(readFileSync(join(output, 'engine.wat'), 'utf8'), compiler);
  }
  if (!isFresh('build/engine/engine.c', 'build/engine/engine.wasm', 'scripts/fixed-page.mjs')) {
    run('wasm2c engine.wasm', join(packageFolder('wabt'), 'bin/wasm2c'), ['build/engine/engine.wasm', '-n', 'engine', '-o', 'build/engine/engine.c']);
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
      console.error(`Build failed: the compiler's tables reach ${Number(address) + length}, outside ${at}..${at + bytes} of src/engine/memory.ts.`);
      process.exit(1);
    }
  }
}

function buildPage() {
  const client = 'host/web/client';
  if (!existsSync(join(root, client, 'tsconfig.json')) || isFresh('build/web/.built', client, 'host/collector/types.ts', 'src/protocol')) return;
  // --build, not -p: the page takes the API's types from a project of its own, so that only its modules land in build/web.
  tsc('--build', '--force', client);
  mkdirSync(join(root, 'build/web'), { recursive: true });
  for (const name of readdirSync(join(root, client))) {
    if (/\.(html|css|svg|woff2|png|ico)$/.test(name)) copyFileSync(join(root, client, name), join(root, 'build/web', name));
  }
  preload();
  compress();
  writeFileSync(join(root, 'build/web/.built'), '');
}

/** The page of `blockwatch flash`. */
function buildFlashPage() {
  const client = 'host/web/flash';
  if (isFresh('build/flash/.built', client)) return;
  tsc('-p', client);
  for (const name of readdirSync(join(root, client))) {
    if (/\.(html|css)$/.test(name)) copyFileSync(join(root, client, name), join(root, 'build/flash', name));
  }
  writeFileSync(join(root, 'build/flash/.built'), '');
}

const pageFiles = () => readdirSync(join(root, 'build/web'), { recursive: true }).filter((name) => /\.(html|css|js|svg)$/.test(name));

/** The modules import each other six deep: told of all at once, a browser asks for all at once. */
function preload() {
  const html = join(root, 'build/web/index.html');
  const links = pageFiles().filter((name) => name.endsWith('.js') && !/^(early|main)\.js$/.test(name)).sort()
    .map((name) => `  <link rel="modulepreload" href="${name}">\n`);
  writeFileSync(html, readFileSync(html, 'utf8').replace('</head>', `${links.join('')}</head>`));
}

/** Compressed once here, so that the collector compresses nothing. Prints what a first visit costs. */
function compress() {
  let plain = 0;
  let small = 0;
  for (const name of pageFiles()) {
    const path = join(root, 'build/web', name);
    const bytes = readFileSync(path);
    const gzip = gzipSync(bytes, { level: 9 });
    writeFileSync(`${path}.gz`, gzip);
    writeFileSync(`${path}.br`, brotliCompressSync(bytes));
    plain += bytes.length;
    small += gzip.length;
  }
  say(`The page: ${plain} bytes, ${small} as gzip.`);
}

await buildEngine();
if (!isFresh('build/js/.built', 'host', 'src', 'scripts', 'test', 'tsconfig.json')) {
  // First without emitting: what runs on the sensor too must not know Node or a browser.
  if (existsSync(join(root, 'src/tsconfig.json'))) tsc('-p', 'src/tsconfig.json');
  tsc('-p', 'tsconfig.json');
  writeFileSync(join(root, 'build/js/.built'), '');
}
buildPage();
buildFlashPage();
say('Built.');
