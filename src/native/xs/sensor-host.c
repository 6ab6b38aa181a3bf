/*
 * Functions for XS: they start the tap and the engine's task, take records, read figures. Each function is one call of
 * the included headers; src/app/xs/watch.ts is the TypeScript side and documents arguments and results.
 */
#include "engine-task.h"
#include "frame-ring.h"
#include "mc.defines.h"
#include "tap.h"
#include "wake.h"

/*
 * Declared here, because xs.h brings the manifest's defines on Linux and not on the chip; no default, so that a missing
 * define does not go unnoticed.
 */
#if !defined(MODDEF_RING_SLOTS) || MODDEF_RING_SLOTS < 2 || (MODDEF_RING_SLOTS & (MODDEF_RING_SLOTS - 1)) != 0
#error "manifest.json names no number of the ring's slots that is a power of two (defines, ring)."
#endif

static struct frame_slot slots[MODDEF_RING_SLOTS];
static struct frame_ring ring;
static xsSlot wake_function;
static bool running;

/* On XS's task. An exception from this function would end the machine: src/app/xs/watch.ts throws nothing. */
static void wake_app(xsMachine *the) {
  xsBeginHost(the);
  xsmcVars(1);
  xsVar(0) = xsAccess(wake_function);
  xsCallFunction0(xsVar(0), xsGlobal);
  xsEndHost(the);
}

static uint8_t *buffer_of(xsMachine *the, int argument, xsUnsignedValue least) {
  void *data;
  xsUnsignedValue bytes;
  xsmcGetBufferReadable(xsArg(argument), &data, &bytes);
  if (bytes < least) xsRangeError("buffer too small");
  return data;
}

/* (config, seedLow, seedHigh, plan, wake) -> "" or one sentence */
void xs_sensor_start(xsMachine *the) {
  uint8_t config[ENGINE_CONFIG_BYTES];
  memcpy(config, buffer_of(the, 0, ENGINE_CONFIG_BYTES), sizeof config);
  uint32_t seed_low = xsmcToUnsigned(xsArg(1)), seed_high = xsmcToUnsigned(xsArg(2));
  if (running) xsUnknownError("the sensor runs");
  frame_ring_init(&ring, slots, MODDEF_RING_SLOTS);
  wake_function = xsArg(4);
  xsRemember(wake_function);
  wake_prepare(the, wake_app);
  /* The tap first: it supplies the clock that the engine's task reads from its first turn on. */
  const char *problem = tap_start(&ring, xsmcToString(xsArg(3)));
  running = engine_task_start(&ring, config, seed_low, seed_high, wake_xs, NULL);
  if (!running && !problem) problem = "The engine's task cannot be started.";
  xsmcSetString(xsResult, problem ? (char *)problem : "");
}

/* (buffer of whole records) -> number of records written to it */
void xs_sensor_take(xsMachine *the) {
  void *data;
  xsUnsignedValue bytes;
  xsmcGetBufferWritable(xsArg(0), &data, &bytes);
  xsmcSetInteger(xsResult, (xsIntegerValue)engine_task_take(data, bytes / ENGINE_RECORD_BYTES));
}

/* The words of FIGURE_* in src/engine/constants/codes.ts. */
struct figures {
  struct engine_snapshot engine;
  struct tap_counters tap;
};
_Static_assert(offsetof(struct figures, tap.frames) == 4 * ENGINE_FIGURE_TAP_FRAMES, "FIGURE_TAP_FRAMES");
_Static_assert(offsetof(struct figures, tap.missed) == 4 * ENGINE_FIGURE_TAP_MISSED, "FIGURE_TAP_MISSED");
_Static_assert(offsetof(struct figures, tap.link) == 4 * ENGINE_FIGURE_TAP_LINK, "FIGURE_TAP_LINK");
_Static_assert(sizeof(struct figures) == 4 * ENGINE_FIGURE_COUNT, "FIGURE_COUNT");

/* (buffer): struct figures */
void xs_sensor_figures(xsMachine *the) {
  struct figures figures;
  void *data;
  xsUnsignedValue bytes;
  xsmcGetBufferWritable(xsArg(0), &data, &bytes);
  if (bytes < sizeof figures) xsRangeError("buffer too small");
  engine_task_snapshot(&figures.engine);
  tap_count(&figures.tap);
  memcpy(data, &figures, sizeof figures);
}

/* (config) */
void xs_sensor_configure(xsMachine *the) { engine_task_configure(buffer_of(the, 0, ENGINE_CONFIG_BYTES)); }

/* () -> the engine's clock, u32 milliseconds */
void xs_sensor_now(xsMachine *the) { xsmcSetNumber(xsResult, tap_now_ms()); }

/* () */
void xs_sensor_trap(xsMachine *the) {
  (void)the;
  engine_task_trap();
}

/* () */
void xs_sensor_stop(xsMachine *the) {
  if (!running) return;
  wake_end();
  tap_stop();
  engine_task_stop();
  xsForget(wake_function);
  running = false;
}
