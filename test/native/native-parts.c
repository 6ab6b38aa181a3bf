/* Tries the ring, the engine's task and the capture reader, one named case a run: `native-parts CASE [FILE]`. Exit 0: it holds. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture-file.h"
#include "engine-task.h"
#include "tap.h"

#define HOLDS(what) do { if (!(what)) { printf("line %d: %s\n", __LINE__, #what); exit(1); } } while (0)

static struct frame_slot slots[8];
static struct frame_ring ring;
static uint8_t bytes[300];

static void ring_full(void) {
  frame_ring_init(&ring, slots, 8);
  HOLDS(frame_ring_peek(&ring) == NULL);
  for (unsigned i = 0; i < 8; i++) HOLDS(frame_ring_put(&ring, i, 1, bytes, 60, 60, -40, 6));
  HOLDS(!frame_ring_put(&ring, 9, 1, bytes, 60, 60, 0, 0));
  HOLDS(!frame_ring_put(&ring, 9, 1, bytes, 60, 60, 0, 0));
  HOLDS(atomic_load(&ring.dropped) == 2 && atomic_load(&ring.peak) == 8);
  for (unsigned i = 0; i < 8; i++) {
    const struct frame_slot *slot = frame_ring_peek(&ring);
    HOLDS(slot && slot->time_ms == i && slot->rssi == -40 && slot->channel == 6);
    frame_ring_release(&ring);
  }
  HOLDS(frame_ring_peek(&ring) == NULL && frame_ring_put(&ring, 1, 1, bytes, 60, 60, 0, 0));
}

static void ring_wraps(void) {
  frame_ring_init(&ring, slots, 8);
  atomic_store(&ring.written, 0xfffffffdu);
  atomic_store(&ring.released, 0xfffffffdu);
  for (unsigned i = 0; i < 100; i++) {
    HOLDS(frame_ring_put(&ring, i, 1, bytes, 20, 20, 0, 0));
    const struct frame_slot *slot = frame_ring_peek(&ring);
    HOLDS(slot && slot->time_ms == i);
    frame_ring_release(&ring);
  }
  HOLDS(atomic_load(&ring.dropped) == 0 && atomic_load(&ring.peak) == 1);
}

static void ring_cuts(void) {
  frame_ring_init(&ring, slots, 8);
  HOLDS(frame_ring_put(&ring, 0, 1, bytes, 300, 70000, 0, 0));
  const struct frame_slot *slot = frame_ring_peek(&ring);
  HOLDS(slot->captured == FRAME_HEAD_BYTES && slot->length == 0xffff);
  frame_ring_release(&ring);
  HOLDS(frame_ring_put(&ring, 0, 1, bytes, 0, 0, 0, 0) && frame_ring_peek(&ring)->captured == 0);
}

#define MANY 300000u

static void *produce(void *unused) {
  for (uint32_t i = 0; i < MANY; i++) {
    uint8_t head[8];
    memcpy(head, &i, 4);
    memcpy(head + 4, &i, 4);
    frame_ring_put(&ring, i, 1, head, 8, 8, 0, 0);
  }
  return unused;
}

static void ring_threads(void) {
  pthread_t producer;
  frame_ring_init(&ring, slots, 8);
  HOLDS(pthread_create(&producer, NULL, produce, NULL) == 0);
  uint32_t taken = 0, next = 0;
  while (taken + atomic_load(&ring.dropped) < MANY) {
    const struct frame_slot *slot = frame_ring_peek(&ring);
    if (!slot) continue;
    uint32_t first, second;
    memcpy(&first, slot->head, 4);
    memcpy(&second, slot->head + 4, 4);
    HOLDS(first == slot->time_ms && second == first && first >= next);
    next = first + 1;
    taken++;
    frame_ring_release(&ring);
  }
  pthread_join(producer, NULL);
  HOLDS(taken > 0 && taken + atomic_load(&ring.dropped) == MANY);
}

static unsigned wakes;
static void wake(void *unused) {
  (void)unused;
  wakes++;
}

/* Milliseconds from a capture's own time to the engine's. */
static uint32_t shift;

