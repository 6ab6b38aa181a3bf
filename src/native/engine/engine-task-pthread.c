/* The engine's task as a thread: Linux. */
#include <pthread.h>
#include <time.h>

#include "engine-task.h"
#include "tap.h"

/* Microseconds between polls of an empty ring: a scan's first probe waits no longer. */
#define IDLE_US 2000

static pthread_t thread;
static _Atomic(bool) running, stopping;

static void *run(void *unused) {
  (void)unused;
  const struct timespec idle = {0, IDLE_US * 1000L};
  while (!atomic_load(&stopping)) {
    if (engine_task_step(tap_now_ms()) == 0) nanosleep(&idle, NULL);
  }
  return NULL;
}

bool engine_task_start(struct frame_ring *ring, const uint8_t *config, uint32_t seed_low, uint32_t seed_high,
                       void (*wake)(void *context), void *context) {
  if (atomic_load(&running) || !engine_task_begin(ring, config, seed_low, seed_high, wake, context)) return false;
  atomic_store(&stopping, false);
  if (pthread_create(&thread, NULL, run, NULL) != 0) return false;
  atomic_store(&running, true);
  return true;
}

void engine_task_stop(void) {
  if (!atomic_load(&running)) return;
  atomic_store(&stopping, true);
  pthread_join(thread, NULL);
  atomic_store(&running, false);
}
