/* What XS's public header does not tell. Apart from host.c, because the two kinds of header do not go together. */
#include "xsAll.h"

int xs_exception_pending(txMachine *the) { return mxException.kind != XS_UNDEFINED_KIND; }

void xs_heap(txMachine *the, unsigned *slots, unsigned *chunks) {
  *slots = (unsigned)the->currentHeapCount;
  *chunks = (unsigned)the->currentChunksSize;
}