/* Plays a capture into the ring as a tap does, and steps the task by hand; `trap_at` is the frame before which it traps. */
static unsigned play(const char *path, uint32_t trap_at, struct engine_snapshot *after, uint8_t (*last)[ENGINE_RECORD_BYTES]) {
  struct capture_file capture;
  struct capture_frame frame;
  unsigned records = 0;
  frame_ring_init(&ring, slots, 8);
  HOLDS(capture_open(&capture, path) == NULL);
  uint8_t config[ENGINE_CONFIG_BYTES] = {1};
  memcpy(config + 8, (uint32_t[]){0x0a140000, 0xffff0000}, 8);
  HOLDS(engine_task_begin(&ring, config, 1, 2, wake, NULL));
  uint32_t now = 0;
  for (uint32_t n = 0; capture_next(&capture, &frame); n++) {
    if (n == trap_at) engine_task_trap();
    now = (uint32_t)(frame.time_us / 1000) + shift;
    if (n == 0 && shift) for (uint32_t idle = now % 600000u; idle != now; idle += 600000u) engine_task_step(idle);
    HOLDS(frame_ring_put(&ring, now, frame.link, frame.head, frame.captured, frame.length, 0, 0));
    engine_task_step(now);
    for (uint32_t got; (got = engine_task_take(last, 1)) != 0;) records += got;
  }
  for (uint32_t i = 0; i < 400; i++) {
    engine_task_step(now += 1000);
    for (uint32_t got; (got = engine_task_take(last, 1)) != 0;) records += got;
  }
  engine_task_snapshot(after);
  capture_close(&capture);
  return records;
}

static void task_reports(const char *path) {
  struct engine_snapshot after;
  uint8_t last[1][ENGINE_RECORD_BYTES];
  unsigned records = play(path, UINT32_MAX, &after, last);
  HOLDS(records >= 3 && wakes > 0 && wakes <= records);
  HOLDS(after.traps == 0 && after.frames_lost == 0 && after.ring_dropped == 0 && after.records_waiting == 0);
  HOLDS(after.counters[0] > 100 && after.counters[36] == 0);
  printf("%u records, %u wakes, %u frames\n", records, wakes, (unsigned)after.counters[0]);
}

static void task_quiet(const char *path) {
  struct engine_snapshot after;
  uint8_t last[1][ENGINE_RECORD_BYTES];
  HOLDS(play(path, UINT32_MAX, &after, last) == 0 && wakes == 0 && after.counters[0] > 100);
}

static void task_traps(const char *path) {
  struct engine_snapshot whole, after;
  uint8_t last[1][ENGINE_RECORD_BYTES];
  play(path, UINT32_MAX, &whole, last);
  unsigned records = play(path, 100, &after, last);
  HOLDS(after.traps == 1 && after.last_trap == WASM_RT_TRAP_UNREACHABLE && records > 0);
  /* What was counted before the trap is counted still. */
  HOLDS(after.counters[0] == whole.counters[0]);
}

/* Records that nobody takes: the task goes on, wakes once, and the engine counts what it lost. */
static void task_unread(const char *path) {
  struct engine_snapshot after;
  uint8_t last[1][ENGINE_RECORD_BYTES], config[ENGINE_CONFIG_BYTES] = {1};
  struct capture_file capture;
  struct capture_frame frame;
  memcpy(config + 8, (uint32_t[]){0x0a140000, 0xffff0000}, 8);
  memcpy(config + 2, &(uint16_t){6000}, 2);
  frame_ring_init(&ring, slots, 8);
  HOLDS(engine_task_begin(&ring, config, 1, 2, wake, NULL));
  for (uint32_t round = 0; round < 12; round++) {
    HOLDS(capture_open(&capture, path) == NULL);
    for (uint32_t first = 0; capture_next(&capture, &frame);) {
      uint32_t now = (uint32_t)(frame.time_us / 1000);
      if (first == 0) first = now;
      now = round * 1000000u + now - first + 1;
      HOLDS(frame_ring_put(&ring, now, frame.link, frame.head, frame.captured, frame.length, 0, 0));
      engine_task_step(now);
    }
    capture_close(&capture);
  }
  engine_task_snapshot(&after);
  printf("%u wakes, %u waiting, %u lost\n", wakes, (unsigned)after.records_waiting, (unsigned)after.counters[34]);
  HOLDS(wakes == 1 && after.records_waiting == ENGINE_TASK_RECORDS);
  HOLDS(after.counters[34] > 0 && after.traps == 0);
  HOLDS(engine_task_take(last, 1) == 1);
}

/* A config that arrives while it runs: open scans are told to their end, and counters go on. */
static void task_configures(const char *path) {
  struct engine_snapshot before, after;
  uint8_t last[1][ENGINE_RECORD_BYTES], config[ENGINE_CONFIG_BYTES] = {1};
  memcpy(config + 8, (uint32_t[]){0x0a140000, 0xffff0000}, 8);
  play(path, UINT32_MAX, &before, last);
  engine_task_configure(config);
  engine_task_step(1);
  engine_task_snapshot(&after);
  HOLDS(after.counters[0] == before.counters[0] && after.traps == 0);
}

