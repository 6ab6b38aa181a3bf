/*
 * The ESP32's own Ethernet MAC with a LAN8720 or another PHY that follows IEEE 802.3, clause 22. ESP-IDF 6 moved the
 * drivers of specific PHYs to its component registry (espressif/lan87xx); its generic driver is sufficient for a tap
 * with a LAN8720.
 */
#include "ethernet-port.h"

#include "mc.defines.h"
#include "soc/emac_dma_struct.h"

/* No defaults: with the pins of another board, the tap would receive nothing or drive a pin that is driven already. */
#if !defined(MODDEF_TAP_PHY_ADDRESS) || !defined(MODDEF_TAP_MDC) || !defined(MODDEF_TAP_MDIO) || \
    !defined(MODDEF_TAP_POWER) || !defined(MODDEF_TAP_CLOCK_OUT)
#error "The board's manifest names no pins of the Ethernet chip (defines, tap)."
#endif

const char *ethernet_port_make(struct ethernet_port *port) {
  eth_mac_config_t mac = ETH_MAC_DEFAULT_CONFIG();
  eth_phy_config_t phy = ETH_PHY_DEFAULT_CONFIG();
  eth_esp32_emac_config_t emac = ETH_ESP32_EMAC_DEFAULT_CONFIG();
  phy.phy_addr = MODDEF_TAP_PHY_ADDRESS;
  /*
   * The pin that enables the PHY or its oscillator. As a reset pin, the driver sets it low, then high, and waits until
   * the PHY answers before it touches the MAC: an EMAC without its 50 MHz clock never leaves reset.
   */
  phy.reset_gpio_num = MODDEF_TAP_POWER;
  emac.smi_gpio.mdc_num = MODDEF_TAP_MDC;
  emac.smi_gpio.mdio_num = MODDEF_TAP_MDIO;
  /* 0: an oscillator drives GPIO0; otherwise the ESP32 drives this pin with its own clock. */
  emac.clock_config.rmii.clock_mode = MODDEF_TAP_CLOCK_OUT ? EMAC_CLK_OUT : EMAC_CLK_EXT_IN;
  emac.clock_config.rmii.clock_gpio = MODDEF_TAP_CLOCK_OUT;
  port->mac = esp_eth_mac_new_esp32(&emac, &mac);
  port->phy = port->mac ? esp_eth_phy_new_generic(&phy) : NULL;
  port->pauses = true;
  return port->phy ? NULL : "There is no memory for the Ethernet driver.";
}

/*
 * DMA missed frame and buffer overflow counter (ESP32 Technical Reference Manual, EMAC, DMAMISSEDFR at 0x3FF69020). A
 * read clears it, so one read must supply both counts: frames that found no descriptor, and frames that overran the
 * FIFO.
 */
uint32_t ethernet_port_missed(void) {
  const uint32_t word = EMAC_DMA.dmamissedfr.val;
  const uint32_t no_descriptor = word & 0xffffu, overrun = word >> 17 & 0x7ffu;
  const uint32_t wrapped = (word >> 16 & 1u) * 0x10000u + (word >> 28 & 1u) * 0x800u; /* once, at least */
  return no_descriptor + overrun + wrapped;
}
