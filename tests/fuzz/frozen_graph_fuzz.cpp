#include "io/arrays/safetensors_types.h"
#include "io/arrays/tensorflow_graph.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, [](std::span<const std::uint8_t> bytes) {
    const auto read = fgcn::io::parse_frozen_graph(bytes, "fuzz.pb");
    for (const auto& [name, tensor] : read.tensors)
      FGCN_CHECK(static_cast<std::int64_t>(tensor.data.size()) ==
                     tensor.size() * fgcn::io::info(tensor.dtype).bytes,
                 "graph: a tensor's bytes do not fill its shape");
  });
}
