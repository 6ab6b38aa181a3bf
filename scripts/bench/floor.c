/* The honest lower floor of the bench: reads a classic little-endian pcap file, steps from record to record and
 * touches the first byte of every frame. `floor FILE` prints frames, the sum (so that nothing is optimised away) and
 * nanoseconds. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static uint8_t buffer[1 << 20];

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (!file || fread(buffer, 1, 24, file) != 24) return 1;
  setvbuf(file, NULL, _IONBF, 0);
  struct timespec begin, end;
  timespec_get(&begin, TIME_UTC);
  uint64_t frames = 0, sum = 0;
  size_t kept = 0, got;
  while ((got = fread(buffer + kept, 1, sizeof buffer - kept, file)) > 0) {
    size_t have = kept + got, at = 0;
    for (uint32_t stored; have - at >= 16; at += 16 + stored, frames++) {
      memcpy(&stored, buffer + at + 8, 4);
      if (stored > have - at - 16) break;
      sum += buffer[at + 16];
    }
    kept = have - at;
    memmove(buffer, buffer + at, kept);
  }
  timespec_get(&end, TIME_UTC);
  long long ns = (end.tv_sec - begin.tv_sec) * 1000000000LL + (end.tv_nsec - begin.tv_nsec);
  printf("%llu %llu %lld\n", (unsigned long long)frames, (unsigned long long)sum, ns);
  return 0;
}
