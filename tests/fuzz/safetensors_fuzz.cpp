#include "io/arrays/safetensors.h"
#include "tests/fuzz/fuzz.h"

// Whatever is accepted must come back the same when it is written and read again.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, [](std::span<const std::uint8_t> bytes) {
    const fgcn::io::Safetensors file = fgcn::io::parse_safetensors(bytes, "fuzz");
    const fgcn::Bytes written = fgcn::io::encode_safetensors(file);
    const fgcn::io::Safetensors back = fgcn::io::parse_safetensors(written, "again");
    FGCN_CHECK(back.metadata == file.metadata, "safetensors: the metadata changed");
    FGCN_CHECK(back.tensors.size() == file.tensors.size(), "safetensors: arrays were lost");
    for (const auto& [name, tensor] : file.tensors) {
      const fgcn::io::StoredTensor& other = back.at(name, "again");
      FGCN_CHECK(
          other.shape == tensor.shape && other.data == tensor.data && other.dtype == tensor.dtype,
          "safetensors: an array changed");
    }
  });
}
