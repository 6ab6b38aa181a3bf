/*
 * The chip on the wire: emac/port-emac.c, w5500/port-w5500.c or openeth/port-openeth.c. A board's manifest names one of
 * them and its pins.
 */
#ifndef BLOCKWATCH_ETHERNET_PORT_H
#define BLOCKWATCH_ETHERNET_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "esp_eth.h"

#include "mc.defines.h"

/* A define in the manifest if promiscuous mode includes multicast and the MAC has no separate filter for it. */
#ifdef MODDEF_ETHERNET_PROMISCUOUS_IS_ALL
#define ETHERNET_PORT_PROMISCUOUS_IS_ALL MODDEF_ETHERNET_PROMISCUOUS_IS_ALL
#else
#define ETHERNET_PORT_PROMISCUOUS_IS_ALL 0
#endif

struct ethernet_port {
  esp_eth_mac_t *mac;
  esp_eth_phy_t *phy;
  bool pauses; /* it can send pause frames, so they must be disabled */
};

/* The chip's MAC and PHY, before installation. Returns NULL, or one sentence with the error. */
const char *ethernet_port_make(struct ethernet_port *port);

/* Frames the MAC lost since the last call; 0 if no register counts them. After installation, from one task only. */
uint32_t ethernet_port_missed(void);

#endif
