#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <malloc.h>

#include "apps/short_waits.h"

int main(int argc, char** argv) {
  fgcn::keep_waits_short(argv);
#ifdef M_MMAP_THRESHOLD
  // The emulated device takes and returns arrays all the time: most of that would be the system
  // mapping fresh pages.
  constexpr int kLarge = 1 << 29;
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_TRIM_THRESHOLD, kLarge);
#endif
  doctest::Context context(argc, argv);
  return context.run();
}
