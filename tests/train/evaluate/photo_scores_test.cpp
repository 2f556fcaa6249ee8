// Measures whose answers are known.
#include "train/evaluate/photo_scores.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "io/srgb.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/fit/fit_surfaces.h"
#include "recon/fit/triangle_list.h"
#include "train/evaluate/spread.h"

namespace fgcn::train {
namespace {

/// Equal on both sides: a function of |x|, y and the channel.
std::vector<float> symmetric_albedo(const mesh::FaceModel& model) {
  std::vector<float> out(model.mean_shape.size());
  for (std::size_t v = 0; v < model.mirror.size(); ++v) {
    const auto other = static_cast<std::size_t>(model.mirror[v]);
    const std::size_t from = std::min(v, other);
    for (std::size_t c = 0; c < 3; ++c)
      out[3 * v + c] =
          0.5F + 0.3F * std::sin(2 * model.mean_shape[3 * from + 1] +
                                 model.mean_shape[3 * from + 2] + static_cast<float>(c));
  }
  return out;
}

/// The mean face from the front, and a photo that shows exactly it before noise.
recon::PhotoSample rendered_sample(const Context& ctx, const mesh::FaceModel& model) {
  recon::PhotoSample out;
  out.name = "rendered";
  out.fit.landmark_vertices = {};
  out.fit.sh_coefficients[0] = out.fit.sh_coefficients[9] = out.fit.sh_coefficients[18] = 0.2;
  const Camera camera = recon::crop_camera(224);
  recon::FitSurfaces(ctx, model).fill(camera, out.fit);
  Rng rng(3);
  out.crop = Image(224, 224, 4);
  for (float& value : out.crop.pixels) value = static_cast<float>(rng.uniform());
  for (std::int64_t i = 0; i < 224 * 224; ++i) out.crop.pixels[4 * i + 3] = 1;
  for (std::size_t k = 0; k < out.landmarks.size(); ++k) {
    const float* at = &out.fit.screen[3 * static_cast<std::size_t>(model.landmarks[k])];
    out.landmarks[k] = {at[0], at[1]};
  }
  // Laid over itself until the half-covered pixels of the outline hold the face as well.
  const std::vector<std::int32_t> faces = recon::flat(model.triangles);
  for (int i = 0; i < 60; ++i) {
    const Image overlay =
        recon::render_agreement(out.fit, {out.fit.albedo_colors, out.fit.vertex_irradiance},
                                out.crop, faces)
            .overlay;
    for (std::int64_t p = 0; p < 224 * 224; ++p)
      std::copy_n(overlay.pixels.data() + 3 * p, 3, out.crop.pixels.data() + 4 * p);
  }
  return out;
}

IdentityNetwork small_network(const Context& ctx) {
  IdentitySizes sizes;
  sizes.side = 43;
  sizes.stem_channels = 8;
  sizes.stages = {{8, 1, false}, {12, 1, true}};
  Rng rng(1);
  return {ctx, random_identity_weights(sizes, rng)};
}

TEST_CASE("a symmetric albedo has no asymmetry, and a shade on one side has its own") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  std::vector<float> albedo = symmetric_albedo(model);
  CHECK(albedo_asymmetry(model, albedo) == 0);
  for (std::size_t v = 0; v < model.mirror.size(); ++v) {
    if (model.mean_shape[3 * v] > 0) albedo[3 * v] += 0.125F;  // red alone: a third of it
  }
  CHECK(albedo_asymmetry(model, albedo) == doctest::Approx(0.125 / 3).epsilon(1e-4));
  albedo.pop_back();
  CHECK_THROWS_WITH_AS(albedo_asymmetry(model, albedo), doctest::Contains("albedo_asymmetry"),
                       Error);
}

TEST_CASE("eyes and mouth count neither for symmetry nor for what is seen") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  std::vector<float> albedo = symmetric_albedo(model);
  std::vector<float> visible(model.skin.size(), 1);
  std::size_t inner = 0;
  for (std::size_t v = 0; v < model.skin.size(); ++v) {
    if (model.skin[v] != 0) continue;
    albedo[3 * v] = model.mean_shape[3 * v] > 0 ? 1.0F : 0.0F;
    visible[v] = 0;
    ++inner;
  }
  REQUIRE(inner > 0);
  CHECK(albedo_asymmetry(model, albedo) == 0);
  CHECK(hidden_skin(model, model.mean_shape, visible) == 0);
}

TEST_CASE("hidden skin is a share of area") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const std::size_t count = model.skin.size();
  const std::vector<float>& shape = model.mean_shape;
  CHECK(hidden_skin(model, shape, std::vector<float>(count, 1)) == 0);
  CHECK(hidden_skin(model, shape, std::vector<float>(count, 0)) == 1);
  std::vector<float> half(count);
  for (std::size_t v = 0; v < count; ++v) half[v] = shape[3 * v] > 0 ? 1.0F : 0.0F;
  const double before = hidden_skin(model, shape, half);
  CHECK(before == doctest::Approx(0.5).epsilon(0.05));
  // Stretched where it is hidden: twice the area there, but for the triangles across the middle.
  std::vector<float> stretched = shape;
  for (std::size_t v = 0; v < count; ++v) {
    if (half[v] == 0) stretched[3 * v] *= 100;
  }
  CHECK(hidden_skin(model, stretched, half) > 0.9);
  CHECK_THROWS_WITH_AS(hidden_skin(model, shape, {1, 0}), doctest::Contains("hidden_skin"), Error);
}

