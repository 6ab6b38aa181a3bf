/*
 * Looks at connections, and ends them, as a board does (src/native/board/tcp-esp32.c), against an lwIP that notes what it is told. Prints a
 * line for each case: what was closed, and whether the SDK's record still names a connection.
 */
#include <stdbool.h>
#include <stdio.h>

#include "lwip/priv/tcp_priv.h"
#include "lwip/priv/tcpip_priv.h"
#include "xsmc.h"

void xs_board_look_at_tcp(xsMachine *the);

struct tcp_pcb *tcp_active_pcbs, *tcp_bound_pcbs;
static struct tcp_pcb *closed;
static int closes, callbacks_at_close;
static bool in_lwip, strayed;

static void take_off(struct tcp_pcb *pcb) {
  strayed = strayed || !in_lwip;
  pcb->callbacks--;
}
void tcp_arg(struct tcp_pcb *pcb, void *arg) { (void)arg, take_off(pcb); }
void tcp_recv(struct tcp_pcb *pcb, void *callback) { (void)callback, take_off(pcb); }
void tcp_sent(struct tcp_pcb *pcb, void *callback) { (void)callback, take_off(pcb); }
void tcp_err(struct tcp_pcb *pcb, void *callback) { (void)callback, take_off(pcb); }

err_t tcp_close(struct tcp_pcb *pcb) {
  strayed = strayed || !in_lwip;
  closed = pcb;
  closes++;
  callbacks_at_close = pcb->callbacks;
  return ERR_OK;
}

err_t tcpip_api_call(tcpip_api_call_fn work, struct tcpip_api_call_data *call) {
  in_lwip = true;
  err_t result = work(call);
  in_lwip = false;
  return result;
}

/* The SDK's record: the connection first. */
static struct {
  struct tcp_pcb *pcb;
  int more;
} record;

static void look(const char *what, struct tcp_pcb *pcb, bool end) {
  xsMachine machine = {.host_data = &record, .flag = end};
  record.pcb = pcb;
  closes = 0;
  closed = NULL;
  xs_board_look_at_tcp(&machine);
  printf("%s: closed %d%s, record %s\n", what, closes,
         closes && (closed != pcb || callbacks_at_close != 0) ? " WRONG" : "", record.pcb ? "full" : "empty");
}

int main(void) {
  struct tcp_pcb other = {NULL, 4}, mine = {&other, 4}, bound = {NULL, 4}, freed = {NULL, 4};
  tcp_active_pcbs = &mine;
  tcp_bound_pcbs = &bound;
  look("active, used", &mine, false);
  look("freed by lwIP, used", &freed, false);
  look("active, ended", &mine, true);
  look("second of the list, ended", &other, true);
  look("bound, ended", &bound, true);
  look("freed by lwIP, ended", &freed, true);
  look("none, ended", NULL, true);
  xsMachine closed_already = {.host_data = NULL};
  xs_board_look_at_tcp(&closed_already);
  puts(strayed ? "outside of lwIP's task" : "all of it in lwIP's task");
  return 0;
}
