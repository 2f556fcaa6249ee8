// The identity network beside dlib's own: the same file, the same picture, the same numbers. A
// program of its own, because dlib's network of 130 layers is one type that takes a minute to
// compile.
#include "layers/identity_network.h"

#include <dlib/dnn.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "tests/layers/identity_files.h"

namespace fgcn {
namespace {

// The type, as dlib's users spell it out.
template <int kN, int kStride, class Below>
using Block =
    dlib::affine<dlib::con<kN, 3, 3, 1, 1,
                           dlib::relu<dlib::affine<dlib::con<kN, 3, 3, kStride, kStride, Below>>>>>;
template <int kN, class Below>
using Same = dlib::relu<dlib::add_prev1<Block<kN, 1, dlib::tag1<Below>>>>;
template <int kN, class Below>
using Down = dlib::relu<dlib::add_prev2<
    dlib::avg_pool<2, 2, 2, 2, dlib::skip1<dlib::tag2<Block<kN, 2, dlib::tag1<Below>>>>>>>;
using Stem = dlib::max_pool<
    3, 3, 2, 2,
    dlib::relu<dlib::affine<dlib::con<32, 7, 7, 2, 2, dlib::input_rgb_image_sized<150>>>>>;
using Stage32 = Same<32, Same<32, Same<32, Stem>>>;
using Stage64 = Same<64, Same<64, Same<64, Down<64, Stage32>>>>;
using Stage128 = Same<128, Same<128, Down<128, Stage64>>>;
using Stage256 = Same<256, Same<256, Down<256, Stage128>>>;
using DlibNetwork =
    dlib::loss_metric<dlib::fc_no_bias<128, dlib::avg_pool_everything<Down<256, Stage256>>>>;

using Picture = dlib::matrix<dlib::rgb_pixel>;

std::vector<Picture> pictures() {
  std::vector<Picture> out(2, Picture(150, 150));
  Rng rng(7);
  for (Picture& picture : out)
    for (long y = 0; y < 150; ++y)
      for (long x = 0; x < 150; ++x) {
        const auto value = [&](double wave) {
          return static_cast<unsigned char>(
              127 + 90 * std::sin(wave * static_cast<double>(x + 2 * y)) + 30 * rng.uniform(-1, 1));
        };
        picture(y, x) = {value(0.05), value(0.07), value(0.11)};
      }
  return out;
}

std::vector<real> ours(const IdentityWeights& weights, const std::vector<Picture>& from) {
  std::vector<float> pixels;
  for (const Picture& picture : from)
    for (const dlib::rgb_pixel& p : picture)
      for (const unsigned char v : {p.red, p.green, p.blue})
        pixels.push_back(static_cast<float>(v) / 255);
  const Context ctx;
  Tape tape(ctx, Record::kNothing);
  const auto count = static_cast<std::int64_t>(from.size());
  return IdentityNetwork(ctx, weights)(tape.constant(Tensor::of(ctx, {count, 150, 150, 3}, pixels)))
      .value()
      .to_host();
}

TEST_CASE("a file of dlib's network gives dlib's embeddings") {
  Rng rng(1);
  IdentityWeights weights = random_identity_weights({}, rng);
  weights.mean = {100, 110.5F, 120};
  for (const bool older : {false, true}) {
    CAPTURE(older);
    const Bytes file = test::DlibWriter(older).write(weights);
    DlibNetwork network;
    std::istringstream in(std::string(file.begin(), file.end()));
    dlib::deserialize(network, in);
    const std::vector<Picture> seen = pictures();
    const std::vector<dlib::matrix<float, 0, 1>> expected = network(seen, 2);
    // dlib's own file, with what the call left behind.
    std::ostringstream out;
    dlib::serialize(network, out);
    const std::string written = out.str();
    const Bytes theirs(written.begin(), written.end());
    for (const Bytes* each : {&file, &theirs}) {
      const IdentityWeights read = parse_dlib_identity(*each, "file");
      CHECK(read.mean == weights.mean);
      CHECK(read.full == weights.full);
      for (std::size_t i = 0; i < weights.convolutions.size(); ++i) {
        CHECK(read.convolutions[i].weight == weights.convolutions[i].weight);
        CHECK(read.convolutions[i].bias == weights.convolutions[i].bias);
      }
      const std::vector<real> y = ours(read, seen);
      double worst = 0, size = 0, apart = 0;
      for (std::size_t n = 0; n < seen.size(); ++n)
        for (long i = 0; i < 128; ++i) {
          const double e = expected[n](i);
          worst = std::max(worst, std::abs(y[128 * n + static_cast<std::size_t>(i)] - e));
          size = std::max(size, std::abs(e));
          apart = std::max(apart, std::abs(e - expected[0](i)));
        }
      MESSAGE("largest error over the largest number of an embedding: " << worst / size);
      CHECK(worst / size < 1e-5);
      CHECK(apart / size > 1e-3);  // or both give a constant
    }
  }
}

}  // namespace
}  // namespace fgcn
