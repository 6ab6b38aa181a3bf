/*
 * Reads a capture file of the classic pcap format (draft-ietf-opsawg-pcap), either byte order, micro- or nanoseconds.
 */
#ifndef BLOCKWATCH_CAPTURE_FILE_H
#define BLOCKWATCH_CAPTURE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "frame-ring.h"

struct capture_file {
  FILE *file;
  bool swapped, nanoseconds;
  uint8_t link; /* LINK_* of src/engine/constants/codes.ts */
};

struct capture_frame {
  uint64_t time_us;
  uint32_t length; /* on the wire */
  uint8_t captured, link;
  uint8_t head[FRAME_HEAD_BYTES];
};

/* NULL, or the reason, to follow "cannot be played:". */
const char *capture_open(struct capture_file *capture, const char *path);
/* False at the end, or if the rest is damaged. */
bool capture_next(struct capture_file *capture, struct capture_frame *frame);
void capture_rewind(struct capture_file *capture);
void capture_close(struct capture_file *capture);

#endif
