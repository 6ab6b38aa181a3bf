/*
 * The end of a TCP connection of the SDK's (embedded:io/socket/tcp, modules/io/socket/lwip/tcp.c). When the peer closes,
 * the SDK takes its error callback off the connection and keeps the pointer. A reset that follows, such as the answer
 * to an alert that was on its way, makes lwIP free the connection, and the SDK's close then frees it a second time: the
 * heap's assertion restarts the board. So lwIP's own task looks whether the connection is still there, and closes it in
 * the same step.
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

struct ending {
  struct tcpip_api_call_data call;
  struct connection *connection;
};

static bool has(const struct tcp_pcb *list, const struct tcp_pcb *pcb) {
  while (list && list != pcb) list = list->next;
  return list != NULL;
}

static err_t end_in_lwip(struct tcpip_api_call_data *call) {
  struct connection *const connection = ((struct ending *)(void *)call)->connection;
  struct tcp_pcb *const pcb = connection->pcb;
  connection->pcb = NULL;
  if (!has(tcp_active_pcbs, pcb) && !has(tcp_bound_pcbs, pcb)) return ERR_OK;
  tcp_arg(pcb, NULL);
  tcp_recv(pcb, NULL);
  tcp_sent(pcb, NULL);
  tcp_err(pcb, NULL);
  return tcp_close(pcb);
}

/* (tcp). The SDK's own close, which follows, then has no connection left to close. */
void xs_board_end_tcp(xsMachine *the) {
  struct ending ending = {.connection = xsmcGetHostData(xsArg(0))};
  if (ending.connection && ending.connection->pcb) tcpip_api_call(end_in_lwip, &ending.call);
}
