#include "layers/identity_weights.h"
#include "tests/fuzz/fuzz.h"
#include "tests/layers/identity_files.h"

// An accepted file without traces of training comes back unchanged when it is written and read.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, [](std::span<const std::uint8_t> bytes) {
    const fgcn::IdentitySizes sizes = fgcn::test::tiny_identity_sizes();
    const fgcn::IdentityWeights weights = fgcn::parse_dlib_identity(bytes, "fuzz", sizes);
    const fgcn::IdentityWeights back =
        fgcn::parse_dlib_identity(fgcn::test::DlibWriter(false).write(weights), "again", sizes);
    FGCN_CHECK(back.full == weights.full, "identity: the last product changed");
    for (std::size_t i = 0; i < weights.convolutions.size(); ++i)
      FGCN_CHECK(back.convolutions[i].bias == weights.convolutions[i].bias,
                 "identity: a bias changed");
  });
}
