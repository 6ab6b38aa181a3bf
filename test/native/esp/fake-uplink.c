/* An uplink on the tap's own wire, for boards that have one: it notes what it is handed, and frees it as lwIP would. */
#include "uplink-ethernet.h"

#include <stdlib.h>
#include <string.h>

#include "fake-idf.h"

/* The board's own address. */
static const uint8_t own[] = {0x02, 0xb1, 0x0c, 0x00, 0x00, 0x01};
unsigned fake_uplink_took;

const char *uplink_ethernet_attach(esp_eth_handle_t driver) {
  (void)driver;
  return fake_attach() ? NULL : "There is no memory for the network.";
}

bool uplink_ethernet_is_own(const uint8_t *bytes, uint32_t length) { return length >= sizeof own && memcmp(bytes, own, sizeof own) == 0; }

esp_err_t uplink_ethernet_take(uint8_t *buffer, uint32_t length) {
  (void)length;
  fake_uplink_took++;
  free(buffer);
  return ESP_OK;
}
