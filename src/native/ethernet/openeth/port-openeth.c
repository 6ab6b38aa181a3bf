/*
 * The OpenCores Ethernet MAC of Espressif's QEMU (hw/net/opencores_eth.c there). No chip has it; it serves for firmware
 * tests. Its PHY is a DP83848C, which IDF's generic driver supports sufficiently. Promiscuous mode includes multicast;
 * the driver has no separate call for it. Frames without a descriptor set a flag and are not counted.
 */
#include "ethernet-port.h"

#include "esp_eth_mac_openeth.h"

const char *ethernet_port_make(struct ethernet_port *port) {
  eth_mac_config_t mac = ETH_MAC_DEFAULT_CONFIG();
  eth_phy_config_t phy = ETH_PHY_DEFAULT_CONFIG();
  phy.phy_addr = 1;
  phy.reset_gpio_num = -1;
  port->mac = esp_eth_mac_new_openeth(&mac);
  port->phy = port->mac ? esp_eth_phy_new_generic(&phy) : NULL;
  port->pauses = false;
  return port->phy ? NULL : "There is no memory for the Ethernet driver.";
}

uint32_t ethernet_port_missed(void) { return 0; }
