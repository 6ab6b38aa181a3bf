/** A copy of what is built, in which a mutant can take the place of a module while the project itself stays as it is. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main as compile } from 'assemblyscript/asc';
import ts from 'typescript';
import { projectRoot } from '../../host/common/paths.js';
import type { Mutation } from './mutations.js';
import { apply } from './mutations.js';

/** What asc needs to make a module that behaves as the build's own; -O1, because a mutant is made once a second. */
const engineOptions = (base: number): string[] => [
  ...['src/engine/index.ts', '--outFile', 'engine.wasm', '--runtime', 'stub', '--noAssert', '--use', 'abort='],
  ...['--memoryBase', String(base), '--initialMemory', '1', '--maximumMemory', '1', '--zeroFilledMemory', '-O1'],
];

/** A project of its own below build/mutants: the sources by link, what is built and the scripts as copies. */
export class Shadow {
  readonly root: string;
  readonly #compilerTables: number;

  /** @param compilerTables the address from which asc lays its own tables on (the build's memory map) */
  constructor(name: string, compilerTables: number) {
    this.root = join(projectRoot, 'build/mutants', name);
    this.#compilerTables = compilerTables;
    rmSync(this.root, { recursive: true, force: true });
    mkdirSync(this.root, { recursive: true });
    for (const linked of ['node_modules', 'src', 'host', 'test', 'docs', 'manifest.json', 'tsconfig.json'])
      symlinkSync(join(projectRoot, linked), join(this.root, linked));
    for (const copied of ['package.json', 'scripts', 'build/js', 'build/engine', 'build/web'])
      cpSync(join(projectRoot, copied), join(this.root, copied), { recursive: true });
  }

  /** Puts a mutant in. @returns what puts the original back; undefined where the mutant does not compile. */
  async put(mutation: Mutation): Promise<(() => void) | undefined> {
    const text = apply(readFileSync(join(projectRoot, mutation.file), 'utf8'), mutation);
    const isEngine = mutation.file.startsWith('src/engine/');
    const built = isEngine ? 'build/engine/engine.wasm' : join('build/js', mutation.file.replace(/\.ts$/, '.js'));
    const made = isEngine ? await this.#engine(mutation.file, text) : transpile(mutation.file, text);
    if (!made) return undefined;
    writeFileSync(join(this.root, built), made);
    return () => writeFileSync(join(this.root, built), readFileSync(join(projectRoot, built)));
  }

  async #engine(file: string, text: string): Promise<Uint8Array | undefined> {
    let wasm: Uint8Array | undefined;
    const { error } = await compile(engineOptions(this.#compilerTables), {
      readFile: (name: string, base: string) => {
        if (name === file) return text;
        try {
          return readFileSync(join(base, name), 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (_: string, contents: string | Uint8Array) => {
        if (typeof contents !== 'string') wasm = contents;
      },
      listFiles: () => [],
    });
    return error ? undefined : wasm;
  }
}

function transpile(file: string, text: string): string | undefined {
  const { outputText, diagnostics } = ts.transpileModule(text, {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      isolatedModules: true,
    },
  });
  return (diagnostics ?? []).length > 0 ? undefined : outputText;
}
