#include "io/mesh/landmark_file.h"
#include "tests/fuzz/fuzz.h"

// The first byte says whether the text is a .lmrk.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  return fgcn::fuzz::accept_or_refuse(data + 1, size - 1, [&](std::span<const std::uint8_t> bytes) {
    const auto found = fgcn::mesh::parse_landmarks(bytes, "fuzz", (data[0] & 1) != 0);
    FGCN_CHECK(!found.empty(), "landmarks: none, and no refusal");
  });
}
