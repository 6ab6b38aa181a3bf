// Makes use, in what wasm2c wrote, of what only we know: the engine's memory is one page and never grows.
//
// wasm2c compares every address with a size it loads from memory, in 64 bits, and again after every store, because a
// store might have changed it; and it keeps every load alive for the sake of guard pages, which we do not use. With the
// page's size a constant in the source, the C compiler folds and joins the checks: 16 % fewer instructions on the
// bench's mix. The checks themselves stay (src/native/wasm-rt/wasm-rt.h says what they are).
const replacements = [
  ['a + (uint64_t)sizeof(t) > mem->size', 'WASM_RT_OUTSIDE_PAGE(a, sizeof(t))'],
  ['#define FORCE_READ_INT(var) __asm__("" ::"r"(var));', '#define FORCE_READ_INT(var)'],
];

/** The C source with the replacements made; throws where wasm2c writes something else than it did (another version). */
export function fixPage(source) {
  return replacements.reduce((text, [from, to]) => {
    const parts = text.split(from);
    if (parts.length !== 2) throw new Error(`wasm2c's output holds ${parts.length - 1} times instead of once: ${from}`);
    return parts.join(to);
  }, source);
}
