#include "train/refinement_network.h"

#include <cmath>
#include <string>
#include <utility>

#include "autograd/ops/bias_elu.h"
#include "autograd/ops/binary.h"
#include "autograd/ops/cheb_conv.h"
#include "autograd/ops/gemm.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/spmm.h"
#include "autograd/ops/transpose.h"
#include "autograd/ops/unary.h"

namespace fgcn::train {
namespace {

constexpr std::int64_t kTerms = 6;
constexpr std::int64_t kInputChannels = 7;
constexpr std::int64_t kFullyConnected = 512;
constexpr std::int64_t kDecoderWidth[] = {32, 16, 16, 16, 16};
constexpr std::int64_t kRefinerWidth[] = {16, 32, 64, 128};
constexpr std::size_t kLevels = 5;
/// Channels of the encoder's convolutions: 4 x 4 pixels, 2 x 2 patches, all 7 x 7 of those.
constexpr std::int64_t kEncoderWidth[] = {32, 64};
constexpr std::int64_t kBlocks = kPatchesAside * kPatchesAside / 4;

/// [V, N, C] -> [N, V * C] and back.
Var to_rows(const Var& x) {
  const Var swapped = ops::transpose(x, {1, 0, 2});
  return ops::reshape(swapped, {x.dim(1), x.dim(0) * x.dim(2)});
}
Var to_vertices(const Var& rows, std::int64_t vertices) {
  const std::int64_t channels = rows.dim(1) / vertices;
  return ops::transpose(ops::reshape(rows, {rows.dim(0), vertices, channels}), {1, 0, 2});
}

}  // namespace

const Parameter* RefinementNetwork::add(const std::string& name, const Shape& shape,
                                        double deviation, Rng& rng) {
  std::vector<double> values(static_cast<std::size_t>(shape.size()));
  for (double& v : values) v = deviation > 0 ? deviation * rng.normal() : 0;
  return &parameters_.emplace_back(name, Tensor::of(context_, shape, values));
}

RefinementNetwork::Cheb RefinementNetwork::add_cheb(const std::string& name, std::int64_t in,
                                                    std::int64_t out, Bias bias, Rng& rng) {
  const double deviation = std::sqrt(2.0 / static_cast<double>(kTerms * in));  // He et al. 2015
  const Parameter* weight = add(name + ".weight", {kTerms, in, out}, deviation, rng);
  return {weight, bias == Bias::kElu ? add(name + ".bias", {out}, 0, rng) : nullptr};
}

RefinementNetwork::Dense RefinementNetwork::add_dense(const std::string& name, std::int64_t in,
                                                      std::int64_t out, Rng& rng) {
  const Parameter* weight =
      add(name + ".weight", {in, out}, std::sqrt(2.0 / static_cast<double>(in)), rng);
  return {weight, add(name + ".bias", {out}, 0, rng)};
}

RefinementNetwork::RefinementNetwork(const Context& ctx, MeshOperators mesh, const Sizes& sizes,
                                     Rng& rng)
    : context_(ctx), mesh_(std::move(mesh)), sizes_(sizes) {
  FGCN_CHECK(mesh_.laplacian.size() == kLevels && mesh_.down.size() == kLevels - 1 &&
                 mesh_.up.size() == kLevels - 1,
             "RefinementNetwork: the hierarchy has ", mesh_.laplacian.size(),
             " levels, expected 5");
  const std::int64_t coarsest = mesh_.laplacian.back().rows();
  std::int64_t width = kPatchSize * kPatchSize * kPatchChannels;
  encoder_.push_back(add_dense("encoder.patch", width, kEncoderWidth[0], rng));
  encoder_.push_back(add_dense("encoder.block", 4 * kEncoderWidth[0], kEncoderWidth[1], rng));
  encoder_.push_back(add_dense("encoder.full", kBlocks * kEncoderWidth[1], sizes.embedding, rng));

  decoder_in_ = add_dense("decoder.full", sizes.embedding, coarsest * kDecoderWidth[0], rng);
  for (std::size_t i = 0; i + 1 < kLevels; ++i) {
    decoder_.push_back(
        add_cheb(text("decoder.", i), kDecoderWidth[i], kDecoderWidth[i + 1], Bias::kElu, rng));
  }
  decoder_.push_back(add_cheb("decoder.out", kDecoderWidth[kLevels - 1], 3, Bias::kElu, rng));

  refiner_down_.push_back(
      add_cheb("refiner.in", kInputChannels, kRefinerWidth[0], Bias::kNone, rng));
  width = kRefinerWidth[0];
  for (std::size_t i = 0; i + 1 < kLevels; ++i) {
    refiner_down_.push_back(
        add_cheb(text("refiner.down", i), width, kRefinerWidth[i], Bias::kElu, rng));
    width = kRefinerWidth[i];
  }
  refiner_in_ = add_dense("refiner.full_in", coarsest * width, kFullyConnected, rng);
  refiner_out_ = add_dense("refiner.full_out", kFullyConnected, coarsest * width, rng);
  for (std::size_t i = 0; i + 1 < kLevels; ++i) {
    const std::int64_t skip = i < 2 ? kRefinerWidth[2 - i] : 0;
    const std::int64_t out = kRefinerWidth[3 - i];
    refiner_up_.push_back(add_cheb(text("refiner.up", i), width + skip, out, Bias::kElu, rng));
    width = out;
  }
  refiner_up_.push_back(add_cheb("refiner.out", width, 3, Bias::kElu, rng));

  const std::int64_t joined = 6 + (sizes.head > 0 ? kInputChannels : 0);
  if (sizes.head > 0) head_.push_back(add_cheb("head.in", joined, sizes.head, Bias::kElu, rng));
  head_.push_back(add_cheb("head.out", sizes.head > 0 ? sizes.head : joined, 3, Bias::kNone, rng));
}

Var RefinementNetwork::apply(const Cheb& layer, std::size_t level, const Var& x) const {
  Tape& tape = x.tape();
  const Var y = ops::cheb_conv(mesh_.laplacian[level], x, tape.use(*layer.weight));
  return layer.bias == nullptr ? y : ops::bias_elu(y, tape.use(*layer.bias));
}

Var RefinementNetwork::apply(const Dense& layer, const Var& x) const {
  Tape& tape = x.tape();
  return ops::add(ops::matmul(x, tape.use(*layer.weight)), tape.use(*layer.bias));
}

Var RefinementNetwork::encode(const Var& patches) const {
  // A convolution whose stride is its size is a product with every patch.
  const std::int64_t count = patches.dim(0) / (kPatchesAside * kPatchesAside);
  Var x = ops::relu(apply(encoder_[0], patches));
  x = ops::reshape(x, {count * kBlocks, 4 * kEncoderWidth[0]});
  x = ops::relu(apply(encoder_[1], x));
  x = ops::reshape(x, {count, kBlocks * kEncoderWidth[1]});
  return ops::relu(apply(encoder_[2], x));
}

Var RefinementNetwork::decode(const Var& embedding) const {
  Var x = to_vertices(ops::relu(apply(decoder_in_, embedding)), mesh_.laplacian.back().rows());
  for (std::size_t level = kLevels - 1; level-- > 0;) {
    x = apply(decoder_[kLevels - 2 - level], level, ops::spmm(mesh_.up[level], x));
  }
  return apply(decoder_.back(), 0, x);
}

Var RefinementNetwork::refine(const Var& input) const {
  std::vector<Var> maps{apply(refiner_down_[0], 0, input)};
  for (std::size_t level = 1; level < kLevels; ++level) {
    maps.push_back(
        apply(refiner_down_[level], level, ops::spmm(mesh_.down[level - 1], maps.back())));
  }
  Var x = to_rows(maps.back());
  x = ops::relu(apply(refiner_in_, x));
  x = ops::relu(apply(refiner_out_, x));
  x = to_vertices(x, mesh_.laplacian.back().rows());
  for (std::size_t level = kLevels - 1; level-- > 0;) {
    const std::size_t i = kLevels - 2 - level;
    x = ops::spmm(mesh_.up[level], x);
    if (i < 2) x = ops::concat({x, maps[level]}, 2);
    x = apply(refiner_up_[i], level, x);
  }
  return apply(refiner_up_.back(), 0, x);
}

Var RefinementNetwork::operator()(const Var& patches, const Var& input) const {
  Vars joined{decode(encode(patches)), refine(input)};
  if (sizes_.head > 0) joined.push_back(input);
  Var x = ops::concat(joined, 2);
  for (const Cheb& layer : head_) x = apply(layer, 0, x);
  return ops::tanh(x);
}

std::vector<Parameter*> RefinementNetwork::parameters() {
  std::vector<Parameter*> out;
  for (Parameter& p : parameters_) out.push_back(&p);
  return out;
}

}  // namespace fgcn::train
