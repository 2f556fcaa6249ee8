#include "train/identity.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "mesh/npz.h"
#include "photo/decode.h"
#include "tests/support/identity_photos.h"
#include "tests/support/shared_data.h"

using namespace fgcn;
using namespace fgcn::train;

namespace {

constexpr const char* kManifest = "nets/face-api/face_recognition_model-weights_manifest.json";

/// Chips [N, 150, 150, 3] of golden/faceid.
Tensor golden_chips(const Context& ctx, const std::filesystem::path& folder) {
  std::vector<float> pixels;
  std::int64_t count = 0;
  for (const test::IdentityPhoto& of : test::kIdentityPhotos) {
    const Image chip = to_float(photo::read_photo(folder / of.chip).rgb);
    pixels.insert(pixels.end(), chip.pixels.begin(), chip.pixels.end());
    ++count;
  }
  return Tensor::of(ctx, {count, 150, 150, 3}, pixels);
}

TEST_CASE("embeddings of the golden chips are face-api's") {
  const auto manifest = test::shared_data(kManifest);
  const auto golden = test::shared_data("golden/faceid");
  if (!manifest || !golden) return;
  const mesh::Npz arrays = mesh::read_npz(*golden / "faceid.npz");
  const std::vector<double> expected = mesh::at(arrays, "embedding", "faceid.npz").doubles();
  std::vector<real> first;
  for (const int threads : {1, 3}) {
    const Context ctx(Device::kCpu, threads);
    const IdentityNetwork network(ctx, read_identity_weights(*manifest));
    Tape tape(ctx, Record::kNothing);
    const std::vector<real> y =
        network(tape.constant(golden_chips(ctx, *golden))).value().to_host();
    REQUIRE(y.size() == expected.size());
    double worst = 0, size = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      worst = std::max(worst, std::abs(y[i] - expected[i]));
      size = std::max(size, std::abs(expected[i]));
    }
    MESSAGE("largest error over the largest number of an embedding: " << worst / size);
    // Twenty-nine convolutions of sums of up to 2304 products in single precision.
    CHECK(worst / size < 1e-5);
    if (first.empty()) first = y;
    CHECK(y == first);
  }
}

}  // namespace
