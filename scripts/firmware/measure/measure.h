/* XS's platform as far as the sizes of its objects go: 32 bits, nothing of a chip's. For firmware:build's figures. */
#include <ctype.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#define mxMachinePlatform void *host;
