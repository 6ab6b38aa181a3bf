/* The parts of the runtime that are not inline: see wasm-rt.h. */
#include "wasm-rt.h"

jmp_buf wasm_rt_trap_target;
wasm_rt_trap_t wasm_rt_last_trap;
uint32_t wasm_rt_call_stack_depth;

_Noreturn void wasm_rt_trap(wasm_rt_trap_t code) {
  wasm_rt_last_trap = code;
  wasm_rt_call_stack_depth = 0;
  longjmp(wasm_rt_trap_target, 1);
}

/*
 * Called once by the module's instantiation. The page already exists; a module that requests any other size than one
 * page is not the engine and traps.
 */
void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t initial_pages, uint64_t max_pages, bool is64,
                             uint32_t page_size) {
  if (initial_pages != 1 || max_pages != 1 || is64 || page_size != WASM_RT_PAGE_BYTES) wasm_rt_trap(WASM_RT_TRAP_OOB);
  memory->size = WASM_RT_PAGE_BYTES;
  memset(memory->data, 0, WASM_RT_PAGE_BYTES);
}
