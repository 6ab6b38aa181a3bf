/*
 * As much of ESP-IDF as the taps use, declared by hand for a computer: names and shapes as ESP-IDF 6.0 has them, none of its
 * text. fake-idf.c is a driver behind it that notes what it is told. Each header that the taps include leads here.
 */
#ifndef FAKE_IDF_H
#define FAKE_IDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int esp_err_t;
#define ESP_OK 0
#define ESP_FAIL (-1)
#define ESP_ERR_INVALID_STATE 0x103

typedef const char *esp_event_base_t;
typedef void (*esp_event_handler_t)(void *context, esp_event_base_t base, int32_t id, void *data);
#define ESP_EVENT_ANY_ID (-1)
extern const esp_event_base_t ETH_EVENT, WIFI_EVENT;
esp_err_t esp_event_loop_create_default(void);
esp_err_t esp_event_handler_register(esp_event_base_t base, int32_t id, esp_event_handler_t handler, void *context);
esp_err_t esp_event_handler_unregister(esp_event_base_t base, int32_t id, esp_event_handler_t handler);

typedef struct fake_timer *esp_timer_handle_t;
typedef struct { void (*callback)(void *argument); void *arg; const char *name; } esp_timer_create_args_t;
int64_t esp_timer_get_time(void);
esp_err_t esp_timer_create(const esp_timer_create_args_t *args, esp_timer_handle_t *out);
esp_err_t esp_timer_start_periodic(esp_timer_handle_t timer, uint64_t period_us);
esp_err_t esp_timer_stop(esp_timer_handle_t timer);

/* Ethernet */
typedef struct esp_eth_mac_s { int unused; } esp_eth_mac_t;
typedef struct esp_eth_phy_s { int unused; } esp_eth_phy_t;
typedef void *esp_eth_handle_t;
typedef struct { int rx_task_prio; } eth_mac_config_t;
typedef struct { int32_t phy_addr; int reset_gpio_num; } eth_phy_config_t;
typedef enum { EMAC_CLK_EXT_IN, EMAC_CLK_OUT } emac_rmii_clock_mode_t;
typedef struct {
  struct { int mdc_num, mdio_num; } smi_gpio;
  struct { struct { emac_rmii_clock_mode_t clock_mode; int clock_gpio; } rmii; } clock_config;
} eth_esp32_emac_config_t;
typedef struct { esp_eth_mac_t *mac; esp_eth_phy_t *phy; } esp_eth_config_t;
#define ETH_MAC_DEFAULT_CONFIG() {.rx_task_prio = 15}
#define ETH_PHY_DEFAULT_CONFIG() {.phy_addr = -1, .reset_gpio_num = 5}
#define ETH_ESP32_EMAC_DEFAULT_CONFIG() {.smi_gpio = {1, 2}}
#define ETH_DEFAULT_CONFIG(m, p) {.mac = (m), .phy = (p)}
typedef enum { ETH_CMD_S_PROMISCUOUS = 8, ETH_CMD_S_FLOW_CTRL, ETH_CMD_S_ALL_MULTICAST = 15 } esp_eth_io_cmd_t;
enum { ETHERNET_EVENT_START, ETHERNET_EVENT_STOP, ETHERNET_EVENT_CONNECTED, ETHERNET_EVENT_DISCONNECTED };
esp_eth_mac_t *esp_eth_mac_new_esp32(const eth_esp32_emac_config_t *emac, const eth_mac_config_t *config);
esp_eth_mac_t *esp_eth_mac_new_openeth(const eth_mac_config_t *config);
esp_eth_phy_t *esp_eth_phy_new_generic(const eth_phy_config_t *config);
esp_err_t esp_eth_driver_install(const esp_eth_config_t *config, esp_eth_handle_t *out);
esp_err_t esp_eth_ioctl(esp_eth_handle_t driver, esp_eth_io_cmd_t command, void *data);
esp_err_t esp_eth_update_input_path(esp_eth_handle_t driver, esp_err_t (*input)(esp_eth_handle_t, uint8_t *, uint32_t, void *), void *context);
esp_err_t esp_eth_start(esp_eth_handle_t driver);
esp_err_t esp_eth_stop(esp_eth_handle_t driver);

