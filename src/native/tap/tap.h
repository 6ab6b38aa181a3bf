/*
 * The tap's interface to the rest of the firmware: it puts the heads of received frames into the ring, and never sends.
 * A build contains one of tap/ethernet, tap/wifi and tap/linux; each implements this header.
 */
#ifndef BLOCKWATCH_TAP_H
#define BLOCKWATCH_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "frame-ring.h"

/* Since tap_start, wrapping. The ring reports its own drops. */
struct tap_counters {
  uint32_t frames; /* received */
  uint32_t missed; /* lost before reception: the MAC's own register, the kernel's count */
  uint32_t link;   /* 1 while the wire is up or the radio listens */
};

/*
 * Starts listening. `plan` is the tap's setting from the provisioning ("" selects the default of the board's build):
 * for WiFi a list of channels such as "1,6,11", for Linux an interface or a capture file. Returns NULL, or one sentence
 * with the error.
 */
const char *tap_start(struct frame_ring *ring, const char *plan);
void tap_stop(void);
void tap_count(struct tap_counters *out);

/* The clock of the frames' time stamps and of the engine's ticks: the uptime in milliseconds, wrapping. */
uint32_t tap_now_ms(void);

#endif
