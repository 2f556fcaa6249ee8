#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <malloc.h>

#include <cstdlib>

#include "apps/short_waits.h"

int main(int argc, char** argv) {
  // The programs that tests start take the embedded face, whether or not the head was made.
  setenv("FGCN_FACE_MODEL", "embedded", 1);
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
