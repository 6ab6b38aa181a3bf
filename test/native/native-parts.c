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

/* The tests' office, 10.20.0.0/16, as a config block. */
static const uint8_t *office(void) {
  static uint8_t config[ENGINE_CONFIG_BYTES] = {1};
  memcpy(config + 8, (uint32_t[]){0x0a140000, 0xffff0000}, 8);
  return config;
}

/* What is done before a frame of the capture; NULL: nothing. */
static void (*before_frame)(uint32_t n);

/* Plays a capture into the ring as a tap does, and steps the task by hand, until all has come to its end. Returns how
 * many records there were; `told` is shown each of them. */
static unsigned feed(const char *path, void (*told)(const uint8_t *record)) {
  struct capture_file capture;
  struct capture_frame frame;
  uint8_t record[1][ENGINE_RECORD_BYTES];
  unsigned records = 0;
  HOLDS(capture_open(&capture, path) == NULL);
  uint32_t now = 0;
  bool more = true;
  for (uint32_t n = 0, idle = 0; idle < 400; n++) {
    more = more && capture_next(&capture, &frame);
    if (more && before_frame) before_frame(n);
    now = more ? (uint32_t)(frame.time_us / 1000) + shift : now + 1000;
    if (n == 0 && shift) for (uint32_t early = now % 600000u; early != now; early += 600000u) engine_task_step(early);
    if (more) HOLDS(frame_ring_put(&ring, now, frame.link, frame.head, frame.captured, frame.length, 0, 0));
    else idle++;
    engine_task_step(now);
    for (; engine_task_take(record, 1); records++) if (told) told(record[0]);
  }
  capture_close(&capture);
  return records;
}

/* The same with an engine of its own. */
static unsigned play(const char *path, void (*before)(uint32_t n), struct engine_snapshot *after) {
  frame_ring_init(&ring, slots, 8);
  HOLDS(engine_task_begin(&ring, office(), 1, 2, wake, NULL));
  before_frame = before;
  unsigned records = feed(path, NULL);
  before_frame = NULL;
  engine_task_snapshot(after);
  return records;
}

static void trap_at_100(uint32_t n) {
  if (n == 100) engine_task_trap();
}

static void task_reports(const char *path) {
  struct engine_snapshot after;
  unsigned records = play(path, NULL, &after);
  HOLDS(records >= 3 && wakes > 0 && wakes <= records);
  HOLDS(after.traps == 0 && after.frames_lost == 0 && after.ring_dropped == 0 && after.records_waiting == 0);
  HOLDS(after.counters[0] > 100 && after.counters[36] == 0);
  printf("%u records, %u wakes, %u frames\n", records, wakes, (unsigned)after.counters[0]);
}

static void task_quiet(const char *path) {
  struct engine_snapshot after;
  HOLDS(play(path, NULL, &after) == 0 && wakes == 0 && after.counters[0] > 100);
}

static void task_traps(const char *path) {
  struct engine_snapshot whole, after;
  play(path, NULL, &whole);
  unsigned records = play(path, trap_at_100, &after);
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

/* Onsets and ends of scans, and the number they had. */
static unsigned starts, ends;
static uint32_t number;

static uint32_t episode_of(const uint8_t *record) {
  uint32_t episode;
  memcpy(&episode, record + ENGINE_RECORD_EPISODE, sizeof episode);
  return episode;
}

static void count_scan(const uint8_t *record) {
  uint8_t stage = record[0];
  if (stage == 4) return; /* a whisper */
  HOLDS(starts == 0 || episode_of(record) == number);
  number = episode_of(record);
  starts += stage == 1;
  ends += stage == 3;
}

/* The office with another threshold, in 1/32 nat. */
static void configure_threshold(uint16_t threshold) {
  uint8_t config[ENGINE_CONFIG_BYTES];
  memcpy(config, office(), sizeof config);
  memcpy(config + 4, &threshold, sizeof threshold);
  engine_task_configure(config);
}

static void never_accuse(uint32_t n) {
  if (n == 0) configure_threshold(0xffff);
}

static void accuse_from_100(uint32_t n) {
  never_accuse(n);
  if (n == 100) configure_threshold(0);
}

static void change_often(uint32_t n) {
  if (n % 10 == 9) configure_threshold((uint16_t)(200 + n % 100));
}

static unsigned scans(const char *path, void (*before)(uint32_t n), struct engine_snapshot *after) {
  frame_ring_init(&ring, slots, 8);
  HOLDS(engine_task_begin(&ring, office(), 1, 2, wake, NULL));
  before_frame = before;
  starts = ends = 0;
  feed(path, count_scan);
  before_frame = NULL;
  HOLDS(ends == starts);
  engine_task_snapshot(after);
  return starts;
}

/* A config that arrives while it runs holds from then on, for what was learned before it too; a scan under way goes on
 * as one, and counters with it. */
static void task_configures(const char *path) {
  struct engine_snapshot whole, after;
  HOLDS(scans(path, NULL, &whole) == 1);
  HOLDS(scans(path, never_accuse, &after) == 0);
  HOLDS(scans(path, accuse_from_100, &after) == 1);
  HOLDS(scans(path, change_often, &after) == 1);
  HOLDS(memcmp(whole.counters, after.counters, sizeof whole.counters) == 0 && after.traps == 0);
}

static uint32_t last_number;
static bool trap_next, configure_next;

static void number_grows(const uint8_t *record) {
  if (record[0] != 1) return;
  HOLDS(episode_of(record) > last_number);
  last_number = episode_of(record);
  starts++;
}

static void disturb(uint32_t n) {
  if (n == 0 && configure_next) configure_threshold((uint16_t)(200 + last_number));
  if (n == 0 && trap_next) engine_task_trap();
}

/* One boot: the same scan again and again, and before it a config, a trap, both or neither. */
static void task_numbers(const char *path) {
  struct engine_snapshot after;
  frame_ring_init(&ring, slots, 8);
  HOLDS(engine_task_begin(&ring, office(), 1, 2, wake, NULL));
  before_frame = disturb;
  starts = 0;
  for (unsigned round = 0; round < 12; round++) {
    trap_next = round & 1;
    configure_next = round & 2;
    feed(path, number_grows);
    HOLDS(starts >= round + 1);
    shift += 86400000u;
  }
  before_frame = NULL;
  engine_task_snapshot(&after);
  printf("%u scans, %u traps, the last is number %u\n", starts, (unsigned)after.traps, (unsigned)last_number);
  HOLDS(after.traps == 6);
}

/* The clock's 32 bits come to their end after 49.7 days, in the middle of a scan: all is counted and told as at any other time. */
static void task_wraps(const char *path) {
  struct engine_snapshot early, late;
  struct capture_file capture;
  struct capture_frame frame;
  uint32_t first = 0, end = 0;
  HOLDS(capture_open(&capture, path) == NULL);
  for (uint32_t n = 0; capture_next(&capture, &frame); n++) {
    end = (uint32_t)(frame.time_us / 1000);
    if (n == 0) first = end;
  }
  capture_close(&capture);
  /* On the third day, when what is learned in the first hours is known. */
  shift = 172800000u - first;
  unsigned before = play(path, NULL, &early);
  shift = 0u - (first + (end - first) / 2);
  unsigned after = play(path, NULL, &late);
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
    {"task-configures", NULL, task_configures}, {"task-numbers", NULL, task_numbers}, {"task-wraps", NULL, task_wraps}, {"task-threads", NULL, task_threads},
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
