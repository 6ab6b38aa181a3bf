/* See uplink-ethernet.h. The TypeScript side of the host functions is src/app/boards/uplink-ethernet.ts. */
#include "uplink-ethernet.h"

#include <stdlib.h>
#include <string.h>

#include "esp_eth_netif_glue.h"
#include "esp_netif.h"

#include "ethernet-driver.h"
#include "xsmc.h"

#define ADDRESS_BYTES 6u
#define GROUP_BIT 1u /* the first bit of an address on the wire: individual or group (IEEE 802, clause 8) */

static struct {
  esp_netif_t *netif;
  uint8_t own[ADDRESS_BYTES];
} uplink;

const char *uplink_ethernet_attach(esp_eth_handle_t driver) {
  const esp_netif_config_t config = ESP_NETIF_DEFAULT_ETH();
  if (esp_netif_init() != ESP_OK) return "There is no memory for the network.";
  esp_netif_t *netif = esp_netif_new(&config);
  esp_eth_netif_glue_handle_t glue = netif ? esp_eth_new_netif_glue(driver) : NULL;
  if (!glue || esp_netif_attach(netif, glue) != ESP_OK) return "There is no memory for the network.";
  if (esp_eth_ioctl(driver, ETH_CMD_G_MAC_ADDR, uplink.own) != ESP_OK) return "The Ethernet chip has no address.";
  uplink.netif = netif;
  return NULL;
}

bool uplink_ethernet_is_own(const uint8_t *bytes, uint32_t length) {
  return length >= ADDRESS_BYTES && memcmp(bytes, uplink.own, ADDRESS_BYTES) == 0;
}

esp_err_t uplink_ethernet_take(uint8_t *buffer, uint32_t length) {
  /* Promiscuous mode delivers all frames; lwIP would inspect each. */
  const bool ours = length >= ADDRESS_BYTES && ((buffer[0] & GROUP_BIT) || uplink_ethernet_is_own(buffer, length));
  if (ours) return esp_netif_receive(uplink.netif, buffer, length, NULL);
  free(buffer);
  return ESP_OK;
}

/* () -> "" or one sentence */
void xs_uplink_start(xsMachine *the) {
  const char *problem = ethernet_open();
  if (!problem) problem = ethernet_start();
  xsmcSetString(xsResult, problem ? (char *)problem : "");
}

/* () -> the address as text; "" without one */
static void put_address(xsMachine *the) {
  esp_netif_ip_info_t info = {0};
  char text[16] = "";
  if (uplink.netif && esp_netif_is_netif_up(uplink.netif) && esp_netif_get_ip_info(uplink.netif, &info) == ESP_OK &&
      info.ip.addr)
    esp_ip4addr_ntoa(&info.ip, text, sizeof text);
  xsmcSetString(xsResult, text);
}
void xs_uplink_address(xsMachine *the) { put_address(the); }

/*
 * (what) -> text or undefined: the part of the SDK's module `net` that applies to a wire. The SDK's own C code asks the
 * WiFi driver first.
 */
void xs_net_get(xsMachine *the) {
  if (strcmp(xsmcToString(xsArg(0)), "IP") == 0) put_address(the);
}
