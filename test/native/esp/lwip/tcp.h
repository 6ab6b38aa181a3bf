/* As much of lwIP's interface as tcp-esp32.c uses, as the tests know it: ending-tcp.c has the bodies. */
#ifndef FAKE_LWIP_TCP_H
#define FAKE_LWIP_TCP_H

typedef signed char err_t;
#define ERR_OK 0

struct tcp_pcb {
  struct tcp_pcb *next;
  int callbacks;
};

void tcp_arg(struct tcp_pcb *pcb, void *arg);
void tcp_recv(struct tcp_pcb *pcb, void *callback);
void tcp_sent(struct tcp_pcb *pcb, void *callback);
void tcp_err(struct tcp_pcb *pcb, void *callback);
err_t tcp_close(struct tcp_pcb *pcb);

#endif
