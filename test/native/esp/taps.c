/* The chip's taps against the fake driver: one case for each run, named by the first argument. Prints what was seen. */
#include <stdio.h>
#include <string.h>

#include "fake-idf.h"
#include "tap.h"

static struct frame_slot slots[8];
static struct frame_ring ring;
static uint8_t frame[300];

static void say_slot(void) {
  const struct frame_slot *slot = frame_ring_peek(&ring);
  if (!slot) {
    puts("nothing");
    return;
  }
  printf("link %u, %u of %u bytes, %d dBm, channel %u, at %u ms, first %02x, last %02x\n", slot->link, slot->captured, slot->length, slot->rssi,
         slot->channel, (unsigned)slot->time_ms, slot->head[0], slot->captured ? slot->head[slot->captured - 1] : 0);
  frame_ring_release(&ring);
}

static void say_counts(void) {
  struct tap_counters counts;
  tap_count(&counts);
  printf("frames %u, missed %u, link %u\n", (unsigned)counts.frames, (unsigned)counts.missed, (unsigned)counts.link);
}

static void begin(const char *plan) {
  const char *problem = tap_start(&ring, plan);
  printf("%s\n%s\n", fake_calls, problem ? problem : "listens");
  fake_calls[0] = 0;
}

int main(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : "", *argument = argc > 2 ? argv[2] : "";
  frame_ring_init(&ring, slots, 8);
  for (unsigned i = 0; i < sizeof frame; i++) frame[i] = (uint8_t)i;
  if (strcmp(name, "fails") == 0) fake_failure = argument;
  begin(strcmp(name, "plan") == 0 || strcmp(name, "events") == 0 ? argument : "");
  if (strcmp(name, "settings") == 0) {
    printf("promiscuous %d, all multicast %d, input %d, MAC's flow control %d, PHY's pause %08x\n", fake_started_promiscuous, fake_started_all_multicast,
           fake_started_with_input, fake_mac_flow, (unsigned)fake_phy_pause);
    printf("PHY %d, power %d, MDC %d, MDIO %d, clock out %d, clock pin %d\n", fake_phy_address, fake_reset_pin, fake_mdc, fake_mdio, fake_clock_out, fake_clock_pin);
    printf("SCK %d, MOSI %d, MISO %d, CS %d\n", fake_sck, fake_mosi, fake_miso, fake_cs);
  }
  if (strcmp(name, "frames") == 0) {
    fake_frame(frame, 60);
    fake_frame(frame, 192);
    fake_frame(frame, 300);
    fake_frame(frame, 0);
    for (int i = 0; i < 5; i++) say_slot();
    for (int i = 0; i < 20; i++) fake_frame(frame, 60);
    printf("dropped %u, given %u, freed %u, freed wrongly %u\n", (unsigned)ring.dropped, fake_given, fake_freed, fake_freed_wrong);
    say_counts();
  }
  if (strcmp(name, "own") == 0) {
    static const uint8_t own[] = {0x02, 0xb1, 0x0c, 0x00, 0x00, 0x01};
    memcpy(frame, own, sizeof own);
    fake_frame(frame, 60);
    say_slot();
    say_counts();
  }
  if (strcmp(name, "counts") == 0) {
    static const uint32_t words[] = {0, 3, 7u << 17, 5u | 2u << 17, 0xffffu, 1u << 16, 1u << 28};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
      fake_missed_word = words[i];
      say_counts();
    }
  }
  if (strcmp(name, "events") == 0) {
    static const int32_t ethernet[] = {ETHERNET_EVENT_CONNECTED, ETHERNET_EVENT_DISCONNECTED, ETHERNET_EVENT_CONNECTED, ETHERNET_EVENT_STOP};
    static const int32_t wifi[] = {WIFI_EVENT_STA_START, WIFI_EVENT_STA_CONNECTED, WIFI_EVENT_STA_DISCONNECTED, WIFI_EVENT_STA_CONNECTED, WIFI_EVENT_STA_STOP};
    const bool radio = *argument != 0;
    for (unsigned i = 0; i < (radio ? 5u : 4u); i++) {
      fake_event(radio ? WIFI_EVENT : ETH_EVENT, radio ? wifi[i] : ethernet[i]);
      printf("%s; ", fake_calls);
      fake_calls[0] = 0;
      say_counts();
    }
    tap_stop();
    puts(fake_calls);
  }
  if (strcmp(name, "again") == 0) {
    tap_stop();
    begin("");
  }
  if (strcmp(name, "air") == 0) {
    fake_air(frame, 60, -42, WIFI_PKT_DATA);
    fake_air(frame, 300, -90, WIFI_PKT_DATA);
    fake_air(frame, 60, -42, WIFI_PKT_MGMT);
    fake_air(frame, 0, -42, WIFI_PKT_DATA);
    for (int i = 0; i < 3; i++) say_slot();
    for (int i = 0; i < 12; i++) fake_air(frame, 60, -42, WIFI_PKT_DATA);
    printf("dropped %u\n", (unsigned)ring.dropped);
    say_counts();
  }
  if (strcmp(name, "hops") == 0) {
    for (int i = 0; i < 7; i++) {
      printf("%u ", fake_channel);
      fake_hop();
    }
    fake_event(WIFI_EVENT, WIFI_EVENT_STA_START);
    printf("hopping %d\n", fake_hopping);
  }
  return 0;
}
