#include <algorithm>

#include "io/arrays/npz.h"
#include "tests/fuzz/fuzz.h"

namespace {

// The first byte chooses how deep to begin: at the archive, at one array, or at the arrays of a
// sparse matrix cut from the input. The checksums of an archive keep most changes from going
// further.
void read_archive(std::span<const std::uint8_t> bytes) {
  using fgcn::io::Npz;
  if (bytes.empty()) return;
  const std::uint8_t depth = bytes[0] % 3;
  bytes = bytes.subspan(1);
  if (depth == 0) {
    check(fgcn::io::sparse_from_npz(fgcn::io::parse_npz(bytes, "fuzz.npz"), "fuzz.npz"));
  } else if (depth == 1) {
    const fgcn::io::NpyArray array = fgcn::io::parse_npy(bytes, "fuzz.npy");
    const auto values = array.doubles();
    FGCN_CHECK(static_cast<std::int64_t>(values.size()) == array.size(), "npy: a wrong size");
  } else {
    Npz arrays;
    for (const char* name : {"format", "shape", "data", "indices", "indptr", "row", "col"}) {
      if (bytes.size() < 2) return;
      const std::size_t length =
          std::min<std::size_t>(bytes[0] + 256u * bytes[1], bytes.size() - 2);
      arrays[name] = fgcn::io::parse_npy(bytes.subspan(2, length), name);
      bytes = bytes.subspan(2 + length);
    }
    check(fgcn::io::sparse_from_npz(arrays, "fuzz.npz"));
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_archive);
}
