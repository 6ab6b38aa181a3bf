/* XS's macros, for a native function with one argument: a host object. */
#ifndef FAKE_XSMC_H
#define FAKE_XSMC_H

typedef struct {
  void *host_data;
} xsMachine;
#define xsArg(index) (index)
#define xsmcGetHostData(argument) ((void)(argument), the->host_data)

#endif
