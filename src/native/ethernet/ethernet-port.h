/*
 * The chip on the wire: emac/port-emac.c, w5500/port-w5500.c or openeth/port-openeth.c. A board's manifest names one,
 * and its pins.
 */
#ifndef BLOCKWATCH_ETHERNET_PORT_H
#define BLOCKWATCH_ETHERNET_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "esp_eth.h"

#include "mc.defines.h"

/* A manifest's define where promiscuous takes in multicast and the MAC has no filter of its own for it. */
#ifdef MODDEF_ETHERNET_PROMISCUOUS_IS_ALL
#define ETHERNET_PORT_PROMISCUOUS_IS_ALL MODDEF_ETHERNET_PROMISCUOUS_IS_ALL
#else
#define ETHERNET_PORT_PROMISCUOUS_IS_ALL 0
#endif

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
