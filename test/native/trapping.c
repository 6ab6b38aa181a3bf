/* Every way the stand-in of trapping.wat can trap, through the wrapper: each is contained, counted, and leaves a
 * freshly started engine. Prints `ok N` or the first thing that is wrong. */
#include <stdio.h>

#include "blockwatch-engine.h"

static int checks;
#define CHECK(condition) \
  do { \
    checks++; \
    if (!(condition)) return printf("line %d: %s\n", __LINE__, #condition), 1; \
  } while (0)

static struct engine engine;

int main(void) {
  static const uint32_t expected[] = {WASM_RT_TRAP_NONE, WASM_RT_TRAP_OOB, WASM_RT_TRAP_OOB, WASM_RT_TRAP_OOB,
                                      WASM_RT_TRAP_UNREACHABLE, WASM_RT_TRAP_DIV_BY_ZERO, WASM_RT_TRAP_OOB, WASM_RT_TRAP_OOB};
  uint8_t config[ENGINE_CONFIG_BYTES] = {7, 1}, records[8][ENGINE_RECORD_BYTES];
  uint32_t capacity, counters[ENGINE_COUNTER_COUNT], traps = 0;

  CHECK(engine_batch(&engine, 4) == 0); /* not started: nothing happens */
  CHECK(engine_batch_area(&engine, &capacity) == NULL && capacity == 0);
  CHECK(engine_records(&engine, records, 8) == 0);

  CHECK(engine_start(&engine, config, 11, 12));
  for (unsigned how = 0; how < sizeof expected / sizeof expected[0]; how++) {
    uint8_t *area = engine_batch_area(&engine, &capacity);
    CHECK(area != NULL && capacity == 256);
    memset(area, 0, capacity);
    CHECK(engine_batch(&engine, 2) == 2);
    engine_counters(&engine, counters);
    CHECK(counters[0] > 0 && counters[1] == 0x0107 && counters[2] == 11 && counters[3] == 12);
    area[0] = (uint8_t)how;
    CHECK(engine_batch(&engine, 2) == (expected[how] ? 0 : 2));
    traps += expected[how] != 0;
    CHECK(engine.traps == traps && (how == 0 || engine.last_trap == expected[how]));
    engine_counters(&engine, counters);
    CHECK(counters[0] == (expected[how] ? 0 : 4) && counters[1] == 0x0107 && counters[2] == 11);
  }
  engine_tick(&engine, 5);
  engine_flush(&engine, 5);
  CHECK(engine.traps == traps);
  engine_tick(&engine, 0);
  engine_flush(&engine, 0);
  CHECK(engine.traps == traps + 2 && engine.last_trap == WASM_RT_TRAP_UNREACHABLE);

  engine_batch_area(&engine, &capacity)[0] = 0;
  CHECK(engine_batch(&engine, 3) == 3 && engine_records(&engine, records, 2) == 2 && engine_records(&engine, records, 8) == 1);
  CHECK(engine_batch(&engine, 4) == 4 && engine_records(&engine, records, 8) == 0); /* a record outside the page */
  CHECK(engine.traps == traps + 3 && engine.last_trap == WASM_RT_TRAP_OOB);

  /* A config is told to the engine that runs: nothing of it begins anew. Where it traps, the next engine begins with
   * it. */
  engine_batch_area(&engine, &capacity)[0] = 0;
  CHECK(engine_batch(&engine, 2) == 2);
  config[0] = 8;
  engine_configure(&engine, config);
  engine_counters(&engine, counters);
  CHECK(counters[0] == 2 && counters[1] == 0x0108 && engine.traps == traps + 3);
  config[0] = 9;
  engine_configure(&engine, config);
  engine_counters(&engine, counters);
  CHECK(counters[0] == 0 && counters[1] == 0x0109 && counters[2] == 11 && engine.traps == traps + 4 && engine.running);

  /* An engine that begins anew numbers from above what went out before, whatever the page says, and not from above what
   * did not. */
  CHECK(counters[4] == 1);
  static const uint8_t told[] = {5, 3, 0, 200}, next[] = {6, 6, 6, 201};
  for (unsigned i = 0; i < sizeof told; i++) {
    uint8_t *area = engine_batch_area(&engine, &capacity);
    area[0] = 0;
    area[1] = told[i];
    CHECK(engine_batch(&engine, 2) == 2 && engine_records(&engine, records, 8) == 2);
    area[1] = 250;
    CHECK(engine_batch(&engine, 2) == 2);
    engine_provoke_trap(&engine);
    engine_counters(&engine, counters);
    CHECK(counters[4] == next[i]);
  }
  CHECK(engine_start(&engine, NULL, 1, 2) && engine.traps == 0);
  engine_counters(&engine, counters);
  CHECK(counters[1] == 0 && counters[4] == 1);
  printf("ok %d\n", checks);
  return 0;
}
