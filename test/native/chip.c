/*
 * Runs a tape (replay.c says what that is) on a 32-bit machine without an operating system: rv32imc in QEMU, files by
 * semihosting. Every frame goes through the ring, as on the chip. Reads tape.bin, writes records.bin, and prints
 * frames, traps, counters, and the instructions (minstret) that went into the ring and into the engine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blockwatch-engine.h"
#include "frame-ring.h"

enum { START = 1, BATCH, TICK, FLUSH, CONFIGURE };

static struct engine engine;
static struct frame_slot slots[512];
static struct frame_ring ring;
static uint8_t records[32][ENGINE_RECORD_BYTES];
static uint8_t payload[4096];
static uint64_t in_ring, in_engine;

static uint64_t instructions(void) {
  uint32_t high, low, again;
  do {
    __asm__ volatile("csrr %0, minstreth" : "=r"(high));
    __asm__ volatile("csrr %0, minstret" : "=r"(low));
    __asm__ volatile("csrr %0, minstreth" : "=r"(again));
  } while (high != again);
  return (uint64_t)high << 32 | low;
}

static uint32_t word(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static void fail(const char *what) {
  printf("chip: %s\n", what);
  exit(1);
}

/* The frames of a batch into the ring, and out of it into the batch area. */
static uint32_t through_ring(uint32_t bytes) {
  uint32_t room, filled = 0;
  uint8_t *area = engine_batch_area(&engine, &room);
  uint64_t before = instructions();
  for (uint32_t at = 0; at + 8 <= bytes;) {
    uint32_t captured = payload[at + 4], length = (uint32_t)payload[at + 6] | (uint32_t)payload[at + 7] << 8;
    if (!frame_ring_put(&ring, word(payload + at), payload[at + 5], payload + at + 8, captured, length, 0, 0)) fail("the ring is full");
    at += 8 + ((captured + 3) & ~3u);
  }
  for (const struct frame_slot *slot; area && (slot = frame_ring_peek(&ring)); frame_ring_release(&ring)) {
    uint32_t size = 8 + ((slot->captured + 3u) & ~3u);
    if (filled + size > room) fail("the batch does not fit");
    memcpy(area + filled, &slot->time_ms, 8u + slot->captured);
    filled += size;
  }
  in_ring += instructions() - before;
  return filled;
}

int main(void) {
  FILE *tape = fopen("tape.bin", "rb"), *out = fopen("records.bin", "wb");
  if (!tape || !out) fail("cannot open tape.bin or records.bin");
  frame_ring_init(&ring, slots, 512);
  uint64_t frames = 0;
  uint8_t head[8];
  while (fread(head, 1, sizeof head, tape) == sizeof head) {
    uint32_t operation = word(head), length = word(head + 4), padded = (length + 3) & ~3u;
    if (padded > sizeof payload || fread(payload, 1, padded, tape) != padded) fail("the tape is damaged");
    uint32_t filled = operation == BATCH ? through_ring(length) : 0;
    uint64_t before = instructions();
    if (operation == START) engine_start(&engine, payload, word(payload + ENGINE_CONFIG_BYTES), word(payload + ENGINE_CONFIG_BYTES + 4));
    else if (operation == BATCH) frames += engine_batch(&engine, filled);
    else if (operation == TICK) engine_tick(&engine, word(payload));
    else if (operation == FLUSH) engine_flush(&engine, word(payload));
    else if (operation == CONFIGURE) engine_configure(&engine, payload);
    else fail("an unknown operation");
    if (operation != START) in_engine += instructions() - before;
    for (uint32_t count; (count = engine_records(&engine, records, 32)) != 0;) fwrite(records, ENGINE_RECORD_BYTES, count, out);
  }
  fclose(out);
  engine_provoke_trap(&engine);
  uint32_t counters[ENGINE_COUNTER_COUNT];
  printf("traps %u\nprovoked %u\nframes %llu\nring %llu\nengine %llu\n", (unsigned)engine.traps - 1, (unsigned)engine.last_trap, (unsigned long long)frames,
         (unsigned long long)in_ring, (unsigned long long)in_engine);
  engine_counters(&engine, counters);
  return counters[0] == 0 && engine.running ? 0 : 3;
}
