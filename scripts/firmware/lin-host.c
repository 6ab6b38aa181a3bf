/* Runs a Moddable application for the platform lin without a screen: loads mc.so, gives it a screen that shows nothing and
 * a main loop of glib's. argv: mc.so. Exit code: what XS aborted with, so that a test sees a full heap. */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib-unix.h>

#include "screen.h"

static GMainLoop *loop;
static txScreen *screen;

static void on_abort(txScreen *unused, int status) {
  (void)unused;
  fprintf(stderr, "XS ends with status %d.\n", status);
  _Exit(100 + status);
}

static gboolean on_idle(gpointer unused) {
  (void)unused;
  screen->idle(screen);
  return G_SOURCE_CONTINUE;
}

static void on_start(txScreen *unused, double interval) {
  (void)unused;
  g_timeout_add((guint)interval < 5 ? 5 : (guint)interval, on_idle, NULL);
}

static void on_nothing(txScreen *unused) { (void)unused; }
static void on_message(txScreen *unused, char *text, int size) { (void)unused; (void)text; (void)size; }

static gboolean on_signal(gpointer unused) {
  (void)unused;
  g_main_loop_quit(loop);
  return G_SOURCE_REMOVE;
}

int main(int argc, char **argv) {
  void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
  txScreenLaunchProc launch = library ? (txScreenLaunchProc)dlsym(library, "fxScreenLaunch") : NULL;
  if (!launch) {
    fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: lin-host mc.so");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  /* The SDK's sockets write to a peer that has gone without asking for an error instead of the signal. */
  signal(SIGPIPE, SIG_IGN);
  screen = calloc(1, sizeof *screen + 64);
  screen->width = screen->height = 1;
  screen->abort = on_abort;
  screen->bufferChanged = screen->formatChanged = on_nothing;
  screen->start = on_start;
  screen->stop = on_nothing;
  screen->post = on_message;
  loop = g_main_loop_new(NULL, FALSE);
  g_mutex_init(&screen->workersMutex);
  g_unix_signal_add(SIGTERM, on_signal, NULL);
  g_unix_signal_add(SIGINT, on_signal, NULL);
  launch(screen);
  g_main_loop_run(loop);
  return 0;
}
