#include "train/layer_life.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "mesh/hierarchy.h"
#include "tests/device/small_face.h"

using namespace fgcn;
using namespace fgcn::train;

namespace {

TEST_CASE("a unit is silent where no vertex of no photo lets a gradient through") {
  const Context ctx(Device::kCpu, 1);
  const auto silent = [&](Curve curve, const std::vector<double>& values) {
    return silent_units(Tensor::of(ctx, {2, 1, 2}, values), curve);
  };
  // Two units at two vertices: the second one's values are the second and the fourth.
  CHECK(silent(Curve::kElu, {-1, -0.5, -1, -1}) == 0.5);
  CHECK(silent(Curve::kElu, {-0.9999, -1, -0.9999, 3}) == 0.5);
  CHECK(silent(Curve::kElu, {-1, -1, -1, -1}) == 1);
  CHECK(silent(Curve::kElu, {-0.99, 1, 0, 1}) == 0);
  CHECK(silent(Curve::kRelu, {0, 0, 0, 1e-6}) == 0.5);
  CHECK(silent(Curve::kRelu, {0, 0, 0, 0}) == 1);
  CHECK(silent(Curve::kTanh, {1, -1, 1, 0.5}) == 0.5);
  CHECK(silent(Curve::kPart, {-1, -1, -1, -1}) == 0);
}

TEST_CASE("the spread of a layer is that within its units") {
  const Context ctx(Device::kCpu, 1);
  // The second unit stands at 100 and -100, the first one does not move.
  CHECK(spread_of(Tensor::of(ctx, {2, 1, 2}, std::vector<double>{7, 100, 7, -100})) ==
        doctest::Approx(100 / std::sqrt(2.0)));
  CHECK(spread_of(Tensor::of(ctx, {2, 1, 2}, std::vector<double>{7, -5, 7, -5})) == 0);
}

struct Trained {
  Context ctx{Device::kCpu, 2};
  mesh::FaceModel face = test::small_face(3, 2);
  recon::RefinementModel model;
  recon::RefinementBatch batch;

  explicit Trained(const recon::RefinementConfig& config) : model(made(config)) {
    const recon::BatchSizes sizes = model.sizes(2);
    Rng rng(4);
    const auto noise = [&](const Shape& shape) {
      std::vector<double> values(static_cast<std::size_t>(shape.size()));
      for (double& one : values) one = rng.uniform(-1, 1);
      return Tensor::of(ctx, shape, values);
    };
    batch = {noise(sizes.patches), noise(sizes.input), noise(sizes.base)};
  }
  recon::RefinementModel made(const recon::RefinementConfig& config) const {
    Rng rng(3);
    return {ctx, face, mesh::build_hierarchy(mesh::mean_mesh(face), {}), config, rng};
  }
};

TEST_CASE("the watcher finds the layer that was saturated, and norms are those of the step") {
  recon::RefinementConfig config;
  config.branch_output = BranchOutput::kActivated;
  Trained trained(config);
  std::map<std::string, Parameter*> named;
  for (Parameter* p : trained.model.parameters()) named[p->name] = p;
  Adam adam(trained.model.parameters(), {});
  LayerWatcher watcher(trained.ctx, trained.model, adam);

  std::vector<Gradient> grads;
  for (const Parameter* p : trained.model.parameters()) {
    Tensor grad = Tensor::zeros(trained.ctx, p->value.shape());
    if (p->name == "refiner.out.bias")
      grad = Tensor::of(trained.ctx, {3}, std::vector<double>{3, 0, 4});
    grads.push_back({grad, {}, {}});
  }
  adam.step(grads, 0.01);

  const auto look = [&] {
    std::map<std::string, LayerLife> out;
    const std::vector<LayerLife> layers = watcher.look(trained.batch, 0.01);
    CHECK(layers.size() == watcher.layers().size());
    CHECK(layer_values(layers).size() == layer_columns(watcher.layers()).size());
    for (const LayerLife& layer : layers) out[layer.name] = layer;
    return out;
  };
  std::map<std::string, LayerLife> before = look();
  CHECK(before.at("refiner.out").silent < 1);
  CHECK(before.at("refiner.out").gradient == doctest::Approx(5));
  // In its first step Adam moves every number that has a gradient by the learning rate.
  CHECK(before.at("refiner.out").update == doctest::Approx(0.01 * std::sqrt(2.0)).epsilon(1e-4));
  CHECK(before.at("refiner.up0").gradient == 0);
  CHECK(before.at("refiner.up0").update == 0);
  CHECK(before.at("refiner.out").spread > 0);
  CHECK(std::isnan(before.at("refiner.in").silent));  // not shown

  Parameter& bias = *named.at("refiner.out.bias");
  bias.value = Tensor::full(trained.ctx, bias.value.shape(), -100);
  const std::map<std::string, LayerLife> after = look();
  for (const auto& [name, layer] : after) {
    CAPTURE(name);
    if (name == "refiner.out") {
      CHECK(layer.silent == 1);
    } else {
      CHECK_FALSE(layer.silent == 1);
    }
  }
  const auto names = [&] {
    return silent_layers(watcher.layers(), layer_values(watcher.look(trained.batch, 0.01)));
  };
  CHECK(names() == std::vector<std::string>{"refiner.out"});
}

TEST_CASE("every activation of every network belongs to a layer") {
  for (const char* generator : {"normal", "resnet"})
    for (const BranchOutput output : {BranchOutput::kActivated, BranchOutput::kLinear}) {
      recon::RefinementConfig config;
      config.generator = generator;
      config.branch_output = output;
      CAPTURE(generator);
      Trained trained(config);
      Adam adam(trained.model.parameters(), {});
      std::vector<Gradient> grads;
      for (const Parameter* p : trained.model.parameters())
        grads.push_back({Tensor::zeros(trained.ctx, p->value.shape()), {}, {}});
      adam.step(grads, 1e-3);
      std::size_t seen = 0;
      for (const LayerLife& layer :
           LayerWatcher(trained.ctx, trained.model, adam).look(trained.batch, 1e-3))
        seen += std::isnan(layer.silent) ? 0 : 1;
      // Encoder 3, head 2; decoder and refiner 6 and 11, or with two a block 1 + 8 and 10.
      CHECK(seen == 5 + (generator == std::string("normal") ? 6 + 11 : 1 + 8 + 10));
    }
}

}  // namespace
