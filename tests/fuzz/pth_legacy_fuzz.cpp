#include "io/arrays/pth.h"
#include "io/arrays/safetensors_types.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, [](std::span<const std::uint8_t> bytes) {
    if (bytes.size() > 2 && bytes[0] == 'P') return;  // the archive has a target of its own
    const auto read = fgcn::io::read_pth(fgcn::ByteSource(bytes), "fuzz.pth");
    for (const auto& [name, tensor] : read.tensors)
      FGCN_CHECK(static_cast<std::int64_t>(tensor.data.size()) ==
                     tensor.size() * fgcn::io::info(tensor.dtype).bytes,
                 "pth: a tensor's bytes do not fill its shape");
  });
}
