/*
 * The engine's C build under libFuzzer; scripts/fuzz.ts compiles and runs it.
 *
 * An input tells a story of frames. scripts/fuzz/input.ts writes and plays the same format; what is missing at its end is 0:
 *   u8  setup: bits 0-1 home blocks, bits 2-3 alert budget, bits 4-5 threshold, bit 6 a watch list, bit 7 frames are
 *       packed into batches instead of one a batch
 *   u8  high byte of the clock's first time, so that the clock wraps within reach
 *   then operations:
 *   0x00-0x7f  a frame; bits 0-2 link type, then u8 pause, u8 head length, u16 length on the wire, at most 192 bytes of head
 *   0x80       tick: u8 pause
 *   0x81       flush: u8 pause
 *   0x82       run the batch: u16 its length, true or not
 *   0x83       sweep: u8 pause, u8 count, u8 place: the last frame again and again, the byte at `place` rising by one
 *   0x84       configure: u8 setup, of which bit 7 does not count
 * Of an operation above 0x84 the low three bits count; 5 to 7 are 1 to 3. Numbers are little endian.
 *
 * The address sanitizer knows the page as one object. So that it sees reads past a frame's head too, everything behind the
 * head is poisoned while the engine runs.
 */
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blockwatch-engine.h"
#include "numbers.h" /* generated of src/engine/constants/codes.ts and memory.ts */

enum { FRAME_HEADER = 8, MOST_FRAMES = 2000, MOST_RECORDS = 64 };

/* Times are told apart within 2^31 ms, the clock wraps after 2^32: a story sees both. */
static const int64_t most_elapsed = (int64_t)49 * 86400 * 1000;

static struct engine engine;

/* What is left of the input. */
static const uint8_t *input;
static size_t left;

/* The story so far. */
static bool packed;
/* Time has only gone forwards, and all of it by pass_time(). */
static bool clock_is_sound;
static int64_t elapsed;
static uint32_t now, filled, frames, frames_pushed, records, held_back_told;
static uint8_t last_link, last_captured, last_head[HEAD_BYTES];
static uint16_t last_wire;
static uint8_t before_counters[COUNTERS_AT];

static void fail(const char *what, uint32_t a, uint32_t b) {
  fprintf(stderr, "fuzz: %s (%u, %u)\n", what, (unsigned)a, (unsigned)b);
  abort();
}

#define CHECK(condition, what, a, b) \
  do { if (!(condition)) fail(what, a, b); } while (0)

/* Linked in the place of the runtime's: the stack that libFuzzer prints then shows where the trap was. */
_Noreturn void __wrap_wasm_rt_trap(wasm_rt_trap_t code) {
  fail("the engine trapped", code, 0);
  abort();
}

static uint8_t next_u8(void) {
  if (left == 0) return 0;
  left--;
  return *input++;
}

static uint16_t next_u16(void) {
  uint16_t low = next_u8();
  return (uint16_t)(low | next_u8() << 8);
}

/* 0 to 31 units; the last two units go backwards. */
static void pass_time(uint8_t pause) {
  static const int32_t units[8] = {1, 50, 1000, 20000, 600000, 7200000, -1, -7000};
  int32_t step = (pause & 31) * units[pause >> 5];
  if (elapsed + step > most_elapsed) return;
  elapsed += step;
  if (step < 0) clock_is_sound = false;
  now += (uint32_t)step;
}

static uint32_t counter(const uint32_t *counters, uint32_t index) { return counters[index]; }

