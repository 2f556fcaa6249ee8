#include "io/arrays/npy_types.h"
#include "io/arrays/pickle_arrays.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, [](std::span<const std::uint8_t> bytes) {
    for (const auto& [name, array] : fgcn::io::parse_pickle_arrays(bytes, "fuzz.pkl")) {
      using fgcn::io::NpyType;
      if (array.type == NpyType::kText || array.type == NpyType::kUnread) continue;
      FGCN_CHECK(static_cast<std::int64_t>(array.data.size()) ==
                     array.size() * fgcn::io::bytes_of(array.type),
                 "pickle: an array's bytes do not fill its shape");
    }
  });
}
