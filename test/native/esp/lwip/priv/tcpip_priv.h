#include "lwip/tcp.h"

struct tcpip_api_call_data {
  int unused;
};
typedef err_t (*tcpip_api_call_fn)(struct tcpip_api_call_data *call);
err_t tcpip_api_call(tcpip_api_call_fn work, struct tcpip_api_call_data *call);
