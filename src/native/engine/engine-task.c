/*
 * See engine-task.h. One task runs the engine, another runs XS. They share three objects, and neither side ever waits
 * for the other: a ring of records (each side writes its own counter), a config and a snapshot. The latter two have a
 * version that is odd during a write, and words that may be read at the same time: a copy is discarded if the version
 * differs before and after it. Plain atomic loads and stores only: the ESP32-C3 has no read-modify-write.
 */
#include "engine-task.h"

#include <string.h>

/*
 * Frames of one batch lie within a second of each other, as in host/sensor/engine.ts: the record ring then has room on
 * slow days.
 */
#define MOST_BATCH_MS 1000u
/* An idle engine's clock stays this far behind: a frame stamped just now may still be in the ring. */
#define TICK_SLACK_MS 20u
/* And it advances in steps: a tick looks through the open scans, which is most of what an idle turn costs. */
#define TICK_EVERY_MS 10u
#define CONFIG_WORDS (ENGINE_CONFIG_BYTES / 4u)
#define SNAPSHOT_WORDS (sizeof(struct engine_snapshot) / 4u)

static struct {
  struct engine engine;
  struct frame_ring *ring;
  uint32_t ticked; /* the newest time passed to the engine */

  void (*wake)(void *context);
  void *context;
  _Atomic(bool) wake_pending;

  uint8_t records[ENGINE_TASK_RECORDS][ENGINE_RECORD_BYTES];
  _Atomic(uint32_t) produced, consumed;

  _Atomic(uint32_t) config[CONFIG_WORDS];
  _Atomic(uint32_t) config_version;
  uint32_t config_taken;

  uint32_t accumulated[ENGINE_COUNTER_COUNT]; /* of engines that trapped */
  uint32_t counted[ENGINE_COUNTER_COUNT]; /* of the running engine, after its last turn */
  uint32_t traps, frames_lost;
  _Atomic(bool) trap_asked;

  _Atomic(uint32_t) snapshot[SNAPSHOT_WORDS];
  _Atomic(uint32_t) snapshot_version;
} task;

