#include "layers/identity_network.h"

#include <algorithm>

#include "autograd/ops/binary.h"
#include "autograd/ops/conv2d.h"
#include "autograd/ops/gemm.h"
#include "autograd/ops/max_pool.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/unary.h"

namespace fgcn {
namespace {

constexpr ops::MaxPoolOptions kPool{.window = 3, .stride = 2};

ops::Conv2dOptions options_of(const IdentityConvolution& c) {
  return {.stride = c.stride, .pad = c.stride == 1 ? c.kernel / 2 : 0};
}

/// Means over 2 x 2 pixels; the last row and column of an odd size are left out.
Var halved(const Var& x) {
  const std::int64_t rows = x.dim(1) / 2, columns = x.dim(2) / 2, channels = x.dim(3);
  const Var even = ops::slice(ops::slice(x, {.axis = 1, .begin = 0, .size = 2 * rows}),
                              {.axis = 2, .begin = 0, .size = 2 * columns});
  const Var squares = ops::reshape(even, {x.dim(0) * rows, 2, columns, 2, channels});
  const Var sums = ops::sum_to(squares, {x.dim(0) * rows, 1, columns, 1, channels});
  return ops::scale(ops::reshape(sums, {x.dim(0), rows, columns, channels}), 0.25);
}

/// Zeros behind x along its axes 1 to 3, up to the size of `other` where that is larger.
Var filled_to(const Var& x, const Shape& other) {
  Var out = x;
  for (int axis = 1; axis < 4; ++axis) {
    const std::int64_t missing = std::max<std::int64_t>(0, other[axis] - x.dim(axis));
    out = ops::pad(out, {.axis = axis, .before = 0, .after = missing});
  }
  return out;
}

}  // namespace

IdentityNetwork::IdentityNetwork(const Context& ctx, const IdentityWeights& weights)
    : sizes_(weights.sizes), hash_(fingerprint(weights)) {
  if (weights.is_facenet()) {
    facenet_.emplace(ctx, weights.facenet, weights.where, FaceNet::Sizes{weights.narrow});
    sizes_.embedding = facenet_->embedding_size();
    return;
  }
  convolutions_ = identity_convolutions(sizes_);
  FGCN_CHECK(weights.convolutions.size() == convolutions_.size(),
             "identity network: ", weights.convolutions.size(), " convolutions, expected ",
             convolutions_.size());
  for (std::size_t i = 0; i < convolutions_.size(); ++i) {
    const IdentityConvolution& c = convolutions_[i];
    weight_.push_back(Tensor::of(ctx, {c.kernel, c.kernel, c.channels_in, c.channels_out},
                                 weights.convolutions[i].weight));
    bias_.push_back(Tensor::of(ctx, {c.channels_out}, weights.convolutions[i].bias));
  }
  full_ = Tensor::of(ctx, {sizes_.stages.back().channels, sizes_.embedding}, weights.full);
  std::vector<double> mean;
  for (const float m : weights.mean) mean.push_back(-double{m} / 256);
  mean_ = Tensor::of(ctx, {3}, mean);
}

Var IdentityNetwork::convolve(const Var& x, std::size_t i) const {
  Tape& tape = x.tape();
  const Var y = ops::conv2d(x, tape.constant(weight_[i]), options_of(convolutions_[i]));
  return ops::add(y, tape.constant(bias_[i]));
}

std::int64_t IdentityNetwork::feature_size() const {
  return facenet_ ? facenet_->pooled_size() : sizes_.embedding;
}

IdentityNetwork::Output IdentityNetwork::run(const Var& x) const {
  FGCN_CHECK(x.defined() && x.shape().rank == 4 && x.dim(1) == sizes_.side &&
                 x.dim(2) == sizes_.side && x.dim(3) == 3,
             "identity network: x is ", x.shape(), ", expected [N, ", sizes_.side, ", ",
             sizes_.side, ", 3]");
  if (facenet_) {
    const FaceNetEmbedding y = (*facenet_)(facenet_input(x));
    return {y.pooled, y.embedding};
  }
  Tape& tape = x.tape();
  // dlib divides by 256.
  const Var centred = ops::add(ops::scale(x, 255.0 / 256), tape.constant(mean_));
  Var y = ops::max_pool(ops::relu(convolve(centred, 0)), kPool);
  for (std::size_t i = 1; i < convolutions_.size(); i += 2) {
    const Var added = convolve(ops::relu(convolve(y, i)), i + 1);
    const Var kept = convolutions_[i].stride == 1 ? y : halved(y);
    y = ops::relu(ops::add(filled_to(added, kept.shape()), filled_to(kept, added.shape())));
  }
  const std::int64_t pixels = y.dim(1) * y.dim(2), channels = y.dim(3);
  const Var sums =
      ops::sum_to(ops::reshape(y, {y.dim(0), pixels, channels}), {y.dim(0), 1, channels});
  const Var means =
      ops::scale(ops::reshape(sums, {y.dim(0), channels}), 1.0 / static_cast<double>(pixels));
  const Var embedding = ops::matmul(means, tape.constant(full_));
  return {embedding, embedding};
}

double IdentityNetwork::flops() const {
  FGCN_CHECK(!facenet_, "identity network: FaceNet's arithmetic is not counted");
  const auto out_of = [](std::int64_t size, const IdentityConvolution& c) {
    return kernels::conv2d_size(size, c.kernel, options_of(c));
  };
  std::int64_t side = out_of(sizes_.side, convolutions_[0]);
  std::int64_t products = side * side * convolutions_[0].weights() + full_.size();
  side = kernels::max_pool_size(side, kPool);
  for (std::size_t i = 1; i < convolutions_.size(); i += 2) {
    const std::int64_t inner = out_of(side, convolutions_[i]);
    products += inner * inner * (convolutions_[i].weights() + convolutions_[i + 1].weights());
    side = convolutions_[i].stride == 1 ? inner : std::max(inner, side / 2);
  }
  return 2 * static_cast<double>(products);
}

}  // namespace fgcn
