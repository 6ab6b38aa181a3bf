/* XS from the sources of the npm package @agoric/xsnap with four functions: print, now, meter, heap. argv: a module.
 * Exit code 1 where a module throws or a promise is rejected: XS's own loop ends with 0 then. */
#include "xsnap.h"

extern int xs_exception_pending(xsMachine *the); /* host-inside.c */
extern void xs_heap(xsMachine *the, unsigned *slots, unsigned *chunks);

static void print(xsMachine *the) { printf("%s\n", xsToString(xsArg(0))); }

static void now(xsMachine *the) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  xsResult = xsNumber((double)time.tv_sec * 1000.0 + (double)(time.tv_nsec / 1000000));
}

/* What has run so far, in computrons: XS's own count of its byte codes and of the work of its built-in functions. */
static void meter(xsMachine *the) { xsResult = xsNumber(xsGetCurrentMeter(the)); }

/* Slots and bytes of chunks that live after a collection, in one number: slots * 2^32 + bytes. */
static void heap(xsMachine *the) {
  unsigned slots, chunks;
  xsCollectGarbage();
  xs_heap(the, &slots, &chunks);
  xsResult = xsNumber(slots * 4294967296.0 + chunks);
}

static xsBooleanValue go_on(xsMachine *the, xsUnsignedValue index) {
  (void)the;
  (void)index;
  return 1;
}

int main(int argc, char **argv) {
  xsCreation creation = {1 << 22, 1 << 20, 1 << 16, 1 << 14, 4096, 8192, 2048, 1993, 127, 1 << 20, 1993};
  if (argc != 2) return 2;
  xsInitializeSharedCluster();
  xsMachine *machine = xsCreateMachine(&creation, "host", NULL);
  int failed;
  xsBeginMetering(machine, go_on, 0);
  xsBeginHost(machine);
  xsDefine(xsGlobal, xsID("print"), xsNewHostFunction(print, 1), xsDontEnum);
  xsDefine(xsGlobal, xsID("now"), xsNewHostFunction(now, 0), xsDontEnum);
  xsDefine(xsGlobal, xsID("meter"), xsNewHostFunction(meter, 0), xsDontEnum);
  xsDefine(xsGlobal, xsID("heap"), xsNewHostFunction(heap, 0), xsDontEnum);
  xsRunModuleFile(argv[1]);
  xsRunLoop(machine);
  failed = xs_exception_pending(the);
  if (failed) fprintf(stderr, "%s\n", xsToString(xsException));
  xsEndHost(machine);
  xsEndMetering(machine);
  if (machine->abortStatus) failed = machine->abortStatus;
  fflush(stdout);
  _exit(failed);
}
