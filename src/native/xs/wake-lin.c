/* See wake.h. A worker job of XS's Linux platform: a list under a mutex that is locked for a few instructions. */
#include "wake.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Has the same head as the SDK's worker jobs (xs/platforms/lin_xs.h), which the SDK frees after the call. */
struct wake_job {
  struct wake_job *next;
  void (*callback)(void *machine, void *job);
};

extern void fxQueueWorkerJob(void *machine, void *job);

static xsMachine *_Atomic woken;
static void (*act)(xsMachine *the);

static void run(void *machine, void *job) {
  (void)job;
  if (atomic_load(&woken)) act(machine);
}

void wake_prepare(xsMachine *the, void (*action)(xsMachine *the)) {
  act = action;
  atomic_store(&woken, the);
}

void wake_xs(void *unused) {
  (void)unused;
  xsMachine *the = atomic_load(&woken);
  struct wake_job *job = the ? calloc(1, sizeof *job) : NULL;
  if (!job) return;
  job->callback = run;
  fxQueueWorkerJob(the, job);
}

void wake_end(void) { atomic_store(&woken, (xsMachine *)NULL); }
