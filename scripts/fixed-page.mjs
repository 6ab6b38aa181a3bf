// Makes use, in what wasm2c wrote, of what only we know: the engine's memory is one page and never grows.
//
// wasm2c adds address and offset of every load and store in 64 bits and compares the sum with a size it loads from memory,
// again after every store, because a store might have changed it; and it keeps every load alive for the sake of guard
// pages, which we do not use. With the page's size a constant in the source, and the offset, which is one too, kept apart
// from the address, a check is one comparison of 32 bits with a constant; those of neighbouring fields follow from each
// other, and the C compiler joins them. The checks themselves stay (src/native/wasm-rt/wasm-rt.h says what they are).

/** What wasm2c writes, what we make of it, and how often it stands there: once for each number of operands, or any number. */
const replacements = [
  ['#define FORCE_READ_INT(var) __asm__("" ::"r"(var));', '#define FORCE_READ_INT(var)', 1],
  // The check, and the three functions that say it.
  [/#define MEMCHECK_DEFAULT32\(mem, a, t\) +\\/g, '#define MEMCHECK_DEFAULT32(mem, address, offset, t) \\', 1],
  ['a + (uint64_t)sizeof(t) > mem->size', 'WASM_RT_OUTSIDE_PAGE(address, offset, sizeof(t))', 1],
  [/(_default32\(wasm_rt##shared##memory_t\* mem, \\\n +)u64 addr\b/g, '$1u32 address, u32 offset', 3],
  [
    'MEMCHECK_DEFAULT32(mem, addr, mem_type);',
    'const u64 addr = (u64)address + offset; MEMCHECK_DEFAULT32(mem, address, offset, mem_type);',
    3,
  ],
  // Every load and store, with an offset and without.
  [/(_default32\(&instance->w2c_memory, )\(u64\)\((\w+)\) \+ (\d+)u?\b/g, '$1$2, $3u'],
  [/(_default32\(&instance->w2c_memory, )\(u64\)\((\w+)\)/g, '$1$2, 0u'],
];

/** The C source with the replacements made; throws where wasm2c writes something else than it did (another version). */
export function fixPage(source) {
  return replacements.reduce((text, [from, to, times]) => {
    const found = typeof from === 'string' ? text.split(from).length - 1 : (text.match(from) ?? []).length;
    if (times !== undefined && found !== times)
      throw new Error(`wasm2c's output holds ${found} times instead of ${times}: ${from}`);
    return text.replaceAll(from, to);
  }, source);
}
