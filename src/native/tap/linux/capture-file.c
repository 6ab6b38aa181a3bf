/* See capture-file.h. */
#include "capture-file.h"

#include <errno.h>
#include <string.h>

#define HEADER_BYTES 24u
#define RECORD_HEADER_BYTES 16u
/* Maximum accepted bytes of one frame: libpcap's limit (MAXIMUM_SNAPLEN). */
#define MOST_BYTES 262144u

static uint32_t word(const struct capture_file *capture, const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return capture->swapped ? __builtin_bswap32(value) : value;
}

/* pcap link types (LINKTYPE_*) as LINK_* of the engine; 0 for the others. */
static uint8_t link_of(uint32_t type) {
  switch (type & 0x0fffffff) {
    case 0: return 7;
    case 1: return 1;
    case 12: case 14: case 101: return 6;
    case 105: return 2;
    case 113: return 4;
    case 127: return 3;
    case 276: return 5;
    default: return 0;
  }
}

const char *capture_open(struct capture_file *capture, const char *path) {
  uint8_t header[HEADER_BYTES];
  memset(capture, 0, sizeof *capture);
  capture->file = fopen(path, "rb");
  if (!capture->file) return strerror(errno);
  const char *problem = NULL;
  if (fread(header, 1, sizeof header, capture->file) != sizeof header) problem = "it is too short";
  else {
    uint32_t magic = word(capture, header);
    capture->swapped = magic == 0xd4c3b2a1u || magic == 0x4d3cb2a1u;
    magic = word(capture, header);
    capture->nanoseconds = magic == 0xa1b23c4du;
    capture->link = link_of(word(capture, header + 20));
    if (magic != 0xa1b2c3d4u && magic != 0xa1b23c4du)
      problem = "it is not a pcap file (pcapng must be converted first)";
    else if (capture->link == 0) problem = "it holds frames of a link type that the engine does not know";
  }
  if (problem) capture_close(capture);
  return problem;
}

bool capture_next(struct capture_file *capture, struct capture_frame *frame) {
  uint8_t header[RECORD_HEADER_BYTES];
  if (fread(header, 1, sizeof header, capture->file) != sizeof header) return false;
  uint32_t fraction = word(capture, header + 4), captured = word(capture, header + 8);
  if (captured > MOST_BYTES) return false;
  frame->time_us = (uint64_t)word(capture, header) * 1000000u + (capture->nanoseconds ? fraction / 1000u : fraction);
  frame->length = word(capture, header + 12);
  frame->link = capture->link;
  frame->captured = (uint8_t)(captured < FRAME_HEAD_BYTES ? captured : FRAME_HEAD_BYTES);
  if (fread(frame->head, 1, frame->captured, capture->file) != frame->captured) return false;
  return fseek(capture->file, (long)(captured - frame->captured), SEEK_CUR) == 0;
}

void capture_rewind(struct capture_file *capture) { fseek(capture->file, (long)HEADER_BYTES, SEEK_SET); }

void capture_close(struct capture_file *capture) {
  if (capture->file) fclose(capture->file);
  capture->file = NULL;
}
