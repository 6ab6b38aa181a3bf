/*
 * The WebAssembly runtime that wasm2c's output needs, for one module of one fixed 64 KiB memory.
 *
 * Source: the WebAssembly Core Specification 2.0, sections 2.5.4 and 4.2.8 (memories and their instances), 4.4.7
 * (memory instructions: an access past the end traps), 4.4.8-4.4.9 (traps end the computation) and A.1 of its appendix
 * (limits a host may set, among them the call depth). The names are those that wasm2c of npm wabt 1.0.39 writes;
 * nothing else of its runtime is used: no malloc, no guard pages, no signals, no threads.
 *
 * A trap does not return: it jumps back to the `wasm_rt_try` that encloses the call
 * (src/native/engine/blockwatch-engine.c).
 */
#ifndef BLOCKWATCH_WASM_RT_H
#define BLOCKWATCH_WASM_RT_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* wasm2c lays memory out byte by byte as WebAssembly does (little endian) and copies to and from C integers. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "The memory layout below is for little-endian machines (every ESP32, x86, ARM as used)."
#endif

#define WASM_RT_PAGE_BYTES 65536u

/*
 * Whether an access of `bytes` at address + offset, added without wrapping, leaves the page: the trap condition of
 * section 4.4.7. Put before every load and store by scripts/fixed-page.mjs. Offset and bytes are constants there, so
 * that what is left is one comparison of the address.
 */
#define WASM_RT_OUTSIDE_PAGE(address, offset, bytes) \
  ((offset) > WASM_RT_PAGE_BYTES - (uint32_t)(bytes) || (address) > WASM_RT_PAGE_BYTES - (uint32_t)(bytes) - (offset))

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/*
 * Loads and stores use memcpy of a constant size: one instruction if the machine may load unaligned, bytes if it may
 * not. WebAssembly allows any address to be unaligned (section 4.4.7, memarg).
 */
#define wasm_rt_memcpy(to, from, n) __builtin_memcpy(to, from, n)

/*
 * The engine neither recurses nor calls through a table, so its deepest stack is known at compile time (a test walks
 * its call graph and prints it). Counting calls as well would cost two instructions per call for nothing.
 */
#ifndef WASM_RT_STACK_DEPTH_COUNT
#define WASM_RT_STACK_DEPTH_COUNT 0
#endif
#define WASM_RT_MAX_CALL_STACK_DEPTH 64
extern uint32_t wasm_rt_call_stack_depth;

typedef enum {
  WASM_RT_TRAP_NONE,
  WASM_RT_TRAP_OOB,
  WASM_RT_TRAP_INT_OVERFLOW,
  WASM_RT_TRAP_DIV_BY_ZERO,
  WASM_RT_TRAP_INVALID_CONVERSION,
  WASM_RT_TRAP_UNREACHABLE,
  WASM_RT_TRAP_CALL_INDIRECT,
  WASM_RT_TRAP_EXHAUSTION,
} wasm_rt_trap_t;

/* The target of a trap, and the last trap. One of each per program: one task runs the engine. */
extern jmp_buf wasm_rt_trap_target;
extern wasm_rt_trap_t wasm_rt_last_trap;

/* `if (wasm_rt_try()) trapped; else call;`: like setjmp, valid until the calling function returns. */
#define wasm_rt_try() setjmp(wasm_rt_trap_target)

_Noreturn void wasm_rt_trap(wasm_rt_trap_t code);

/*
 * The page lies inside the instance: to place the instance (a static object, or one block allocated at boot) is to
 * place all the memory, and a load is one address away from the instance pointer.
 */
typedef struct {
  uint64_t size;
  uint8_t data[WASM_RT_PAGE_BYTES];
} wasm_rt_memory_t;

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t initial_pages, uint64_t max_pages, bool is64,
                             uint32_t page_size);

static inline void wasm_rt_free_memory(wasm_rt_memory_t *memory) { (void)memory; }
static inline bool wasm_rt_is_initialized(void) { return true; }

/* Types named by wasm2c's fixed prologue; the engine has no tables and no tail calls. */
typedef enum {
  WASM_RT_I32,
  WASM_RT_I64,
  WASM_RT_F32,
  WASM_RT_F64,
  WASM_RT_V128,
  WASM_RT_FUNCREF,
  WASM_RT_EXTERNREF
} wasm_rt_type_t;
typedef void (*wasm_rt_function_ptr_t)(void);
typedef const char *wasm_rt_func_type_t;
typedef struct wasm_rt_tailcallee_t {
  void (*fn)(void **instance, void *stack, struct wasm_rt_tailcallee_t *next);
} wasm_rt_tailcallee_t;
typedef struct {
  wasm_rt_func_type_t func_type;
  wasm_rt_function_ptr_t func;
  wasm_rt_tailcallee_t func_tailcallee;
  void *module_instance;
} wasm_rt_funcref_t;
typedef void *wasm_rt_externref_t;
typedef struct { wasm_rt_funcref_t *data; uint32_t max_size, size; } wasm_rt_funcref_table_t;
typedef struct { wasm_rt_externref_t *data; uint32_t max_size, size; } wasm_rt_externref_table_t;
static const wasm_rt_funcref_t wasm_rt_funcref_null_value __attribute__((unused)) = {0};
static const wasm_rt_externref_t wasm_rt_externref_null_value __attribute__((unused)) = 0;

#endif
