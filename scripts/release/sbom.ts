/** sbom.cdx.json: what is in a release, in CycloneDX 1.6 (ECMA-424). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { productVersion, projectRoot } from '../../host/common/paths.js';
import type { Image } from '../../host/firmware/image.js';
import { sha256Hex } from '../../host/firmware/release.js';
import { firmwareParts } from './firmware-parts.js';
import type { Lock } from './npm-parts.js';
import { npmParts } from './npm-parts.js';

/** The form of RFC 9562 version 8, of the content: the same release has the same number. */
function serialOf(content: string): string {
  const hex = sha256Hex(Buffer.from(content));
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** @param date ISO 8601 */
export function makeSbom(
  images: readonly Image[],
  { version, date, built }: { version: string; date: string; built: boolean },
): object {
  const root = 'blockwatch';
  const npm = npmParts(JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as Lock, root);
  const firmware = firmwareParts(images, version, built);
  const [own, ...others] = npm.dependencies;
  const content = {
    metadata: {
      timestamp: date,
      tools: { components: [{ type: 'application', name: 'blockwatch-release', version: productVersion() }] },
      component: {
        type: 'application',
        'bom-ref': root,
        name: 'blockwatch',
        version: productVersion(),
        licenses: [{ expression: 'MIT' }],
      },
    },
    components: [...firmware.components, ...npm.components],
    dependencies: [
      { ref: root, dependsOn: [...firmware.dependencies.map(({ ref }) => ref), ...(own?.dependsOn ?? [])] },
      ...firmware.dependencies,
      ...others,
    ],
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: serialOf(JSON.stringify(content)),
    version: 1,
    ...content,
  };
}
