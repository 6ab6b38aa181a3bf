/*
 * esp_wifi.h looks for this name and, where it finds none, makes the types of received packets opaque. IDF keeps it in
 * a folder that its own build knows and the SDK's does not.
 */
#include "local/esp_wifi_types_native.h"
