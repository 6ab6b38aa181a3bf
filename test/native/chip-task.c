/* Calls the engine the way the chip's task will, so that the linker keeps what the chip needs and drops the rest:
 * compiled for rv32imc to measure code, data and stack; never run. */
#include "blockwatch-engine.h"

struct engine engine_state;

void chip_task(const uint8_t *config, uint32_t seed, uint32_t (*fill)(uint8_t *area, uint32_t capacity),
               uint32_t (*clock_ms)(void), void (*take)(const uint8_t *record), void (*report)(const uint32_t *counters)) {
  uint8_t records[4][ENGINE_RECORD_BYTES];
  uint32_t counters[ENGINE_COUNTER_COUNT], capacity;
  if (!engine_start(&engine_state, config, seed, ~seed)) return;
  for (;;) {
    uint8_t *area = engine_batch_area(&engine_state, &capacity);
    uint32_t bytes = area ? fill(area, capacity) : 0;
    if (bytes) engine_batch(&engine_state, bytes);
    else engine_tick(&engine_state, clock_ms());
    for (uint32_t n; (n = engine_records(&engine_state, records, 4));) {
      for (uint32_t i = 0; i < n; i++) take(records[i]);
    }
    engine_counters(&engine_state, counters);
    report(counters);
  }
}
