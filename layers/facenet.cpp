#include "layers/facenet.h"

#include <cmath>

#include "autograd/ops/binary.h"
#include "autograd/ops/max_pool.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/unary.h"
#include "kernels/core/error.h"

namespace fgcn {
namespace {

constexpr double kEpsilon = 1e-3;
constexpr ops::MaxPoolOptions kPool{.window = 3, .stride = 2};

using After = FixedConvolution::After;

/// One convolution of a branch: its names in both files, kernel, and whether it halves the image
/// (stride 2 without padding).
struct Part {
  const char* torch;
  const char* slim;
  std::int64_t rows, columns, channels;
  bool halves = false;
};
using Parts = std::vector<Part>;

std::vector<Parts> parts35() {
  return {{{"branch0", "Branch_0/Conv2d_1x1", 1, 1, 32}},
          {{"branch1.0", "Branch_1/Conv2d_0a_1x1", 1, 1, 32},
           {"branch1.1", "Branch_1/Conv2d_0b_3x3", 3, 3, 32}},
          {{"branch2.0", "Branch_2/Conv2d_0a_1x1", 1, 1, 32},
           {"branch2.1", "Branch_2/Conv2d_0b_3x3", 3, 3, 32},
           {"branch2.2", "Branch_2/Conv2d_0c_3x3", 3, 3, 32}}};
}
std::vector<Parts> parts17() {
  return {{{"branch0", "Branch_0/Conv2d_1x1", 1, 1, 128}},
          {{"branch1.0", "Branch_1/Conv2d_0a_1x1", 1, 1, 128},
           {"branch1.1", "Branch_1/Conv2d_0b_1x7", 1, 7, 128},
           {"branch1.2", "Branch_1/Conv2d_0c_7x1", 7, 1, 128}}};
}
std::vector<Parts> parts8() {
  return {{{"branch0", "Branch_0/Conv2d_1x1", 1, 1, 192}},
          {{"branch1.0", "Branch_1/Conv2d_0a_1x1", 1, 1, 192},
           {"branch1.1", "Branch_1/Conv2d_0b_1x3", 1, 3, 192},
           {"branch1.2", "Branch_1/Conv2d_0c_3x1", 3, 1, 192}}};
}
std::vector<Parts> parts_6a() {
  return {{{"branch0", "Branch_0/Conv2d_1a_3x3", 3, 3, 384, true}},
          {{"branch1.0", "Branch_1/Conv2d_0a_1x1", 1, 1, 192},
           {"branch1.1", "Branch_1/Conv2d_0b_3x3", 3, 3, 192},
           {"branch1.2", "Branch_1/Conv2d_1a_3x3", 3, 3, 256, true}}};
}
std::vector<Parts> parts_7a() {
  return {{{"branch0.0", "Branch_0/Conv2d_0a_1x1", 1, 1, 256},
           {"branch0.1", "Branch_0/Conv2d_1a_3x3", 3, 3, 384, true}},
          {{"branch1.0", "Branch_1/Conv2d_0a_1x1", 1, 1, 256},
           {"branch1.1", "Branch_1/Conv2d_1a_3x3", 3, 3, 256, true}},
          {{"branch2.0", "Branch_2/Conv2d_0a_1x1", 1, 1, 256},
           {"branch2.1", "Branch_2/Conv2d_0b_3x3", 3, 3, 256},
           {"branch2.2", "Branch_2/Conv2d_1a_3x3", 3, 3, 256, true}}};
}

}  // namespace

/// Reads the parts of the network from either file.
class FaceNet::Reader {
 public:
  Reader(const Context& ctx, const NamedWeights& weights, WeightNames names, std::int64_t narrow)
      : ctx_(ctx), weights_(weights), narrow_(narrow), names_(names) {}
  std::int64_t narrowed(std::int64_t channels) const { return channels / narrow_; }

  FixedConvolution convolution(const std::string& torch, const std::string& slim,
                               const KernelSizes& sizes,
                               const FixedConvolution::Options& options) const {
    return FixedConvolution(
        ctx_,
        names_ == WeightNames::kTorch
            ? weights_.torch_convolution(torch + ".conv", torch + ".bn", sizes, kEpsilon)
            : weights_.slim_convolution("InceptionResnetV1/" + slim, sizes, kEpsilon,
                                        Gamma::kOptional),
        options);
  }