/* The EMAC's register: a read clears it, and so does this. */
typedef struct { struct { uint32_t val; } dmamissedfr; } emac_dma_dev_t;
emac_dma_dev_t *fake_emac_dma(void);
#define EMAC_DMA (*fake_emac_dma())

/* The W5500 */
typedef enum { SPI1_HOST, SPI2_HOST } spi_host_device_t;
#define SPI_DMA_CH_AUTO 3
typedef struct { int sclk_io_num, mosi_io_num, miso_io_num, quadwp_io_num, quadhd_io_num; } spi_bus_config_t;
typedef struct { uint8_t mode; int clock_speed_hz, spics_io_num, queue_size; } spi_device_interface_config_t;
typedef struct { struct { int int_gpio_num; uint32_t poll_period_ms; spi_host_device_t spi_host_id; spi_device_interface_config_t *spi_devcfg; } base; } eth_w5500_config_t;
#define ETH_W5500_DEFAULT_CONFIG(host, device) {.base = {.int_gpio_num = 4, .spi_host_id = (host), .spi_devcfg = (device)}}
esp_err_t gpio_install_isr_service(int flags);
esp_err_t spi_bus_initialize(spi_host_device_t host, const spi_bus_config_t *bus, int dma);
esp_eth_mac_t *esp_eth_mac_new_w5500(const eth_w5500_config_t *w5500, const eth_mac_config_t *config);
esp_eth_phy_t *esp_eth_phy_new_w5500(const eth_phy_config_t *config);

/* WiFi */
typedef enum { WIFI_MODE_NULL, WIFI_MODE_STA } wifi_mode_t;
typedef enum { WIFI_PS_NONE, WIFI_PS_MIN_MODEM } wifi_ps_type_t;
typedef enum { WIFI_SECOND_CHAN_NONE } wifi_second_chan_t;
typedef enum { WIFI_PKT_MGMT, WIFI_PKT_CTRL, WIFI_PKT_DATA, WIFI_PKT_MISC } wifi_promiscuous_pkt_type_t;
typedef struct { int nvs_enable; } wifi_init_config_t;
typedef struct { uint32_t filter_mask; } wifi_promiscuous_filter_t;
typedef struct {
  struct { signed rssi : 8; unsigned channel : 4; unsigned sig_len : 12; } rx_ctrl;
  uint8_t payload[];
} wifi_promiscuous_pkt_t;
typedef void (*wifi_promiscuous_cb_t)(void *packet, wifi_promiscuous_pkt_type_t type);
enum { WIFI_EVENT_STA_START = 2, WIFI_EVENT_STA_STOP, WIFI_EVENT_STA_CONNECTED, WIFI_EVENT_STA_DISCONNECTED };
#define WIFI_INIT_CONFIG_DEFAULT() {.nvs_enable = 1}
#define WIFI_PROMIS_FILTER_MASK_DATA (1u << 2)
esp_err_t esp_wifi_init(const wifi_init_config_t *config);
esp_err_t esp_wifi_set_mode(wifi_mode_t mode);
esp_err_t esp_wifi_start(void);
esp_err_t esp_wifi_set_ps(wifi_ps_type_t type);
esp_err_t esp_wifi_set_promiscuous_filter(const wifi_promiscuous_filter_t *filter);
esp_err_t esp_wifi_set_promiscuous_rx_cb(wifi_promiscuous_cb_t callback);
esp_err_t esp_wifi_set_promiscuous(bool on);
esp_err_t esp_wifi_set_channel(uint8_t channel, wifi_second_chan_t second);

#endif
