// Training on photographs on a GPU: what the CPU gives.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mesh/hierarchy.h"
#include "tests/device/gpus.h"
#include "tests/device/small_face.h"
#include "tests/train/photo_subject.h"
#include "train/photo_step.h"

namespace fgcn::train {
namespace {

struct Outcome {
  std::map<std::string, double> losses;
  std::vector<std::vector<real>> weights;
};

/// One step with every term on one photo.
Outcome one_step(const Context& ctx) {
  static const mesh::FaceModel face = test::small_face();
  static const mesh::Hierarchy hierarchy =
      mesh::build_hierarchy(mesh::mean_mesh(face), {.factor = 3});
  static const auto photo =
      std::make_shared<const PhotoSample>(test::photo_subject(face, 1).sample);
  IdentitySizes sizes;
  sizes.side = 23;
  sizes.stem_channels = 4;
  sizes.stages = {{4, 1, false}};
  sizes.embedding = 24;
  Rng rng(4);
  const IdentityNetwork network(ctx, random_identity_weights(sizes, rng));
  RefinementConfig config = RefinementConfig::paper();
  config.embedding = 24;
  config.embedding_form = EmbeddingForm::kIdentity;
  RefinementModel model(ctx, face, hierarchy, config, rng);
  Adam adam(model.parameters(), {});
  PhotoLossOptions options = PhotoLossOptions::reference();
  options.pixel = 0.5;
  options.light = TrainingLight::kRefit;
  options.adversary.weight = 1e-2;
  options.adversary.critic_steps = 1;
  options.adversary.critic.filters = {2, 2, 2, 2, 2, 2};
  options.adversary.critic.normalisation = Normalisation::kLayer;
  PhotoStep step(ctx, model, adam, face, options, &network, 1, Rng(7));
  const PhotoSample* batch[] = {photo.get()};
  Outcome out;
  for (const NamedLoss& loss : step(batch, 1, 1e-4, [] { return std::vector{photo}; }))
    out.losses[loss.name] = loss.value;
  for (const Parameter* p : model.parameters()) out.weights.push_back(p->value.to_host());
  adam.check();
  return out;
}

TEST_CASE("a step on photos has on a GPU the CPU's losses and weights") {
  const Outcome expected = one_step(Context());
  REQUIRE(expected.losses.size() == 13);
  test::on_every_gpu(
      [&](const Context& ctx) {
        const Outcome actual = one_step(ctx);
        for (const auto& [name, value] : expected.losses) {
          CAPTURE(name);
          // Sums of some thousand terms in another order, some of which cancel.
          CHECK(std::abs(actual.losses.at(name) - value) <= 2e-4 * std::max(1e-2, std::abs(value)));
        }
        // A first step of Adam is its rate long, 1e-4, whatever the gradient's size: where that
        // nearly vanishes rounding is the sign, of few weights.
        std::size_t weights = 0, other = 0;
        for (std::size_t p = 0; p < expected.weights.size(); ++p)
          for (std::size_t i = 0; i < expected.weights[p].size(); ++i) {
            const double off =
                std::abs(double{actual.weights[p][i]} - double{expected.weights[p][i]});
            ++weights;
            other += !(off <= 2e-6) ? 1 : 0;
            if (!(off <= 2.01e-4)) REQUIRE(off <= 2.01e-4);
          }
        CAPTURE(weights);
        CHECK(200 * other <= weights);
      },
      {.needs = {"cublas", "cudnn"}});
}

}  // namespace
}  // namespace fgcn::train
