/*
 * The one Ethernet driver of a board, and the receivers of its frames: the tap, the uplink, or both on one wire.
 * ethernet-port.h hides the chip. A build without a wired uplink contains no code that sends (uplink/ethernet is then
 * not part of it).
 */
#ifndef BLOCKWATCH_ETHERNET_DRIVER_H
#define BLOCKWATCH_ETHERNET_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "esp_eth_driver.h"

/* Installs the driver; later calls do nothing. Returns NULL, or one sentence with the error and its remedy. */
const char *ethernet_open(void);
/* Sets the path of received frames and starts the driver; later calls do nothing. After ethernet_open. */
const char *ethernet_start(void);
void ethernet_stop(void);

/* NULL before ethernet_open. */
esp_eth_handle_t ethernet_driver(void);
/* Whether the chip can send pause frames, so that they must be disabled. */
bool ethernet_pauses(void);
/* Whether the wire is up. */
bool ethernet_link(void);

/* Before ethernet_start. `heard` runs on the driver's task for each frame; the bytes are valid during the call only. */
void ethernet_listen(void (*heard)(const uint8_t *bytes, uint32_t length));

#endif
