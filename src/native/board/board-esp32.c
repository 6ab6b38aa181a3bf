/* An ESP32 as a board (src/app/boards/esp32.ts): flash, memory, randomness, the watchdog. */
#include "driver/gpio.h"
#include "esp_partition.h"
#include "esp_random.h"
#include "esp_system.h"
#include "esp_task_wdt.h"
#include "hal/uart_ll.h"

#include "mc.defines.h"
#include "xsmc.h"

/* The outbox's own partition: type data, subtype 0x40, label "outbox" (src/native/board/partitions.csv). */
#define OUTBOX_SUBTYPE ((esp_partition_subtype_t)0x40)

static const esp_partition_t *outbox(xsMachine *the) {
  static const esp_partition_t *found;
  if (!found) found = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, OUTBOX_SUBTYPE, "outbox");
  if (!found) xsUnknownError("there is no partition for the outbox");
  return found;
}

/* () -> bytes */
void xs_board_flash_size(xsMachine *the) { xsmcSetInteger(xsResult, (xsIntegerValue)outbox(the)->size); }

/* (at, length) -> ArrayBuffer */
void xs_board_flash_read(xsMachine *the) {
  size_t at = (size_t)xsmcToInteger(xsArg(0));
  xsIntegerValue length = xsmcToInteger(xsArg(1));
  void *bytes = xsmcSetArrayBuffer(xsResult, NULL, length);
  if (esp_partition_read(outbox(the), at, bytes, (size_t)length) != ESP_OK) xsUnknownError("flash read");
}

/* (at, bytes) */
void xs_board_flash_write(xsMachine *the) {
  size_t at = (size_t)xsmcToInteger(xsArg(0));
  void *bytes;
  xsUnsignedValue length;
  xsmcGetBufferReadable(xsArg(1), &bytes, &length);
  if (esp_partition_write(outbox(the), at, bytes, length) != ESP_OK) xsUnknownError("flash write");
}

/* (at) */
void xs_board_flash_erase(xsMachine *the) {
  const esp_partition_t *partition = outbox(the);
  size_t at = (size_t)xsmcToInteger(xsArg(0));
  if (esp_partition_erase_range(partition, at, partition->erase_size) != ESP_OK) xsUnknownError("flash erase");
}

void xs_board_random(xsMachine *the) { xsmcSetNumber(xsResult, esp_random()); }
void xs_board_free_heap(xsMachine *the) { xsmcSetNumber(xsResult, esp_get_minimum_free_heap_size()); }

void xs_board_restart(xsMachine *the) {
  (void)the;
  esp_restart();
}

/*
 * XS's task has its own watchdog entry: the SDK creates one if the watchdog is on, and feeds it on each message or
 * timer. A second request would log a complaint at every boot.
 */
void xs_board_alive(xsMachine *the) {
  (void)the;
  if (esp_task_wdt_status(NULL) == ESP_ERR_NOT_FOUND) esp_task_wdt_add(NULL);
  esp_task_wdt_reset();
}

/*
 * (port). Call it before the SDK's Serial opens the port. The mask ROM leaves the UART's receive interrupt enabled, and
 * Serial unmasks it before its handler has a callback: one byte received during boot, such as a question of "blockwatch
 * provision", would call the handler endlessly until the watchdog restarts the board after a minute. The discarded
 * input is half a line at most.
 */
void xs_board_serial_quiet(xsMachine *the) {
  uart_dev_t *const uart = UART_LL_GET_HW(xsmcToInteger(xsArg(0)));
  uart_ll_disable_intr_mask(uart, UINT32_MAX);
  uart_ll_rxfifo_rst(uart);
  uart_ll_clr_intsts_mask(uart, UINT32_MAX);
}

/* (on). A board without its own light has no pin in its manifest (defines, light). */
void xs_board_light(xsMachine *the) {
#ifdef MODDEF_LIGHT_PIN
  static int ready;
  if (!ready) ready = gpio_set_direction((gpio_num_t)MODDEF_LIGHT_PIN, GPIO_MODE_OUTPUT) == ESP_OK;
  gpio_set_level((gpio_num_t)MODDEF_LIGHT_PIN, xsmcToBoolean(xsArg(0)) != MODDEF_LIGHT_INVERTED);
#else
  (void)the;
#endif
}
