// Synthetic faces are measured as photos are: each network sees what its form asks for.
#include "train/evaluate/evaluation.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "kernels/core/error.h"
#include "mesh/hierarchy.h"
#include "recon/fit/triangle_list.h"
#include "recon/refine/photo_sample.h"
#include "tests/device/small_face.h"
#include "train/photos/photo_settings.h"

namespace fgcn::train {
namespace {

recon::RefinementModel random_model(const mesh::FaceModel& face,
                                    const recon::RefinementConfig& config) {
  Rng rng(3);
  return {Context(), face, mesh::build_hierarchy(mesh::mean_mesh(face), {.factor = 3}), config,
          rng};
}

/// Mean over skin vertices and channels.
double albedo_error(const std::vector<float>& albedo, const SyntheticFace& of,
                    const std::vector<std::uint8_t>& skin) {
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < albedo.size(); ++i) {
    if (skin[i / 3] == 0) continue;
    sum += std::abs(static_cast<double>(albedo[i]) - static_cast<double>(of.albedo[i]));
    count += 1;
  }
  return sum / count;
}

TEST_CASE("a synthetic face is seen as a photo of it would be, by every preset's form") {
  const mesh::FaceModel model = test::small_face();
  const std::vector<std::int32_t> triangles = recon::flat(model.triangles);
  constexpr std::uint64_t kSeed = 11;
  const SyntheticFace face = FaceSynthesizer(model)(kSeed, 0);
  recon::PhotoSample sample;
  sample.crop = face.observation.crop;
  sample.fit.screen = face.screen;
  sample.fit.normals = face.normals;
  sample.fit.albedo_colors = face.observation.coarse_albedo;
  sample.fit.vertex_irradiance = face.observation.vertex_irradiance;
  sample.fit.sh_coefficients = face.observation.sh_coefficients;
  for (const std::string preset : {"reference", "paper"}) {
    CAPTURE(preset);
    const recon::RefinementModel refiner = random_model(model, photo_preset(preset).model);
    const std::vector<float> refined =
        refiner.refine(recon::observe(sample, triangles, refiner.config()));
    CHECK(refined != refiner.refine(face.observation));
    CHECK(refiner.refine(observation_of(face, refiner.config())) == refined);
    const Evaluation measured = evaluate(refiner, model, kSeed, 1);
    CHECK(measured.refined_faces[0] ==
          doctest::Approx(albedo_error(refined, face, model.skin)).epsilon(1e-6));
  }
  const recon::RefinementModel refiner = random_model(model, photo_preset("default").model);
  CHECK(refiner.refine(observation_of(face, refiner.config())) == refiner.refine(face.observation));
  recon::RefinementConfig identity = recon::RefinementConfig::paper();
  identity.embedding_form = recon::EmbeddingForm::kIdentity;
  CHECK_THROWS_WITH_AS(observation_of(face, identity),
                       doctest::Contains("cannot be used on synthetic faces"), InputError);
}

}  // namespace
}  // namespace fgcn::train
