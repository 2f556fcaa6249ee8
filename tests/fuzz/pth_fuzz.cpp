#include <algorithm>

#include "io/arrays/pth.h"
#include "io/arrays/safetensors_types.h"
#include "tests/fuzz/fuzz.h"
#include "tests/io/arrays/torch_files.h"

namespace {

/// Five storages for the pickle under test to name.
const fgcn::test::TorchStorages& storages() {
  static const fgcn::test::TorchStorages out = [] {
    fgcn::test::TorchStorages made;
    for (int key = 0; key < 5; ++key)
      made.emplace_back(std::to_string(key),
                        fgcn::Bytes(96, static_cast<std::uint8_t>(16 * key + 1)));
    return made;
  }();
  return out;
}

// The first byte chooses how deep to begin: at the archive, or at the pickle in one. The checksums
// of an archive keep most changes from going further.
void read_torch(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  fgcn::Bytes file(bytes.begin() + 1, bytes.end());
  if (bytes[0] % 2 == 1) file = fgcn::test::torch_zip(file, storages());
  const fgcn::io::Safetensors read = fgcn::io::read_pth(fgcn::ByteSource(file), "fuzz.pth");
  for (const auto& [name, tensor] : read.tensors)
    FGCN_CHECK(static_cast<std::int64_t>(tensor.data.size()) ==
                   tensor.size() * fgcn::io::info(tensor.dtype).bytes,
               "pth: a tensor's bytes do not fill its shape");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_torch);
}
