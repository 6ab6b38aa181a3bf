/* See ethernet-driver.h. */
#include "ethernet-driver.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "esp_event.h"

#include "ethernet-port.h"
#include "mc.defines.h"

/* Defined by the manifest of uplink/ethernet: the wire is the uplink, alone or together with the tap. */
#if MODDEF_ETHERNET_UPLINK
#include "uplink-ethernet.h"
#endif

static struct {
  esp_eth_handle_t driver;
  bool pauses, started;
  void (*heard)(const uint8_t *bytes, uint32_t length);
  _Atomic(uint32_t) link;
} wire;

esp_eth_handle_t ethernet_driver(void) { return wire.driver; }
bool ethernet_pauses(void) { return wire.pauses; }
bool ethernet_link(void) { return atomic_load(&wire.link) != 0; }
void ethernet_listen(void (*heard)(const uint8_t *bytes, uint32_t length)) { wire.heard = heard; }

/* On the driver's task. This function owns the buffer now, and frees it or passes it on. */
static esp_err_t received(esp_eth_handle_t driver, uint8_t *buffer, uint32_t length, void *context) {
  (void)driver;
  (void)context;
  if (wire.heard) wire.heard(buffer, length);
#if MODDEF_ETHERNET_UPLINK
  return uplink_ethernet_take(buffer, length);
#else
  free(buffer);
  return ESP_OK;
#endif
}

static void on_event(void *context, esp_event_base_t base, int32_t id, void *data) {
  (void)context;
  (void)base;
  (void)data;
  if (id == ETHERNET_EVENT_CONNECTED) atomic_store(&wire.link, 1);
  if (id == ETHERNET_EVENT_DISCONNECTED || id == ETHERNET_EVENT_STOP) atomic_store(&wire.link, 0);
}

const char *ethernet_open(void) {
  if (wire.driver) return NULL;
  esp_err_t loop = esp_event_loop_create_default();
  if (loop != ESP_OK && loop != ESP_ERR_INVALID_STATE) return "There is no memory for the Ethernet driver's events.";
  if (esp_event_handler_register(ETH_EVENT, ESP_EVENT_ANY_ID, on_event, NULL) != ESP_OK)
    return "The Ethernet link cannot be watched.";
  struct ethernet_port port;
  const char *problem = ethernet_port_make(&port);
  if (problem) return problem;
  const esp_eth_config_t config = ETH_DEFAULT_CONFIG(port.mac, port.phy);
  esp_eth_handle_t driver;
  if (esp_eth_driver_install(&config, &driver) != ESP_OK)
    return "The Ethernet chip does not answer: check the board's name.";
#if MODDEF_ETHERNET_UPLINK
  /* Before the start: its events bring the interface up. */
  problem = uplink_ethernet_attach(driver);
  if (problem) return problem;
#endif
  wire.driver = driver;
  wire.pauses = port.pauses;
  return NULL;
}

const char *ethernet_start(void) {
  if (wire.started) return NULL;
  if (esp_eth_update_input_path(wire.driver, received, NULL) != ESP_OK)
    return "The Ethernet driver does not hand frames over.";
  wire.started = esp_eth_start(wire.driver) == ESP_OK;
  return wire.started ? NULL : "The Ethernet driver does not start.";
}

void ethernet_stop(void) {
  if (wire.started) esp_eth_stop(wire.driver);
  wire.started = false;
}
