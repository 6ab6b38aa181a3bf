/* See fake-idf.h. The tap's free() leads here (-Dfree=fake_free), so that each buffer's way is known. */
#undef free
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake-idf.h"

char fake_calls[4096];
const char *fake_failure;
bool fake_started_promiscuous, fake_started_all_multicast, fake_started_with_input;
int fake_mac_flow = -1;
uint32_t fake_phy_pause = 0xdeadbeef;
int fake_sck, fake_mosi, fake_miso, fake_cs;
int fake_phy_address, fake_reset_pin, fake_mdc, fake_mdio, fake_clock_out, fake_clock_pin;
unsigned fake_given, fake_freed, fake_freed_wrong;
uint32_t fake_missed_word;
uint8_t fake_channel;
bool fake_hopping, fake_promiscuous;

const esp_event_base_t ETH_EVENT = "ETH", WIFI_EVENT = "WIFI";
static esp_event_handler_t handler;
static esp_err_t (*input)(esp_eth_handle_t, uint8_t *, uint32_t, void *);
static wifi_promiscuous_cb_t on_air;
static struct fake_timer { esp_timer_create_args_t args; } timer;
static esp_eth_mac_t mac;
static esp_eth_phy_t phy;
static int driver;
static bool promiscuous, all_multicast;
static uint8_t *held[64];

static esp_err_t note(const char *call) {
  snprintf(fake_calls + strlen(fake_calls), sizeof fake_calls - strlen(fake_calls), "%s%s", *fake_calls ? " " : "", call);
  if (!fake_failure || strcmp(fake_failure, call) != 0) return ESP_OK;
  fake_failure = NULL;
  return ESP_FAIL;
}

static esp_err_t note_value(const char *call, unsigned value) {
  char text[80];
  snprintf(text, sizeof text, "%s=%u", call, value);
  return note(text);
}

void fake_free(void *buffer);
void fake_free(void *buffer) {
  for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
    if (held[i] != buffer || !buffer) continue;
    held[i] = NULL;
    fake_freed++;
    free(buffer);
    return;
  }
  fake_freed_wrong++;
}

void fake_frame(const uint8_t *bytes, uint32_t length) {
  uint8_t *buffer = malloc(length ? length : 1);
  memcpy(buffer, bytes, length);
  for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
    if (held[i]) continue;
    held[i] = buffer;
    break;
  }
  fake_given++;
  input(&driver, buffer, length, NULL);
}

esp_err_t esp_event_loop_create_default(void) { return note("loop"); }
esp_err_t esp_event_handler_register(esp_event_base_t base, int32_t id, esp_event_handler_t what, void *context) {
  (void)base; (void)id; (void)context;
  handler = what;
  return note("watch");
}
esp_err_t esp_event_handler_unregister(esp_event_base_t base, int32_t id, esp_event_handler_t what) {
  (void)base; (void)id; (void)what;
  handler = NULL;
  return note("unwatch");
}
void fake_event(esp_event_base_t base, int32_t id) {
  if (handler) handler(NULL, base, id, NULL);
}

int64_t esp_timer_get_time(void) { return 5000000; }
esp_err_t esp_timer_create(const esp_timer_create_args_t *args, esp_timer_handle_t *out) {
  timer.args = *args;
  *out = &timer;
  return note("timer");
}
esp_err_t esp_timer_start_periodic(esp_timer_handle_t which, uint64_t period_us) {
  (void)which;
  fake_hopping = true;
  return note_value("every", (unsigned)(period_us / 1000));
}
esp_err_t esp_timer_stop(esp_timer_handle_t which) {
  (void)which;
  fake_hopping = false;
  return note("still");
}
void fake_hop(void) {
  if (fake_hopping) timer.args.callback(timer.args.arg);
}

