// FaceNet: from the picture of a face to numbers that say whose it is, by Inception-ResNet v1.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "layers/fixed_convolution.h"

namespace fgcn {

/// How a picture's numbers become the network's.
enum class FaceNetInput {
  kFixed,       // (v - 127.5) / 128 for v from 0 to 255: the models of 2018, and all as
                // Deep3DFaceReconstruction feeds them
  kPerPicture,  // (v - mean) / max(deviation, 1 / sqrt(numbers)): what the models of 2017 were
                // trained with
};

/// The order in which the channels go in. Deep3DFaceReconstruction feeds BGR.
enum class FaceNetChannels { kRgb, kBgr };

/// A picture as the network takes it: x [N, H, W, 3], RGB, sRGB-encoded, [0, 1]. Order: any.
Var facenet_input(const Var& x, FaceNetInput input = FaceNetInput::kFixed,
                  FaceNetChannels channels = FaceNetChannels::kRgb);

struct FaceNetEmbedding {
  Var pooled;     // [N, 1792] means of the last block, "AvgPool_1a_8x8"
  Var raw;        // [N, E] before it is normalised
  Var embedding;  // [N, E] of length one
};

/// Inception-ResNet v1 with fixed weights, of facenet-pytorch (names of PyTorch) or of the
/// TensorFlow original (`InceptionResnetV1/..`, whose batch norm has no gamma).
///
///   x  [N, H, W, 3]  as facenet_input() gives it; 160 x 160, and at least 75 along an axis
///
/// E is the file's: 512 or 128. A classifier behind the embedding is not read. The weights are
/// constants on the tape; the gradient is that of the image.
///
/// Errors   InputError naming the file and the array that is missing or of another shape;
/// fgcn::Error
///          when x has another shape.
/// Order    any.
/// Repeat   bitwise for any number of threads.
/// Source   Szegedy et al., AAAI 2017 (arXiv 1602.07261); Schroff et al., CVPR 2015.
class FaceNet {
 public:
  static constexpr std::int64_t kSide = 160;
  static constexpr std::int64_t kLeastSide = 75;
  static constexpr std::int64_t kPooledSize = 1792;

  /// For tests: all channels but the embedding's are divided by `narrow`.
  struct Sizes {
    std::int64_t narrow = 1;
  };

  FaceNet(const Context& ctx, const io::Safetensors& file, const std::string& where,
          const Sizes& sizes = {1});

  /// Untrained weights with 512 numbers, for tests and timing.
  static io::Safetensors untrained(WeightNames names, Rng& rng, const Sizes& sizes = {1});

  FaceNetEmbedding operator()(const Var& x) const;

  std::int64_t embedding_size() const { return embedding_size_; }
  /// Of FaceNetEmbedding::pooled.
  std::int64_t pooled_size() const { return pooled_size_; }

 private:
  using Branch = std::vector<FixedConvolution>;
  /// x + up(branches side by side), and ReLU behind it; the block's scale is folded into `up`.
  struct Residual {
    std::vector<Branch> branches;
    FixedConvolution up;
    FixedConvolution::After after;
  };
  class Reader;

  FaceNet(const Context& ctx, const NamedWeights& weights, WeightNames names, const Sizes& sizes);

  Var residual(const Residual& block, const Var& x) const;
  static Var side_by_side(const std::vector<Branch>& branches, const Var& x);

  Branch stem_;  // the max_pool lies behind the third
  std::vector<Residual> first_, second_, third_;
  std::vector<Branch> halve_first_, halve_second_;
  std::optional<FixedConvolution> bottleneck_;
  std::int64_t embedding_size_ = 0;
  std::int64_t pooled_size_ = 0;
};

}  // namespace fgcn
