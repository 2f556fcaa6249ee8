#include "mesh/safetensors.h"
#include "tests/fuzz/fuzz.h"

// Whatever is accepted must come back the same when it is written and read again.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, [](std::span<const std::uint8_t> bytes) {
    const fgcn::mesh::Safetensors file = fgcn::mesh::parse_safetensors(bytes, "fuzz");
    const fgcn::Bytes written = fgcn::mesh::encode_safetensors(file);
    const fgcn::mesh::Safetensors back = fgcn::mesh::parse_safetensors(written, "again");
    FGCN_CHECK(back.metadata == file.metadata, "safetensors: the metadata changed");
    FGCN_CHECK(back.tensors.size() == file.tensors.size(), "safetensors: arrays were lost");
    for (const auto& [name, tensor] : file.tensors) {
      const fgcn::mesh::StoredTensor& other = back.at(name, "again");
      FGCN_CHECK(
          other.shape == tensor.shape && other.data == tensor.data && other.dtype == tensor.dtype,
          "safetensors: an array changed");
    }
  });
}
