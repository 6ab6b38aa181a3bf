import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { projectRoot } from '../../host/common/paths.js';
import { idfVersionOf, lockedVersions } from '../../scripts/release/firmware-parts.js';
import type { Component, Dependency } from '../../scripts/release/npm-parts.js';
import { npmParts } from '../../scripts/release/npm-parts.js';
import { application } from '../firmware/image-files.js';
import { scratch } from '../support/collector.js';
import { describeWith } from '../support/requirement.js';
import { makeRelease, signedWith, VERSION, writeImages } from './world.js';

interface Bom {
  specVersion: string;
  serialNumber: string;
  metadata: { timestamp: string };
  components: Component[];
  dependencies: Dependency[];
}

const files = scratch();
after(files.remove);

function bomOf(boards: readonly string[], lock = ''): Bom {
  const images = files.path('');
  writeImages(images, boards);
  if (lock) writeFileSync(join(images, 'esp32c3_w5500/dependencies.lock'), lock);
  makeRelease(images, files.path('out'), ...signedWith(images), ...boards.flatMap((board) => ['--board', board]));
  return JSON.parse(readFileSync(files.path('out/sbom.cdx.json'), 'utf8')) as Bom;
}

const LOCK = `dependencies:
  espressif/w5500:
    component_hash: 4f0a
    dependencies:
    - name: idf
      version: '>=6.0'
    source:
      registry_url: https://components.espressif.com/
      type: service
    version: 2.0.0
  espressif/wiznet_common:
    component_hash: 77ab
    version: 1.0.2
  idf:
    source:
      type: idf
    version: 6.0.0
direct_dependencies:
- espressif/w5500
`;

describe('the SBOM of the software alone, `npm run sbom`', () => {
  const run = (epoch: string): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [join(projectRoot, 'build/js/scripts/sbom.js')], {
      encoding: 'utf8',
      env: { ...process.env, SOURCE_DATE_EPOCH: epoch },
    });

  it('has every locked package and no firmware, and is the same twice', () => {
    const { stdout, stderr } = run('1800000000');
    assert.equal(stderr, '');
    const { specVersion, components, metadata } = JSON.parse(stdout) as Bom;
    assert.deepEqual([specVersion, metadata.timestamp], ['1.6', '2027-01-15T08:00:00Z']);
    const { packages } = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
      packages: object;
    };
    assert.deepEqual(
      components.map((one) => one['bom-ref']).sort(),
      Object.keys(packages)
        .filter((path) => path !== '')
        .sort(),
    );
    assert.equal(run('1800000000').stdout, stdout);
  });

  it('refuses an invalid time in one sentence', () => {
    const { status, stdout, stderr } = run('yesterday');
    assert.deepEqual([status, stdout, stderr.trim().split('\n').length], [2, '', 1]);
    assert.match(stderr, /SOURCE_DATE_EPOCH must be seconds since 1970/);
  });
});

describe('the SBOM of a release', () => {
  it('names the images, the Moddable SDK, ESP-IDF as the image itself says it, and every locked package', () => {
    const { specVersion, components, metadata } = bomOf(['wt32_eth01', 'esp32s3']);
    assert.deepEqual([specVersion, metadata.timestamp], ['1.6', '2027-01-15T08:00:00Z']);
    const of = (ref: string): Component | undefined => components.find((one) => one['bom-ref'] === ref);
    assert.equal(of('firmware/wt32_eth01')?.version, VERSION);
    assert.equal(of('moddable@8.2.3')?.properties?.[0]?.value, "the project's requirement");
    assert.equal(of('esp-idf@v6.0')?.purl, 'pkg:github/espressif/esp-idf@v6.0');
    const { packages } = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
      packages: object;
    };
    for (const path of Object.keys(packages).filter((one) => one !== '')) assert.ok(of(path), path);
    assert.equal(of('node_modules/mqtt')?.scope, 'required');
    assert.equal(of('node_modules/mocha')?.scope, 'excluded');
    assert.match(of('node_modules/mqtt')?.hashes?.[0]?.content ?? '', /^[0-9a-f]{128}$/);
  });

  it('gives a board with a W5500 its driver, with the version that the build chose, or else what it may be', () => {
    const named = (bom: Bom, name: string): Component | undefined => bom.components.find((one) => one.name === name);
    assert.equal(named(bomOf(['wt32_eth01']), 'w5500'), undefined);
    const loose = bomOf(['esp32c3_w5500']);
    assert.equal(named(loose, 'w5500')?.version, '2.0.0');
    assert.deepEqual(
      [named(loose, 'wiznet_common')?.version, named(loose, 'wiznet_common')?.properties?.[0]?.value],
      [undefined, '*'],
    );
    const locked = bomOf(['esp32c3_w5500'], LOCK);
    assert.deepEqual([named(locked, 'w5500')?.version, named(locked, 'wiznet_common')?.version], ['2.0.0', '1.0.2']);
  });

  it('has each reference once, and depends on what it lists alone', () => {
    const { components, dependencies } = bomOf(['wt32_eth01', 'esp32c3_w5500', 'esp32s3']);
    const refs = [...components.map((one) => one['bom-ref']), 'blockwatch'];
    assert.equal(new Set(refs).size, refs.length);
    assert.deepEqual(
      dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((ref) => !refs.includes(ref)),
      [],
    );
    assert.ok(dependencies.find(({ ref }) => ref === 'blockwatch')?.dependsOn.includes('firmware/esp32s3'));
  });

  it('finds a package where Node would: the nearest node_modules, then those above', () => {
    const packages = {
      '': { dependencies: { a: '1' } },
      'node_modules/a': { version: '1.0.0', dependencies: { b: '2', c: '1', gone: '1' } },
      'node_modules/a/node_modules/b': { version: '2.0.0', dependencies: { c: '1' } },
      'node_modules/b': { version: '1.0.0' },
      'node_modules/c': { version: '1.0.0' },
    };
    const { dependencies } = npmParts({ packages }, 'root');
    assert.deepEqual(Object.fromEntries(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn])), {
      root: ['node_modules/a'],
      'node_modules/a': ['node_modules/a/node_modules/b', 'node_modules/c'],
      'node_modules/a/node_modules/b': ['node_modules/c'],
      'node_modules/b': [],
      'node_modules/c': [],
    });
  });

  it('knows no version of ESP-IDF from what is no image', () => {
    assert.equal(idfVersionOf(application('esp32s3', [])), 'v6.0');
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(1000), Buffer.from('the firmware')])
      assert.equal(idfVersionOf(bytes), undefined);
    assert.deepEqual([...lockedVersions('nothing\n')], []);
  });
});

describeWith(['cyclonedx'], "the SBOM by CycloneDX' own schema", () => {
  it('is valid', () => {
    const schema = (name: string): object =>
      JSON.parse(readFileSync(join(process.env['BLOCKWATCH_SCHEMAS'] ?? '', 'cyclonedx', name), 'utf8')) as object;
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    for (const name of ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json'])
      ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}`);
    const bom = bomOf(['wt32_eth01', 'esp32_poe', 'esp32c3_w5500', 'esp32s3'], LOCK);
    assert.ok(ajv.validate(schema('bom-1.6.SNAPSHOT.schema.json'), bom), JSON.stringify(ajv.errors?.slice(0, 3)));
    console.log(`      ${bom.components.length} components are valid by CycloneDX 1.6`);
  });
});
