/*
 * esp_wifi.h includes this name and, if it is missing, makes the types of received packets opaque. IDF's build knows
 * the folder that has it; the SDK's build does not.
 */
#include "local/esp_wifi_types_native.h"
