/**
 * What is in a board's image beside our own code: the Moddable SDK's runtime, ESP-IDF, components of Espressif's
 * registry.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { boards } from '../../host/firmware/boards.js';
import type { Image } from '../../host/firmware/image.js';
import { imageFolder } from '../../host/firmware/image.js';
import { sha256Hex } from '../../host/firmware/release.js';
import { readBoard } from '../firmware/board-manifest.js';
import { stagesOf } from '../firmware/build.js';
import { findSdk } from '../firmware/sdk.js';
import { APPLICATION } from './images.js';
import type { Component, Dependency } from './npm-parts.js';

/** The SDK that docs/DEPLOY.md says; an image does not tell its own. */
const MODDABLE = '8.2.3';
/**
 * esp_app_desc_t behind the image's and the first segment's header (esp_app_desc.h): its magic, and where idf_ver[32]
 * stands in it.
 */
const DESCRIPTION = 32,
  MAGIC = 0xabcd5432,
  IDF_VERSION = 112;

/** ESP-IDF's version as its build wrote it into the image; undefined where it is no such image. */
export function idfVersionOf(application: Buffer): string | undefined {
  if (application.length < DESCRIPTION + 256 || application.readUInt32LE(DESCRIPTION) !== MAGIC) return undefined;
  const from = DESCRIPTION + IDF_VERSION;
  const text =
    application
      .subarray(from, from + 32)
      .toString('latin1')
      .split('\0')[0] ?? '';
  return /^[\w.+-]+$/.test(text) ? text : undefined;
}

/**
 * What the component manager chose, by `namespace/name`: dependencies.lock, which a build leaves and which may lie
 * beside an image.
 */
export function lockedVersions(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^ {2}(\S+\/\S+):\n(?: {4}.*\n)*? {4}version: ['"]?([\w.+~-]+)['"]?$/gm)].map(
      ([, name, version]) => [name as string, version as string],
    ),
  );
}

function lockOf({ board, parts }: Image): Map<string, string> {
  const found = boards[board];
  const folder = dirname(parts[0]?.path ?? '');
  const chip = found?.platform.split('/').at(-1) ?? '';
  const paths = [
    join(folder, 'dependencies.lock'),
    ...(found && folder === imageFolder(board)
      ? [join(stagesOf(board, found), `xsProj-${chip}`, 'dependencies.lock')]
      : []),
  ];
  const path = paths.find((one) => existsSync(one));
  return path === undefined ? new Map() : lockedVersions(readFileSync(path, 'utf8'));
}

function espressifParts(image: Image): Component[] {
  const locked = lockOf(image);
  return readBoard(image.board).packages.map(({ name, namespace, version: range }) => {
    const version = locked.get(`${namespace}/${name}`) ?? /^={0,2}(\d+\.\d+\.\d+)$/.exec(range)?.[1];
    return {
      type: 'library',
      'bom-ref': `${namespace}/${name}@${version ?? range}`,
      group: namespace,
      name,
      ...(version ? { version } : {}),
      licenses: [{ expression: 'Apache-2.0' }],
      purl: `pkg:generic/${namespace}/${name}${version ? `@${version}` : ''}`,
      externalReferences: [
        { type: 'distribution', url: `https://components.espressif.com/components/${namespace}/${name}` },
      ],
      // A range is all that is known where no dependencies.lock is beside the image.
      ...(version ? {} : { properties: [{ name: 'blockwatch:version-range', value: range }] }),
    };
  });
}

/** @param built whether the images were made before, by an SDK that is not known */
function moddable(built: boolean): Component {
  const sdk = built ? undefined : findSdk();
  const path = sdk && join(sdk.root, 'tools/VERSION');
  const version = path && existsSync(path) ? readFileSync(path, 'utf8').trim() : MODDABLE;
  return {
    type: 'framework',
    'bom-ref': `moddable@${version}`,
    name: 'moddable',
    version,
    description: 'Moddable SDK: the XS engine and its modules',
    licenses: [{ expression: 'LGPL-3.0-or-later' }],
    purl: `pkg:github/moddable-opensource/moddable@${version}`,
    properties: [
      { name: 'blockwatch:version-known-from', value: path ? 'the SDK that built it' : "the project's requirement" },
    ],
  };
}

export function firmwareParts(
  images: readonly Image[],
  version: string,
  built: boolean,
): { components: Component[]; dependencies: Dependency[] } {
  if (images.length === 0) return { components: [], dependencies: [] };
  const sdk = moddable(built);
  const components = new Map<string, Component>([[sdk['bom-ref'], sdk]]);
  const dependencies: Dependency[] = [];
  for (const image of images) {
    const application = readFileSync(image.parts.find(({ file }) => file === APPLICATION)?.path ?? '');
    const idfVersion = idfVersionOf(application);
    const idf: Component = {
      type: 'framework',
      'bom-ref': `esp-idf@${idfVersion ?? 'unknown'}`,
      group: 'espressif',
      name: 'esp-idf',
      ...(idfVersion ? { version: idfVersion } : {}),
      licenses: [{ expression: 'Apache-2.0' }],
      purl: `pkg:github/espressif/esp-idf${idfVersion ? `@${encodeURIComponent(idfVersion)}` : ''}`,
    };
    const parts = [sdk, idf, ...espressifParts(image)];
    for (const part of parts) components.set(part['bom-ref'], part);
    const ref = `firmware/${image.board}`;
    components.set(ref, {
      type: 'firmware',
      'bom-ref': ref,
      name: `blockwatch-${image.board}`,
      version,
      description: boards[image.board]?.about ?? '',
      hashes: [{ alg: 'SHA-256', content: sha256Hex(application) }],
      licenses: [{ expression: 'MIT' }],
    });
    dependencies.push({ ref, dependsOn: parts.map((part) => part['bom-ref']).sort() });
  }
  return { components: [...components.values()].sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1)), dependencies };
}
