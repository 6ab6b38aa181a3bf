/* Usage of XS's own heap. Its areas have a fixed size on every platform (manifest.json, `creation`) and cannot grow. */
#ifndef BLOCKWATCH_XS_HEAP_H
#define BLOCKWATCH_XS_HEAP_H

struct xs_heap {
  /* In use, including garbage not collected yet; the maximum since the start; the total. */
  unsigned slots, most_slots, all_slots;
  unsigned chunks, most_chunks, all_chunks; /* the same in bytes */
};

void xs_heap_read(void *machine, struct xs_heap *out);
/* Free bytes in slots and chunks after garbage collection. */
unsigned xs_heap_free(void *machine);

#endif
