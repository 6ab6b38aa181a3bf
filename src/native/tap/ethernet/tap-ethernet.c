/*
 * The tap on a wire: a passive listener on a mirror port or a hub. Which chip it is, ethernet-port.h hides.
 *
 * It never transmits, and this is how that is known. Frames leave the MAC by esp_eth_transmit alone (esp_eth/src/esp_eth.c),
 * which nothing here calls; what calls it in other firmware is lwIP through a netif, and no netif is made, so there is no
 * DHCP, ARP, neighbour discovery, IGMP or MLD. Pause frames are off, and not announced by autonegotiation. What the PHY
 * still does is the link pulses of autonegotiation, which are not frames. test/native/taps.test.ts runs this against a driver
 * that counts what it is told, and looks for the names of what sends in the source and in the object.
 *
 * The plan of the provisioning is not used: a wire has no channels.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "esp_eth_driver.h"
#include "esp_event.h"
#include "esp_timer.h"

#include "ethernet-port.h"
#include "tap.h"

#define LINK_ETHERNET 1u /* src/engine/codes.ts */

static struct {
  struct frame_ring *ring;
  esp_eth_handle_t driver;
  bool pauses;     /* the chip could send pause frames */
  uint32_t missed; /* XS's task alone */
  _Atomic(uint32_t) frames, link;
} tap;

uint32_t tap_now_ms(void) { return (uint32_t)(esp_timer_get_time() / 1000); }

/* On the driver's task. The buffer is ours now, and ours to free. */
static esp_err_t heard(esp_eth_handle_t driver, uint8_t *buffer, uint32_t length, void *context) {
  (void)driver;
  (void)context;
  atomic_store_explicit(&tap.frames, atomic_load_explicit(&tap.frames, memory_order_relaxed) + 1, memory_order_relaxed);
  frame_ring_put(tap.ring, tap_now_ms(), LINK_ETHERNET, buffer, length, length, 0, 0);
  free(buffer);
  return ESP_OK;
}

static void on_event(void *context, esp_event_base_t base, int32_t id, void *data) {
  (void)context;
  (void)base;
  (void)data;
  if (id == ETHERNET_EVENT_CONNECTED) atomic_store(&tap.link, 1);
  if (id == ETHERNET_EVENT_DISCONNECTED || id == ETHERNET_EVENT_STOP) atomic_store(&tap.link, 0);
}

/* Everything that could make it send is off, and everything it is to hear is on, before it starts. */
static const char *listen_only(void) {
  bool on = true;
  /* A word, though it says yes or no: the driver reads a bool of it for the MAC and all four bytes for the PHY. */
  uint32_t off = 0;
  if (tap.pauses && esp_eth_ioctl(tap.driver, ETH_CMD_S_FLOW_CTRL, &off) != ESP_OK) return "The Ethernet MAC does not switch its pause frames off.";
  if (esp_eth_ioctl(tap.driver, ETH_CMD_S_PROMISCUOUS, &on) != ESP_OK) return "The Ethernet MAC does not listen to everything.";
  /* A filter of the MAC's own: the W5500 blocks multicast even where it is promiscuous. Nobody is told of it, no group is joined. */
  if (esp_eth_ioctl(tap.driver, ETH_CMD_S_ALL_MULTICAST, &on) != ESP_OK) return "The Ethernet MAC does not listen to multicast.";
  if (esp_eth_update_input_path(tap.driver, heard, NULL) != ESP_OK) return "The Ethernet driver does not hand frames over.";
  return esp_eth_start(tap.driver) == ESP_OK ? NULL : "The Ethernet driver does not start.";
}

const char *tap_start(struct frame_ring *ring, const char *plan) {
  (void)plan;
  tap.ring = ring;
  if (tap.driver) return listen_only();
  esp_err_t loop = esp_event_loop_create_default();
  if (loop != ESP_OK && loop != ESP_ERR_INVALID_STATE) return "There is no memory for the Ethernet driver's events.";
  if (esp_event_handler_register(ETH_EVENT, ESP_EVENT_ANY_ID, on_event, NULL) != ESP_OK) return "The Ethernet link cannot be watched.";
  struct ethernet_port port;
  const char *problem = ethernet_port_make(&port);
  if (problem) return problem;
  const esp_eth_config_t config = ETH_DEFAULT_CONFIG(port.mac, port.phy);
  esp_eth_handle_t driver;
  if (esp_eth_driver_install(&config, &driver) != ESP_OK) return "The Ethernet chip does not answer: check the board's name.";
  tap.driver = driver;
  tap.pauses = port.pauses;
  return listen_only();
}

void tap_stop(void) {
  if (tap.driver) esp_eth_stop(tap.driver);
}

void tap_count(struct tap_counters *out) {
  if (tap.driver) tap.missed += ethernet_port_missed();
  out->frames = atomic_load_explicit(&tap.frames, memory_order_relaxed);
  out->missed = tap.missed;
  out->link = atomic_load(&tap.link);
}
