/*
 * The one Ethernet driver of a board, and who gets what it receives: the tap, the uplink, or both on one wire. Which
 * chip it is, ethernet-port.h hides. A build without a wired uplink holds nothing that sends (uplink/ethernet is then
 * not in it).
 */
#ifndef BLOCKWATCH_ETHERNET_DRIVER_H
#define BLOCKWATCH_ETHERNET_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "esp_eth_driver.h"

/* Installs the driver; later calls do nothing. Returns NULL, or one sentence that says what is wrong and what to do. */
const char *ethernet_open(void);
/* Sets the way of received frames and starts the driver; later calls do nothing. After ethernet_open. */
const char *ethernet_start(void);
void ethernet_stop(void);

/* NULL before ethernet_open. */
esp_eth_handle_t ethernet_driver(void);
/* Whether the chip can send pause frames, and so must be told not to. */
bool ethernet_pauses(void);
/* Whether the wire is up. */
bool ethernet_link(void);

/* Before ethernet_start. `heard` runs on the driver's task, for each frame; the bytes are lent for the call. */
void ethernet_listen(void (*heard)(const uint8_t *bytes, uint32_t length));

#endif
