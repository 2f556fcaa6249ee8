#include "layers/face_parsing.h"

#include <algorithm>

#include "autograd/ops/binary.h"
#include "autograd/ops/max_pool.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/unary.h"
#include "kernels/core/error.h"

namespace fgcn {
namespace {

constexpr double kEpsilon = 1e-5;
// Mean and deviation of ImageNet's RGB, which the network was trained with.
constexpr double kMean[] = {0.485, 0.456, 0.406};
constexpr double kDeviation[] = {0.229, 0.224, 0.225};

using After = FixedConvolution::After;

ImageSize checked(const ImageSize& size) {
  for (const std::int64_t side : {size.height, size.width})
    FGCN_CHECK(side >= 32 && side % 32 == 0, "face parsing: an image of ", size.height, " x ",
               size.width, ", expected multiples of 32");
  return size;
}

ImageSize size_of(const Var& x) { return {x.dim(1), x.dim(2)}; }

/// Means over the pixels as an image of one pixel.
Var mean_pixel(const Var& x) {
  return ops::reshape(mean_over_pixels(x), {x.dim(0), 1, 1, x.dim(3)});
}

}  // namespace

/// Reads the parts of the network.
class FaceParsingNetwork::Reader {
 public:
  Reader(const Context& ctx, const NamedWeights& weights, std::int64_t narrow)
      : ctx_(ctx), weights_(weights), narrow_(narrow) {}

  std::int64_t narrowed(std::int64_t channels) const {
    return channels < 32 ? channels : channels / narrow_;
  }

  /// A convolution of kernel x kernel with batch norm; channels of the whole network.
  FixedConvolution convolution(const std::string& name, const std::string& norm,
                               std::int64_t kernel, std::int64_t in, std::int64_t out,
                               std::int64_t stride = 1, After after = After::kRelu) const {
    return FixedConvolution(
        ctx_,
        weights_.torch_convolution(name, norm, {kernel, kernel, narrowed(in), narrowed(out)},
                                   kEpsilon),
        {stride, kernel / 2, kernel / 2, after});
  }
  /// "ConvBNReLU" of the original.
  FixedConvolution block(const std::string& name, std::int64_t kernel, std::int64_t in,
                         std::int64_t out) const {
    return convolution(name + ".conv", name + ".bn", kernel, in, out);
  }
  FixedConvolution plain(const std::string& name, std::int64_t in, std::int64_t out,
                         After after) const {
    return FixedConvolution(
        ctx_,
        weights_.plain_convolution(WeightNames::kTorch, name, {1, 1, narrowed(in), narrowed(out)},
                                   NamedWeights::Bias::kNo),
        {.after = after});
  }
  Attention attention(const std::string& name, std::int64_t in) const {
    return {block(name + ".conv", 3, in, 128),
            convolution(name + ".conv_atten", name + ".bn_atten", 1, 128, 128, 1, After::kNothing)};
  }

