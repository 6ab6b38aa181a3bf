/** Which of two versions is newer (Semantic Versioning 2.0.0, section 11): by number, a pre-release before its release; the build does not count. */
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
