/* XS as a board has it: slots of 16 bytes, and a heap that does not grow.
 *
 *   xs32 MODULE CASE STACK KEYS SLOTS CHUNKS          runs the case with so much of the heap free
 *   xs32 MODULE CASE STACK KEYS SLOTS CHUNKS least    and finds the least of either that would do
 *
 * On a board our modules lie in flash, objects and all; here they are loaded into the heap. So the machine grows while it loads the
 * module, which makes what a board has in use at rest and then leaves a function `work` on the global object. What all
 * that takes after a collection is taken for nothing: the heap is cut to it and SLOTS and CHUNKS more, so that what is left
 * for work is what a board has left, and from there on it has a fixed size: what does not fit ends the machine. */
#include "xsnap.h"

#include <sys/wait.h>

extern int xs_exception_pending(xsMachine *the); /* host-inside.c */
extern void xs_heap(xsMachine *the, unsigned *slots, unsigned *chunks);
extern int xs_slot_size(void);
extern int xs_fix_heap(xsMachine *the, int stack, int keys, int slots, int chunks);

static void print(xsMachine *the) { printf("%s\n", xsToString(xsArg(0))); }

static xsMachine *machine;
static int failed;

static int work(int stack, int keys, int slots, int chunks) {
  xsBeginHost(machine);
  if (!xs_fix_heap(the, stack, keys, slots, chunks)) {
    fprintf(stderr, "the heap cannot be cut\n");
    failed = 1;
  } else {
    xsCall0(xsGlobal, xsID("work"));
  }
  xsEndHost(machine);
  if (!failed && !machine->abortStatus) xsRunLoop(machine);
  return failed ? failed : machine->abortStatus;
}

/* Whether the case would do with so much, tried on a copy of the machine. */
static int would_do(int stack, int keys, int slots, int chunks) {
  int status;
  pid_t child = fork();
  if (child == 0) {
    freopen("/dev/null", "w", stdout);
    freopen("/dev/null", "w", stderr);
    xsBeginMetering(machine, NULL, 0);
    status = work(stack, keys, slots, chunks);
    xsEndMetering(machine);
    _exit(status || machine->abortStatus || failed ? 1 : 0);
  }
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv) {
  if (argc < 7) return puts("xs32 MODULE CASE STACK KEYS SLOTS CHUNKS [least]"), 2;
  int stack = atoi(argv[3]), keys = atoi(argv[4]), slots = atoi(argv[5]), chunks = atoi(argv[6]);
  if (xs_slot_size() != 16) {
    fprintf(stderr, "A slot has %d bytes here, and 16 on a board.\n", xs_slot_size());
    return 2;
  }
  xsCreation creation = {1 << 22, 1 << 20, 1 << 16, 1 << 14, 4096, 8192, 2048, 127, 127, 1 << 20, 1993};
  xsInitializeSharedCluster();
  machine = xsCreateMachine(&creation, "board", NULL);
  xsBeginMetering(machine, NULL, 0);
  xsBeginHost(machine);
  xsDefine(xsGlobal, xsID("print"), xsNewHostFunction(print, 1), xsDontEnum);
  xsResult = xsString(argv[2]);
  xsDefine(xsGlobal, xsID("wanted"), xsResult, xsDontEnum);
  xsRunModuleFile(argv[1]);
  xsRunLoop(machine);
  failed = xs_exception_pending(the);
  if (failed) fprintf(stderr, "%s\n", xsToString(xsException));
  xsEndHost(machine);
  xsEndMetering(machine);
  fflush(stdout);
  fflush(stderr);
  if (failed || machine->abortStatus) _exit(1);
  if (argc > 7) {
    int least[2] = {0, 0};
    if (would_do(stack, keys, slots, chunks)) {
      for (int which = 0; which < 2; which++) {
        int low = 0, high = which ? chunks : slots; /* does not do, does */
        while (high - low > (which ? 16 : 1)) {
          int middle = low + (high - low) / 2;
          if (would_do(stack, keys, which ? slots : middle, which ? middle : chunks)) high = middle;
          else low = middle;
        }
        least[which] = high;
      }
    }
    printf("least {\"slots\":%d,\"chunks\":%d}\n", least[0], least[1]);
    fflush(stdout);
  }
  int status = 1;
  xsBeginMetering(machine, NULL, 0);
  status = work(stack, keys, slots, chunks);
  xsEndMetering(machine);
  if (machine->abortStatus) status = machine->abortStatus;
  unsigned used_slots, used_chunks;
  xs_heap(machine, &used_slots, &used_chunks);
  if (status) fprintf(stderr, "in use when it ended: %u slots, %u bytes of chunks, of which the case had %d and %d\n", used_slots, used_chunks, slots, chunks);
  fflush(stdout);
  _exit(status ? 1 : 0);
}
