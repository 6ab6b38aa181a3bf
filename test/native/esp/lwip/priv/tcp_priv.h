#include "lwip/tcp.h"

extern struct tcp_pcb *tcp_active_pcbs, *tcp_bound_pcbs;
