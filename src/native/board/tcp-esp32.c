/*
 * A TCP connection of the SDK's (embedded:io/socket/tcp, modules/io/socket/lwip/tcp.c) whose peer has closed it: the SDK
 * takes its error callback off and keeps the pointer. A reset that follows, such as the answer to an alert that was on
 * its way, makes lwIP free the connection. What the SDK then does with it (it acknowledges what is read, writes, closes)
 * goes to freed memory, or frees it a second time: the heap's assertion restarts the board. So lwIP's own task looks
 * before each use whether the connection is still there, and closes it itself. Between a look and a use some
 * microseconds remain.
 */
#include <stdbool.h>
#include <stddef.h>

#include "lwip/priv/tcp_priv.h"
#include "lwip/priv/tcpip_priv.h"
#include "lwip/tcp.h"

#include "xsmc.h"

/* The SDK's record of a connection begins so (struct TCPRecord); test/firmware/boards.test.ts compares. */
struct connection {
  struct tcp_pcb *pcb;
};

struct look {
  struct tcpip_api_call_data call;
  struct connection *connection;
  bool end;
};

static bool has(const struct tcp_pcb *list, const struct tcp_pcb *pcb) {
  while (list && list != pcb) list = list->next;
  return list != NULL;
}

static err_t look_in_lwip(struct tcpip_api_call_data *call) {
  const struct look *const look = (struct look *)(void *)call;
  struct tcp_pcb *const pcb = look->connection->pcb;
  const bool there = has(tcp_active_pcbs, pcb) || has(tcp_bound_pcbs, pcb);
  if (there && !look->end) return ERR_OK;
  look->connection->pcb = NULL;
  if (!there) return ERR_OK;
  tcp_arg(pcb, NULL);
  tcp_recv(pcb, NULL);
  tcp_sent(pcb, NULL);
  tcp_err(pcb, NULL);
  return tcp_close(pcb);
}

/* (tcp, end). Without a connection the SDK reads what has arrived, writes nothing, and has nothing to close. */
void xs_board_look_at_tcp(xsMachine *the) {
  struct look look = {.connection = xsmcGetHostData(xsArg(0)), .end = xsmcToBoolean(xsArg(1))};
  if (look.connection && look.connection->pcb) tcpip_api_call(look_in_lwip, &look.call);
}
