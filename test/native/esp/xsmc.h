/* XS's macros, for a native function with two arguments: a host object and a boolean. */
#ifndef FAKE_XSMC_H
#define FAKE_XSMC_H

typedef struct {
  void *host_data;
  int flag;
} xsMachine;
#define xsArg(index) (index)
#define xsmcGetHostData(argument) ((void)(argument), the->host_data)
#define xsmcToBoolean(argument) ((void)(argument), the->flag != 0)

#endif
