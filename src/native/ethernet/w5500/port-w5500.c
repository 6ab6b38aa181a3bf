/*
 * A WIZnet W5500 on SPI, for boards without an Ethernet MAC. Its driver is Espressif's component espressif/w5500 (2.0),
 * because ESP-IDF 6 no longer includes it; the board's manifest requests it.
 *
 * The driver opens socket 0 as MACRAW and gives the chip no address: its own IP, TCP and ARP cannot answer for any. It
 * has no pause frames. No register counts the frames it loses when its 16 KiB are full.
 *
 * A board that does not wire the chip's interrupt or reset has -1 for it in its manifest: the driver then polls for
 * frames by a timer, and resets the chip only by a command on SPI.
 */
#include "ethernet-port.h"

#include "driver/gpio.h"
#include "driver/spi_master.h"
#include "esp_eth_mac_w5500.h"
#include "esp_eth_phy_w5500.h"
#include "mc.defines.h"

#if !defined(MODDEF_TAP_SCK) || !defined(MODDEF_TAP_MOSI) || !defined(MODDEF_TAP_MISO) || !defined(MODDEF_TAP_CS) || \
    !defined(MODDEF_TAP_INTERRUPT) || !defined(MODDEF_TAP_RESET) || !defined(MODDEF_TAP_HZ)
#error "The board's manifest names no pins of the Ethernet chip (defines, tap)."
#endif

/* The shortest interval that the driver accepts. At 100 Mbit/s the chip's 16 KiB are full in 1.3 ms. */
#define POLL_MS 1
#define POLLED (MODDEF_TAP_INTERRUPT < 0)

const char *ethernet_port_make(struct ethernet_port *port) {
  /* The driver copies what it needs of these; none has to outlive the call. */
  const spi_bus_config_t bus = {
    .sclk_io_num = MODDEF_TAP_SCK,
    .mosi_io_num = MODDEF_TAP_MOSI,
    .miso_io_num = MODDEF_TAP_MISO,
    .quadwp_io_num = -1,
    .quadhd_io_num = -1,
  };
  spi_device_interface_config_t device = {
    .mode = 0,
    .clock_speed_hz = MODDEF_TAP_HZ,
    .spics_io_num = MODDEF_TAP_CS,
    .queue_size = 20,
  };
  esp_err_t interrupts = POLLED ? ESP_OK : gpio_install_isr_service(0);
  if (interrupts != ESP_OK && interrupts != ESP_ERR_INVALID_STATE)
    return "The Ethernet chip's interrupt cannot be used.";
  if (spi_bus_initialize(SPI2_HOST, &bus, SPI_DMA_CH_AUTO) != ESP_OK)
    return "The SPI bus of the Ethernet chip cannot be used.";
  eth_w5500_config_t w5500 = ETH_W5500_DEFAULT_CONFIG(SPI2_HOST, &device);
  /* Exactly one of the two: the driver refuses anything else. */
  w5500.base.int_gpio_num = MODDEF_TAP_INTERRUPT;
  w5500.base.poll_period_ms = POLLED ? POLL_MS : 0;
  eth_mac_config_t mac = ETH_MAC_DEFAULT_CONFIG();
  eth_phy_config_t phy = ETH_PHY_DEFAULT_CONFIG();
  phy.reset_gpio_num = MODDEF_TAP_RESET;
  port->mac = esp_eth_mac_new_w5500(&w5500, &mac);
  port->phy = port->mac ? esp_eth_phy_new_w5500(&phy) : NULL;
  port->pauses = false;
  return port->phy ? NULL : "There is no memory for the Ethernet driver.";
}

uint32_t ethernet_port_missed(void) { return 0; }
