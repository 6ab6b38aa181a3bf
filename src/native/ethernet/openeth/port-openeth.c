/*
 * The OpenCores Ethernet MAC of Espressif's QEMU (hw/net/opencores_eth.c there): no chip has it, it is for trying the
 * firmware. Its PHY is a DP83848C, of which IDF's generic driver knows enough. Promiscuous takes in multicast; the
 * driver has no call for that alone. What found no descriptor it says with a flag and does not count.
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