esp_eth_mac_t *esp_eth_mac_new_esp32(const eth_esp32_emac_config_t *emac, const eth_mac_config_t *config) {
  (void)config;
  fake_mdc = emac->smi_gpio.mdc_num;
  fake_mdio = emac->smi_gpio.mdio_num;
  fake_clock_out = emac->clock_config.rmii.clock_mode == EMAC_CLK_OUT;
  fake_clock_pin = emac->clock_config.rmii.clock_gpio;
  return note("mac") == ESP_OK ? &mac : NULL;
}
esp_eth_mac_t *esp_eth_mac_new_openeth(const eth_mac_config_t *config) {
  (void)config;
  return note("mac") == ESP_OK ? &mac : NULL;
}
bool fake_attach(void) { return note("uplink") == ESP_OK; }
static esp_eth_phy_t *make_phy(const eth_phy_config_t *config) {
  fake_phy_address = config->phy_addr;
  fake_reset_pin = config->reset_gpio_num;
  return note("phy") == ESP_OK ? &phy : NULL;
}
esp_eth_phy_t *esp_eth_phy_new_generic(const eth_phy_config_t *config) { return make_phy(config); }
esp_eth_phy_t *esp_eth_phy_new_w5500(const eth_phy_config_t *config) { return make_phy(config); }
esp_eth_mac_t *esp_eth_mac_new_w5500(const eth_w5500_config_t *w5500, const eth_mac_config_t *config) {
  (void)config;
  const int pin = w5500->base.int_gpio_num;
  const unsigned period = w5500->base.poll_period_ms;
  /* As esp_eth_mac_w5500.c has it. */
  if ((pin >= 0) == (period > 0)) return NULL;
  fake_cs = w5500->base.spi_devcfg->spics_io_num;
  note_value(period ? "poll" : "interrupt", period ? period : (unsigned)pin);
  return note("mac") == ESP_OK ? &mac : NULL;
}
esp_err_t gpio_install_isr_service(int flags) { (void)flags; return note("isr"); }
esp_err_t spi_bus_initialize(spi_host_device_t host, const spi_bus_config_t *bus, int dma) {
  (void)host; (void)dma;
  fake_sck = bus->sclk_io_num;
  fake_mosi = bus->mosi_io_num;
  fake_miso = bus->miso_io_num;
  return note("spi");
}

esp_err_t esp_eth_driver_install(const esp_eth_config_t *config, esp_eth_handle_t *out) {
  *out = &driver;
  return config->mac == &mac && config->phy == &phy ? note("install") : ESP_FAIL;
}
/* As esp_eth/src/esp_eth.c has it: flow control is a bool to the MAC and a uint32_t to the PHY. */
esp_err_t esp_eth_ioctl(esp_eth_handle_t which, esp_eth_io_cmd_t command, void *data) {
  (void)which;
  bool on;
  memcpy(&on, data, sizeof on);
  if (command == ETH_CMD_S_FLOW_CTRL) {
    fake_mac_flow = on;
    memcpy(&fake_phy_pause, data, sizeof fake_phy_pause);
    return note("flow");
  }
  if (command == ETH_CMD_S_PROMISCUOUS) promiscuous = on;
  if (command == ETH_CMD_S_ALL_MULTICAST) all_multicast = on;
  return note(command == ETH_CMD_S_PROMISCUOUS ? "promiscuous" : command == ETH_CMD_S_ALL_MULTICAST ? "multicast" : "ioctl?");
}
esp_err_t esp_eth_update_input_path(esp_eth_handle_t which, esp_err_t (*path)(esp_eth_handle_t, uint8_t *, uint32_t, void *), void *context) {
  (void)which; (void)context;
  input = path;
  return note("input");
}
esp_err_t esp_eth_start(esp_eth_handle_t which) {
  (void)which;
  fake_started_promiscuous = promiscuous;
  fake_started_all_multicast = all_multicast;
  fake_started_with_input = input != NULL;
  return note("start");
}
esp_err_t esp_eth_stop(esp_eth_handle_t which) { (void)which; return note("stop"); }

emac_dma_dev_t *fake_emac_dma(void) {
  static emac_dma_dev_t seen;
  seen.dmamissedfr.val = fake_missed_word;
  fake_missed_word = 0;
  return &seen;
}

esp_err_t esp_wifi_init(const wifi_init_config_t *config) { return note(config->nvs_enable ? "init-with-nvs" : "init"); }
esp_err_t esp_wifi_set_mode(wifi_mode_t mode) { return note(mode == WIFI_MODE_NULL ? "mode-null" : "mode?"); }
esp_err_t esp_wifi_start(void) { return note("start"); }
esp_err_t esp_wifi_set_ps(wifi_ps_type_t type) { return note(type == WIFI_PS_NONE ? "awake" : "ps?"); }
esp_err_t esp_wifi_set_promiscuous_filter(const wifi_promiscuous_filter_t *filter) { return note_value("filter", filter->filter_mask); }
esp_err_t esp_wifi_set_promiscuous_rx_cb(wifi_promiscuous_cb_t callback) { on_air = callback; return note("callback"); }
esp_err_t esp_wifi_set_promiscuous(bool on) { fake_promiscuous = on; return note(on ? "promiscuous" : "deaf"); }
esp_err_t esp_wifi_set_channel(uint8_t channel, wifi_second_chan_t second) {
  (void)second;
  fake_channel = channel;
  return note_value("channel", channel);
}
void fake_air(const uint8_t *bytes, uint32_t length, int rssi, wifi_promiscuous_pkt_type_t type) {
  wifi_promiscuous_pkt_t *packet = calloc(1, sizeof *packet + length + 4);
  packet->rx_ctrl.rssi = rssi;
  packet->rx_ctrl.channel = fake_channel;
  packet->rx_ctrl.sig_len = length + 4;
  memcpy(packet->payload, bytes, length);
  on_air(packet, type);
  free(packet);
}
