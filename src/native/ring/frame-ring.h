/*
 * The path of a frame's head from the driver's task to the engine's: a fixed ring with one producer and one consumer.
 *
 * The producer is the capture callback (it may run in a driver's task, never in an interrupt), the consumer is the
 * engine's task. Each side writes its own counter only, with plain loads and stores: the ESP32-C3 has no atomic
 * read-modify-write. Nothing here waits, allocates or calls other code. A frame that finds the ring full is counted.
 */
#ifndef BLOCKWATCH_FRAME_RING_H
#define BLOCKWATCH_FRAME_RING_H

#include <stdatomic.h>
#include <stdint.h>

#define FRAME_HEAD_BYTES 192u

/*
 * One frame. From `time_ms` on it has the layout of the engine's batch (src/engine/index.ts), so that one copy moves
 * it.
 */
struct frame_slot {
  int8_t rssi;      /* dBm; 0 where the tap is a wire */
  uint8_t channel;  /* WiFi channel; 0 where the tap is a wire */
  uint16_t unused;
  uint32_t time_ms; /* the sensor's uptime, wrapping */
  uint8_t captured; /* bytes in `head` */
  uint8_t link;     /* LINK_* of src/engine/constants/codes.ts */
  uint16_t length;  /* bytes on the wire; 65535: or more */
  uint8_t head[FRAME_HEAD_BYTES];
};

struct frame_ring {
  struct frame_slot *slots;
  uint32_t mask;                 /* slots - 1 */
  _Atomic(uint32_t) written;     /* frames published since the start; producer writes */
  _Atomic(uint32_t) dropped;     /* frames that found no room; producer writes */
  _Atomic(uint32_t) peak;        /* most frames that waited at once; producer writes */
  _Atomic(uint32_t) released;    /* frames taken since the start; consumer writes */
};

/* `count` is a power of two, 2 or more. The caller owns the slots, which must not move. */
void frame_ring_init(struct frame_ring *ring, struct frame_slot *slots, uint32_t count);

/* Producer: a slot to fill, or NULL (and `dropped` is incremented) if all are taken. Visible only after `publish`. */
struct frame_slot *frame_ring_claim(struct frame_ring *ring);
void frame_ring_publish(struct frame_ring *ring);

/* Producer, in one call: copies at most FRAME_HEAD_BYTES of `bytes`. False if the ring was full. */
int frame_ring_put(struct frame_ring *ring, uint32_t time_ms, uint8_t link, const uint8_t *bytes, uint32_t captured,
                   uint32_t length, int8_t rssi, uint8_t channel);

/* Consumer: the oldest frame, or NULL. It stays valid until `release`. */
const struct frame_slot *frame_ring_peek(struct frame_ring *ring);
void frame_ring_release(struct frame_ring *ring);

#endif
