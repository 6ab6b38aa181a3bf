/*
 * The tap on a wire: a passive listener on a mirror port or a hub.
 *
 * It never transmits, for these reasons. Frames leave the MAC only through esp_eth_transmit (esp_eth/src/esp_eth.c),
 * which nothing here calls; in other firmware lwIP calls it through a netif, and no netif is created, so there is no
 * DHCP, ARP, neighbour discovery, IGMP or MLD. Pause frames are off, and autonegotiation does not announce them. The
 * PHY still sends the link pulses of autonegotiation, which are not frames. test/native/taps.test.ts runs this against
 * a driver that counts its calls, and searches the source and the object for the names of sending functions.
 *
 * On a board with one wire for both (uplink/ethernet in its manifest), that wire has an address and sends for the
 * uplink only; the tap listens on it.
 *
 * The plan of the provisioning is not used: a wire has no channels.
 */
#include <stdatomic.h>

#include "esp_timer.h"

#include "ethernet-driver.h"
#include "ethernet-port.h"
#include "mc.defines.h"
#include "engine-layout.h"
#include "tap.h"

#if MODDEF_ETHERNET_UPLINK
#include "uplink-ethernet.h"
#endif


static struct {
  struct frame_ring *ring;
  uint32_t missed; /* XS's task only */
  _Atomic(uint32_t) frames;
} tap;

uint32_t tap_now_ms(void) { return (uint32_t)(esp_timer_get_time() / 1000); }

/* On the driver's task. */
static void heard(const uint8_t *bytes, uint32_t length) {
#if MODDEF_ETHERNET_UPLINK
  /*
   * The board receives the answers to its own requests, but not the requests: half of a conversation would look like a
   * probe by a first-time source.
   */
  if (uplink_ethernet_is_own(bytes, length)) return;
#endif
  atomic_store_explicit(&tap.frames, atomic_load_explicit(&tap.frames, memory_order_relaxed) + 1, memory_order_relaxed);
  frame_ring_put(tap.ring, tap_now_ms(), ENGINE_LINK_ETHERNET, bytes, length, length, 0, 0);
}

/*
 * Before the start, everything that could make it send is switched off, and everything it must receive is switched on.
 */
static const char *listen_only(void) {
  bool on = true;
  /* A word for a boolean: the driver reads a bool of it for the MAC and all four bytes for the PHY. */
  uint32_t off = 0;
  esp_eth_handle_t driver = ethernet_driver();
  if (ethernet_pauses() && esp_eth_ioctl(driver, ETH_CMD_S_FLOW_CTRL, &off) != ESP_OK)
    return "The Ethernet MAC does not switch its pause frames off.";
  if (esp_eth_ioctl(driver, ETH_CMD_S_PROMISCUOUS, &on) != ESP_OK)
    return "The Ethernet MAC does not listen to everything.";
  /*
   * The MAC's own filter: the W5500 blocks multicast even in promiscuous mode. This is local: no group is joined and
   * nothing is sent.
   */
  if (!ETHERNET_PORT_PROMISCUOUS_IS_ALL && esp_eth_ioctl(driver, ETH_CMD_S_ALL_MULTICAST, &on) != ESP_OK)
    return "The Ethernet MAC does not listen to multicast.";
  return ethernet_start();
}

const char *tap_start(struct frame_ring *ring, const char *plan) {
  (void)plan;
  tap.ring = ring;
  ethernet_listen(heard);
  const char *problem = ethernet_open();
  return problem ? problem : listen_only();
}

void tap_stop(void) { ethernet_stop(); }

void tap_count(struct tap_counters *out) {
  if (ethernet_driver()) tap.missed += ethernet_port_missed();
  out->frames = atomic_load_explicit(&tap.frames, memory_order_relaxed);
  out->missed = tap.missed;
  out->link = ethernet_link();
}