static uint32_t read_u32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static void check_record(const uint8_t *r) {
  bool digest = r[RECORD_KIND] == KIND_DIGEST, knocks = r[RECORD_KIND] == KIND_KNOCKS;
  CHECK(r[RECORD_STAGE] >= STAGE_START && r[RECORD_STAGE] <= STAGE_WHISPER, "a record's stage", r[RECORD_STAGE], 0);
  CHECK(r[RECORD_KIND] >= KIND_HOST_SWEEP && r[RECORD_KIND] <= MOST_KIND, "a record's kind", r[RECORD_KIND], 0);
  CHECK((r[RECORD_STAGE] == STAGE_WHISPER) == (r[RECORD_KIND] == KIND_WHISPER || knocks), "a whisper's stage and kind", r[RECORD_STAGE], r[RECORD_KIND]);
  CHECK(r[RECORD_FLAGS] <= (FLAG_SCAN | FLAG_SPOOFABLE | FLAG_AGGREGATE | FLAG_DECOY), "a record's flags", r[RECORD_FLAGS], 0);
  CHECK(r[RECORD_SEVERITY] >= SEVERITY_LOW && r[RECORD_SEVERITY] <= SEVERITY_CRITICAL, "a record's severity", r[RECORD_SEVERITY], 0);
  CHECK(r[RECORD_CONFIDENCE] <= 100, "a record's confidence", r[RECORD_CONFIDENCE], 0);
  CHECK(r[RECORD_TOOL] <= MOST_TOOL, "a record's tool", r[RECORD_TOOL], 0);
  CHECK(r[RECORD_TECHNIQUE] <= MOST_TECHNIQUE, "a record's technique", r[RECORD_TECHNIQUE], 0);
  CHECK(r[RECORD_SERVICE_COUNT] <= RECORD_MAX_SERVICES, "a record's services", r[RECORD_SERVICE_COUNT], 0);
  CHECK(r[RECORD_SHAPE_SHIFT] < 32, "a record's shape step", r[RECORD_SHAPE_SHIFT], 0);
  if (!digest) {
    uint8_t family = r[RECORD_FAMILY], direction = r[RECORD_DIRECTION], protocol = r[RECORD_PROTOCOL];
    /* Of these nobody knows the source, or there are many. */
    bool nobody = knocks || r[RECORD_KIND] == KIND_DISTRIBUTED_SCAN || r[RECORD_KIND] == KIND_FLOOD || r[RECORD_KIND] == KIND_ARP_SHADOW;
    CHECK(nobody ? family == FAMILY_NONE : family == FAMILY_MAC || family == FAMILY_IPV4 || family == FAMILY_IPV6, "a record's family", family, 0);
    CHECK(direction >= DIRECTION_INBOUND && direction <= DIRECTION_TRANSIT, "a record's direction", direction, 0);
    CHECK((protocol >= PROTOCOL_TCP || knocks || r[RECORD_KIND] == KIND_NEW_TALKER) && protocol <= MOST_PROTOCOL, "a record's protocol", protocol, 0);
  }
  if (knocks) {
    uint32_t listed = read_u32(r + RECORD_TARGETS), strangers = read_u32(r + RECORD_PROBES);
    CHECK(listed >= 1 && listed <= KNOCKS_MOST && listed <= strangers, "knocks in a record, strangers", listed, strangers);
    CHECK(read_u32(r + RECORD_DARK) <= listed, "knocks that met nobody, all", read_u32(r + RECORD_DARK), listed);
  }
  uint32_t time = read_u32(r + RECORD_TIME), first = read_u32(r + RECORD_FIRST), last = read_u32(r + RECORD_LAST);
  /* The clock set back dates records anew. */
  if (clock_is_sound) {
    CHECK((int32_t)(last - first) >= 0, "a record's first time is after its last", first, last);
    CHECK((int32_t)(time - last) >= 0, "a record's last time is after its own", last, time);
  }
  if (digest) held_back_told += read_u32(r + RECORD_PROBES);
}