  std::vector<Branch> branches(const std::string& torch, const std::string& slim,
                               const std::vector<Parts>& of, std::int64_t channels_in) const {
    std::vector<Branch> out;
    for (const Parts& parts : of) {
      Branch branch;
      std::int64_t channels = channels_in;
      for (const Part& p : parts) {
        const FixedConvolution::Options options =
            p.halves
                ? FixedConvolution::Options{.stride = 2}
                : FixedConvolution::Options{.pad_rows = p.rows / 2, .pad_columns = p.columns / 2};
        branch.push_back(convolution(torch + '.' + p.torch, slim + '/' + p.slim,
                                     {p.rows, p.columns, channels, narrowed(p.channels)}, options));
        channels = narrowed(p.channels);
      }
      out.push_back(std::move(branch));
    }
    return out;
  }

  Residual residual(const std::string& torch, const std::string& slim, const std::vector<Parts>& of,
                    std::int64_t channels, double scale, After after) const {
    std::int64_t inner = 0;
    for (const Parts& parts : of) inner += narrowed(parts.back().channels);
    const std::string up = names_ == WeightNames::kTorch
                               ? torch + ".conv2d"
                               : "InceptionResnetV1/" + slim + "/Conv2d_1x1";
    FoldedConvolution folded =
        weights_.plain_convolution(names_, up, {1, 1, inner, channels}, NamedWeights::Bias::kYes);
    for (double& v : folded.weight) v *= scale;
    for (double& v : folded.bias) v *= scale;
    return {branches(torch, slim, of, channels),
            FixedConvolution(ctx_, folded, {.after = After::kNothing}), after};
  }

  std::vector<Residual> residuals(const std::string& torch, const std::string& slim,
                                  std::int64_t count, const std::vector<Parts>& of,
                                  std::int64_t channels, double scale) const {
    std::vector<Residual> out;
    for (std::int64_t i = 0; i < count; ++i)
      out.push_back(
          residual(text(torch, '.', i), text(slim, i + 1), of, channels, scale, After::kRelu));
    return out;
  }

