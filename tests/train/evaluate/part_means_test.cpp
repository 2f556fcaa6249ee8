#include "train/evaluate/part_means.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/named_face.h"
#include "mesh/hierarchy.h"
#include "recon/refine/refinement_model.h"
#include "tests/device/small_face.h"
#include "train/evaluate/evaluation.h"

using namespace fgcn;
using namespace fgcn::train;

namespace {

TEST_CASE("a part's mean is taken number by number, and stands in its place alone") {
  const Context ctx(Device::kCpu, 1);
  PartMeans means;
  const auto shown = [&](const LayerWatch& watch, const char* part,
                         const std::vector<double>& values, Curve curve = Curve::kPart) {
    Tape tape(ctx, Record::kNothing);
    tape.watch(watch);
    const std::vector<real> out =
        tape.shown(part, curve, tape.constant(Tensor::of(ctx, {2, 1, 1}, values)))
            .value()
            .to_host();
    return std::vector<double>(out.begin(), out.end());
  };
  CHECK(shown(means.collect(), "a", {1, 10}) == std::vector<double>{1, 10});
  CHECK(shown(means.collect(), "b", {0, 0}) == std::vector<double>{0, 0});
  CHECK(shown(means.collect(), "a", {3, -10}) == std::vector<double>{3, -10});
  CHECK(shown(means.collect(), "layer", {5, 5}, Curve::kElu) == std::vector<double>{5, 5});
  CHECK(means.parts() == std::vector<std::string>{"a", "b"});
  CHECK(shown(means.replace("a"), "a", {7, 7}) == std::vector<double>{2, 0});
  CHECK(shown(means.replace("a"), "b", {7, 7}) == std::vector<double>{7, 7});
  CHECK_THROWS_WITH_AS(means.replace("c"), doctest::Contains("'c' was not seen"), Error);
}

/// Mean distance that every part moves the albedo of a few synthetic faces.
std::vector<double> moves(recon::RefinementModel& model, const mesh::FaceModel& face,
                          std::vector<std::string>* names = nullptr) {
  FaceSynthesizer synthesizer(face);
  std::vector<recon::Observation> photos;
  for (std::uint64_t i = 0; i < 3; ++i)
    photos.push_back(observation_of(synthesizer(kEvaluationSeed, i), model.config()));
  PartMeans means;
  model.watch(means.collect());
  std::vector<std::vector<float>> as_it_is;
  for (const recon::Observation& photo : photos) as_it_is.push_back(model.refine(photo));
  std::vector<double> out;
  for (const std::string& part : means.parts()) {
    model.watch(means.replace(part));
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < photos.size(); ++i) {
      const std::vector<float> albedo = model.refine(photos[i]);
      for (std::size_t k = 0; k < albedo.size(); ++k, ++count)
        sum += std::abs(static_cast<double>(albedo[k]) - static_cast<double>(as_it_is[i][k]));
    }
    out.push_back(sum / count);
  }
  model.watch({});
  CHECK(model.refine(photos[0]) == as_it_is[0]);
  if (names != nullptr) *names = means.parts();
  return out;
}

/// Parts that move the albedo by nothing that shows.
std::vector<std::string> dead_parts(const Context& ctx, const mesh::FaceModel& face,
                                    const std::string& weights) {
  recon::RefinementModel model =
      recon::RefinementModel::load(ctx, face, std::string(FGCN_SOURCE_DIR) + "/data/" + weights);
  std::vector<std::string> names, dead;
  const std::vector<double> moved = moves(model, face, &names);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!(moved[i] >= kWorthNothing)) dead.push_back(names[i]);
  return dead;
}

TEST_CASE("no part of the head's weights is worth nothing") {
  if (!mesh::find_head()) {
    MESSAGE("skipped: the head is not here; scripts/head_model.sh makes it");
    return;
  }
  const mesh::NamedFace head = mesh::named_face("head");
  CHECK(dead_parts(Context(), head.model, "head_weights.safetensors").empty());
}

TEST_CASE("no part of the embedded face's weights is worth nothing") {
  CHECK(dead_parts(Context(), mesh::make_embedded_face(), "default_weights.safetensors").empty());
}

TEST_CASE("a saturated refiner is worth nothing, one that is alive is worth something") {
  const Context ctx(Device::kCpu, 1);
  const mesh::FaceModel face = test::small_face(3, 2);
  Rng rng(3);
  recon::RefinementConfig config;
  config.branch_output = BranchOutput::kActivated;
  recon::RefinementModel model(ctx, face, mesh::build_hierarchy(mesh::mean_mesh(face), {}), config,
                               rng);
  std::vector<std::string> names;
  const std::vector<double> alive = moves(model, face, &names);
  CHECK(names == std::vector<std::string>{"encoder", "decoder", "refiner.bottleneck", "refiner",
                                          "head", "network"});
  for (const double moved : alive) CHECK(moved > 1e-6);
  for (Parameter* p : model.parameters())
    if (p->name == "refiner.out.bias") p->value = Tensor::full(ctx, p->value.shape(), -1000);
  const std::vector<double> dead = moves(model, face);
  CHECK(dead[1] > 1e-6);  // the decoder
  CHECK(dead[2] < 1e-9);  // the bottleneck, behind which the refiner is saturated
  CHECK(dead[3] < 1e-9);  // the refiner
  CHECK(dead[5] > 1e-6);
}

}  // namespace
