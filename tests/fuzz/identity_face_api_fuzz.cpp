#include <algorithm>

#include "layers/identity_weights.h"
#include "tests/fuzz/fuzz.h"
#include "tests/layers/identity_files.h"

// Two bytes say how long the manifest is; the blob follows it.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, [](std::span<const std::uint8_t> bytes) {
    if (bytes.size() < 2) return;
    const std::size_t length = std::min<std::size_t>(bytes[0] | bytes[1] << 8, bytes.size() - 2);
    const auto manifest = bytes.subspan(2, length);
    for (const std::string& name : fgcn::face_api_blobs(manifest, "fuzz"))
      FGCN_CHECK(name.find('/') == std::string::npos && name != "..", "a blob lies elsewhere");
    const fgcn::IdentityWeights weights = fgcn::parse_face_api(
        manifest, bytes.subspan(2 + length), "fuzz", fgcn::test::tiny_identity_sizes());
    FGCN_CHECK(weights.convolutions.size() == 9 && weights.full.size() == 12, "arrays are missing");
  });
}
