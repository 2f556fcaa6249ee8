// The fixed networks that give an embedding: what it is made of, and which weights fit together.
#include "recon/refine/photo_networks.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "autograd/ops/slice.h"
#include "kernels/core/error.h"
#include "layers/bilinear_resize.h"
#include "recon/refine/crop_identity.h"
#include "recon/refine/fixed_embedding.h"
#include "recon/refine/identity.h"
#include "tests/support/narrow_networks.h"
#include "tests/support/op_check.h"

namespace fgcn::recon {
namespace {

using test::NarrowNetworks;

const NarrowNetworks& networks() {
  static const NarrowNetworks all(Context(), 1);
  return all;
}

RefinementConfig pooled_config(std::int64_t embedding) {
  RefinementConfig out = RefinementConfig::reference();
  out.embedding_form = EmbeddingForm::kPooled;
  out.embedding = embedding;
  return out;
}

PhotoSample random_sample(std::uint64_t seed, std::int64_t side = 224) {
  Rng rng(seed);
  PhotoSample out;
  out.name = "random";
  out.crop = Image(side, side, 4);
  for (float& v : out.crop.pixels) v = static_cast<float>(rng.uniform());
  return out;
}

TEST_CASE(
    "a pooled embedding is R-Net's means, then FaceNet's of the crop as TensorFlow resizes it") {
  const Context ctx;
  const PhotoSample sample = random_sample(2);
  const std::vector<float> got =
      crop_embedding(ctx, networks().fixed(), EmbeddingForm::kPooled, sample);
  Tape tape(ctx, Record::kNothing);
  const Image colors = crop_colors(sample.crop);
  const Var crop = tape.constant(Tensor::of(ctx, {1, 224, 224, 3}, colors.pixels));
  const std::vector<double> means = test::to_double(networks().encoder(crop).pooled.value());
  const BilinearResize resize(ctx, {224, 224}, {160, 160}, ResizeGrid::kOrigin);
  const std::vector<double> whose =
      test::to_double(networks().facenet(facenet_input(resize(crop))).pooled.value());
  REQUIRE(got.size() == means.size() + whose.size());
  std::vector<double> expected = means;
  expected.insert(expected.end(), whose.begin(), whose.end());
  CHECK(test::relative_error({got.begin(), got.end()}, expected) < 1e-5);
  // Each part by itself too: the first is far larger than the second, or the other way round.
  const auto split = got.begin() + static_cast<std::ptrdiff_t>(means.size());
  CHECK(test::relative_error({got.begin(), split}, means) < 1e-5);
  CHECK(test::relative_error({split, got.end()}, whose) < 1e-5);
  // FaceNet's alone, without R-Net.
  const std::vector<float> alone =
      crop_embedding(ctx, PhotoNetworks(&networks().identity), EmbeddingForm::kPooled, sample);
  CHECK(alone == std::vector<float>(split, got.end()));
}

TEST_CASE(
    "another size of a crop stands in for it, and a window is TensorFlow's grid at any size") {
  const PhotoSample small = random_sample(3), large = random_sample(4, 300);
  const auto of = [&](const PhotoSample& sample, const Image* crop) {
    return crop_embedding(Context(), networks().fixed(), EmbeddingForm::kPooled, sample, crop);
  };
  CHECK(of(large, &small.crop) == of(small, nullptr));
  CHECK(of(large, nullptr) != of(small, nullptr));
  // The identity's form looks at the sample's own crop.
  const auto identity = [&](const PhotoSample& sample, const Image* crop) {
    return crop_embedding(Context(), PhotoNetworks(&networks().identity), EmbeddingForm::kIdentity,
                          sample, crop);
  };
  CHECK(identity(large, &small.crop) == identity(large, nullptr));

  Rng rng(5);
  const Context ctx;
  Tape tape(ctx, Record::kNothing);
  for (const std::int64_t from : {160, 200, 224, 319}) {
    CAPTURE(from);
    const Var x = tape.constant(test::uniform({1, from, from, 3}, rng, 0, 1));
    const Var window = face_chip(x, {whole_crop(from, 160)}, {.side = 160});
    const Var resized = BilinearResize(ctx, {from, from}, {160, 160}, ResizeGrid::kOrigin)(x);
    test::check_close(window.value(), test::to_double(resized.value()), {.abs = 1e-4, .rel = 0});
  }
}

TEST_CASE("an identity is scaled to its direction, means stay what they are") {
  const Context ctx;
  const std::vector<float> numbers{3, 0, 4, 0};
  std::vector<real> out(4);
  put_embedding(numbers, EmbeddingForm::kPooled, out);
  CHECK(out == std::vector<real>{3, 0, 4, 0});
  put_embedding(numbers, EmbeddingForm::kIdentity, out);
  CHECK(out[0] == doctest::Approx(1.2));
  CHECK(out[2] == doctest::Approx(1.6));
  const Tensor both = Tensor::of(ctx, {1, 4}, numbers);
  CHECK(fixed_embedding(ctx, EmbeddingForm::kPooled, both).to_host() ==
        std::vector<real>{3, 0, 4, 0});
  test::check_close(fixed_embedding(ctx, EmbeddingForm::kIdentity, both), {1.2, 0, 1.6, 0});
  CHECK_THROWS_WITH_AS(put_embedding({0, 0}, EmbeddingForm::kIdentity, out),
                       doctest::Contains("an identity of length 0"), Error);
}

TEST_CASE("weights are used with the networks that they were trained with, or refused") {
  const std::int64_t whole = networks().encoder.pooled_size() + networks().identity.feature_size();
  RefinementConfig config = pooled_config(whole);
  check_networks(config, networks().fixed(), "w");
  check_networks(RefinementConfig(), {}, "w");
  const auto refused = [&](const RefinementConfig& c, const PhotoNetworks& given,
                           const char* sentence) {
    CHECK_THROWS_WITH_AS(check_networks(c, given, "w"), doctest::Contains(sentence), InputError);
  };
  refused(config, {}, "w: these weights take a face's identity; give the identity network's file");
  refused(config, &networks().identity, "numbers of R-Net and FaceNet; give R-Net's file");
  Rng rng(7);
  IdentitySizes sizes;
  sizes.side = 43;
  sizes.stem_channels = 8;
  sizes.stages = {{8, 1, false}};
  const IdentityNetwork dlib(Context(), random_identity_weights(sizes, rng));
  refused(config, {&dlib, &networks().encoder}, "but --identity is dlib's network");
  config.embedding = networks().identity.feature_size();
  check_networks(config, &networks().identity, "w");
  refused(config, networks().fixed(), "take FaceNet's 112 numbers alone; leave --encoder out");
  config.embedding = whole + 1;
  refused(config, networks().fixed(), "but the networks give 240");

  // By their weights.
  config.embedding = whole;
  config.networks = networks_text(EmbeddingForm::kPooled, networks().fixed());
  check_networks(config, networks().fixed(), "w");
  const NarrowNetworks others(Context(), 2);
  refused(config, others.fixed(), "were trained with other networks (R-Net ");
  refused(config, {&networks().identity, &others.encoder}, "give the files that they were trained");
  refused(config, {&others.identity, &networks().encoder}, "give the files that they were trained");
  // Names and numbers make the text, not the file that they came in.
  const NarrowNetworks again(Context(), 1);
  CHECK(networks_text(EmbeddingForm::kPooled, again.fixed()) == config.networks);
  CHECK(networks_text(EmbeddingForm::kPatches, {}).empty());

  RefinementConfig whose = RefinementConfig::reference();
  whose.embedding_form = EmbeddingForm::kIdentity;
  whose.networks = networks_text(EmbeddingForm::kIdentity, &dlib);
  check_networks(whose, &dlib, "w");
  sizes.stem_channels = 4;
  sizes.stages = {{4, 1, false}};
  const IdentityNetwork other(Context(), random_identity_weights(sizes, rng));
  refused(whose, &other, "were trained with other networks (dlib's network ");
}

TEST_CASE("weights carry the networks of their embedding") {
  RefinementConfig config = pooled_config(3840);
  config.networks = "R-Net 0123456789abcdef, FaceNet 00000000deadbeef";
  io::Safetensors file;
  put_config(file, config);
  const RefinementConfig back = take_config(file, "f");
  CHECK(back.networks == config.networks);
  CHECK(back.embedding_form == EmbeddingForm::kPooled);
  CHECK(back.embedding == 3840);
  file.metadata["embedding networks"] = std::string(201, 'x');
  CHECK_THROWS_WITH_AS(take_config(file, "f"), doctest::Contains("'embedding networks' has 201"),
                       InputError);
  file.metadata["embedding form"] = "other";
  CHECK_THROWS_WITH_AS(take_config(file, "f"),
                       doctest::Contains("expected patches or identity or pooled"), InputError);
}

}  // namespace
}  // namespace fgcn::recon
