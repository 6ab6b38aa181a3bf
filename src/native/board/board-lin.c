/*
 * A Linux box as a board (src/app/boards/linux.ts): its state is in the folder BLOCKWATCH_STATE, and a file there
 * serves as flash.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xs-heap.h"
#include "xsmc.h"

#define SECTOR 4096
#define SECTORS 16

static void path_of(char *out, size_t bytes, const char *name, const char *suffix) {
  const char *folder = getenv("BLOCKWATCH_STATE");
  snprintf(out, bytes, "%s/%s%s", folder ? folder : ".", name, suffix);
}

/* (name) -> text or undefined. BLOCKWATCH names only: the app must not see the rest of the environment. */
void xs_board_environment(xsMachine *the) {
  const char *name = xsmcToString(xsArg(0));
  const char *value = strncmp(name, "BLOCKWATCH_", 11) == 0 ? getenv(name) : NULL;
  if (value) xsmcSetString(xsResult, (char *)value);
}

/* (name) -> text or undefined */
void xs_board_read(xsMachine *the) {
  char path[1024];
  path_of(path, sizeof path, xsmcToString(xsArg(0)), "");
  FILE *file = fopen(path, "rb");
  if (!file) return;
  char text[8192];
  size_t bytes = fread(text, 1, sizeof text - 1, file);
  text[bytes] = 0;
  fclose(file);
  xsmcSetString(xsResult, text);
}

/* (name, text): leaves the old file or the new one, never half of one */
void xs_board_write(xsMachine *the) {
  char path[1024], next[1024];
  path_of(path, sizeof path, xsmcToString(xsArg(0)), "");
  path_of(next, sizeof next, xsmcToString(xsArg(0)), ".new");
  FILE *file = fopen(next, "wb");
  if (!file) xsUnknownError("cannot write %s", next);
  fputs(xsmcToString(xsArg(1)), file);
  fflush(file);
  fsync(fileno(file));
  fclose(file);
  if (rename(next, path) != 0) xsUnknownError("cannot write %s", path);
}

void xs_board_random(xsMachine *the) {
  uint32_t value = 0;
  while (getrandom(&value, sizeof value, 0) != sizeof value) continue;
  xsmcSetNumber(xsResult, value);
}

/*
 * Free bytes of XS's own heap: it runs out first, not the machine's memory. With BLOCKWATCH_HEAP in the environment the
 * result also includes the bytes in use.
 */
void xs_board_heap_free(xsMachine *the) {
  const unsigned left = xs_heap_free(the);
  if (getenv("BLOCKWATCH_HEAP")) {
    struct xs_heap heap;
    xs_heap_read(the, &heap);
    fprintf(stderr, "heap in use: %u of %u slots, %u of %u bytes of chunks\n", heap.slots, heap.all_slots, heap.chunks,
            heap.all_chunks);
  }
  xsmcSetNumber(xsResult, left);
}

static int flash_file(xsMachine *the) {
  static int file = -1;
  if (file >= 0) return file;
  char path[1024];
  path_of(path, sizeof path, "outbox", ".flash");
  file = open(path, O_RDWR | O_CREAT, 0600);
  if (file < 0) xsUnknownError("cannot open %s", path);
  struct stat found;
  if (fstat(file, &found) == 0 && found.st_size < SECTOR * SECTORS) {
    uint8_t ones[SECTOR];
    memset(ones, 0xff, sizeof ones);
    for (int i = 0; i < SECTORS; i++) {
      if (pwrite(file, ones, SECTOR, (off_t)i * SECTOR) != SECTOR) xsUnknownError("cannot write %s", path);
    }
  }
  return file;
}

/* (at, length) -> ArrayBuffer */
void xs_board_flash_read(xsMachine *the) {
  int file = flash_file(the);
  xsIntegerValue at = xsmcToInteger(xsArg(0)), length = xsmcToInteger(xsArg(1));
  uint8_t bytes[SECTOR];
  if (length < 0 || length > SECTOR || pread(file, bytes, (size_t)length, at) != length) xsUnknownError("flash read");
  xsmcSetArrayBuffer(xsResult, bytes, length);
}

/* (at, bytes): as in NOR flash, ones can become zeros and not the other way round */
void xs_board_flash_write(xsMachine *the) {
  int file = flash_file(the);
  xsIntegerValue at = xsmcToInteger(xsArg(0));
  void *data;
  xsUnsignedValue length;
  uint8_t bytes[SECTOR];
  xsmcGetBufferReadable(xsArg(1), &data, &length);
  if (length > SECTOR || pread(file, bytes, length, at) != (ssize_t)length) xsUnknownError("flash write");
  for (xsUnsignedValue i = 0; i < length; i++) bytes[i] &= ((uint8_t *)data)[i];
  if (pwrite(file, bytes, length, at) != (ssize_t)length) xsUnknownError("flash write");
}

/* (at) */
void xs_board_flash_erase(xsMachine *the) {
  uint8_t ones[SECTOR];
  memset(ones, 0xff, sizeof ones);
  if (pwrite(flash_file(the), ones, SECTOR, xsmcToInteger(xsArg(0))) != SECTOR) xsUnknownError("flash erase");
}

void xs_board_exit(xsMachine *the) {
  (void)the;
  exit(75); /* EX_TEMPFAIL: the parent restarts it, as the chip's boot loader does */
}
