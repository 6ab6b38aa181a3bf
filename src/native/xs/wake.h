/*
 * How the engine's task tells XS that there is something to take. One implementation for each platform: wake-lin.c,
 * wake-esp32.c. On both it never blocks its caller and may be called from any task: on the chip the SDK's own
 * modMessagePostToMachine waits for ever when its queue of ten is full, and a task that waits for XS is a tap that is
 * deaf.
 */
#ifndef BLOCKWATCH_WAKE_H
#define BLOCKWATCH_WAKE_H

#include "xsmc.h"

/* XS's own task calls this once: `action` is what a wake does, on XS's task. */
void wake_prepare(xsMachine *the, void (*action)(xsMachine *the));
/* A wake that cannot be delivered is lost; the app asks for records on a timer too. */
void wake_xs(void *unused);
void wake_end(void);

#endif
