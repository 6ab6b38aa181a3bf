/* xsnap's platform, with strings as they are on a chip: UTF-8, and with what that brings (String.fromArrayBuffer, ArrayBuffer.fromString). */
#include "xsnapPlatform.h"
#undef mxCESU8
