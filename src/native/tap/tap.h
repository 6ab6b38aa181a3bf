/*
 * What a tap is to the rest of the firmware: it puts the heads of the frames it hears into the ring, and never sends.
 * One of tap/ethernet, tap/wifi and tap/linux is in a build; each implements this header.
 */
#ifndef BLOCKWATCH_TAP_H
#define BLOCKWATCH_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "frame-ring.h"

/* Since tap_start, wrapping. What the ring itself dropped is the ring's to say. */
struct tap_counters {
  uint32_t frames; /* heard */
  uint32_t missed; /* lost before they could be heard: the MAC's own register, the kernel's count */
  uint32_t link;   /* 1 while the wire is up or the radio listens */
};

/*
 * Begins to listen. `plan` is the tap's own text from the provisioning ("" takes what the board's build says): WiFi a
 * list of channels such as "1,6,11", Linux an interface or a capture file. Returns NULL, or one sentence that says what
 * is wrong.
 */
const char *tap_start(struct frame_ring *ring, const char *plan);
void tap_stop(void);
void tap_count(struct tap_counters *out);

/* The clock that frames are stamped with and the engine is ticked by: the uptime in milliseconds, wrapping. */
uint32_t tap_now_ms(void);

#endif