 private:
  const Context& ctx_;
  const NamedWeights& weights_;
  std::int64_t narrow_;
};

FaceParsingNetwork::FaceParsingNetwork(const Context& ctx, const io::Safetensors& file,
                                       const std::string& where, const Sizes& sizes)
    : FaceParsingNetwork(ctx, NamedWeights(file, where, "BiSeNet's weights"), sizes) {}

io::Safetensors FaceParsingNetwork::untrained(Rng& rng, const Sizes& sizes) {
  io::Safetensors out;
  const FaceParsingNetwork made(Context(), NamedWeights(out, rng), sizes);
  return out;
}

FaceParsingNetwork::FaceParsingNetwork(const Context& ctx, const NamedWeights& weights,
                                       const Sizes& sizes)
    : size_(checked(sizes.image)),
      resize_(ctx, {size_.height / 8, size_.width / 8}, size_, ResizeGrid::kCorners) {
  FGCN_CHECK(sizes.narrow >= 1 && 32 % sizes.narrow == 0, "face parsing: channels divided by ",
             sizes.narrow);

  const Reader read(ctx, weights, sizes.narrow);
  std::vector<double> gain, offset;
  for (int c = 0; c < 3; ++c) {
    gain.push_back(1 / kDeviation[c]);
    offset.push_back(-kMean[c] / kDeviation[c]);
  }
  gain_ = Tensor::of(ctx, {3}, gain);
  offset_ = Tensor::of(ctx, {3}, offset);
  stem_.emplace(read.convolution("cp.resnet.conv1", "cp.resnet.bn1", 7, 3, 64, 2));
  std::int64_t channels = 64;
  for (int layer = 1; layer <= 4; ++layer) {
    const std::int64_t out = 32 << layer;
    for (int b = 0; b < 2; ++b) {
      const std::string name = text("cp.resnet.layer", layer, '.', b, '.');
      const std::int64_t stride = layer > 1 && b == 0 ? 2 : 1;
      Block block{read.convolution(name + "conv1", name + "bn1", 3, channels, out, stride),
                  read.convolution(name + "conv2", name + "bn2", 3, out, out, 1, After::kNothing),
                  std::nullopt};
      if (stride != 1)
        block.shortcut.emplace(read.convolution(name + "downsample.0", name + "downsample.1", 1,
                                                channels, out, stride, After::kNothing));
      blocks_.push_back(std::move(block));
      channels = out;
    }
  }
  attention16_.emplace(read.attention("cp.arm16", 256));
  attention32_.emplace(read.attention("cp.arm32", 512));
  head16_.emplace(read.block("cp.conv_head16", 3, 128, 128));
  head32_.emplace(read.block("cp.conv_head32", 3, 128, 128));
  average_.emplace(read.block("cp.conv_avg", 1, 512, 128));
  fuse_.emplace(read.block("ffm.convblk", 1, 256, 256));
  fuse_down_.emplace(read.plain("ffm.conv1", 256, 64, After::kRelu));
  fuse_up_.emplace(read.plain("ffm.conv2", 64, 256, After::kNothing));
  last_.emplace(read.block("conv_out.conv", 3, 256, 256));
  classes_.emplace(read.plain("conv_out.conv_out", 256, kClasses, After::kNothing));
}

Var FaceParsingNetwork::attended(const Attention& attention, const Var& x) const {
  const Var z = attention.features(x);
  return ops::mul(z, ops::sigmoid(attention.weights(mean_pixel(z))));
}

Var FaceParsingNetwork::coarse(const Var& x) const {
  FGCN_CHECK(x.defined() && x.shape().rank == 4 && x.dim(1) == size_.height &&
                 x.dim(2) == size_.width && x.dim(3) == 3,
             "face parsing: x is ", x.shape(), ", expected [N, ", size_.height, ", ", size_.width,
             ", 3]");
  Tape& tape = x.tape();
  Var y = ops::add(ops::mul(x, tape.constant(gain_)), tape.constant(offset_));
  y = ops::max_pool((*stem_)(y), {.window = 3, .stride = 2, .pad = 1});
  Vars levels;  // behind each pair of blocks
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const Block& block = blocks_[b];
    Var added = block.second(block.first(y));
    y = sum_of(std::move(added), block.shortcut ? (*block.shortcut)(y) : y, After::kRelu);
    if (b % 2 == 1) levels.push_back(y);
  }
  const Var &eighth = levels[1], &sixteenth = levels[2], &last = levels[3];
  const Var average = (*average_)(mean_pixel(last));
  const Var up32 = (*head32_)(
      nearest_resize(ops::add(attended(*attention32_, last), average), size_of(sixteenth)));
  const Var up16 = (*head16_)(
      nearest_resize(ops::add(attended(*attention16_, sixteenth), up32), size_of(eighth)));
  const Var fused = (*fuse_)(ops::concat({eighth, up16}, 3));
  const Var attention = ops::sigmoid((*fuse_up_)((*fuse_down_)(mean_pixel(fused))));
  return (*classes_)((*last_)(ops::add(ops::mul(fused, attention), fused)));
}

Var FaceParsingNetwork::operator()(const Var& x) const { return resize_(coarse(x)); }

std::vector<std::uint8_t> largest_class(const Tensor& logits) {
  const std::int64_t classes = logits.dim(logits.shape().rank - 1);
  FGCN_CHECK(classes >= 1 && classes <= 256, "largest_class: logits are ", logits.shape());
  const std::vector<real> values = logits.to_host();
  std::vector<std::uint8_t> out;
  out.reserve(values.size() / static_cast<std::size_t>(classes));
  for (auto first = values.begin(); first != values.end(); first += classes)
    out.push_back(static_cast<std::uint8_t>(std::max_element(first, first + classes) - first));
  return out;
}

}  // namespace fgcn
