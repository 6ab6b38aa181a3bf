/* How full XS's own heap is. Apart from board-lin.c, because XS's inside and its public header do not go together. */
#include "xsAll.h"

/* Bytes free in chunks and slots; both have a fixed size (manifest.json, `creation`), so this is all there is. */
unsigned int board_heap_free(void *machine) {
  txMachine *the = machine;
  long chunks = (long)the->maximumChunksSize - (long)the->currentChunksSize;
  long slots = ((long)the->maximumHeapCount - (long)the->currentHeapCount) * (long)sizeof(txSlot);
  return (unsigned int)((chunks > 0 ? chunks : 0) + (slots > 0 ? slots : 0));
}