_Static_assert(sizeof(struct engine_snapshot) % 4 == 0, "it is copied by words");
/* fill() copies a slot of the ring, from its time on, into the batch unchanged. */
#define BATCH_FRAME_AT(field, offset) \
  _Static_assert(offsetof(struct frame_slot, field) - offsetof(struct frame_slot, time_ms) == (offset), #field)
BATCH_FRAME_AT(time_ms, ENGINE_FRAME_TIME);
BATCH_FRAME_AT(captured, ENGINE_FRAME_CAPTURED);
BATCH_FRAME_AT(link, ENGINE_FRAME_LINK);
BATCH_FRAME_AT(length, ENGINE_FRAME_WIRE_LENGTH);
BATCH_FRAME_AT(head, ENGINE_FRAME_HEAD);
_Static_assert(FRAME_HEAD_BYTES == ENGINE_HEAD_BYTES, "the ring keeps as much of a frame as the engine reads");

#ifdef ENGINE_TASK_COST
struct engine_task_cost engine_task_cost;

/* The C3's own counter: it has none of the standard's. The SDK compiles for an instruction set without CSRs. */
uint32_t engine_task_cycles(void) {
  uint32_t cycles;
  __asm__ volatile(".option push\n.option arch, +zicsr\ncsrr %0, 0x7e2\n.option pop" : "=r"(cycles));
  return cycles;
}
#define CYCLES() engine_task_cycles()

static void count_turn(uint32_t frames, uint32_t cycles) {
  if (frames) engine_task_cost.turns++, engine_task_cost.turn += cycles;
  else engine_task_cost.idle_turns++, engine_task_cost.idle += cycles;
}

static void count_calls(uint32_t frames, uint32_t cycles) {
  engine_task_cost.frames += frames;
  engine_task_cost.calls += cycles;
}
#else
#define CYCLES() 0u
static void count_turn(uint32_t frames, uint32_t cycles) { (void)frames, (void)cycles; }
static void count_calls(uint32_t frames, uint32_t cycles) { (void)frames, (void)cycles; }
#endif

/* Publishes all of `words` under one version, or none of it. One writer. */
static void write_words(_Atomic(uint32_t) *words, _Atomic(uint32_t) *version, const void *from, size_t count) {
  uint32_t before = atomic_load_explicit(version, memory_order_relaxed), word;
  atomic_store_explicit(version, before + 1, memory_order_relaxed);
  atomic_thread_fence(memory_order_release);
  for (size_t i = 0; i < count; i++) {
    memcpy(&word, (const uint8_t *)from + 4 * i, sizeof word);
    atomic_store_explicit(&words[i], word, memory_order_relaxed);
  }
  atomic_store_explicit(version, before + 2, memory_order_release);
}

/* False during a write; `version` is the version read. */
static bool read_words(_Atomic(uint32_t) *words, _Atomic(uint32_t) *version, void *to, size_t count, uint32_t *found) {
  *found = atomic_load_explicit(version, memory_order_acquire);
  for (size_t i = 0; i < count; i++) {
    uint32_t word = atomic_load_explicit(&words[i], memory_order_relaxed);
    memcpy((uint8_t *)to + 4 * i, &word, sizeof word);
  }
  atomic_thread_fence(memory_order_acquire);
  return !(*found & 1) && atomic_load_explicit(version, memory_order_relaxed) == *found;
}

bool engine_task_begin(struct frame_ring *ring, const uint8_t *config, uint32_t seed_low, uint32_t seed_high,
                       void (*wake)(void *context), void *context) {
  memset(&task, 0, sizeof task);
  task.ring = ring;
  task.wake = wake;
  task.context = context;
  return engine_start(&task.engine, config, seed_low, seed_high);
}

static void accumulate(void) {
  for (uint32_t i = 0; i < ENGINE_COUNTER_COUNT; i++) {
    if (!((uint64_t)ENGINE_GAUGE_COUNTERS >> i & 1)) task.accumulated[i] += task.counted[i];
    task.counted[i] = 0;
  }
}

/* The last call trapped: the engine has restarted, and `frames` were lost. */
static void notice_trap(uint32_t frames) {
  if (task.engine.traps == 0) return;
  task.traps += task.engine.traps;
  task.engine.traps = 0;
  task.frames_lost += frames;
  accumulate();
}

/* A record without room stays in the engine, which counts its own overruns. */
static void hand_out_records(void) {
  for (;;) {
    uint32_t produced = atomic_load_explicit(&task.produced, memory_order_relaxed);
    uint32_t room = ENGINE_TASK_RECORDS - (produced - atomic_load_explicit(&task.consumed, memory_order_acquire));
    uint32_t at = produced & (ENGINE_TASK_RECORDS - 1);
    uint32_t run = ENGINE_TASK_RECORDS - at < room ? ENGINE_TASK_RECORDS - at : room;
    uint32_t moved = run ? engine_records(&task.engine, &task.records[at], run) : 0;
    notice_trap(0);
    if (moved == 0) break;
    atomic_store_explicit(&task.produced, produced + moved, memory_order_release);
  }
  bool waiting = atomic_load(&task.produced) != atomic_load(&task.consumed);
  // Sequentially consistent, with engine_task_take: either this sees that XS is taking records, or XS sees the record.
  if (waiting && task.wake && !atomic_load(&task.wake_pending)) {
    atomic_store(&task.wake_pending, true);
    task.wake(task.context);
  }
}

/* A half-written config is taken at the next turn. Nothing is flushed: the engine continues with its state. */
static void take_config(void) {
  if (atomic_load_explicit(&task.config_version, memory_order_relaxed) == task.config_taken) return;
  uint8_t config[ENGINE_CONFIG_BYTES];
  uint32_t version;
  if (!read_words(task.config, &task.config_version, config, CONFIG_WORDS, &version)) return;
  task.config_taken = version;
  engine_configure(&task.engine, config);
  notice_trap(0);
}

/* Moves frames from the ring to the batch area; returns their number and their bytes. */
static uint32_t fill(uint32_t *bytes) {
  uint32_t capacity, frames = 0, first = 0, filled = 0;
  uint8_t *area = engine_batch_area(&task.engine, &capacity);
  for (const struct frame_slot *slot; area && (slot = frame_ring_peek(task.ring)); frames++) {
    uint32_t size = ENGINE_FRAME_HEAD + ((slot->captured + 3u) & ~3u);
    if (frames == 0) first = slot->time_ms;
    if (filled + size > capacity || slot->time_ms - first > MOST_BATCH_MS) break;
    memcpy(area + filled, &slot->time_ms, ENGINE_FRAME_HEAD + slot->captured);
    filled += size;
    // A tick earlier than a frame would count as a clock that goes backwards.
    if ((int32_t)(slot->time_ms - task.ticked) > 0) task.ticked = slot->time_ms;
    frame_ring_release(task.ring);
  }
  *bytes = filled;
  return frames;
}

static void publish_snapshot(void) {
  struct engine_snapshot out;
  for (uint32_t i = 0; i < ENGINE_COUNTER_COUNT; i++) out.counters[i] = task.counted[i] + task.accumulated[i];
  out.traps = task.traps;
  out.last_trap = task.engine.last_trap;
  out.frames_lost = task.frames_lost;
  out.records_waiting = atomic_load(&task.produced) - atomic_load(&task.consumed);
  out.ring_dropped = atomic_load_explicit(&task.ring->dropped, memory_order_relaxed);
  out.ring_peak = atomic_load_explicit(&task.ring->peak, memory_order_relaxed);
  write_words(task.snapshot, &task.snapshot_version, &out, SNAPSHOT_WORDS);
}

static void trap_if_asked(void) {
  if (!atomic_load(&task.trap_asked)) return;
  atomic_store(&task.trap_asked, false);
  engine_provoke_trap(&task.engine);
  notice_trap(0);
}

uint32_t engine_task_step(uint32_t now_ms) {
  const uint32_t began = CYCLES();
  uint32_t bytes;
  take_config();
  trap_if_asked();
  uint32_t frames = fill(&bytes);
  uint32_t tick = now_ms - TICK_SLACK_MS;
  if (frames) {
    const uint32_t before = CYCLES();
    engine_batch(&task.engine, bytes);
    count_calls(frames, CYCLES() - before);
  } else if ((int32_t)(tick - task.ticked) >= (int32_t)TICK_EVERY_MS) {
    engine_tick(&task.engine, tick);
    task.ticked = tick;
  }
  notice_trap(frames);
  hand_out_records();
  engine_counters(&task.engine, task.counted);
  publish_snapshot();
  count_turn(frames, CYCLES() - began);
  return frames;
}

uint32_t engine_task_take(uint8_t (*out)[ENGINE_RECORD_BYTES], uint32_t max) {
  atomic_store(&task.wake_pending, false);
  uint32_t consumed = atomic_load(&task.consumed);
  uint32_t waiting = atomic_load(&task.produced) - consumed;
  uint32_t count = waiting < max ? waiting : max;
  for (uint32_t i = 0; i < count; i++) {
    memcpy(out[i], task.records[(consumed + i) & (ENGINE_TASK_RECORDS - 1)], ENGINE_RECORD_BYTES);
  }
  atomic_store(&task.consumed, consumed + count);
  return count;
}

void engine_task_configure(const uint8_t *config) {
  write_words(task.config, &task.config_version, config, CONFIG_WORDS);
}

/* The task has the higher priority on a chip, and elsewhere only forty words to copy: this ends with its next turn. */
void engine_task_snapshot(struct engine_snapshot *out) {
  uint32_t version;
  bool whole;
  do whole = read_words(task.snapshot, &task.snapshot_version, out, SNAPSHOT_WORDS, &version);
  while (!whole);
}

void engine_task_trap(void) { atomic_store(&task.trap_asked, true); }
