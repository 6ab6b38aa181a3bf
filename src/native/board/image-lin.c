/*
 * The inactive image on a Linux box (src/app/xs/slot.ts): two files in the folder BLOCKWATCH_STATE, image-0 and
 * image-1, and a file `images` beside them: which of the two is started, and a letter for each: v valid, n new, p on
 * trial, a rolled back, - none. The parent process (scripts/firmware/linux-sensor.ts) treats it as the ESP32's boot
 * loader treats its otadata partition.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xsmc.h"

enum { SETTLED, TRIAL, RETURNED };
#define ROOM (8 * 1024 * 1024)
#define MOST 4096

struct boot {
  int active;
  char state[2];
};

static off_t at;

static void path_of(char *out, size_t bytes, const char *name) {
  const char *folder = getenv("BLOCKWATCH_STATE");
  snprintf(out, bytes, "%s/%s", folder ? folder : ".", name);
}

/* Whether there is a boot loader. */
static int read_boot(struct boot *boot) {
  char path[1024];
  path_of(path, sizeof path, "images");
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  int found = fscanf(file, "%d %c %c", &boot->active, &boot->state[0], &boot->state[1]);
  fclose(file);
  return found == 3 && (boot->active == 0 || boot->active == 1);
}

/* Leaves the old file or the new one, never half of one. */
static void write_boot(xsMachine *the, const struct boot *boot) {
  char path[1024], next[1024];
  path_of(path, sizeof path, "images");
  path_of(next, sizeof next, "images.new");
  FILE *file = fopen(next, "w");
  if (!file) xsUnknownError("cannot write %s", next);
  fprintf(file, "%d %c %c\n", boot->active, boot->state[0], boot->state[1]);
  fflush(file);
  fsync(fileno(file));
  fclose(file);
  if (rename(next, path) != 0) xsUnknownError("cannot write %s", path);
}

static struct boot boot_of(xsMachine *the) {
  struct boot boot;
  if (!read_boot(&boot)) xsUnknownError("nothing here starts another image");
  return boot;
}

/* The file of the inactive image. */
static int open_other(xsMachine *the, int flags) {
  char path[1024];
  path_of(path, sizeof path, boot_of(the).active == 0 ? "image-1" : "image-0");
  int file = open(path, flags, 0600);
  if (file < 0) xsUnknownError("cannot open %s", path);
  return file;
}

void xs_image_size(xsMachine *the) {
  struct boot boot;
  xsmcSetInteger(xsResult, read_boot(&boot) ? ROOM : 0);
}

void xs_image_state(xsMachine *the) {
  struct boot boot;
  int state = SETTLED;
  if (read_boot(&boot))
    state = boot.state[boot.active] == 'p' ? TRIAL : boot.state[1 - boot.active] == 'a' ? RETURNED : SETTLED;
  xsmcSetInteger(xsResult, state);
}

void xs_image_begin(xsMachine *the) {
  struct boot boot = boot_of(the);
  boot.state[1 - boot.active] = '-';
  write_boot(the, &boot);
  at = xsmcToInteger(xsArg(0));
  int file = open_other(the, O_WRONLY | O_CREAT);
  int cut = ftruncate(file, at);
  close(file);
  if (cut != 0) xsUnknownError("the file cannot be made ready");
}

void xs_image_write(xsMachine *the) {
  void *bytes;
  xsUnsignedValue length;
  xsmcGetBufferReadable(xsArg(0), &bytes, &length);
  int file = open_other(the, O_WRONLY);
  ssize_t written = pwrite(file, bytes, length, at);
  close(file);
  if (written != (ssize_t)length) xsUnknownError("file write");
  at += written;
}

void xs_image_read(xsMachine *the) {
  uint8_t bytes[MOST];
  off_t from = xsmcToInteger(xsArg(0));
  xsIntegerValue length = xsmcToInteger(xsArg(1));
  int file = open_other(the, O_RDONLY);
  ssize_t found = length <= 0 || length > MOST ? -1 : pread(file, bytes, (size_t)length, from);
  close(file);
  if (found != length) xsUnknownError("file read");
  xsmcSetArrayBuffer(xsResult, bytes, length);
}

void xs_image_activate(xsMachine *the) {
  struct boot boot = boot_of(the);
  char magic[4] = {0};
  int file = open_other(the, O_RDWR);
  ssize_t found = pread(file, magic, sizeof magic, 0);
  fsync(file);
  fchmod(file, 0700);
  close(file);
  if (found != sizeof magic || memcmp(magic, "\177ELF", 4) != 0) xsUnknownError("it is no program");
  boot.active = 1 - boot.active;
  boot.state[boot.active] = 'n';
  write_boot(the, &boot);
}

void xs_image_confirm(xsMachine *the) {
  struct boot boot = boot_of(the);
  boot.state[boot.active] = 'v';
  write_boot(the, &boot);
}

void xs_image_give_back(xsMachine *the) {
  struct boot boot = boot_of(the);
  if (boot.state[1 - boot.active] != 'v') xsUnknownError("there is no image before this one");
  boot.state[boot.active] = 'a';
  boot.active = 1 - boot.active;
  write_boot(the, &boot);
  exit(75); /* as xs_board_exit in board-lin.c */
}
