/*
 * The tap of a Linux box: a network interface, or a capture file replayed as if it happened now.
 *
 * plan: "eth0", or "file:PATH[,speed=N][,loop]".
 *
 * It never transmits: the socket is only read (this file calls no send, write or sendto on it), it is bound with
 * protocol ETH_P_ALL to receive copies, and an interface without an address answers nothing by itself. A packet socket
 * enters promiscuous mode through PACKET_ADD_MEMBERSHIP, which the kernel ends with the socket; unlike a multicast join
 * (IP_ADD_MEMBERSHIP) it sends no IGMP or MLD report (packet(7)). test/native/tap-linux.test.ts checks the kernel's
 * count of sent packets, and its groups.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "capture-file.h"
#include "engine-layout.h"
#include "tap.h"

/* Milliseconds a read waits before it checks whether the tap was stopped. */
#define PATIENCE_MS 100

static struct {
  struct frame_ring *ring;
  pthread_t thread;
  _Atomic(bool) stopping, link;
  _Atomic(uint32_t) frames, missed;
  bool running;
  int socket;
  struct capture_file file;
  double speed;
  bool loop;
  char problem[256];
} tap = {.socket = -1, .speed = 1};

static uint64_t monotonic_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static pthread_once_t beginning = PTHREAD_ONCE_INIT;
static uint64_t began_us;

static void begin(void) { began_us = monotonic_us(); }

/*
 * With a capture replayed faster, the whole sensor's time runs faster. Any thread may call this; the first call starts
 * it.
 */
static uint64_t virtual_us(void) {
  pthread_once(&beginning, begin);
  return (uint64_t)((double)(monotonic_us() - began_us) * tap.speed);
}

uint32_t tap_now_ms(void) { return (uint32_t)(virtual_us() / 1000u); }

