import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { describeWith, xsCompiler } from '../support/requirement.js';

interface Manifest {
  modules: Record<string, string | string[]>;
  platforms: Record<string, { modules?: Record<string, string | string[]> }>;
}

const manifest = JSON.parse(readFileSync(join(projectRoot, 'manifest.json'), 'utf8')) as Manifest;

/** The manifest's modules as the build left them: build/js mirrors the sources. */
function builtModules(): string[] {
  // `*` holds the native side, `~` what the build must not take.
  const scripts = Object.entries(manifest.modules)
    .filter(([name]) => name !== '*' && name !== '~')
    .map(([, pattern]) => pattern as string);
  return scripts
    .filter((pattern) => !/^\.\/src\/app\/(xs\/|main$)/.test(pattern))
    .flatMap((pattern) => {
      const path = join(projectRoot, 'build/js', pattern);
      if (!pattern.endsWith('/*')) return [`${path}.js`];
      const folder = path.slice(0, -2);
      return readdirSync(folder)
        .filter((name) => name.endsWith('.js') && name !== 'main.js')
        .map((name) => join(folder, name));
    });
}

describe("the firmware's manifest", () => {
  it('names modules that are there, and every module of src/protocol and src/app/core', () => {
    const modules = builtModules();
    for (const path of modules) assert.ok(existsSync(path), path);
    for (const folder of ['protocol', 'app/core']) {
      for (const name of readdirSync(join(projectRoot, 'src', folder)).filter(
        (file) => file.endsWith('.ts') && file !== 'main.ts',
      )) {
        assert.ok(
          modules.some((path) => path.endsWith(`${folder}/${basename(name, '.ts')}.js`)),
          `${folder}/${name}`,
        );
      }
    }
  });

  it('names nothing that belongs to a computer', () => {
    const all = [manifest, ...Object.values(manifest.platforms)]
      .flatMap((part) => Object.values(part.modules ?? {}))
      .flat();
    assert.ok(all.length > 10);
    for (const pattern of all) assert.match(pattern, /^\.\/(src\/|build\/engine\/)/);
  });
});

describeWith(['moddable'], 'the XS compiler', () => {
  const output = mkdtempSync(join(tmpdir(), 'blockwatch-xs-'));
  after(() => rmSync(output, { recursive: true, force: true }));

  for (const path of builtModules()) {
    const name = basename(path, '.js');
    it(`takes ${path.slice(join(projectRoot, 'build/js/').length)}`, () => {
      const compiled = spawnSync(xsCompiler() as string, ['-e', '-o', output, '-r', name, path], { encoding: 'utf8' });
      assert.equal(compiled.status, 0, compiled.stdout + compiled.stderr);
      assert.ok(statSync(join(output, `${name}.xsb`)).size > 0);
    });
  }
});
