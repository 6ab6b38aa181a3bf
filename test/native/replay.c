/*
 * Runs a tape through the C build of the engine: `replay [--idle] [--repeat N] TAPE [RECORDS]`.
 *
 * A tape is what a host fed to the WebAssembly engine, call by call: u32 operation, u32 length, then the payload
 * padded to a multiple of 4 (little endian):
 *   1 start  config block (720 bytes), u32 seed low, u32 seed high
 *   2 batch  frames as they stood in the batch area
 *   3 tick   u32 time
 *   4 flush  u32 time
 *   5 configure  config block (720 bytes)
 * After each call the records are taken, as the host does. Written to RECORDS: the raw records one after another.
 * Printed: `traps N`, `frames N`, then one line `counter I VALUE` for each counter.
 * --idle does all but call the engine with the frames: the floor to subtract when instructions are counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blockwatch-engine.h"

enum { START = 1, BATCH, TICK, FLUSH, CONFIGURE };

static struct engine engine;
static uint8_t records[512][ENGINE_RECORD_BYTES];

static uint32_t read_u32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static void fail(const char *what) {
  fprintf(stderr, "replay: %s\n", what);
  exit(1);
}

static uint8_t *read_file(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  if (!file) fail("cannot open the tape");
  fseek(file, 0, SEEK_END);
  *bytes = (size_t)ftell(file);
  rewind(file);
  uint8_t *data = malloc(*bytes ? *bytes : 1);
  if (!data || fread(data, 1, *bytes, file) != *bytes) fail("cannot read the tape");
  fclose(file);
  return data;
}

static uint64_t drain(FILE *out) {
  uint32_t count = engine_records(&engine, records, sizeof records / sizeof records[0]);
  if (out && count) fwrite(records, ENGINE_RECORD_BYTES, count, out);
  return count;
}

/* Plays the tape once; returns the frames run. */
static uint64_t play(const uint8_t *tape, size_t bytes, bool idle, FILE *out) {
  uint64_t frames = 0;
  for (size_t at = 0; at < bytes;) {
    if (bytes - at < 8) fail("the tape ends within an operation");
    uint32_t operation = read_u32(tape + at), length = read_u32(tape + at + 4), room;
    const uint8_t *payload = tape + at + 8;
    if (length > bytes - at - 8) fail("the tape ends within a payload");
    at += 8 + (((size_t)length + 3) & ~(size_t)3);
    uint8_t *area = engine_batch_area(&engine, &room);
    switch (operation) {
      case START:
        if (length != ENGINE_CONFIG_BYTES + 8) fail("a start of the wrong length");
        if (!engine_start(&engine, payload, read_u32(payload + ENGINE_CONFIG_BYTES), read_u32(payload + ENGINE_CONFIG_BYTES + 4)))
          fail("the engine does not start");
        break;
      case BATCH:
        if (!area || length > room) fail("a batch is larger than the batch area");
        memcpy(area, payload, length);
        if (!idle) frames += engine_batch(&engine, length);
        break;
      case TICK:
        if (!idle) engine_tick(&engine, read_u32(payload));
        break;
      case CONFIGURE:
        if (length != ENGINE_CONFIG_BYTES) fail("a config of the wrong length");
        engine_configure(&engine, payload);
        break;
      case FLUSH:
        if (!idle) engine_flush(&engine, read_u32(payload));
        break;
      default:
        fail("an unknown operation");
    }
    drain(out);
  }
  return frames;
}

int main(int argc, char **argv) {
  bool idle = false;
  int repeat = 1, arg = 1;
  for (; arg < argc && argv[arg][0] == '-'; arg++) {
    if (!strcmp(argv[arg], "--idle")) idle = true;
    else if (!strcmp(argv[arg], "--repeat") && arg + 1 < argc) repeat = atoi(argv[++arg]);
    else fail("unknown option");
  }
  if (argc - arg < 1 || argc - arg > 2) fail("usage: replay [--idle] [--repeat N] TAPE [RECORDS]");
  size_t bytes;
  uint8_t *tape = read_file(argv[arg], &bytes);
  FILE *out = argc - arg == 2 ? fopen(argv[arg + 1], "wb") : NULL;
  if (argc - arg == 2 && !out) fail("cannot write the records");
  uint64_t frames = 0;
  for (int i = 0; i < repeat; i++) frames += play(tape, bytes, idle, out);
  if (out) fclose(out);
  uint32_t counters[ENGINE_COUNTER_COUNT];
  engine_counters(&engine, counters);
  printf("traps %u\nframes %llu\n", (unsigned)engine.traps, (unsigned long long)frames);
  for (unsigned i = 0; i < ENGINE_COUNTER_COUNT; i++) printf("counter %u %u\n", i, (unsigned)counters[i]);
  free(tape);
  return 0;
}
