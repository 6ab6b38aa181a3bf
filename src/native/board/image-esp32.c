/*
 * The inactive image on an ESP32 (src/app/xs/slot.ts): the other of the two partitions ota_0 and ota_1
 * (partitions.csv). With CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE the boot loader starts a new image once. If it is not
 * confirmed by then, it is ABORTED at the next start, whatever caused that start, and the previous image runs again
 * (ESP-IDF, "App Rollback").
 */
/*
 * Included by its component: the SDK's build has the folder of all components on its include path, but not this one's.
 */
#include "app_update/include/esp_ota_ops.h"
#include "esp_partition.h"

#include "xsmc.h"

enum { SETTLED, TRIAL, RETURNED };

static esp_ota_handle_t writing;

static const esp_partition_t *other(xsMachine *the) {
  const esp_partition_t *found = esp_ota_get_next_update_partition(NULL);
  if (!found) xsUnknownError("there is no second partition for an image");
  return found;
}

static void check(xsMachine *the, esp_err_t result, const char *what) {
  if (result != ESP_OK) xsUnknownError("%s, error 0x%x", (char *)what, (int)result);
}

/* () -> bytes; 0 if the flash has no room for two */
void xs_image_size(xsMachine *the) {
  const esp_partition_t *found = esp_ota_get_next_update_partition(NULL);
  xsmcSetInteger(xsResult, found ? (xsIntegerValue)found->size : 0);
}

/* () -> SETTLED, TRIAL, RETURNED */
void xs_image_state(xsMachine *the) {
  esp_ota_img_states_t state;
  int trial = esp_ota_get_state_partition(esp_ota_get_running_partition(), &state) == ESP_OK &&
              state == ESP_OTA_IMG_PENDING_VERIFY;
  /* INVALID and ABORTED last until writing of the next image starts. */
  xsmcSetInteger(xsResult, trial ? TRIAL : esp_ota_get_last_invalid_partition() ? RETURNED : SETTLED);
}

/*
 * (at): sectors are erased as writing reaches them, so that no call takes seconds; esp_ota_begin makes the boot loader
 * forget the old image.
 */
void xs_image_begin(xsMachine *the) {
  size_t at = (size_t)xsmcToInteger(xsArg(0));
  if (writing) esp_ota_abort(writing);
  writing = 0;
  esp_err_t begun = at == 0 ? esp_ota_begin(other(the), OTA_WITH_SEQUENTIAL_WRITES, &writing)
                            : esp_ota_resume(other(the), OTA_WITH_SEQUENTIAL_WRITES, at, &writing);
  check(the, begun, "the flash cannot be made ready");
}

/* (bytes) */
void xs_image_write(xsMachine *the) {
  void *bytes;
  xsUnsignedValue length;
  xsmcGetBufferReadable(xsArg(0), &bytes, &length);
  check(the, esp_ota_write(writing, bytes, length), "flash write");
}

/* (at, length) -> ArrayBuffer */
void xs_image_read(xsMachine *the) {
  size_t at = (size_t)xsmcToInteger(xsArg(0));
  xsIntegerValue length = xsmcToInteger(xsArg(1));
  void *bytes = xsmcSetArrayBuffer(xsResult, NULL, length);
  check(the, esp_partition_read(other(the), at, bytes, (size_t)length), "flash read");
}

/*
 * Both calls check the image as the boot loader will, including secure boot's signature if enabled. After a restart in
 * between, no write is open that could be ended.
 */
void xs_image_activate(xsMachine *the) {
  if (writing) {
    esp_err_t ended = esp_ota_end(writing);
    writing = 0;
    check(the, ended, "the image is damaged");
  }
  check(the, esp_ota_set_boot_partition(other(the)), "the boot loader refuses it");
}

void xs_image_confirm(xsMachine *the) {
  check(the, esp_ota_mark_app_valid_cancel_rollback(), "the boot loader's notes cannot be written");
}

/* Returns only if there is no previous image. */
void xs_image_give_back(xsMachine *the) {
  check(the, esp_ota_mark_app_invalid_rollback_and_reboot(), "there is no image before this one");
}
