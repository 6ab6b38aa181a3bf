/* How full XS's own heap is. Apart from board-lin.c, because XS's inside and its public header do not go together. */
#include "xsAll.h"

#include <stdio.h>
#include <stdlib.h>

/* Bytes free in chunks and slots once what nobody holds is collected; both have a fixed size (manifest.json, `creation`),
 * so this is all there is. With BLOCKWATCH_HEAP in the environment it also says what is in use. */
unsigned int board_heap_free(void *machine) {
  txMachine *the = machine;
  fxCollectGarbage(the);
  long chunks = (long)the->maximumChunksSize - (long)the->currentChunksSize;
  long slots = (long)the->maximumHeapCount - (long)the->currentHeapCount;
  if (getenv("BLOCKWATCH_HEAP"))
    fprintf(stderr, "heap in use: %ld of %ld slots, %ld of %ld bytes of chunks\n", (long)the->currentHeapCount, (long)the->maximumHeapCount,
            (long)the->currentChunksSize, (long)the->maximumChunksSize);
  return (unsigned int)((chunks > 0 ? chunks : 0) + (slots > 0 ? slots * (long)sizeof(txSlot) : 0));
}
