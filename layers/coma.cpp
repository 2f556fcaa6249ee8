#include "layers/coma.h"

#include <cmath>

#include "autograd/ops/bias_elu.h"
#include "autograd/ops/binary.h"
#include "autograd/ops/spmm.h"
#include "autograd/ops/unary.h"
#include "layers/fully_connected.h"

namespace fgcn {
namespace {

constexpr std::int64_t kChannels = 3;  // a position's
constexpr double kAuthorsDeviation = 0.1;
constexpr double kAuthorsBias = 0.1;

bool is_bias(const Parameter& p) { return p.name.ends_with(".bias"); }

/// Normal, numbers beyond two deviations sampled anew.
double cut_normal(Rng& rng) {
  double out = rng.normal();
  while (std::abs(out) > 2) out = rng.normal();
  return out;
}

/// The largest of Glorot and Bengio's uniform numbers. The fans of a convolution's [K, in, out] are
/// in * out and K * out: the re-make's library counts the first axis as outputs.
double glorot_bound(const Shape& shape) {
  const auto fans =
      static_cast<double>(shape.rank == 3 ? (shape[1] + shape[0]) * shape[2] : shape[0] + shape[1]);
  return std::sqrt(6 / fans);
}

}  // namespace

ComaNetwork::Layer::Layer(const Context& ctx, const std::string& name,
                          const SparseOperator& laplacian, ChebConv::Size size, ComaForm form,
                          Rng& rng)
    : conv_(ctx, name, laplacian, size, rng),
      bias_(name + ".bias", Tensor::zeros(ctx, {size.out})),
      form_(form) {}

Var ComaNetwork::Layer::operator()(const Var& x) const {
  const Var y = conv_(x);
  const Var bias = x.tape().use(bias_);
  return form_ == ComaForm::kElu ? ops::bias_elu(y, bias) : ops::relu(ops::add(y, bias));
}

void ComaNetwork::Layer::add_to(std::vector<Parameter*>& parameters) {
  conv_.add_to(parameters);
  parameters.push_back(&bias_);
}

ComaNetwork::ComaNetwork(const Context& ctx, const GraphHierarchy& hierarchy, const ComaSize& size,
                         Rng& rng)
    : size_(size),
      vertices_(hierarchy.vertices(0)),
      coarsest_(hierarchy.vertices(hierarchy.levels() - 1)),
      pool_(hierarchy.pool),
      unpool_(hierarchy.unpool) {
  const std::size_t pools = size.filters.size();
  FGCN_CHECK(pools > 0 && pools + 1 == hierarchy.levels(), "CoMA: ", pools, " filters for ",
             hierarchy.levels(), " levels");
  FGCN_CHECK(size.latent > 0 && size.terms > 0, "CoMA: ", size.latent, " latent numbers, ",
             size.terms, " terms");
  const std::int64_t flat = coarsest_ * size.filters.back();
  std::int64_t channels = kChannels;
  for (std::size_t i = 0; i < pools; ++i) {
    down_.emplace_back(ctx, text("encoder.", i), hierarchy.laplacian[i],
                       ChebConv::Size{channels, size.filters[i], size.terms}, size.form, rng);
    channels = size.filters[i];
  }
  dense_.emplace_back(ctx, "encoder.code", flat, size.latent, rng);
  dense_.emplace_back(ctx, "decoder.full", size.latent, flat, rng);
  if (size.variational) dense_.emplace_back(ctx, "encoder.log_variance", flat, size.latent, rng);
  for (std::size_t i = 0; i < pools; ++i) {
    const std::size_t level = pools - 1 - i;
    up_.emplace_back(ctx, text("decoder.", i), hierarchy.laplacian[level],
                     ChebConv::Size{channels, size.filters[level], size.terms}, size.form, rng);
    channels = size.filters[level];
  }
  last_.emplace_back(ctx, "decoder.out", hierarchy.laplacian[0],
                     ChebConv::Size{channels, kChannels, size.terms}, rng);
  if (size.form == ComaForm::kElu)
    last_bias_.emplace_back("decoder.out.bias", Tensor::zeros(ctx, {kChannels}));

  for (Layer& layer : down_) layer.add_to(parameters_);
  for (Linear& layer : dense_)
    for (Parameter* p : layer.parameters()) parameters_.push_back(p);
  for (Layer& layer : up_) layer.add_to(parameters_);
  last_[0].add_to(parameters_);
  for (Parameter& bias : last_bias_) parameters_.push_back(&bias);
  initialise(rng);
}

void ComaNetwork::initialise(Rng& rng) {
  const bool authors = size_.form == ComaForm::kRelu;
  for (Parameter* p : parameters_) {
    const Shape& shape = p->value.shape();
    std::vector<double> values(static_cast<std::size_t>(shape.size()));
    const double bound = is_bias(*p) ? 0 : glorot_bound(shape);
    for (double& value : values) {
      if (is_bias(*p))
        value = authors ? kAuthorsBias : 0;
      else
        value = authors ? kAuthorsDeviation * cut_normal(rng) : rng.uniform(-bound, bound);
    }
    // A large variance at first would hide the code from the decoder.
    if (p->name.starts_with("encoder.log_variance"))
      for (double& value : values) value = is_bias(*p) ? -4 : value * 0.01;
    p->value = Tensor::of(p->value.context(), shape, values);
  }
}

ComaNetwork::Code ComaNetwork::encode(const Var& x) const {
  FGCN_CHECK(x.shape().rank == 3 && x.dim(0) == vertices_ && x.dim(2) == kChannels, "CoMA: x is ",
             x.shape(), ", expected [", vertices_, ", N, 3]");
  Var y = x;
  for (std::size_t i = 0; i < down_.size(); ++i) y = ops::spmm(pool_[i], down_[i](y));
  const Var flat = flattened(y);
  const Var code = dense_[0](flat);
  if (size_.variational) return {code, dense_[2](flat)};
  return {size_.form == ComaForm::kRelu ? ops::relu(code) : code, {}};
}

Var ComaNetwork::decode(const Var& z) const {
  FGCN_CHECK(z.shape().rank == 2 && z.dim(1) == size_.latent, "CoMA: z is ", z.shape(),
             ", expected [N, ", size_.latent, "]");
  const Var full = dense_[1](z);
  Var y = unflattened(size_.form == ComaForm::kRelu ? ops::relu(full) : full, coarsest_);
  for (std::size_t i = 0; i < up_.size(); ++i)
    y = up_[i](ops::spmm(unpool_[unpool_.size() - 1 - i], y));
  y = last_[0](y);
  return last_bias_.empty() ? y : ops::add(y, z.tape().use(last_bias_[0]));
}

std::vector<bool> ComaNetwork::fully_connected() const {
  std::vector<bool> out;
  for (const Parameter* p : parameters_)
    out.push_back(p->name.starts_with("encoder.code.") || p->name.starts_with("decoder.full.") ||
                  p->name.starts_with("encoder.log_variance."));
  return out;
}

}  // namespace fgcn