 private:
  const Context& ctx_;
  const NamedWeights& weights_;
  std::int64_t narrow_;
  WeightNames names_;
};

FaceNet::FaceNet(const Context& ctx, const io::Safetensors& file, const std::string& where,
                 const Sizes& sizes)
    : FaceNet(ctx, NamedWeights(file, where, "FaceNet's weights"),
              NamedWeights::any_in(file, "InceptionResnetV1/") ? WeightNames::kSlim
                                                               : WeightNames::kTorch,
              sizes) {}

io::Safetensors FaceNet::untrained(WeightNames names, Rng& rng, const Sizes& sizes) {
  io::Safetensors out;
  const FaceNet made(Context(), NamedWeights(out, rng), names, sizes);
  return out;
}

FaceNet::FaceNet(const Context& ctx, const NamedWeights& weights, WeightNames names,
                 const Sizes& sizes) {
  FGCN_CHECK(sizes.narrow >= 1 && 16 % sizes.narrow == 0, "facenet: channels divided by ",
             sizes.narrow);
  const Reader read(ctx, weights, names, sizes.narrow);

  const auto n = [&](std::int64_t channels) { return read.narrowed(channels); };
  stem_.push_back(read.convolution("conv2d_1a", "Conv2d_1a_3x3", {3, 3, 3, n(32)}, {.stride = 2}));
  stem_.push_back(read.convolution("conv2d_2a", "Conv2d_2a_3x3", {3, 3, n(32), n(32)}, {}));
  stem_.push_back(read.convolution("conv2d_2b", "Conv2d_2b_3x3", {3, 3, n(32), n(64)},
                                   {.pad_rows = 1, .pad_columns = 1}));
  stem_.push_back(read.convolution("conv2d_3b", "Conv2d_3b_1x1", {1, 1, n(64), n(80)}, {}));
  stem_.push_back(read.convolution("conv2d_4a", "Conv2d_4a_3x3", {3, 3, n(80), n(192)}, {}));
  stem_.push_back(
      read.convolution("conv2d_4b", "Conv2d_4b_3x3", {3, 3, n(192), n(256)}, {.stride = 2}));
  first_ = read.residuals("repeat_1", "Repeat/block35_", 5, parts35(), n(256), 0.17);
  halve_first_ = read.branches("mixed_6a", "Mixed_6a", parts_6a(), n(256));
  second_ = read.residuals("repeat_2", "Repeat_1/block17_", 10, parts17(), n(896), 0.10);
  halve_second_ = read.branches("mixed_7a", "Mixed_7a", parts_7a(), n(896));
  third_ = read.residuals("repeat_3", "Repeat_2/block8_", 5, parts8(), n(1792), 0.20);
  third_.push_back(read.residual("block8", "Block8", parts8(), n(1792), 1.0, After::kNothing));
  const bool torch = names == WeightNames::kTorch;
  const std::string last = torch ? "last_linear" : "InceptionResnetV1/Bottleneck";
  const std::vector<std::int64_t> shape = weights.shape(last + (torch ? ".weight" : "/weights"));
  // The two sizes that were published; another one is refused with the first.
  pooled_size_ = n(kPooledSize);
  embedding_size_ = 512;
  if (shape.size() == 2 && shape[torch ? 0 : 1] == 128) embedding_size_ = 128;
  bottleneck_.emplace(ctx,
                      weights.connected(names, last, torch ? "last_bn" : last + "/BatchNorm",
                                        {1, 1, n(1792), embedding_size_}, kEpsilon),
                      FixedConvolution::Options{.after = After::kNothing});
}

Var FaceNet::side_by_side(const std::vector<Branch>& branches, const Var& x) {
  Vars out;
  for (const Branch& branch : branches) {
    Var y = x;
    for (const FixedConvolution& convolution : branch) y = convolution(y);
    out.push_back(y);
  }
  return out.size() == 1 ? out[0] : ops::concat(out, 3);
}

Var FaceNet::residual(const Residual& block, const Var& x) const {
  return sum_of(block.up(side_by_side(block.branches, x)), x, block.after);
}

FaceNetEmbedding FaceNet::operator()(const Var& x) const {
  FGCN_CHECK(x.defined() && x.shape().rank == 4 && x.dim(1) >= kLeastSide &&
                 x.dim(2) >= kLeastSide && x.dim(3) == 3,
             "facenet: x is ", x.shape(), ", expected [N, ", kSide, ", ", kSide, ", 3]");
  Var y = x;
  for (std::size_t i = 0; i < stem_.size(); ++i) {
    y = stem_[i](y);
    if (i == 2) y = ops::max_pool(y, kPool);
  }
  for (const Residual& block : first_) y = residual(block, y);
  y = ops::concat({side_by_side(halve_first_, y), ops::max_pool(y, kPool)}, 3);
  for (const Residual& block : second_) y = residual(block, y);
  y = ops::concat({side_by_side(halve_second_, y), ops::max_pool(y, kPool)}, 3);
  for (const Residual& block : third_) y = residual(block, y);
  const Var pooled = mean_over_pixels(y);
  const std::int64_t images = x.dim(0);
  const Var raw = ops::reshape((*bottleneck_)(ops::reshape(pooled, {images, 1, 1, pooled.dim(1)})),
                               {images, embedding_size_});
  // The bound keeps a black embedding finite, as in both originals.
  const Var squares = ops::sum_to(ops::square(raw), {images, 1});
  const Var length = ops::sqrt(ops::clamp(squares, 1e-10, 1e30));
  return {pooled, raw, ops::div(raw, length)};
}

Var facenet_input(const Var& x, FaceNetInput input, FaceNetChannels channels) {
  FGCN_CHECK(x.defined() && x.shape().rank == 4 && x.dim(3) == 3, "facenet_input: x is ", x.shape(),
             ", expected [N, H, W, 3]");
  Var y = x;
  if (channels == FaceNetChannels::kBgr) {
    Vars turned;
    for (const std::int64_t c : {2, 1, 0})
      turned.push_back(ops::slice(x, {.axis = 3, .begin = c, .size = 1}));
    y = ops::concat(turned, 3);
  }
  if (input == FaceNetInput::kFixed)
    return ops::add_scalar(ops::scale(y, 255.0 / 128), -127.5 / 128);
  const std::int64_t images = x.dim(0);
  const std::int64_t numbers = x.dim(1) * x.dim(2) * 3;
  const auto count = static_cast<double>(numbers);
  const auto means = [&](const Var& v) {
    return ops::scale(ops::sum_to(v, {images, 1}), 1 / count);
  };
  const Var flat = ops::reshape(y, {images, numbers});
  const Var centred = ops::sub(flat, means(flat));
  // Of numbers up to 255; here they are up to one.
  const double least = 1 / std::sqrt(count) / 255;
  const Var variance = ops::clamp(means(ops::square(centred)), least * least, 1.0);
  return ops::reshape(ops::div(centred, ops::sqrt(variance)), x.shape());
}

}  // namespace fgcn
