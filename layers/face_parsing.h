// Face parsing by BiSeNet: which of 19 classes each pixel of a photo shows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "layers/bilinear_resize.h"
#include "layers/fixed_convolution.h"

namespace fgcn {

/// BiSeNet over a ResNet-18, trained on CelebAMask-HQ's classes (photo/mask/face_classes.h).
///
///   x  [N, H, W, 3]   RGB, sRGB-encoded, [0, 1]; H and W as the constructor was told, 512 at
///   default y  [N, H, W, 19]  logits at the image's size: the largest of a pixel is its class
///
/// The two heads of the file that serve its training are not read. The weights are constants on the
/// tape; the gradient is that of the image.
///
/// Errors   InputError naming the file and the array that is missing or of another shape;
/// fgcn::Error
///          when x has another shape, or a size is below 32 or no multiple of 32.
/// Order    any.
/// Repeat   bitwise for any number of threads.
/// Source   Yu et al., ECCV 2018 (arXiv 1808.00897); Lee et al., CVPR 2020, for the classes.
class FaceParsingNetwork {
 public:
  static constexpr std::int64_t kSide = 512;
  static constexpr std::int64_t kClasses = 19;

  /// For tests: all channels but the classes' are divided by `narrow`.
  struct Sizes {
    ImageSize image{kSide, kSide};
    std::int64_t narrow = 1;
  };

  FaceParsingNetwork(const Context& ctx, const io::Safetensors& file, const std::string& where,
                     const Sizes& sizes = {{kSide, kSide}, 1});

  /// Untrained weights, for tests and timing.
  static io::Safetensors untrained(Rng& rng, const Sizes& sizes = {{kSide, kSide}, 1});

  Var operator()(const Var& x) const;
  /// Logits of an eighth of the image's size, [N, H / 8, W / 8, 19].
  Var coarse(const Var& x) const;

  const ImageSize& size() const { return size_; }

 private:
  struct Block {
    FixedConvolution first, second;
    std::optional<FixedConvolution> shortcut;
  };
  struct Attention {
    FixedConvolution features, weights;
  };
  class Reader;

  FaceParsingNetwork(const Context& ctx, const NamedWeights& weights, const Sizes& sizes);

  Var attended(const Attention& attention, const Var& x) const;

  ImageSize size_;
  Tensor gain_, offset_;  // [3] of the input
  std::optional<FixedConvolution> stem_;
  std::vector<Block> blocks_;
  std::optional<Attention> attention16_, attention32_;
  std::optional<FixedConvolution> head16_, head32_, average_, fuse_, fuse_down_, fuse_up_, last_,
      classes_;
  BilinearResize resize_;
};

/// The class of each pixel, the first of equal ones: logits [N, H, W, C] -> [N * H * W].
std::vector<std::uint8_t> largest_class(const Tensor& logits);

}  // namespace fgcn
