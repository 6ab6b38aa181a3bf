// How AssemblyScript's compiler is called: for the release, and for the engine with its assertions (tables/checked.ts).

/**
 * @param {number} tablesAt where the compiler's own tables begin
 * @param {string} output path without its ending
 * @param {boolean} checked with assertions, and with names for what traps
 */
export function compilerArguments(tablesAt, output, checked = false) {
  return [
    'src/engine/index.ts',
    '--outFile',
    `${output}.wasm`,
    '--textFile',
    `${output}.wat`,
    '--runtime',
    'stub',
    checked ? '--debug' : '--noAssert',
    '--use',
    'abort=',
    '--memoryBase',
    String(tablesAt),
    '--initialMemory',
    '1',
    '--maximumMemory',
    '1',
    '--zeroFilledMemory',
    '-O3',
    '--converge',
  ];
}
