#include "layers/image_encoder.h"

#include "autograd/ops/reduce.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/unary.h"
#include "kernels/conv2d/conv2d.h"

namespace fgcn {
namespace {

constexpr double kSlope = 0.2;
constexpr std::int64_t kSpatial = 32;  // channels that keep their place in the image
constexpr Conv2dSizes kConvolutions[] = {
    {0, 24, 7, 4, 3},  // the channels of the photo come from ImageEncoderSizes
    {24, 48, 3, 2, 1}, {48, 96, 3, 2, 1}, {96, 128, 3, 2, 1}, {128, 128, 3, 1, 1},
};
constexpr std::int64_t kLast = 128;

/// Pixels of the last convolution's image along each axis.
std::int64_t last_size(std::int64_t crop) {
  for (const Conv2dSizes& c : kConvolutions)
    crop = kernels::conv2d_size(crop, c.kernel, {.stride = c.stride, .pad = c.pad});
  return crop;
}

std::int64_t features(const ImageEncoderSizes& sizes) {
  FGCN_CHECK(sizes.crop >= 32, "image encoder: a crop of ", sizes.crop, " pixels, expected 32");
  const std::int64_t size = last_size(sizes.crop);
  return size * size * kSpatial + kLast;
}

}  // namespace

ImageEncoder::ImageEncoder(const Context& ctx, const std::string& name,
                           const ImageEncoderSizes& sizes, Rng& rng)
    : sizes_(sizes),
      reduce_(ctx, name + ".reduce", {kLast, kSpatial, 1, 1, 0}, rng),
      out_(ctx, name + ".out", features(sizes), sizes.embedding, rng) {
  for (Conv2dSizes c : kConvolutions) {
    const std::size_t i = convolutions_.size();
    if (i == 0) c.channels_in = sizes.channels;
    convolutions_.emplace_back(ctx, name + ".conv" + std::to_string(i), c, rng);
  }
}

Var ImageEncoder::operator()(const Var& x) const {
  FGCN_CHECK(x.defined(), "image encoder: the image is undefined");
  const Shape expected{x.shape().rank > 0 ? x.dim(0) : 0, sizes_.crop, sizes_.crop,
                       sizes_.channels};
  FGCN_CHECK(x.shape() == expected, "image encoder: x is ", x.shape(), ", expected ", expected);
  Var y = x;
  for (const Conv2d& convolution : convolutions_) y = ops::leaky_relu(convolution(y), kSlope);
  const std::int64_t images = y.dim(0), pixels = y.dim(1) * y.dim(2);
  const Var sum = ops::sum_to(ops::reshape(y, {images, pixels, kLast}), {images, 1, kLast});
  const Var mean =
      ops::scale(ops::reshape(sum, {images, kLast}), 1.0 / static_cast<double>(pixels));
  const Var places = ops::leaky_relu(reduce_(y), kSlope);
  const Var flat = ops::reshape(places, {images, pixels * kSpatial});
  return out_(ops::concat({flat, mean}, 1));
}

std::vector<Parameter*> ImageEncoder::parameters() {
  std::vector<Parameter*> out;
  const auto append = [&](const std::vector<Parameter*>& some) {
    out.insert(out.end(), some.begin(), some.end());
  };
  for (Conv2d& convolution : convolutions_) append(convolution.parameters());
  append(reduce_.parameters());
  append(out_.parameters());
  return out;
}

}  // namespace fgcn