/* The clock's 32 bits come to their end after 49.7 days, in the middle of a scan: all is counted and told as at any other time. */
static void task_wraps(const char *path) {
  struct engine_snapshot early, late;
  struct capture_file capture;
  struct capture_frame frame;
  uint8_t last[1][ENGINE_RECORD_BYTES];
  uint32_t first = 0, end = 0;
  HOLDS(capture_open(&capture, path) == NULL);
  for (uint32_t n = 0; capture_next(&capture, &frame); n++) {
    end = (uint32_t)(frame.time_us / 1000);
    if (n == 0) first = end;
  }
  capture_close(&capture);
  /* On the third day, when what is learned in the first hours is known. */
  shift = 172800000u - first;
  unsigned before = play(path, UINT32_MAX, &early, last);
  shift = 0u - (first + (end - first) / 2);
  unsigned after = play(path, UINT32_MAX, &late, last);
  shift = 0;
  printf("%u records on the third day, %u over the wrap\n", before, after);
  HOLDS(before > 0 && after == before && late.traps == 0);
  HOLDS(memcmp(early.counters, late.counters, sizeof early.counters) == 0 && late.counters[36] == 0);
}

/* All of it at once, as it runs on a Linux box: the tap's thread, the engine's, and this one as XS, which takes records,
 * changes the config and looks at figures. Each figure that only grows, grows. */
static void task_threads(const char *path) {
  static struct frame_slot many[64];
  struct engine_snapshot now = {0}, then = {0};
  uint8_t out[4][ENGINE_RECORD_BYTES], config[ENGINE_CONFIG_BYTES] = {1};
  char plan[1200];
  memcpy(config + 8, (uint32_t[]){0x0a140000, 0xffff0000}, 8);
  snprintf(plan, sizeof plan, "file:%s,loop,speed=500", path);
  frame_ring_init(&ring, many, 64);
  HOLDS(tap_start(&ring, plan) == NULL);
  HOLDS(engine_task_start(&ring, config, 1, 2, NULL, NULL));
  unsigned records = 0;
  for (uint32_t turn = 0; records < 8 || now.counters[0] < 6000 || now.traps < 3; turn++) {
    records += engine_task_take(out, 4);
    if (turn % 64 == 63) engine_task_configure(config);
    if (turn % 256 == 255) engine_task_trap();
    engine_task_snapshot(&now);
    HOLDS(now.counters[0] >= then.counters[0] && now.traps >= then.traps && now.ring_dropped == 0 && now.records_waiting <= ENGINE_TASK_RECORDS);
    then = now;
    (void)tap_now_ms();
    usleep(100);
  }
  tap_stop();
  engine_task_stop();
  printf("%u records, %u frames, %u traps\n", records, (unsigned)now.counters[0], (unsigned)now.traps);
}

static void capture_refuses(const char *path) {
  struct capture_file capture;
  const char *problem = capture_open(&capture, path);
  HOLDS(problem != NULL);
  printf("%s\n", problem);
}

/* Reads to the end whatever is in the file: no frame is longer than the head's room. */
static void capture_reads(const char *path) {
  struct capture_file capture;
  struct capture_frame frame;
  unsigned frames = 0;
  HOLDS(capture_open(&capture, path) == NULL);
  for (; capture_next(&capture, &frame); frames++) HOLDS(frame.captured <= FRAME_HEAD_BYTES);
  capture_rewind(&capture);
  unsigned again = 0;
  while (capture_next(&capture, &frame)) again++;
  HOLDS(frames == again);
  capture_close(&capture);
  printf("%u frames\n", frames);
}

int main(int argc, char **argv) {
  static const struct { const char *name; void (*plain)(void); void (*file)(const char *); } cases[] = {
    {"ring-full", ring_full, NULL}, {"ring-wraps", ring_wraps, NULL}, {"ring-cuts", ring_cuts, NULL}, {"ring-threads", ring_threads, NULL},
    {"task-reports", NULL, task_reports}, {"task-quiet", NULL, task_quiet}, {"task-traps", NULL, task_traps}, {"task-unread", NULL, task_unread},
    {"task-configures", NULL, task_configures}, {"task-wraps", NULL, task_wraps}, {"task-threads", NULL, task_threads},
    {"capture-refuses", NULL, capture_refuses}, {"capture-reads", NULL, capture_reads},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    if (argc < 2 || strcmp(argv[1], cases[i].name) != 0) continue;
    if (cases[i].plain) cases[i].plain();
    else cases[i].file(argc > 2 ? argv[2] : "");
    return 0;
  }
  return 2;
}
