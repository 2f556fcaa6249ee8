// From an aligned photo to the numbers a texture is decoded from.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "layers/conv2d.h"
#include "layers/linear.h"

namespace fgcn {

struct ImageEncoderSizes {
  std::int64_t crop = 224;    // pixels along both axes
  std::int64_t channels = 4;  // red, green, blue in [-1, 1] and the mask in [0, 1]
  std::int64_t embedding = 256;
};

/// A small convolutional network, trained with the rest, where the paper takes the embedding of a
/// face recognition network.
///
///   x  [N, crop, crop, channels]
///   y  [N, embedding]
///
/// Five convolutions of 24, 48, 96, 128 and 128 channels (7 x 7 at stride 4; 3 x 3 at strides 2, 2,
/// 2 and 1), each with a leaky ReLU of slope 0.2; the mean over the image, beside the image of the
/// last reduced to 32 channels, through a fully connected layer. A crop of 224 costs 43 million
/// multiplications and additions.
///
/// Errors   fgcn::Error when x has another shape, or the crop is below 32 pixels.
/// Order    any.
class ImageEncoder {
 public:
  ImageEncoder(const Context& ctx, const std::string& name, const ImageEncoderSizes& sizes,
               Rng& rng);

  Var operator()(const Var& x) const;
  /// `name`.conv0 .. conv4, `name`.reduce and `name`.out, each .weight and .bias.
  std::vector<Parameter*> parameters();

 private:
  ImageEncoderSizes sizes_;
  std::deque<Conv2d> convolutions_;  // a deque: parameters keep their addresses
  Conv2d reduce_;
  Linear out_;
};

}  // namespace fgcn
