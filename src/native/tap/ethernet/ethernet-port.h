/* The chip behind the Ethernet tap: emac/port-emac.c or w5500/port-w5500.c. A board's manifest names one, and its pins. */
#ifndef BLOCKWATCH_ETHERNET_PORT_H
#define BLOCKWATCH_ETHERNET_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "esp_eth.h"

struct ethernet_port {
  esp_eth_mac_t *mac;
  esp_eth_phy_t *phy;
  bool pauses; /* it could send pause frames, and so must be told not to */
};

/* The chip's two halves, before they are installed. Returns NULL, or one sentence that says what is wrong. */
const char *ethernet_port_make(struct ethernet_port *port);

/* Frames the MAC lost since the last call; 0 where no register tells. After installation, from one task alone. */
uint32_t ethernet_port_missed(void);

#endif