/* Takes the records and looks at the counters: after every call. */
static void check_state(void) {
  static uint8_t taken[MOST_RECORDS][ENGINE_RECORD_BYTES];
  uint32_t counters[ENGINE_COUNTER_COUNT];
  uint32_t count = engine_records(&engine, taken, MOST_RECORDS);
  CHECK(count <= RECORD_SLOTS, "more records wait than the ring has slots", count, RECORD_SLOTS);
  for (uint32_t i = 0; i < count; i++) check_record(taken[i]);
  records += count;
  engine_counters(&engine, counters);
#define OF(name) counter(counters, COUNTER_##name)
  uint32_t fates = 0;
  for (uint32_t i = COUNTER_DECODED; i <= COUNTER_MALFORMED_TRANSPORT; i++) fates += counters[i];
  CHECK(OF(FRAMES) == frames, "frames counted, frames run", OF(FRAMES), frames);
  CHECK(fates == frames, "the fates add up, frames run", fates, frames);
  CHECK(OF(RECORDS) - OF(RECORDS_LOST) == records, "records counted, records taken", OF(RECORDS) - OF(RECORDS_LOST), records);
  CHECK(OF(SOURCES_USED) <= OF(SOURCES_PEAK) && OF(SOURCES_PEAK) <= SOURCE_SLOTS, "sources used, peak", OF(SOURCES_USED), OF(SOURCES_PEAK));
  CHECK(OF(PROBATION_USED) <= PROBATION_SETS * PROBATION_WAYS, "probation used", OF(PROBATION_USED), PROBATION_SETS * PROBATION_WAYS);
  CHECK(OF(PRESENCE_USED) <= PRESENCE_SETS * PRESENCE_WAYS, "presence used", OF(PRESENCE_USED), PRESENCE_SETS * PRESENCE_WAYS);
  CHECK(OF(EPISODES_OPEN) <= OF(EPISODES_PEAK) && OF(EPISODES_PEAK) <= EPISODE_SLOTS, "episodes open, peak", OF(EPISODES_OPEN), OF(EPISODES_PEAK));
  CHECK(OF(EPISODES_PEAK) <= OF(EPISODES) && OF(EPISODES_CUT) <= OF(EPISODES), "episodes, cut", OF(EPISODES), OF(EPISODES_CUT));
  CHECK(OF(CONTACTS_UNJUDGED) <= OF(CONTACTS), "contacts unjudged, contacts", OF(CONTACTS_UNJUDGED), OF(CONTACTS));
  CHECK(held_back_told <= OF(HELD_BACK), "the digests tell, held back", held_back_told, OF(HELD_BACK));
#undef OF
  CHECK(engine.module.w2c_memory.size == PAGE_BYTES, "bytes of memory", (uint32_t)engine.module.w2c_memory.size, PAGE_BYTES);
}

static void check_flushed(void) {
  uint32_t counters[ENGINE_COUNTER_COUNT];
  engine_counters(&engine, counters);
  CHECK(counters[COUNTER_EPISODES_OPEN] == 0, "episodes open after a flush", counters[COUNTER_EPISODES_OPEN], 0);
  CHECK(held_back_told == counters[COUNTER_HELD_BACK], "the digests tell, held back", held_back_told, counters[COUNTER_HELD_BACK]);
}

/* Runs the batch; nothing from `fence` on belongs to a head. */
static void run(uint32_t bytes, uint32_t fence) {
  const uint8_t *end = engine.batch + engine.batch_bytes;
  ASAN_POISON_MEMORY_REGION(engine.batch + fence, engine.batch_bytes - fence);
  uint32_t count = engine_batch(&engine, bytes);
  ASAN_UNPOISON_MEMORY_REGION(engine.batch, (size_t)(end - engine.batch));
  CHECK(count <= BATCH_BYTES / FRAME_HEADER, "frames in one batch", count, BATCH_BYTES / FRAME_HEADER);
  frames += count;
  filled = 0;
  check_state();
}

static void run_packed(void) {
  if (filled) run(filled, filled);
}

static void push(void) {
  if (frames_pushed++ >= MOST_FRAMES) return;
  uint32_t bytes = last_captured < HEAD_BYTES ? last_captured : HEAD_BYTES, padded = (bytes + 3) & ~3u;
  if (filled + FRAME_HEADER + padded > engine.batch_bytes) run_packed();
  uint8_t *at = engine.batch + filled;
  memcpy(at, &now, 4);
  at[4] = last_captured;
  at[5] = last_link;
  memcpy(at + 6, &last_wire, 2);
  memset(at + FRAME_HEADER, 0, padded);
  memcpy(at + FRAME_HEADER, last_head, bytes);
  filled += FRAME_HEADER + padded;
  if (!packed) run(filled, FRAME_HEADER + bytes);
}

static void read_frame(uint8_t operation) {
  last_link = operation & 7;
  pass_time(next_u8());
  last_captured = next_u8();
  last_wire = next_u16();
  memset(last_head, 0, sizeof last_head);
  for (uint32_t i = 0; i < last_captured && i < HEAD_BYTES; i++) last_head[i] = next_u8();
  push();
}

static void sweep(void) {
  uint8_t pause = next_u8(), count = next_u8(), place = next_u8();
  for (uint32_t i = 0; i < count; i++) {
    pass_time(pause);
    last_head[place % HEAD_BYTES]++;
    push();
  }
}

/* The config of a setup's byte. Home: the tests' office, none, many blocks with prefixes of every sort, or a config
 * block full of ones. */
