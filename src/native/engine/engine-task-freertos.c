/*
 * The engine's task on a board. Above XS, so that the ring is drained while XS is busy; below the drivers that fill it.
 */
#include "esp_task_wdt.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "engine-task.h"
#include "tap.h"

/* XS runs at 4 (build/devices/esp32 of the SDK), the Ethernet driver at 15, WiFi at 23. */
#define PRIORITY 10
/* The deepest call chain takes 1,696 bytes (npm run firmware:rv32); the rest is for interrupts and the C library. */
#define STACK_BYTES 4096
/* Turns with frames before one of waiting: the idle task's watchdog and XS get their time under any flood. */
#define BUSY_TURNS 64

static _Atomic(bool) running, stopping;

static void run(void *unused) {
  (void)unused;
  esp_task_wdt_add(NULL);
  for (unsigned busy = 0; !atomic_load(&stopping);) {
    uint32_t frames = engine_task_step(tap_now_ms());
    esp_task_wdt_reset();
    busy = frames ? busy + 1 : 0;
    if (frames == 0 || busy == BUSY_TURNS) {
      busy = 0;
      vTaskDelay(1);
    }
  }
  esp_task_wdt_delete(NULL);
  atomic_store(&running, false);
  vTaskDelete(NULL);
}

bool engine_task_start(struct frame_ring *ring, const uint8_t *config, uint32_t seed_low, uint32_t seed_high,
                       void (*wake)(void *context), void *context) {
  if (atomic_load(&running) || !engine_task_begin(ring, config, seed_low, seed_high, wake, context)) return false;
  atomic_store(&stopping, false);
  atomic_store(&running, true);
  if (xTaskCreate(run, "engine", STACK_BYTES, NULL, PRIORITY, NULL) == pdPASS) return true;
  atomic_store(&running, false);
  return false;
}

void engine_task_stop(void) { atomic_store(&stopping, true); }
