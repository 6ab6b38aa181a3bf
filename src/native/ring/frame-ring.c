/* See frame-ring.h. A publish releases the preceding writes to the other side's acquire; so does a release. */
#include "frame-ring.h"

#include <stddef.h>
#include <string.h>

void frame_ring_init(struct frame_ring *ring, struct frame_slot *slots, uint32_t count) {
  ring->slots = slots;
  ring->mask = count - 1;
  atomic_init(&ring->written, 0);
  atomic_init(&ring->dropped, 0);
  atomic_init(&ring->peak, 0);
  atomic_init(&ring->released, 0);
}

struct frame_slot *frame_ring_claim(struct frame_ring *ring) {
  uint32_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
  uint32_t waiting = written - atomic_load_explicit(&ring->released, memory_order_acquire);
  if (waiting > ring->mask) {
    uint32_t dropped = atomic_load_explicit(&ring->dropped, memory_order_relaxed);
    atomic_store_explicit(&ring->dropped, dropped + 1, memory_order_relaxed);
    return NULL;
  }
  if (waiting + 1 > atomic_load_explicit(&ring->peak, memory_order_relaxed)) {
    atomic_store_explicit(&ring->peak, waiting + 1, memory_order_relaxed);
  }
  return &ring->slots[written & ring->mask];
}

void frame_ring_publish(struct frame_ring *ring) {
  uint32_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
  atomic_store_explicit(&ring->written, written + 1, memory_order_release);
}

int frame_ring_put(struct frame_ring *ring, uint32_t time_ms, uint8_t link, const uint8_t *bytes, uint32_t captured,
                   uint32_t length, int8_t rssi, uint8_t channel) {
  struct frame_slot *slot = frame_ring_claim(ring);
  if (!slot) return 0;
  uint32_t head = captured < FRAME_HEAD_BYTES ? captured : FRAME_HEAD_BYTES;
  slot->rssi = rssi;
  slot->channel = channel;
  slot->time_ms = time_ms;
  slot->captured = (uint8_t)head;
  slot->link = link;
  slot->length = (uint16_t)(length < 0xffff ? length : 0xffff);
  memcpy(slot->head, bytes, head);
  frame_ring_publish(ring);
  return 1;
}

const struct frame_slot *frame_ring_peek(struct frame_ring *ring) {
  uint32_t released = atomic_load_explicit(&ring->released, memory_order_relaxed);
  if (released == atomic_load_explicit(&ring->written, memory_order_acquire)) return NULL;
  return &ring->slots[released & ring->mask];
}

void frame_ring_release(struct frame_ring *ring) {
  uint32_t released = atomic_load_explicit(&ring->released, memory_order_relaxed);
  atomic_store_explicit(&ring->released, released + 1, memory_order_release);
}
