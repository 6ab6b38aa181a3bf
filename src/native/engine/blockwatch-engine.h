/*
 * The engine for C callers: the chip's engine task and the Linux test driver.
 *
 * The engine is build/engine/engine.c, which wasm2c makes of src/engine; this is a thin wrapper that owns its
 * memory, contains its traps and hands out records. Nothing here allocates, blocks or logs. Layouts (frame headers,
 * config block, records, counters) are in src/engine/codes.ts and docs/PROTOCOL.md.
 *
 * One engine a program and one task that calls it: a trap finds its way back through one global (wasm-rt.h).
 */
#ifndef BLOCKWATCH_ENGINE_H
#define BLOCKWATCH_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine.h" /* generated: build/engine/engine.h */

#define ENGINE_CONFIG_BYTES 720u /* counts, 16 IPv4 and 8 IPv6 home blocks, 48 watched blocks */
#define ENGINE_RECORD_BYTES 96u
#define ENGINE_RECORD_EPISODE 88u /* offset, u32; 0: of no episode */
#define ENGINE_COUNTERS 37u

/* All of the engine's state: a little over 64 KiB. The caller places it; its contents are this module's own. */
struct engine {
  w2c_engine module;
  uint8_t config[ENGINE_CONFIG_BYTES]; /* kept, because a trap wipes the page */
  uint32_t seed_low, seed_high;
  uint32_t next_episode; /* above all that were handed out: kept here, because a page that trapped cannot be asked */
  /* Into the page; the places are constants of the module, asked for and checked at start. */
  uint8_t *batch;
  uint32_t batch_bytes;
  const uint8_t *counters;
  uint32_t traps;     /* since engine_start */
  uint32_t last_trap; /* wasm_rt_trap_t */
  bool running;
};

/* Starts with a config block (ENGINE_CONFIG_BYTES; NULL: the default home) and a random seed for its hashes. Once in a
 * boot: episodes are numbered from 1.
 * False where the module traps even while it starts: then every other call does nothing. */
bool engine_start(struct engine *engine, const uint8_t *config, uint32_t seed_low, uint32_t seed_high);

/*
 * Puts another config block to work. What the engine has learned, its clock, its counters and its open scans stay; the
 * same block changes nothing (src/engine/index.ts, configure). An engine that does not run begins anew with it, if it
 * can.
 */
void engine_configure(struct engine *engine, const uint8_t *config);

/* Where the caller writes frames for the next batch, and how many bytes fit. NULL where the engine does not run. */
uint8_t *engine_batch_area(struct engine *engine, uint32_t *capacity);

/* Runs the frames in the first `bytes` of the batch area; returns how many there were, 0 after a trap. */
uint32_t engine_batch(struct engine *engine, uint32_t bytes);

/* Time goes on without frames / the input has ended. Engine clock: milliseconds, wrapping. */
void engine_tick(struct engine *engine, uint32_t time_ms);
void engine_flush(struct engine *engine, uint32_t time_ms);

/* For tests of the containment, on the chip too: behaves as if the module had trapped. */
void engine_provoke_trap(struct engine *engine);

/* Moves up to `max` waiting records, oldest first, to `out`; returns how many. Two scans of one boot never share an
 * episode's number, whatever traps: an engine that begins anew numbers from above all that went out here. */
uint32_t engine_records(struct engine *engine, uint8_t (*out)[ENGINE_RECORD_BYTES], uint32_t max);

/* Copies the counters, in the order of codes.ts. They begin anew after a trap; `traps` says how often that was. */
void engine_counters(struct engine *engine, uint32_t out[ENGINE_COUNTERS]);

#endif
