/*
 * The uplink over a wire: lwIP on the board's Ethernet driver, its address by DHCP. It has the wire to itself if the
 * tap is the radio; otherwise tap and uplink share it.
 */
#ifndef BLOCKWATCH_UPLINK_ETHERNET_H
#define BLOCKWATCH_UPLINK_ETHERNET_H

#include <stdbool.h>
#include <stdint.h>

#include "esp_eth_driver.h"

/* Called by ethernet_open, before the driver starts. Returns NULL, or one sentence with the error. */
const char *uplink_ethernet_attach(esp_eth_handle_t driver);

/* On the driver's task: the buffer goes to lwIP, or is freed if the frame is neither for this board nor for a group. */
esp_err_t uplink_ethernet_take(uint8_t *buffer, uint32_t length);

/* Whether a frame is addressed to this board alone. */
bool uplink_ethernet_is_own(const uint8_t *bytes, uint32_t length);

#endif
