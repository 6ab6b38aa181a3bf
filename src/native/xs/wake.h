/*
 * How the engine's task notifies XS of waiting records. One implementation per platform: wake-lin.c, wake-esp32.c. Both
 * never block the caller and may be called from any task. On the chip, the SDK's own modMessagePostToMachine waits
 * forever if its queue of ten is full, and while a task waits for XS the tap misses frames.
 */
#ifndef BLOCKWATCH_WAKE_H
#define BLOCKWATCH_WAKE_H

#include "xsmc.h"

/* XS's own task calls this once: a wake runs `action` on XS's task. */
void wake_prepare(xsMachine *the, void (*action)(xsMachine *the));
/* A wake that cannot be delivered is lost; the app also polls for records on a timer. */
void wake_xs(void *unused);
void wake_end(void);

#endif
