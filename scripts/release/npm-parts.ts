/**
 * The packages of package-lock.json as CycloneDX components. `npm sbom` writes 1.5 with a random number, the time of
 * day and the folder's name in it, and differs with what is installed; a release is to be the same twice.
 */

export interface Component {
  type: 'application' | 'library' | 'firmware' | 'framework';
  'bom-ref': string;
  group?: string;
  name: string;
  version?: string;
  description?: string;
  scope?: 'required' | 'optional' | 'excluded';
  hashes?: { alg: 'SHA-256' | 'SHA-512'; content: string }[];
  licenses?: ({ license: { id: string } | { name: string } } | { expression: string })[];
  purl?: string;
  externalReferences?: { type: string; url: string }[];
  properties?: { name: string; value: string }[];
}

export interface Dependency {
  ref: string;
  dependsOn: string[];
}

interface Locked {
  version?: string;
  license?: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
  devOptional?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

export interface Lock {
  packages: Record<string, Locked>;
}

const MODULES = 'node_modules/';
const nameOf = (path: string): string => path.slice(path.lastIndexOf(MODULES) + MODULES.length);
const purlOf = (path: string, version: string): string => `pkg:npm/${nameOf(path).replace('@', '%40')}@${version}`;

/** Words that SPDX does not know are kept as they are. */
function licensesOf(text: string | undefined): Pick<Component, 'licenses'> {
  if (!text) return {};
  return { licenses: [/^[A-Za-z0-9.() +-]+$/.test(text) ? { expression: text } : { license: { name: text } }] };
}

function componentOf(
  path: string,
  { version = '0', license, integrity, dev, devOptional, optional }: Locked,
): Component {
  const [group, name] = nameOf(path).startsWith('@')
    ? (nameOf(path).split('/') as [string, string])
    : [undefined, nameOf(path)];
  const [, sha512] = /^sha512-([A-Za-z0-9+/=]+)$/.exec(integrity ?? '') ?? [];
  return {
    type: 'library',
    'bom-ref': path,
    ...(group ? { group } : {}),
    name,
    version,
    // CycloneDX: "excluded" is what tests and builds need, and nothing that runs.
    scope: dev ? 'excluded' : optional || devOptional ? 'optional' : 'required',
    ...(sha512 ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(sha512, 'base64').toString('hex') }] } : {}),
    ...licensesOf(license),
    purl: purlOf(path, version),
  };
}

/** As Node looks for it: in the package's own node_modules, then in each folder's above. */
function resolveFrom(path: string, name: string, packages: Lock['packages']): string | undefined {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf(`/${MODULES}`)))) {
    const found = `${at}${at ? '/' : ''}${MODULES}${name}`;
    if (found in packages) return found;
    if (at === '') return undefined;
  }
}

/** @param root the bom-ref of what has the lock. */
export function npmParts({ packages }: Lock, root: string): { components: Component[]; dependencies: Dependency[] } {
  const paths = Object.keys(packages)
    .filter((path) => path !== '')
    .sort();
  const dependencies = ['', ...paths].map((path): Dependency => {
    const { dependencies: needs, devDependencies, optionalDependencies, peerDependencies } = packages[path] as Locked;
    const names = Object.keys({ ...needs, ...devDependencies, ...optionalDependencies, ...peerDependencies });
    const found = names.map((name) => resolveFrom(path, name, packages)).filter((one) => one !== undefined);
    return { ref: path || root, dependsOn: [...new Set(found)].sort() };
  });
  return { components: paths.map((path) => componentOf(path, packages[path] as Locked)), dependencies };
}
