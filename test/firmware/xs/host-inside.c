/* What XS's public header does not tell. Apart from host.c, because the two kinds of header do not go together. */
#include "xsAll.h"

int xs_exception_pending(txMachine *the) { return mxException.kind != XS_UNDEFINED_KIND; }

void xs_heap(txMachine *the, unsigned *slots, unsigned *chunks) {
  *slots = (unsigned)the->currentHeapCount;
  *chunks = (unsigned)the->currentChunksSize;
}

int xs_slot_size(void) { return (int)sizeof(txSlot); }

static int free_slots(txMachine *the) {
  int count = 0;
  for (txSlot *slot = the->freeHeap; slot; slot = slot->next) count++;
  return count;
}

/* Makes what is in use and `slots`, `chunks`, `keys` more all that there is, and leaves `stack` slots of stack: a board's do not grow.
 * On a board the built-in objects' place on the stack is in flash, as all that is preloaded. */
int xs_fix_heap(txMachine *the, int stack, int keys, int slots, int chunks) {
  mxPush(mxObjectPrototype);
  txSlot *last = fxNewObjectInstance(the); /* its properties are what is too much */
  mxPush(mxGlobal);
  fxSetID(the, fxFindName(the, "ballast"));
  mxPop();
  fxCollectGarbage(the);
  txBlock *block = the->firstBlock;
  if (block->nextBlock || block->limit - block->current < chunks) return 0;
  int too_many = free_slots(the) - slots;
  if (too_many < 0 || the->stack - stack < the->stackBottom || the->keyIndex + keys > the->keyCount) return 0;
  while (last->next) last = last->next;
  while (too_many-- > 0) {
    last = last->next = fxNewSlot(the);
    last->flag = XS_INTERNAL_FLAG;
    last->kind = XS_UNDEFINED_KIND;
  }
  block->limit = block->current + chunks;
  the->stackBottom = the->stack - stack;
  the->keyCount = the->keyIndex + keys;
  the->keyDelta = 0;
  the->minimumChunksSize = 0;
  the->minimumHeapCount = 0;
  return 1;
}
