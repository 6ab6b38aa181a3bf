/*
 * The tap on the ESP32's radio: raw 802.11 data frames of every station in range.
 *
 * It never transmits, for these reasons. In promiscuous mode under WIFI_MODE_NULL there is no station and no access
 * point: nothing that would associate, probe, acknowledge or keep alive (ESP-IDF, "Wi-Fi driver", sniffer mode); the
 * one call that sends raw frames, esp_wifi_80211_tx, is not made. If the radio is also the uplink ("uplink" as the
 * plan), it is a station that sends for the uplink: the tap then only listens on that channel and changes none of its
 * settings.
 *
 * plan: "uplink", or channels to visit such as "1,6,11" (the default), each for DWELL_MS.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "esp_event.h"
#include "esp_timer.h"
#include "esp_wifi.h"

#include "engine-layout.h"
#include "tap.h"

/* The driver includes the frame check sequence in the length; it is not part of the frame here. */
#define FCS_BYTES 4u
/* Long enough to catch a sweep's probes, short enough to return while it goes on. */
#define DWELL_MS 400u
#define MOST_CHANNELS 14u

static struct {
  struct frame_ring *ring;
  esp_timer_handle_t hop;
  uint8_t channels[MOST_CHANNELS];
  uint8_t count, at;
  _Atomic(uint32_t) frames, listening;
} tap;

uint32_t tap_now_ms(void) { return (uint32_t)(esp_timer_get_time() / 1000); }

/* On the WiFi driver's task: nothing here waits. The buffer is the driver's. */
static void heard(void *buffer, wifi_promiscuous_pkt_type_t type) {
  const wifi_promiscuous_pkt_t *packet = buffer;
  uint32_t length = packet->rx_ctrl.sig_len;
  if (type != WIFI_PKT_DATA || length <= FCS_BYTES) return;
  atomic_store_explicit(&tap.frames, atomic_load_explicit(&tap.frames, memory_order_relaxed) + 1, memory_order_relaxed);
  length -= FCS_BYTES;
  frame_ring_put(tap.ring, tap_now_ms(), ENGINE_LINK_IEEE80211, packet->payload, length, length, (int8_t)packet->rx_ctrl.rssi,
                 (uint8_t)packet->rx_ctrl.channel);
}

static void hop(void *unused) {
  (void)unused;
  tap.at = (uint8_t)((tap.at + 1) % tap.count);
  esp_wifi_set_channel(tap.channels[tap.at], WIFI_SECOND_CHAN_NONE);
}

/* False if the plan is not a list of channels 1 to 14. */
static bool read_plan(const char *plan) {
  tap.count = 0;
  for (const char *at = plan; *at;) {
    char *end;
    long channel = strtol(at, &end, 10);
    if (end == at || channel < 1 || channel > 14 || tap.count == MOST_CHANNELS) return false;
    if (*end && (*end != ',' || !end[1])) return false;
    tap.channels[tap.count++] = (uint8_t)channel;
    at = *end ? end + 1 : end;
  }
  return tap.count > 0;
}

static const char *own_radio(void) {
  wifi_init_config_t config = WIFI_INIT_CONFIG_DEFAULT();
  config.nvs_enable = 0;
  if (esp_wifi_init(&config) != ESP_OK || esp_wifi_set_mode(WIFI_MODE_NULL) != ESP_OK || esp_wifi_start() != ESP_OK)
    return "The radio does not start.";
  return NULL;
}

/* Receives everything on the radio from here on. The driver resets this when the uplink stops and starts it. */
static const char *listen(void) {
  const wifi_promiscuous_filter_t data_only = {.filter_mask = WIFI_PROMIS_FILTER_MASK_DATA};
  if (esp_wifi_set_promiscuous_filter(&data_only) != ESP_OK || esp_wifi_set_promiscuous_rx_cb(heard) != ESP_OK ||
      esp_wifi_set_promiscuous(true) != ESP_OK)
    return "The radio does not listen to everything.";
  atomic_store(&tap.listening, 1);
  return NULL;
}

/*
 * On the event loop's task. The app starts the tap before the uplink: there is no radio to listen with until the
 * station is on its channel. A station that starts during channel hopping takes the radio for the uplink.
 */
static void on_event(void *context, esp_event_base_t base, int32_t id, void *data) {
  (void)context;
  (void)base;
  (void)data;
  if (id == WIFI_EVENT_STA_START && tap.hop) esp_timer_stop(tap.hop);
  if (id == WIFI_EVENT_STA_DISCONNECTED || id == WIFI_EVENT_STA_STOP) atomic_store(&tap.listening, 0);
  /* A radio that sleeps between beacons receives a fraction of the frames. */
  if (id == WIFI_EVENT_STA_CONNECTED && esp_wifi_set_ps(WIFI_PS_NONE) == ESP_OK) listen();
}

static const char *hop_over_channels(void) {
  if (esp_wifi_set_channel(tap.channels[0], WIFI_SECOND_CHAN_NONE) != ESP_OK) return "The radio refuses the channel.";
  if (tap.count == 1) return NULL;
  const esp_timer_create_args_t timer = {.callback = hop, .name = "hop"};
  if (!tap.hop && esp_timer_create(&timer, &tap.hop) != ESP_OK) return "The radio cannot change its channel.";
  const esp_err_t started = esp_timer_start_periodic(tap.hop, DWELL_MS * 1000ull);
  return started == ESP_OK ? NULL : "The radio cannot change its channel.";
}

const char *tap_start(struct frame_ring *ring, const char *plan) {
  bool uplink = strcmp(plan, "uplink") == 0;
  if (!uplink && !read_plan(*plan ? plan : "1,6,11"))
    return "The WiFi tap's plan is not a list of channels such as 1,6,11.";
  tap.ring = ring;
  esp_err_t loop = esp_event_loop_create_default();
  if (loop != ESP_OK && loop != ESP_ERR_INVALID_STATE) return "There is no memory for the radio's events.";
  if (esp_event_handler_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_event, NULL) != ESP_OK)
    return "The radio cannot be watched.";
  if (uplink) return NULL;
  const char *problem = own_radio();
  if (!problem) problem = listen();
  return problem ? problem : hop_over_channels();
}

void tap_stop(void) {
  esp_event_handler_unregister(WIFI_EVENT, ESP_EVENT_ANY_ID, on_event);
  if (tap.hop) esp_timer_stop(tap.hop);
  esp_wifi_set_promiscuous(false);
  atomic_store(&tap.listening, 0);
}

/* No register counts the frames that the radio itself misses. */
void tap_count(struct tap_counters *out) {
  out->frames = atomic_load_explicit(&tap.frames, memory_order_relaxed);
  out->missed = 0;
  out->link = atomic_load(&tap.listening);
}
