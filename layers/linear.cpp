#include "layers/linear.h"

#include <cmath>

#include "autograd/ops/binary.h"
#include "autograd/ops/gemm.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/unary.h"

namespace fgcn {
namespace {

/// Of the layer whose weights would be held as they are. So the learning rates of plain weights
/// suit equalised ones.
constexpr std::int64_t kHeldFanIn = 16;

}  // namespace

Tensor he_normal(const Context& ctx, const Shape& shape, std::int64_t fan_in, Rng& rng) {
  FGCN_CHECK(fan_in > 0, "he_normal: a fan-in of ", fan_in);
  const double deviation = std::sqrt(2.0 / static_cast<double>(fan_in));
  std::vector<double> values(static_cast<std::size_t>(shape.size()));
  // The network of a photo holds millions of weights, most often to be overwritten by a file's.
  const auto count = static_cast<std::int64_t>(values.size());
#pragma omp parallel for num_threads(ctx.threads())
  for (std::int64_t i = 0; i < count; ++i) {
    Rng at(rng.seed(), rng.counter() + 2 * static_cast<std::uint64_t>(i));
    values[static_cast<std::size_t>(i)] = deviation * at.normal();
  }
  rng = Rng(rng.seed(), rng.counter() + 2 * static_cast<std::uint64_t>(count));
  return Tensor::of(ctx, shape, values);
}

double weight_gain(WeightForm form, std::int64_t fan_in) {
  FGCN_CHECK(fan_in > 0, "weight_gain: a fan-in of ", fan_in);
  return form == WeightForm::kPlain
             ? 1
             : std::sqrt(static_cast<double>(kHeldFanIn) / static_cast<double>(fan_in));
}

Tensor first_weights(const Context& ctx, const Shape& shape, std::int64_t fan_in, WeightForm form,
                     Rng& rng) {
  return he_normal(ctx, shape, form == WeightForm::kPlain ? fan_in : kHeldFanIn, rng);
}

Var with_gain(const Var& y, double gain) { return gain == 1 ? y : ops::scale(y, gain); }

Linear::Linear(const Context& ctx, const std::string& name, std::int64_t channels_in,
               std::int64_t channels_out, Rng& rng, WeightForm form)
    : gain_(weight_gain(form, channels_in)),
      weight_(name + ".weight",
              first_weights(ctx, {channels_in, channels_out}, channels_in, form, rng)),
      bias_(name + ".bias", Tensor::zeros(ctx, {channels_out})) {}

Var Linear::operator()(const Var& x) const {
  const std::int64_t channels_in = weight_.value.dim(0);
  const int last = x.shape().rank - 1;
  FGCN_CHECK(last >= 0 && x.dim(last) == channels_in, weight_.name, ": x is ", x.shape(),
             ", expected [.., ", channels_in, "]");
  Tape& tape = x.tape();
  const Var rows = ops::reshape(x, {x.size() / channels_in, channels_in});
  const Var y = ops::add(with_gain(ops::matmul(rows, tape.use(weight_)), gain_), tape.use(bias_));
  Shape shape = x.shape();
  shape.sizes[last] = weight_.value.dim(1);
  return ops::reshape(y, shape);
}

}  // namespace fgcn
