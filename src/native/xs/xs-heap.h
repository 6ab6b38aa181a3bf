/*
 * How full XS's own heap is. Its areas have a fixed size on every platform (manifest.json, `creation`): what is not
 * free there is nowhere.
 */
#ifndef BLOCKWATCH_XS_HEAP_H
#define BLOCKWATCH_XS_HEAP_H

struct xs_heap {
  /* In use, what is not collected yet included; the most since the start; all there are. */
  unsigned slots, most_slots, all_slots;
  unsigned chunks, most_chunks, all_chunks; /* the same in bytes */
};

void xs_heap_read(void *machine, struct xs_heap *out);
/* Bytes free in slots and chunks once what nobody holds is collected. */
unsigned xs_heap_free(void *machine);

#endif
