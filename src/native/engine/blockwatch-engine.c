/*
 * See blockwatch-engine.h. Every call into the module stands between wasm_rt_try() and its return, so that a trap in it
 * (an access outside the page, an `unreachable`) ends that call and nothing else.
 */
#include "blockwatch-engine.h"

/* An offset in the page that the module names, for `bytes` bytes; traps if it is not within the page. */
static uint8_t *place(struct engine *engine, uint32_t at, uint32_t bytes) {
  if (bytes > WASM_RT_PAGE_BYTES || at > WASM_RT_PAGE_BYTES - bytes) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return engine->module.w2c_memory.data + at;
}

static void write_config(struct engine *engine) {
  uint8_t *const config = place(engine, w2c_engine_configAddress(&engine->module), ENGINE_CONFIG_BYTES);
  memcpy(config, engine->config, ENGINE_CONFIG_BYTES);
}

/*
 * A trap leaves the page in an undefined state: the only safe state is a new one. The tables are lost, and `traps` in
 * the health message reports it.
 */
static void restart(struct engine *engine) {
  engine->running = false;
  if (wasm_rt_try()) {
    engine->last_trap = wasm_rt_last_trap;
    return;
  }
  wasm2c_engine_instantiate(&engine->module);
  w2c_engine *module = &engine->module;
  write_config(engine);
  engine->batch_bytes = w2c_engine_batchCapacity(module);
  engine->batch = place(engine, w2c_engine_batchAddress(module), engine->batch_bytes);
  engine->counters = place(engine, w2c_engine_countersAddress(module), ENGINE_COUNTER_COUNT * sizeof(uint32_t));
  w2c_engine_start(module, engine->seed_low, engine->seed_high, engine->next_episode);
  engine->running = true;
}

static void contain(struct engine *engine) {
  engine->traps++;
  engine->last_trap = wasm_rt_last_trap;
  restart(engine);
}

bool engine_start(struct engine *engine, const uint8_t *config, uint32_t seed_low, uint32_t seed_high) {
  memset(engine->config, 0, ENGINE_CONFIG_BYTES);
  if (config) memcpy(engine->config, config, ENGINE_CONFIG_BYTES);
  engine->seed_low = seed_low;
  engine->seed_high = seed_high;
  engine->next_episode = 1;
  engine->traps = 0;
  engine->last_trap = WASM_RT_TRAP_NONE;
  restart(engine);
  return engine->running;
}

void engine_configure(struct engine *engine, const uint8_t *config) {
  memcpy(engine->config, config, ENGINE_CONFIG_BYTES);
  if (!engine->running) {
    restart(engine);
    return;
  }
  if (wasm_rt_try()) {
    contain(engine);
    return;
  }
  write_config(engine);
  w2c_engine_configure(&engine->module);
}

uint8_t *engine_batch_area(struct engine *engine, uint32_t *capacity) {
  *capacity = engine->running ? engine->batch_bytes : 0;
  return engine->running ? engine->batch : NULL;
}

uint32_t engine_batch(struct engine *engine, uint32_t bytes) {
  if (!engine->running) return 0;
  if (wasm_rt_try()) {
    contain(engine);
    return 0;
  }
  return w2c_engine_batch(&engine->module, bytes);
}

void engine_tick(struct engine *engine, uint32_t time_ms) {
  if (!engine->running) return;
  if (wasm_rt_try()) contain(engine);
  else w2c_engine_tick(&engine->module, time_ms);
}

void engine_flush(struct engine *engine, uint32_t time_ms) {
  if (!engine->running) return;
  if (wasm_rt_try()) contain(engine);
  else w2c_engine_flush(&engine->module, time_ms);
}

void engine_provoke_trap(struct engine *engine) {
  if (!engine->running) return;
  if (wasm_rt_try()) contain(engine);
  else wasm_rt_trap(WASM_RT_TRAP_UNREACHABLE);
}

uint32_t engine_records(struct engine *engine, uint8_t (*out)[ENGINE_RECORD_BYTES], uint32_t max) {
  if (!engine->running) return 0;
  if (wasm_rt_try()) {
    contain(engine);
    return 0;
  }
  uint32_t pending = w2c_engine_recordsPending(&engine->module);
  uint32_t count = pending < max ? pending : max;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t at = w2c_engine_recordAddress(&engine->module, i);
    memcpy(out[i], place(engine, at, ENGINE_RECORD_BYTES), ENGINE_RECORD_BYTES);
  }
  w2c_engine_recordsRelease(&engine->module, count);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t episode;
    memcpy(&episode, out[i] + ENGINE_RECORD_EPISODE, sizeof episode);
    if (episode >= engine->next_episode) engine->next_episode = episode + 1;
  }
  return count;
}

void engine_counters(struct engine *engine, uint32_t out[ENGINE_COUNTER_COUNT]) {
  if (engine->running) memcpy(out, engine->counters, ENGINE_COUNTER_COUNT * sizeof out[0]);
  else memset(out, 0, ENGINE_COUNTER_COUNT * sizeof out[0]);
}
