/* What the fake driver was told, and a way to be the hardware behind it. */
#ifndef FAKE_IDF_NOTES_H
#define FAKE_IDF_NOTES_H

#include "idf.h"

/* The calls in their order, each "name" or "name=value", separated by spaces. */
extern char fake_calls[4096];
/* The next call of this name fails. */
extern const char *fake_failure;
/* What the driver had been told when it was started. */
extern bool fake_started_promiscuous, fake_started_all_multicast, fake_started_with_input;
/* -1: never told; else what MAC and PHY make of the flow control's argument, the PHY reading all four bytes. */
extern int fake_mac_flow;
extern uint32_t fake_phy_pause;
/* The pins and addresses the chip was made with. */
extern int fake_sck, fake_mosi, fake_miso, fake_cs;
extern int fake_phy_address, fake_reset_pin, fake_mdc, fake_mdio, fake_clock_out, fake_clock_pin;
extern unsigned fake_given, fake_freed, fake_freed_wrong;
extern uint32_t fake_missed_word;
extern uint8_t fake_channel;
extern bool fake_hopping, fake_promiscuous;

/* Notes that the uplink joins the driver, and says whether it may. */
bool fake_attach(void);
/* Hands a frame to the tap in a buffer of the driver's, as its task does. */
void fake_frame(const uint8_t *bytes, uint32_t length);
void fake_event(esp_event_base_t base, int32_t id);
void fake_hop(void);
void fake_air(const uint8_t *bytes, uint32_t length, int rssi, wifi_promiscuous_pkt_type_t type);

#endif