static void make_config(uint8_t setup, uint8_t *config) {
  static const uint8_t budgets[] = {0, 1, 8, 255}, thresholds[] = {0, 1, 4, 64};
  memset(config, 0, ENGINE_CONFIG_BYTES);
  if ((setup & 3) == 0) {
    config[0] = config[1] = 1;
    memcpy(config + 8, (const uint8_t[]){0, 0, 20, 10, 0, 0, 255, 255}, 8);
    memcpy(config + 136, (const uint8_t[]){0xfd, 0x20, 0, 0x20}, 4);
    config[152] = 32;
  } else if ((setup & 3) == 2) {
    config[0] = 16;
    config[1] = 8;
    for (uint8_t i = 0; i < 16; i++) memcpy(config + 8 + 8 * i, (const uint8_t[]){0, 0, (uint8_t)(20 + i), 10, 0, 0, 255, 255}, 8);
    for (uint8_t i = 0; i < 8; i++) {
      memcpy(config + 136 + 24 * i, (const uint8_t[]){0xfd, 0x20, 0, i}, 4);
      config[152 + 24 * i] = (uint8_t)(128 - 18 * i);
    }
  } else if ((setup & 3) == 3) {
    memset(config, 255, ENGINE_CONFIG_BYTES);
  }
  config[2] = budgets[setup >> 2 & 3];
  config[3] = 0;
  uint16_t threshold = (uint16_t)(EVIDENCE_PER_NAT * thresholds[setup >> 4 & 3]);
  memcpy(config + 4, &threshold, sizeof threshold);
  if (setup & 0x40) {
    config[6] = 1;
    memcpy(config + 336, (const uint8_t[]){0, 113, 0, 203, 0, 255, 255, 255}, 8);
  }
}

static void begin(uint8_t setup, uint8_t clock) {
  uint8_t config[ENGINE_CONFIG_BYTES];
  make_config(setup, config);
  uint8_t *page = engine.module.w2c_memory.data;
  ASAN_UNPOISON_MEMORY_REGION(page, PAGE_BYTES);
  CHECK(engine_start(&engine, config, 1, 2), "the engine does not start", engine.last_trap, 0);
  CHECK(engine.batch == page + BATCH_AT && engine.batch_bytes == BATCH_BYTES, "the batch lies elsewhere", engine.batch_bytes, BATCH_BYTES);
  /* Nothing of the engine's lies here: neither to read nor to write. */
  ASAN_POISON_MEMORY_REGION(page + END, PAGE_BYTES - END);
  memcpy(before_counters, page, COUNTERS_AT);
  packed = (setup & 0x80) != 0;
  now = (uint32_t)clock << 24;
  elapsed = 0;
  clock_is_sound = true;
  filled = frames = frames_pushed = records = held_back_told = 0;
  last_link = last_captured = 0;
  last_wire = 0;
  memset(last_head, 0, sizeof last_head);
}

/* A config that is the same changes nothing; any other changes nothing of what must always hold. */
static void configure(uint8_t setup) {
  static struct engine before;
  uint8_t config[ENGINE_CONFIG_BYTES];
  make_config(setup, config);
  run_packed();
  bool same = memcmp(config, engine.config, sizeof config) == 0;
  if (same) memcpy(&before, &engine, sizeof before);
  engine_configure(&engine, config);
  if (same) CHECK(memcmp(&before, &engine, sizeof before) == 0, "the same config has changed something", 0, 0);
  memcpy(before_counters + CONFIG_AT, config, sizeof config);
  check_state();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input = data;
  left = size;
  uint8_t setup = next_u8();
  begin(setup, next_u8());
  while (left && frames_pushed < MOST_FRAMES) {
    uint8_t operation = next_u8();
    if (operation < 0x80) {
      read_frame(operation);
    } else if ((operation & 7) == 4) {
      configure(next_u8());
    } else if ((operation & 3) == 2) {
      uint32_t bytes = next_u16() % (engine.batch_bytes + 1);
      /* What is left of older batches runs again, headers and their times cut anywhere. */
      clock_is_sound = false;
      run(bytes, engine.batch_bytes);
    } else if ((operation & 3) == 3) {
      sweep();
    } else {
      run_packed();
      pass_time(next_u8());
      if (operation & 1) engine_flush(&engine, now);
      else engine_tick(&engine, now);
      check_state();
      if (operation & 1) check_flushed();
    }
  }
  run_packed();
  engine_tick(&engine, now);
  check_state();
  engine_flush(&engine, now);
  check_state();
  check_flushed();
  CHECK(memcmp(before_counters, engine.module.w2c_memory.data, COUNTERS_AT) == 0, "the engine wrote into its config or its constants", 0, 0);
  return 0;
}
