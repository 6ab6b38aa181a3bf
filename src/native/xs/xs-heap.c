/* See xs-heap.h. A separate file, because XS's internal and public headers do not go together. */
#include "xs-heap.h"

#include "xsAll.h"

void xs_heap_read(void *machine, struct xs_heap *out) {
  const txMachine *the = machine;
  out->slots = (unsigned)the->currentHeapCount;
  out->most_slots = (unsigned)the->peakHeapCount;
  out->all_slots = (unsigned)the->maximumHeapCount;
  out->chunks = (unsigned)the->currentChunksSize;
  out->most_chunks = (unsigned)the->peakChunksSize;
  out->all_chunks = (unsigned)the->maximumChunksSize;
}

unsigned xs_heap_free(void *machine) {
  struct xs_heap heap;
  fxCollectGarbage(machine);
  xs_heap_read(machine, &heap);
  return (heap.all_chunks > heap.chunks ? heap.all_chunks - heap.chunks : 0) +
         (heap.all_slots > heap.slots ? (heap.all_slots - heap.slots) * (unsigned)sizeof(txSlot) : 0);
}