static void count_missed(void) {
  struct tpacket_stats stats;
  socklen_t size = sizeof stats;
  // The kernel resets its count on each read.
  if (getsockopt(tap.socket, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0) {
    atomic_store(&tap.missed, atomic_load(&tap.missed) + stats.tp_drops);
  }
}

static void *listen_to_interface(void *unused) {
  (void)unused;
  uint8_t head[FRAME_HEAD_BYTES];
  uint32_t since = 0;
  struct pollfd waiting = {.fd = tap.socket, .events = POLLIN};
  while (!atomic_load(&tap.stopping)) {
    if (poll(&waiting, 1, PATIENCE_MS) <= 0 || ++since == 4096) {
      count_missed();
      since = 0;
    }
    struct sockaddr_ll from;
    socklen_t size = sizeof from;
    // MSG_TRUNC: returns the length on the wire, though only the head is copied.
    ssize_t length = recvfrom(tap.socket, head, sizeof head, MSG_TRUNC | MSG_DONTWAIT, (struct sockaddr *)&from, &size);
    if (length < 0) {
      if (errno == ENETDOWN) atomic_store(&tap.link, false);
      continue;
    }
    atomic_store(&tap.link, true);
    atomic_store(&tap.frames, atomic_load(&tap.frames) + 1);
    uint32_t captured = (size_t)length < sizeof head ? (uint32_t)length : (uint32_t)sizeof head;
    frame_ring_put(tap.ring, tap_now_ms(), ENGINE_LINK_ETHERNET, head, captured, (uint32_t)length, 0, 0);
  }
  return NULL;
}

static void sleep_us(uint64_t us) {
  struct timespec pause = {(time_t)(us / 1000000u), (long)(us % 1000000u) * 1000L};
  nanosleep(&pause, NULL);
}

/* A frame of a file can wait for room; one on a wire cannot. */
static void put_when_there_is_room(const struct capture_frame *frame, uint32_t now_ms) {
  while (!atomic_load(&tap.stopping)) {
    uint32_t waiting = atomic_load(&tap.ring->written) - atomic_load(&tap.ring->released);
    if (waiting <= tap.ring->mask) break;
    sleep_us(200);
  }
  frame_ring_put(tap.ring, now_ms, frame->link, frame->head, frame->captured, frame->length, 0, 0);
  atomic_store(&tap.frames, atomic_load(&tap.frames) + 1);
}

static void *play_file(void *unused) {
  (void)unused;
  atomic_store(&tap.link, true);
  do {
    struct capture_frame frame;
    uint64_t start = virtual_us(), first = 0;
    for (uint32_t n = 0; !atomic_load(&tap.stopping) && capture_next(&tap.file, &frame); n++) {
      if (n == 0) first = frame.time_us;
      uint64_t due = start + (frame.time_us > first ? frame.time_us - first : 0);
      for (uint64_t now; !atomic_load(&tap.stopping) && (now = virtual_us()) < due;) {
        double left = (double)(due - now) / tap.speed;
        sleep_us(left < PATIENCE_MS * 1000.0 ? (uint64_t)left + 1 : (uint64_t)PATIENCE_MS * 1000u);
      }
      put_when_there_is_room(&frame, (uint32_t)(due / 1000u));
    }
    capture_rewind(&tap.file);
    if (tap.loop) sleep_us(1000);
  } while (tap.loop && !atomic_load(&tap.stopping));
  return NULL;
}

static const char *open_interface(const char *name) {
  unsigned index = if_nametoindex(name);
  if (index == 0) {
    snprintf(tap.problem, sizeof tap.problem, "There is no network interface %.32s.", name);
    return tap.problem;
  }
  // Protocol 0 until it is bound: no frame of another interface is received before.
  tap.socket = socket(AF_PACKET, SOCK_RAW, 0);
  if (tap.socket < 0) return "Listening to an interface needs the capability CAP_NET_RAW: run as root.";
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)index};
  struct packet_mreq promiscuous = {.mr_ifindex = (int)index, .mr_type = PACKET_MR_PROMISC};
  int buffer = 4 << 20;
  setsockopt(tap.socket, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  if (bind(tap.socket, (struct sockaddr *)&address, sizeof address) < 0 ||
      setsockopt(tap.socket, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous) < 0) {
    snprintf(tap.problem, sizeof tap.problem, "The interface %.32s cannot be listened to: %s.", name, strerror(errno));
    close(tap.socket);
    tap.socket = -1;
    return tap.problem;
  }
  return NULL;
}

static const char *open_file(const char *plan) {
  char path[1024];
  snprintf(path, sizeof path, "%s", plan);
  tap.speed = 1;
  tap.loop = false;
  for (char *option; (option = strrchr(path, ',')) != NULL; *option = 0) {
    if (strcmp(option, ",loop") == 0) tap.loop = true;
    else if (strncmp(option, ",speed=", 7) == 0 && strtod(option + 7, NULL) > 0) tap.speed = strtod(option + 7, NULL);
    else break;
  }
  const char *problem = capture_open(&tap.file, path);
  if (problem) snprintf(tap.problem, sizeof tap.problem, "The capture %.160s cannot be played: %s.", path, problem);
  return problem ? tap.problem : NULL;
}

const char *tap_start(struct frame_ring *ring, const char *plan) {
  if (tap.running) return "The tap already listens.";
  bool file = strncmp(plan, "file:", 5) == 0;
  const char *problem = file ? open_file(plan + 5) : open_interface(plan);
  if (problem) return problem;
  tap.ring = ring;
  atomic_store(&tap.stopping, false);
  tap.running = pthread_create(&tap.thread, NULL, file ? play_file : listen_to_interface, NULL) == 0;
  return tap.running ? NULL : "The tap's thread cannot be made.";
}

void tap_stop(void) {
  if (!tap.running) return;
  atomic_store(&tap.stopping, true);
  pthread_join(tap.thread, NULL);
  if (tap.socket >= 0) close(tap.socket);
  tap.socket = -1;
  capture_close(&tap.file);
  tap.running = false;
}

void tap_count(struct tap_counters *out) {
  out->frames = atomic_load(&tap.frames);
  out->missed = atomic_load(&tap.missed);
  out->link = atomic_load(&tap.link);
}
