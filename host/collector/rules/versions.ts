/**
 * Compares versions by Semantic Versioning 2.0.0, section 11: numerically, a pre-release before its release, build
 * metadata ignored.
 */
export function compareVersions(a: string, b: string): number {
  const [coreA, preA] = split(a);
  const [coreB, preB] = split(b);
  const order = coreA.localeCompare(coreB, 'en', { numeric: true });
  if (order !== 0 || preA === preB) return order;
  if (preA === '') return 1;
  return preB === '' ? -1 : preA.localeCompare(preB, 'en', { numeric: true });
}

function split(version: string): [core: string, pre: string] {
  const [, core = '', pre = ''] = /^v?([^-+]*)(?:-([^+]*))?/.exec(version) ?? [];
  return [core, pre];
}
