/*
 * The engine's own task: drains the ring into batches, runs them, ticks the clock, and hands records to XS.
 *
 * `engine_task_step` contains everything but the waiting and is independent of the operating system;
 * engine-task-freertos.c and engine-task-pthread.c call it in a loop. Records go to XS through a second ring of this
 * kind (one producer, one consumer); records that do not fit stay in the engine, which counts its own overruns.
 */
#ifndef BLOCKWATCH_ENGINE_TASK_H
#define BLOCKWATCH_ENGINE_TASK_H

#include <stddef.h>

#include "blockwatch-engine.h"
#include "frame-ring.h"

#define ENGINE_TASK_RECORDS 32u /* a power of two */

struct engine_snapshot {
  uint32_t counters[ENGINE_COUNTER_COUNT]; /* summed over traps, except ENGINE_GAUGE_COUNTERS */
  uint32_t traps;
  uint32_t last_trap;
  uint32_t frames_lost; /* in traps */
  uint32_t records_waiting;
  uint32_t ring_dropped;
  uint32_t ring_peak;
};

/* src/app/xs/watch.ts reads it by the numbers of src/engine/constants/codes.ts, FIGURE_*. */
#define ENGINE_FIGURE_AT(field, figure) \
  _Static_assert(offsetof(struct engine_snapshot, field) == 4 * (figure), #field " of the snapshot")
ENGINE_FIGURE_AT(traps, ENGINE_FIGURE_TRAPS);
ENGINE_FIGURE_AT(last_trap, ENGINE_FIGURE_LAST_TRAP);
ENGINE_FIGURE_AT(frames_lost, ENGINE_FIGURE_FRAMES_LOST);
ENGINE_FIGURE_AT(records_waiting, ENGINE_FIGURE_RECORDS_WAITING);
ENGINE_FIGURE_AT(ring_dropped, ENGINE_FIGURE_RING_DROPPED);
ENGINE_FIGURE_AT(ring_peak, ENGINE_FIGURE_RING_PEAK);
_Static_assert(sizeof(struct engine_snapshot) == 4 * ENGINE_FIGURE_TAP_FRAMES, "the tap's figures follow the snapshot");

/*
 * Starts the task with a config block (ENGINE_CONFIG_BYTES) and a seed. The task calls `wake` when records wait and XS
 * was not woken since it last took all of them; `wake` must not block. False if there is no memory or no task.
 */
bool engine_task_start(struct frame_ring *ring, const uint8_t *config, uint32_t seed_low, uint32_t seed_high,
                       void (*wake)(void *context), void *context);

/* From XS. Takes up to `max` records, oldest first; clears the pending wake once none is left. */
uint32_t engine_task_take(uint8_t (*out)[ENGINE_RECORD_BYTES], uint32_t max);
/* From XS. A new config block: the task applies it before its next batch. The engine's tables stay. */
void engine_task_configure(const uint8_t *config);
/* From XS. A consistent copy: never half of one step and half of the next. */
void engine_task_snapshot(struct engine_snapshot *out);
/* For tests of the containment: the next step traps. */
void engine_task_trap(void);
void engine_task_stop(void);

/*
 * The part of engine_task_start before it creates the task; for the operating systems' files, and for tests without a
 * task.
 */
bool engine_task_begin(struct frame_ring *ring, const uint8_t *config, uint32_t seed_low, uint32_t seed_high,
                       void (*wake)(void *context), void *context);

/* One turn; returns the number of frames run. For the operating systems' loops, and for tests. */
uint32_t engine_task_step(uint32_t now_ms);

/* The manifest's defines; a build that is not the SDK's has none. */
#if __has_include("mc.defines.h")
#include "mc.defines.h"
#endif

#ifdef MODDEF_ENGINE_COST
#define ENGINE_TASK_COST 1
/*
 * What the engine costs, in the CPU's own cycles, wrapping: of the emulator's board alone (its manifest). An interrupt
 * or a driver that comes in between is part of it.
 */
struct engine_task_cost {
  uint32_t frames, calls;     /* frames, and the cycles of the calls of the engine that ran them */
  uint32_t turns, turn;       /* turns with frames, and their cycles: ring, engine, records, counters */
  uint32_t idle_turns, idle; /* turns without */
};
extern struct engine_task_cost engine_task_cost;
uint32_t engine_task_cycles(void);
#endif

#endif