TEST_CASE("skin lightness is CIE L* of the visible skin alone") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  // Middle gray of 18 % has L* 49.5; white 100; encoded 0.5 (linear 0.2140) 53.39.
  CHECK(mesh::lightness(1, 1, 1) == doctest::Approx(100));
  CHECK(mesh::lightness(0, 0, 0) == doctest::Approx(0));
  CHECK(mesh::lightness(mesh::srgb_from_linear(0.18), mesh::srgb_from_linear(0.18),
                        mesh::srgb_from_linear(0.18)) == doctest::Approx(49.496).epsilon(1e-4));
  std::vector<float> colors(model.mean_shape.size(), 1);
  std::vector<float> visible(model.skin.size(), 0);
  CHECK(skin_lightness(model, colors, visible) == 0);
  // Seen are half of the skin, which is gray, and all that is no skin, which is white.
  for (std::size_t v = 0; v < model.skin.size(); ++v) {
    visible[v] = model.skin[v] == 0 || model.mean_shape[3 * v] > 0 ? 1.0F : 0.0F;
    if (model.skin[v] == 0 || visible[v] == 0) continue;
    for (std::size_t c = 0; c < 3; ++c) colors[3 * v + c] = 0.5F;
  }
  CHECK(skin_lightness(model, colors, visible) == doctest::Approx(53.39).epsilon(1e-4));
  visible.pop_back();
  CHECK_THROWS_WITH_AS(skin_lightness(model, colors, visible), doctest::Contains("skin_lightness"),
                       Error);
}

TEST_CASE("a photo that is the coarse face agrees with it in everything") {
  const Context ctx;
  const mesh::FaceModel model = mesh::make_embedded_face();
  const recon::PhotoSample sample = rendered_sample(ctx, model);
  const PhotoScorer scorer(ctx, model, {}, {small_network(ctx), std::nullopt});
  CHECK(scorer.names() == std::vector<std::string>{"coarse", "projected"});
  PhotoPictures pictures;
  const PhotoScores scores = scorer(sample, &pictures);
  REQUIRE(scores.faces.size() == 2);
  REQUIRE(pictures.overlays.size() == 2);
  const FaceScores& coarse = scores.faces[0];
  CHECK(coarse.agreement.l1 < 1e-6);
  CHECK(coarse.agreement.psnr > 100);
  CHECK(coarse.agreement.ssim == doctest::Approx(1));
  REQUIRE(coarse.identity);
  CHECK(coarse.identity->distance == 0);
  CHECK(coarse.identity->cosine == doctest::Approx(1).epsilon(1e-12));
  CHECK(coarse.asymmetry == doctest::Approx(albedo_asymmetry(model, sample.fit.albedo_colors)));
  // The projected face agrees nearly, but not quite, with the visible part of the photo.
  CHECK(scores.faces[1].agreement.psnr > 25);
  CHECK(scores.faces[1].identity->cosine < coarse.identity->cosine);
  // From the front, without a mask, all but the rims and what turns away.
  CHECK(scores.hidden > 0.001);
  CHECK(scores.hidden < 0.1);
}

TEST_CASE("a photo brighter than the face is off by as much") {
  const Context ctx;
  const mesh::FaceModel model = mesh::make_embedded_face();
  recon::PhotoSample sample = rendered_sample(ctx, model);
  for (std::int64_t i = 0; i < 224 * 224; ++i) {
    for (std::int64_t c = 0; c < 3; ++c) sample.crop.pixels[4 * i + c] += 0.1F;
  }
  const PhotoScores scores = PhotoScorer(ctx, model, {}, {})(sample);
  CHECK(scores.faces[0].agreement.l1 == doctest::Approx(0.1).epsilon(1e-4));
  CHECK(scores.faces[0].agreement.psnr == doctest::Approx(20).epsilon(1e-4));
  CHECK(!scores.faces[0].identity);
}

TEST_CASE("samples that cannot be measured are refused by name") {
  const Context ctx;
  const mesh::FaceModel model = mesh::make_embedded_face();
  const PhotoScorer scorer(ctx, model, {}, {});
  const recon::PhotoSample sample = rendered_sample(ctx, model);
  recon::PhotoSample hidden = sample;
  for (std::int64_t i = 0; i < 224 * 224; ++i) hidden.crop.pixels[4 * i + 3] = 0;
  CHECK_THROWS_WITH_AS(scorer(hidden), doctest::Contains("rendered: no skin"), InputError);
  recon::PhotoSample small = sample;
  small.crop = Image(100, 224, 4);
  CHECK_THROWS_WITH_AS(scorer(small), doctest::Contains("rendered: the crop is 100"), InputError);
  recon::PhotoSample other = sample;
  other.fit.vertices.resize(30);
  CHECK_THROWS_WITH_AS(scorer(other), doctest::Contains("rendered: was fitted"), InputError);
}

TEST_CASE("a spread is of measured values, and of the finite ones") {
  std::vector<double> values;
  for (int i = 100; i >= 0; --i) values.push_back(i);
  values.push_back(std::numeric_limits<double>::quiet_NaN());
  values.push_back(std::numeric_limits<double>::infinity());
  const Spread s = spread(values);
  CHECK(s.count == 101);
  CHECK(s.median == 50);
  CHECK(s.mean == doctest::Approx(50));
  CHECK(s.p5 == 5);
  CHECK(s.p95 == 95);
  CHECK(spread({7}).p5 == 7);
  CHECK(spread({1, 2, 3, 10}).mean == 4);
  CHECK(spread({}).count == 0);
  CHECK(std::isnan(spread({}).median));
}

}  // namespace
}  // namespace fgcn::train
