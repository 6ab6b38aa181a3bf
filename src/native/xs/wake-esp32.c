/*
 * See wake.h. The interrupt variant, called from a task: it never waits for room in XS's queue of ten; a wake that
 * finds none is lost, and the app polls for records on its timer.
 */
#include "wake.h"

#include <stdatomic.h>

#include "xsHost.h"

static xsMachine *_Atomic woken;
static void (*act)(xsMachine *the);

static void deliver(void *the, void *refcon, uint8_t *message, uint16_t length) {
  (void)refcon;
  (void)message;
  (void)length;
  if (atomic_load(&woken)) act(the);
}

void wake_prepare(xsMachine *the, void (*action)(xsMachine *the)) {
  act = action;
  atomic_store(&woken, the);
}

void wake_xs(void *unused) {
  (void)unused;
  xsMachine *the = atomic_load(&woken);
  if (the) modMessagePostToMachineFromISR(the, deliver, NULL);
}

void wake_end(void) { atomic_store(&woken, (xsMachine *)NULL); }
