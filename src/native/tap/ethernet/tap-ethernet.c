/*
 * The tap on the ESP32's own Ethernet MAC: a passive listener on a mirror port or a hub.
 *
 * It never transmits, and this is how that is known. Frames leave the MAC by esp_eth_transmit alone (esp_eth/src/esp_eth.c),
 * which nothing here calls; what calls it in other firmware is lwIP through a netif, and no netif is made, so there is no
 * DHCP, ARP, neighbour discovery, IGMP or MLD. Pause frames are off, and not announced by autonegotiation. What the PHY
 * still does is the link pulses of autonegotiation, which are not frames. A test looks for the calls and the order.
 *
 * Pins come from the board's manifest (MODDEF_TAP_*). The plan of the provisioning is not used: a wire has no channels.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "driver/gpio.h"
#include "esp_eth.h"
#include "esp_eth_driver.h"
#include "esp_event.h"
#include "esp_timer.h"
#include "soc/soc.h"

#include "tap.h"

#ifndef MODDEF_TAP_PHY_ADDRESS
#define MODDEF_TAP_PHY_ADDRESS 1
#endif
#ifndef MODDEF_TAP_MDC
#define MODDEF_TAP_MDC 23
#endif
#ifndef MODDEF_TAP_MDIO
#define MODDEF_TAP_MDIO 18
#endif
/* The pin that switches the PHY or its oscillator on; -1 where there is none. */
#ifndef MODDEF_TAP_POWER
#define MODDEF_TAP_POWER 16
#endif
/* 0: the PHY's oscillator drives GPIO0; else the ESP32 drives this pin with its own clock. */
#ifndef MODDEF_TAP_CLOCK_OUT
#define MODDEF_TAP_CLOCK_OUT 0
#endif

#define LINK_ETHERNET 1u /* src/engine/codes.ts */

/* DMA missed frame and buffer overflow counter (ESP32 Technical Reference Manual, EMAC, DMAMISSEDFR); a read clears it:
 * bits 0-15 frames that found no descriptor, bits 17-27 frames that overran the FIFO; 16 and 28 say that one wrapped. */
#define EMAC_MISSED_FRAMES 0x3ff69020u
#define NO_DESCRIPTOR(word) ((word) & 0xffffu)
#define FIFO_OVERRUN(word) ((word) >> 17 & 0x7ffu)

static struct {
  struct frame_ring *ring;
  esp_eth_handle_t driver;
  _Atomic(uint32_t) frames, missed, link;
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

static const char *power_up(void) {
  if (MODDEF_TAP_POWER < 0) return NULL;
  const gpio_config_t pin = {.pin_bit_mask = 1ull << (MODDEF_TAP_POWER & 63), .mode = GPIO_MODE_OUTPUT};
  if (gpio_config(&pin) != ESP_OK || gpio_set_level((gpio_num_t)MODDEF_TAP_POWER, 1) != ESP_OK) return "The Ethernet chip's power pin cannot be set.";
  return NULL;
}

static const char *install(void) {
  eth_mac_config_t mac = ETH_MAC_DEFAULT_CONFIG();
  eth_phy_config_t phy = ETH_PHY_DEFAULT_CONFIG();
  eth_esp32_emac_config_t emac = ETH_ESP32_EMAC_DEFAULT_CONFIG();
  phy.phy_addr = MODDEF_TAP_PHY_ADDRESS;
  phy.reset_gpio_num = -1;
  emac.smi_gpio.mdc_num = MODDEF_TAP_MDC;
  emac.smi_gpio.mdio_num = MODDEF_TAP_MDIO;
  emac.clock_config.rmii.clock_mode = MODDEF_TAP_CLOCK_OUT ? EMAC_CLK_OUT : EMAC_CLK_EXT_IN;
  emac.clock_config.rmii.clock_gpio = MODDEF_TAP_CLOCK_OUT;
  esp_eth_config_t config = ETH_DEFAULT_CONFIG(esp_eth_mac_new_esp32(&emac, &mac), esp_eth_phy_new_generic(&phy));
  if (!config.mac || !config.phy || esp_eth_driver_install(&config, &tap.driver) != ESP_OK) return "The Ethernet chip does not answer: check the board's name.";
  return NULL;
}

/* Everything that could make it send is off, and everything it is to hear is on, before it starts. */
static const char *listen_only(void) {
  bool on = true, off = false;
  if (esp_eth_ioctl(tap.driver, ETH_CMD_S_FLOW_CTRL, &off) != ESP_OK) return "The Ethernet MAC does not switch its pause frames off.";
  if (esp_eth_ioctl(tap.driver, ETH_CMD_S_PROMISCUOUS, &on) != ESP_OK) return "The Ethernet MAC does not listen to everything.";
  if (esp_eth_update_input_path(tap.driver, heard, NULL) != ESP_OK) return "The Ethernet driver does not hand frames over.";
  return esp_eth_start(tap.driver) == ESP_OK ? NULL : "The Ethernet driver does not start.";
}

const char *tap_start(struct frame_ring *ring, const char *plan) {
  (void)plan;
  tap.ring = ring;
  esp_err_t loop = esp_event_loop_create_default();
  if (loop != ESP_OK && loop != ESP_ERR_INVALID_STATE) return "There is no memory for the Ethernet driver's events.";
  if (esp_event_handler_register(ETH_EVENT, ESP_EVENT_ANY_ID, on_event, NULL) != ESP_OK) return "The Ethernet link cannot be watched.";
  const char *problem = power_up();
  if (!problem) problem = install();
  return problem ? problem : listen_only();
}

void tap_stop(void) {
  if (tap.driver) esp_eth_stop(tap.driver);
}

/* On XS's task alone: a read of the register is the only one there is. */
void tap_count(struct tap_counters *out) {
  uint32_t word = tap.driver ? *(volatile uint32_t *)EMAC_MISSED_FRAMES : 0;
  uint32_t missed = atomic_load_explicit(&tap.missed, memory_order_relaxed) + NO_DESCRIPTOR(word) + FIFO_OVERRUN(word);
  atomic_store_explicit(&tap.missed, missed, memory_order_relaxed);
  out->frames = atomic_load_explicit(&tap.frames, memory_order_relaxed);
  out->missed = missed;
  out->link = atomic_load(&tap.link);
}
