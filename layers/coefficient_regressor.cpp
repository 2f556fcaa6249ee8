#include "layers/coefficient_regressor.h"

#include <algorithm>
#include <array>

#include "autograd/ops/binary.h"
#include "autograd/ops/gemm.h"
#include "autograd/ops/max_pool.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/unary.h"
#include "kernels/core/error.h"

namespace fgcn {
namespace {

constexpr double kEpsilon = 1e-5;
constexpr std::array<std::int64_t, 4> kBlocks = {3, 4, 6, 3};
constexpr std::int64_t kWidth =
    64;  // of the first layer's inner convolutions; twice that in the next
constexpr std::int64_t kExpand = 4;  // channels of a block's result over its inner ones

struct Head {
  const char* slim;
  std::int64_t size;
};
constexpr std::array<Head, 7> kHeads = {{{"fc-id", 80},
                                         {"fc-ex", 64},
                                         {"fc-tex", 80},
                                         {"fc-angles", 3},
                                         {"fc-gamma", 27},
                                         {"fc-XY", 2},
                                         {"fc-Z", 1}}};

using After = FixedConvolution::After;

/// Kernels of the three convolutions of a block and of its shortcut.
struct BlockSizes {
  KernelSizes reduce, middle, expand, shortcut;

  BlockSizes(std::int64_t channels, std::int64_t inner)
      : reduce{1, 1, channels, inner},
        middle{3, 3, inner, inner},
        expand{1, 1, inner, kExpand * inner},
        shortcut{1, 1, channels, kExpand * inner} {}
};

/// The first convolution of a network for BGR from 0 to 255, for RGB from 0 to 1.
void take_rgb(FoldedConvolution& stem) {
  const std::int64_t out = stem.channels_out;
  for (std::int64_t tap = 0; tap < stem.rows * stem.columns; ++tap) {
    double* from = stem.weight.data() + tap * 3 * out;
    std::swap_ranges(from, from + out, from + 2 * out);
    for (std::int64_t i = 0; i < 3 * out; ++i) from[i] *= 255;
  }
}

/// Zeros that a max_pool of 3 x 3 and stride 2 needs to give half the size, rounded up, and how
/// many of them lie in front: TensorFlow's SAME. Behind a ReLU zeros never win over a pixel.
Var padded_same(const Var& x) {
  Var out = x;
  for (int axis = 1; axis <= 2; ++axis) {
    const std::int64_t size = x.dim(axis), half = (size + 1) / 2;
    const std::int64_t zeros = std::max<std::int64_t>(0, 2 * (half - 1) + 3 - size);
    out = ops::pad(out, {.axis = axis, .before = zeros / 2, .after = zeros - zeros / 2});
  }
  return out;
}

}  // namespace

CoefficientRegressor::CoefficientRegressor(const Context& ctx, const io::Safetensors& file,
                                           const std::string& where, const Sizes& sizes)
    : CoefficientRegressor(ctx, NamedWeights(file, where, "R-Net's weights"),
                           NamedWeights::any_in(file, "resnet_v1_50/")
                               ? RegressorEdition::kTensorFlow
                               : RegressorEdition::kTorch,
                           sizes) {
  hash_ = fingerprint(file);
}

CoefficientRegressor::CoefficientRegressor(const Context& ctx, const NamedWeights& weights,
                                           RegressorEdition edition, const Sizes& sizes)
    : edition_(edition) {
  FGCN_CHECK(sizes.narrow >= 1 && kWidth % sizes.narrow == 0, "coefficient regressor: ", kWidth,
             " channels divided by ", sizes.narrow);
  if (edition_ == RegressorEdition::kTorch) {
    read_torch(ctx, weights, sizes);
  } else {
    read_slim(ctx, weights, sizes);
  }
}

io::Safetensors CoefficientRegressor::untrained(RegressorEdition edition, Rng& rng,
                                                const Sizes& sizes) {
  io::Safetensors out;
  const CoefficientRegressor made(Context(), NamedWeights(out, rng), edition, sizes);
  return out;
}

void CoefficientRegressor::read_torch(const Context& ctx, const NamedWeights& weights,
                                      const Sizes& sizes) {
  std::int64_t channels = kWidth / sizes.narrow;
  stem_.emplace(
      ctx,
      weights.torch_convolution("backbone.conv1", "backbone.bn1", {7, 7, 3, channels}, kEpsilon),
      FixedConvolution::Options{2, 3, 3, After::kRelu});
  std::int64_t inner = channels;
  for (std::size_t layer = 0; layer < kBlocks.size(); ++layer, inner *= 2) {
    for (std::int64_t b = 0; b < kBlocks[layer]; ++b) {
      const std::string name = text("backbone.layer", layer + 1, '.', b, '.');
      const std::int64_t stride = layer > 0 && b == 0 ? 2 : 1;
      const BlockSizes s(channels, inner);
      const auto part = [&](const char* number, const KernelSizes& kernel,
                            const FixedConvolution::Options& options) {
        return FixedConvolution(
            ctx,
            weights.torch_convolution(text(name, "conv", number), text(name, "bn", number), kernel,
                                      kEpsilon),
            options);
      };
      Block block{part("1", s.reduce, {1, 0, 0, After::kRelu}),
                  part("2", s.middle, {stride, 1, 1, After::kRelu}),
                  part("3", s.expand, {1, 0, 0, After::kNothing}), std::nullopt, stride};
      if (b == 0)
        block.shortcut.emplace(
            ctx,
            weights.torch_convolution(name + "downsample.0", name + "downsample.1", s.shortcut,
                                      kEpsilon),
            FixedConvolution::Options{stride, 0, 0, After::kNothing});
      blocks_.push_back(std::move(block));
      channels = kExpand * inner;
    }
  }
  std::vector<FoldedConvolution> heads;
  if (weights.has("backbone.fc.weight")) {
    FoldedConvolution one{1, 1, channels, kCoefficients, {}, {}};
    const std::vector<double> by_rows =
        weights.take("backbone.fc.weight", {kCoefficients, channels});
    one.weight.resize(by_rows.size());
    for (std::int64_t d = 0; d < kCoefficients; ++d)
      for (std::int64_t c = 0; c < channels; ++c)
        one.weight[static_cast<std::size_t>(c * kCoefficients + d)] =
            by_rows[static_cast<std::size_t>(d * channels + c)];
    one.bias = weights.take("backbone.fc.bias", {kCoefficients});
    heads.push_back(std::move(one));
  } else {
    for (std::size_t i = 0; i < kHeads.size(); ++i)
      heads.push_back(weights.plain_convolution(WeightNames::kTorch, text("final_layers.", i),
                                                {1, 1, channels, kHeads[i].size},
                                                NamedWeights::Bias::kYes));
  }
  set_heads(ctx, heads);
}

void CoefficientRegressor::read_slim(const Context& ctx, const NamedWeights& weights,
                                     const Sizes& sizes) {
  std::int64_t channels = kWidth / sizes.narrow;
  FoldedConvolution stem =
      weights.slim_convolution("resnet_v1_50/conv1", {7, 7, 3, channels}, kEpsilon, Gamma::kNeeded);
  take_rgb(stem);
  stem_.emplace(ctx, stem, FixedConvolution::Options{2, 3, 3, After::kRelu});
  std::int64_t inner = channels;
  for (std::size_t layer = 0; layer < kBlocks.size(); ++layer, inner *= 2) {
    for (std::int64_t unit = 0; unit < kBlocks[layer]; ++unit) {
      const std::string name =
          text("resnet_v1_50/block", layer + 1, "/unit_", unit + 1, "/bottleneck_v1/");
      const std::int64_t stride = layer + 1 < kBlocks.size() && unit + 1 == kBlocks[layer] ? 2 : 1;
      const BlockSizes s(channels, inner);
      const auto part = [&](const char* which, const KernelSizes& kernel,
                            const FixedConvolution::Options& options) {
        return FixedConvolution(
            ctx, weights.slim_convolution(name + which, kernel, kEpsilon, Gamma::kNeeded), options);
      };
      Block block{part("conv1", s.reduce, {1, 0, 0, After::kRelu}),
                  part("conv2", s.middle, {stride, 1, 1, After::kRelu}),
                  part("conv3", s.expand, {1, 0, 0, After::kNothing}), std::nullopt, stride};
      if (unit == 0)
        block.shortcut.emplace(part("shortcut", s.shortcut, {1, 0, 0, After::kNothing}));
      blocks_.push_back(std::move(block));
      channels = kExpand * inner;
    }
  }
  std::vector<FoldedConvolution> heads;
  heads.reserve(kHeads.size());
  for (const Head& head : kHeads)
    heads.push_back(weights.plain_convolution(
        WeightNames::kSlim, head.slim, {1, 1, channels, head.size}, NamedWeights::Bias::kYes));
  set_heads(ctx, heads);
}

void CoefficientRegressor::set_heads(const Context& ctx,
                                     const std::vector<FoldedConvolution>& parts) {
  const std::int64_t channels = parts.front().channels_in;
  std::vector<double> weight(static_cast<std::size_t>(channels * kCoefficients)), bias;
  std::int64_t at = 0;
  for (const FoldedConvolution& part : parts) {
    for (std::int64_t c = 0; c < channels; ++c)
      std::copy_n(part.weight.begin() + c * part.channels_out, part.channels_out,
                  weight.begin() + c * kCoefficients + at);
    at += part.channels_out;
    bias.insert(bias.end(), part.bias.begin(), part.bias.end());
  }
  head_ = Tensor::of(ctx, {channels, kCoefficients}, weight);
  head_bias_ = Tensor::of(ctx, {kCoefficients}, bias);
}

Var CoefficientRegressor::pooled_stem(const Var& x) const {
  const Var y = (*stem_)(x);
  if (edition_ == RegressorEdition::kTorch)
    return ops::max_pool(y, {.window = 3, .stride = 2, .pad = 1});
  return ops::max_pool(padded_same(y), {.window = 3, .stride = 2});
}

Regression CoefficientRegressor::operator()(const Var& x) const {
  FGCN_CHECK(
      x.defined() && x.shape().rank == 4 && x.dim(1) >= 32 && x.dim(2) >= 32 && x.dim(3) == 3,
      "coefficient regressor: x is ", x.shape(), ", expected [N, ", kSide, ", ", kSide, ", 3]");
  Tape& tape = x.tape();
  Var y = pooled_stem(x);
  for (const Block& block : blocks_) {
    Var added = block.expand(block.middle(block.reduce(y)));
    const Var kept = block.shortcut      ? (*block.shortcut)(y)
                     : block.stride == 1 ? y
                                         : ops::max_pool(y, {.window = 1, .stride = 2});
    y = sum_of(std::move(added), kept, After::kRelu);
  }
  const Var pooled = mean_over_pixels(y);
  return {pooled, ops::add(ops::matmul(pooled, tape.constant(head_)), tape.constant(head_bias_))};
}

double CoefficientRegressor::flops() const {
  std::int64_t side = kSide / 2;
  const auto of = [&](const FixedConvolution& c) {
    return c.flops_a_pixel() * static_cast<double>(side * side);
  };
  double sum = of(*stem_);
  side /= 2;
  for (const Block& block : blocks_) {
    sum += of(block.reduce);
    const std::int64_t before = side;
    side /= block.stride;
    sum += of(block.middle) + of(block.expand);
    if (block.shortcut) {
      if (edition_ == RegressorEdition::kTensorFlow) side = before;
      sum += of(*block.shortcut);
      side = before / block.stride;
    }
  }
  return sum + 2 * static_cast<double>(head_.size());
}

}  // namespace fgcn
