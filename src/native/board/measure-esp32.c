/*
 * Free resources of a running board, requested over its serial line (src/app/boards/esp32.ts): memory, each task's
 * stack, XS's own heap. FreeRTOS records the minimum of free memory (CONFIG_FREERTOS_USE_TRACE_FACILITY, set by the
 * SDK); so does XS.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "esp_heap_caps.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "engine-task.h"
#include "xs-heap.h"
#include "xsmc.h"

#define TEXT_BYTES 1024u

/* `"name":value` for each task. A text that does not fit is truncated at a task's end. */
static size_t write_tasks(char *text, size_t at, const TaskStatus_t *tasks, UBaseType_t count, bool times) {
  for (UBaseType_t i = 0; i < count; i++) {
    char one[48];
#if configGENERATE_RUN_TIME_STATS
    const unsigned value = times ? (unsigned)tasks[i].ulRunTimeCounter : (unsigned)tasks[i].usStackHighWaterMark;
#else
    const unsigned value = times ? 0 : (unsigned)tasks[i].usStackHighWaterMark;
#endif
    const size_t bytes = (size_t)snprintf(one, sizeof one, "%s\"%s\":%u", i ? "," : "", tasks[i].pcTaskName, value);
    if (at + bytes + 16 > TEXT_BYTES) break;
    at += (size_t)snprintf(text + at, TEXT_BYTES - at, "%s", one);
  }
  return at;
}

/* What the engine's task has cost so far, with two clocks of the same moment: the cycles' and microseconds. */
static size_t write_cost(char *text, size_t at) {
#ifdef ENGINE_TASK_COST
  const struct engine_task_cost *cost = &engine_task_cost;
  const unsigned us = (unsigned)esp_timer_get_time(), cycles = (unsigned)engine_task_cycles();
  at += (size_t)snprintf(text + at, TEXT_BYTES - at,
                         "\"cost\":{\"us\":%u,\"cycles\":%u,\"frames\":%u,\"calls\":%u,\"turns\":%u,\"turn\":%u,"
                         "\"idleTurns\":%u,\"idle\":%u},",
                         us, cycles, (unsigned)cost->frames, (unsigned)cost->calls, (unsigned)cost->turns,
                         (unsigned)cost->turn, (unsigned)cost->idle_turns, (unsigned)cost->idle);
#endif
  return at;
}

/*
 * One JSON object. All values are bytes, except `slots`, `cost` and `times`; the latter is the run time of each task in
 * microseconds, if the build counts it.
 */
static void write_figures(char *text, xsMachine *the) {
  struct xs_heap heap;
  xs_heap_read(the, &heap);
  const uint32_t memory = MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT;
  size_t at = (size_t)snprintf(text, TEXT_BYTES, "{\"free\":%u,\"leastFree\":%u,\"largest\":%u,",
                               (unsigned)heap_caps_get_free_size(memory),
                               (unsigned)heap_caps_get_minimum_free_size(memory),
                               (unsigned)heap_caps_get_largest_free_block(memory));
  at += (size_t)snprintf(text + at, TEXT_BYTES - at, "\"slots\":[%u,%u,%u],\"chunks\":[%u,%u,%u],",
                         (unsigned)heap.slots, (unsigned)heap.most_slots, (unsigned)heap.all_slots,
                         (unsigned)heap.chunks, (unsigned)heap.most_chunks, (unsigned)heap.all_chunks);
  at = write_cost(text, at);
  at += (size_t)snprintf(text + at, TEXT_BYTES - at, "\"stacks\":{");
  UBaseType_t room = uxTaskGetNumberOfTasks() + 2;
  TaskStatus_t *tasks = malloc(room * sizeof *tasks);
  const UBaseType_t count = tasks ? uxTaskGetSystemState(tasks, room, NULL) : 0;
  at = write_tasks(text, at, tasks, count, false);
#if configGENERATE_RUN_TIME_STATS
  at += (size_t)snprintf(text + at, TEXT_BYTES - at, "},\"times\":{");
  at = write_tasks(text, at, tasks, count, true);
#endif
  free(tasks);
  snprintf(text + at, TEXT_BYTES - at, "}}");
}

/* () -> text */
void xs_board_measure(xsMachine *the) {
  char *text = malloc(TEXT_BYTES);
  if (!text) xsUnknownError("there is no memory to measure with");
  write_figures(text, the);
  xsmcSetString(xsResult, text);
  free(text);
}
