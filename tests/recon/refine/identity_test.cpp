#include "recon/refine/identity.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "photo/decode/decode.h"
#include "photo/detect/detect.h"
#include "tests/support/identity_photos.h"
#include "tests/support/shared_data.h"

using namespace fgcn;
using namespace fgcn::recon;

namespace {

constexpr const char* kManifest = "nets/face-api/face_recognition_model-weights_manifest.json";

photo::Landmarks some_landmarks() {
  photo::Landmarks out{};
  for (std::size_t i = 0; i < photo::kLandmarks; ++i) {
    const double t = 0.37 * static_cast<double>(i);
    out[i] = {110 + 40 * std::cos(t), 115 + 50 * std::sin(1.3 * t)};
  }
  return out;
}

/// Smooth colors.
Image8 some_picture() {
  Image8 out(230, 220, 3);
  for (std::int64_t y = 0; y < out.height; ++y)
    for (std::int64_t x = 0; x < out.width; ++x)
      for (int c = 0; c < 3; ++c)
        out.at(y, x)[c] =
            static_cast<std::uint8_t>(128 + 100 * std::sin(0.03 * static_cast<double>(x * (c + 1)) +
                                                           0.05 * static_cast<double>(y)));
  return out;
}

TEST_CASE("similarity is distance and cosine") {
  const std::vector<real> a{3, 0, 4}, b{0, 5, 0}, c{6, 0, 8};
  CHECK(identity_similarity(a, a).distance == 0);
  CHECK(identity_similarity(a, a).cosine == doctest::Approx(1));
  CHECK(identity_similarity(a, b).distance == doctest::Approx(std::sqrt(50.0)));
  CHECK(identity_similarity(a, b).cosine == 0);
  CHECK(identity_similarity(a, c).distance == doctest::Approx(5));
  CHECK(identity_similarity(a, c).cosine == doctest::Approx(1));
  const std::vector<real> none, zero{0, 0, 0}, bad{1, std::numeric_limits<real>::quiet_NaN(), 0};
  CHECK_THROWS_WITH_AS(identity_similarity(a, none), doctest::Contains("3 and 0 numbers"), Error);
  CHECK_THROWS_WITH_AS(identity_similarity(none, none), doctest::Contains("0 and 0"), Error);
  CHECK_THROWS_WITH_AS(identity_similarity(a, zero), doctest::Contains("of length"), Error);
  CHECK_THROWS_WITH_AS(identity_similarity(bad, a), doctest::Contains("of length"), Error);
}

TEST_CASE("the loss is the mean of one minus the cosine") {
  const Context ctx;
  Tape tape(ctx);
  const std::vector<real> va{3, 0, 4, 1, 2, 2}, vb{0, 5, 0, 2, 1, 2};
  const Var a = tape.leaf(Tensor::of(ctx, {2, 3}, va)), b = tape.leaf(Tensor::of(ctx, {2, 3}, vb));
  const Var loss = identity_loss(a, b);
  CHECK(loss.value().item() == doctest::Approx((1 + 1 - 8.0 / 9) / 2));
  const Vars grads = tape.grad(loss, {a, b});
  // Along an embedding nothing changes.
  const std::vector<real> by_a = grads[0].value().to_host();
  CHECK(3 * by_a[0] + 4 * by_a[2] == doctest::Approx(0));
  CHECK(by_a[1] == doctest::Approx(-0.5 * 5 / 25));
  CHECK_THROWS_WITH_AS(identity_loss(a, tape.constant(Tensor::zeros(ctx, {2, 4}))),
                       doctest::Contains("[2, 3] and [2, 4]"), Error);
}

TEST_CASE("a photo's chip and the same chip cut on the tape are one") {
  const Image8 picture = some_picture();
  const photo::View view = photo::face_chip_view(some_landmarks());
  REQUIRE(view.scale > 0.5);  // less, and dlib takes its pyramid
  const Image8 chip = photo::cut_face_chip(picture, view);
  const Context ctx;
  Tape tape(ctx);
  const Var image = tape.constant(
      Tensor::of(ctx, {1, picture.height, picture.width, 3}, to_float(picture).pixels));
  const std::vector<real> taped = face_chip(image, {chip_map(view)}).value().to_host();
  REQUIRE(taped.size() == chip.pixels.size());
  double most = 0;
  for (std::size_t i = 0; i < taped.size(); ++i)
    most = std::max(most, std::abs(255.0 * taped[i] - chip.pixels[i] - 0.5));
  CHECK(most <= 0.51);  // dlib rounds down
}

TEST_CASE("an identity loss flows to a render") {
  IdentitySizes sizes;
  sizes.side = 43;
  sizes.stem_channels = 8;
  sizes.stages = {{8, 1, false}, {12, 1, true}};
  Rng rng(1);
  const Context ctx;
  const IdentityNetwork network(ctx, random_identity_weights(sizes, rng));
  const photo::View view = photo::face_chip_view(some_landmarks(), {.side = sizes.side});
  const Image8 picture = some_picture();
  const Tensor pixels =
      Tensor::of(ctx, {1, picture.height, picture.width, 3}, to_float(picture).pixels);
  Tape tape(ctx);
  Image8 other = picture;
  std::reverse(other.pixels.begin(), other.pixels.end());
  const Var target =
      network(face_chip(tape.constant(Tensor::of(ctx, pixels.shape(), to_float(other).pixels)),
                        {chip_map(view)}, {.side = sizes.side}));
  const auto loss_of = [&](const Var& image) {
    return identity_loss(network(face_chip(image, {chip_map(view)}, {.side = sizes.side})), target);
  };
  const Var image = tape.leaf(pixels);
  const Var loss = loss_of(image);
  const std::vector<real> grad = tape.grad(loss, {image})[0].value().to_host();
  // Down the gradient it falls as the gradient says.
  double size = 0;
  for (const real g : grad) size += double{g} * g;
  REQUIRE(size > 0);
  std::vector<real> values = pixels.to_host();
  const double step = 1e-3 * loss.value().item() / size;
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= static_cast<real>(step * grad[i]);
  const Var less = loss_of(tape.constant(Tensor::of(ctx, pixels.shape(), values)));
  CHECK((loss.value().item() - less.value().item()) / (step * size) ==
        doctest::Approx(1).epsilon(0.05));
}

TEST_CASE("the golden faces are eight persons, and each is itself in another light") {
  const auto manifest = test::shared_data(kManifest);
  const auto photos = test::shared_data("golden/geometry/crops");
  if (!manifest || !photos) return;
  const Context ctx;
  const IdentityNetwork network(ctx, read_identity_weights(*manifest));
  const photo::FaceFinder finder;
  std::vector<std::vector<real>> persons;
  double nearest = 1e9, farthest = 0;
  for (const test::IdentityPhoto& of : test::kIdentityPhotos) {
    CAPTURE(std::string(of.photo));
    Image8 rgb = photo::read_photo(*photos / of.photo).rgb;
    const auto face = finder.find(rgb);
    REQUIRE(face);
    const std::vector<real> own = identity_embedding(ctx, network, rgb, face->landmarks);
    for (std::uint8_t& v : rgb.pixels) v = static_cast<std::uint8_t>(0.7 * v);
    const IdentitySimilarity darker =
        identity_similarity(own, identity_embedding(ctx, network, rgb, face->landmarks));
    farthest = std::max(farthest, darker.distance);
    CHECK(darker.distance < 0.3);
    CHECK(darker.cosine > 0.97);
    for (const std::vector<real>& other : persons)
      nearest = std::min(nearest, identity_similarity(own, other).distance);
    persons.push_back(own);
  }
  CHECK(nearest > 0.6);
  MESSAGE("nearest two persons " << nearest << ", a photo and the same one darker " << farthest);
}

}  // namespace
