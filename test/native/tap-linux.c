/* The Linux tap at a real interface: `tap-linux listen IFACE` hears until its standard input ends, `tap-linux send IFACE N` is a neighbour that sends. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tap.h"

static struct frame_slot slots[64];
static struct frame_ring ring;

/* Broadcast, multicast, and unicast to somebody who is not the tap, in turn: a local experimental type (IEEE 802). */
static int send_frames(const char *interface, int count) {
  int out = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
  if (out < 0 || to.sll_ifindex == 0) return 1;
  for (int i = 0; i < count; i++) {
    static const uint8_t targets[3][6] = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {0x01, 0x00, 0x5e, 0, 0, 9}, {0x02, 0, 0, 0, 0, 0x77}};
    uint8_t frame[300] = {0};
    memcpy(frame, targets[i % 3], 6);
    memcpy(frame + 6, (uint8_t[]){2, 0, 0, 0, 0, 1}, 6);
    memcpy(frame + 12, (uint8_t[]){0x88, 0xb5, (uint8_t)i}, 3);
    size_t length = i % 2 ? sizeof frame : 60;
    if (sendto(out, frame, length, 0, (struct sockaddr *)&to, sizeof to) != (ssize_t)length) return 1;
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "send") == 0) return send_frames(argv[2], atoi(argv[3]));
  if (argc != 3) return 2;
  frame_ring_init(&ring, slots, 64);
  const char *problem = tap_start(&ring, argv[2]);
  printf("%s\n", problem ? problem : "listens");
  fflush(stdout);
  char byte;
  while (!problem && read(0, &byte, 1) == 1) {
    struct tap_counters counts;
    unsigned whole = 0, cut = 0;
    for (const struct frame_slot *slot; (slot = frame_ring_peek(&ring)); frame_ring_release(&ring)) {
      if (slot->head[12] != 0x88 || slot->head[13] != 0xb5) continue;
      if (slot->captured == FRAME_HEAD_BYTES && slot->length == 300) cut++;
      if (slot->captured == 60 && slot->length == 60) whole++;
    }
    tap_count(&counts);
    printf("whole %u, cut %u, missed %u, link %u\n", whole, cut, (unsigned)counts.missed, (unsigned)counts.link);
    fflush(stdout);
  }
  tap_stop();
  return 0;
}
