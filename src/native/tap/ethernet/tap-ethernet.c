/*
 * The tap on a wire: a passive listener on a mirror port or a hub.
 *
 * It never transmits, and this is how that is known. Frames leave the MAC by esp_eth_transmit alone
 * (esp_eth/src/esp_eth.c), which nothing here calls; what calls it in other firmware is lwIP through a netif, and no
 * netif is made, so there is no DHCP, ARP, neighbour discovery, IGMP or MLD. Pause frames are off, and not announced by
 * autonegotiation. What the PHY still does is the link pulses of autonegotiation, which are not frames.
 * test/native/taps.test.ts runs this against a driver that counts what it is told, and looks for the names of what
 * sends in the source and in the object.
 *
 * Where the board has one wire for both (uplink/ethernet in its manifest), that wire has an address and sends for the
 * uplink, and for nothing else; the tap listens along.
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
  uint32_t missed; /* XS's task alone */
  _Atomic(uint32_t) frames;
} tap;

uint32_t tap_now_ms(void) { return (uint32_t)(esp_timer_get_time() / 1000); }

/* On the driver's task. */
static void heard(const uint8_t *bytes, uint32_t length) {
#if MODDEF_ETHERNET_UPLINK
  /*
   * The board hears what it is answered and not what it asks: half of a conversation would look like a stranger's
   * probe.
   */
  if (uplink_ethernet_is_own(bytes, length)) return;
#endif
  atomic_store_explicit(&tap.frames, atomic_load_explicit(&tap.frames, memory_order_relaxed) + 1, memory_order_relaxed);
  frame_ring_put(tap.ring, tap_now_ms(), ENGINE_LINK_ETHERNET, bytes, length, length, 0, 0);
}

/* Everything that could make it send is off, and everything it is to hear is on, before it starts. */
static const char *listen_only(void) {
  bool on = true;
  /* A word, though it says yes or no: the driver reads a bool of it for the MAC and all four bytes for the PHY. */
  uint32_t off = 0;
  esp_eth_handle_t driver = ethernet_driver();
  if (ethernet_pauses() && esp_eth_ioctl(driver, ETH_CMD_S_FLOW_CTRL, &off) != ESP_OK)
    return "The Ethernet MAC does not switch its pause frames off.";
  if (esp_eth_ioctl(driver, ETH_CMD_S_PROMISCUOUS, &on) != ESP_OK)
    return "The Ethernet MAC does not listen to everything.";
  /*
   * A filter of the MAC's own: the W5500 blocks multicast even where it is promiscuous. Nobody is told of it, no group
   * is joined.
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
