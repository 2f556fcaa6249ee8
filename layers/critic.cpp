#include "layers/critic.h"

#include "autograd/ops/max_pool.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/unary.h"

namespace fgcn {
namespace {

constexpr std::int64_t kColors = 3;
constexpr double kSlope = 0.2;  // of leaky ReLU
constexpr double kLeastSquare = 1e-12;

/// Checks the sizes before anything is made of them; pixels along an axis behind the last pool.
std::int64_t last_side(const CriticSize& size) {
  FGCN_CHECK(!size.filters.empty(), "critic: no stage");
  for (const std::int64_t filters : size.filters)
    FGCN_CHECK(filters > 0, "critic: a stage of ", filters, " filters");
  std::int64_t side = size.side;
  for (std::size_t i = 1; i < size.filters.size(); ++i) {
    FGCN_CHECK(side > 0 && side % 2 == 0, "critic: a picture of ", size.side,
               " pixels cannot be halved ", size.filters.size() - 1, " times");
    side /= 2;
  }
  FGCN_CHECK(side > 0, "critic: a picture of ", size.side, " pixels");
  return side;
}

/// |d sum(score) / dx_n|^2, [N, 1].
Var squared_slopes(const Var& score, const Var& x) {
  FGCN_CHECK(score.shape().rank == 1 && x.shape().rank > 0 && score.dim(0) == x.dim(0),
             "gradient penalty: the scores are ", score.shape(), " for x of ", x.shape());
  Tape& tape = x.tape();
  const Var grad = tape.grad(ops::sum(score), {x}, {.seed = {}, .create_graph = true})[0];
  const std::int64_t samples = x.dim(0);
  const Var rows = ops::reshape(grad, {samples, x.size() / samples});
  return ops::sum_to(ops::square(rows), {samples, 1});
}

}  // namespace

Critic::Bounded::Bounded(const Context& ctx, const std::string& name, const Conv2dSizes& sizes,
                         bool spectral, Rng& rng)
    : conv(ctx, name, sizes, rng) {
  // Of a stream of its own, so that the weights begin as they do without.
  if (spectral) norm.emplace(name + ".norm", conv.weight().value, rng.split(rng.counter()));
}

Var Critic::Bounded::operator()(const Var& x) const {
  if (!norm) return conv(x);
  return conv(x, (*norm)(x.tape().use(conv.weight())));
}

Critic::Critic(const Context& ctx, const CriticSize& size, Rng& rng) : side_(size.side) {
  const std::int64_t last = last_side(size);
  std::int64_t channels = kColors;
  for (const std::int64_t filters : size.filters) {
    const std::string name = text("critic.", stages_.size());
    const bool first = stages_.empty();
    const Conv2dSizes sizes{.channels_in = channels,
                            .channels_out = filters,
                            .kernel = first ? 1 : 3,
                            .stride = 1,
                            .pad = first ? 0 : 1};
    stages_.push_back({Bounded(ctx, name, sizes, size.spectral, rng),
                       Normalise(ctx, name, size.normalisation, filters)});
    channels = filters;
  }
  score_.emplace(ctx, "critic.score",
                 Conv2dSizes{.channels_in = channels, .channels_out = 1, .kernel = last},
                 size.spectral, rng);
}

std::vector<Critic::Bounded*> Critic::convolutions() {
  std::vector<Bounded*> out;
  for (Stage& stage : stages_) out.push_back(&stage.conv);
  out.push_back(&*score_);
  return out;
}

void Critic::advance() {
  for (Bounded* one : convolutions())
    if (one->norm) one->norm->advance(one->conv.weight().value);
}

Var Critic::operator()(const Var& x, Statistics statistics) {
  FGCN_CHECK(x.shape().rank == 4 && x.dim(1) == side_ && x.dim(2) == side_ && x.dim(3) == kColors,
             "critic: x is ", x.shape(), ", expected [N, ", side_, ", ", side_, ", ", kColors, "]");
  Var y = x;
  bool first = true;
  for (Stage& stage : stages_) {
    if (!first) y = ops::max_pool(y);
    first = false;
    y = ops::leaky_relu(stage.normalise(stage.conv(y), statistics), kSlope);
  }
  return ops::reshape((*score_)(y), {x.dim(0)});
}

std::vector<Parameter*> Critic::parameters() {
  std::vector<Parameter*> out;
  for (Stage& stage : stages_) {
    for (Parameter* p : stage.conv.conv.parameters()) out.push_back(p);
    stage.normalise.add_to(out);
  }
  for (Parameter* p : score_->conv.parameters()) out.push_back(p);
  return out;
}

std::vector<Parameter*> Critic::running() {
  std::vector<Parameter*> out;
  for (Stage& stage : stages_) stage.normalise.add_running_to(out);
  for (Bounded* one : convolutions())
    if (one->norm) one->norm->add_running_to(out);
  return out;
}

Var gradient_penalty(const Var& score, const Var& x, double weight) {
  const Var norms = ops::sqrt(ops::add_scalar(squared_slopes(score, x), kLeastSquare));
  return ops::scale(ops::mean(ops::square(ops::add_scalar(norms, -1))), weight);
}

Var real_gradient_penalty(const Var& score, const Var& x, double weight) {
  return ops::scale(ops::mean(squared_slopes(score, x)), weight / 2);
}

}  // namespace fgcn
