// R-Net of Deep3DFaceReconstruction: from an aligned photo to the coefficients of a face model.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "layers/fixed_convolution.h"

namespace fgcn {

/// The two published programs, whose networks differ where they halve an image: weights of one are
/// wrong in the other.
enum class RegressorEdition { kTorch, kTensorFlow };

struct Regression {
  Var pooled;        // [N, 2048] means of the last block, "pool5"
  Var coefficients;  // [N, 257]
};

/// ResNet-50 with one product per group of coefficients: identity 80, expression 64, albedo 80,
/// angles 3, light 27, shift 3.
///
///   x  [N, H, W, 3]  the aligned crop, 224 x 224, RGB, sRGB-encoded, [0, 1]
///
/// Both editions take this input; the reader turns the first convolution of the TensorFlow edition,
/// which was trained on BGR from 0 to 255. The torch edition ("v1.5") halves in the first block of
/// a layer, and its max_pool is padded on both sides. The TensorFlow edition halves in the last
/// unit of a block, keeps every second pixel of what it adds to, and its max_pool is padded behind
/// only.
///
/// The weights are constants on the tape; the gradient is that of the image.
///
/// Errors   InputError naming the file and the array that is missing or of another shape;
/// fgcn::Error
///          when x has another shape or less than 32 pixels along an axis.
/// Order    any.
/// Repeat   bitwise for any number of threads.
/// Source   He et al., CVPR 2016; Deng et al., CVPRW 2019.
class CoefficientRegressor {
 public:
  static constexpr std::int64_t kSide = 224;
  static constexpr std::int64_t kCoefficients = 257;
  static constexpr std::int64_t kPooledSize = 2048;

  /// For tests: all channels but the coefficients' are divided by `narrow`.
  struct Sizes {
    std::int64_t narrow = 1;
  };

  /// The edition is told from the names. Prefixes such as "net_recon." are the reader's to strip.
  ///
  ///   file   the arrays; only read here
  ///   where  the file's name, for messages
  CoefficientRegressor(const Context& ctx, const io::Safetensors& file, const std::string& where,
                       const Sizes& sizes = {1});

  /// Untrained weights of an edition's layout, for tests and timing.
  static io::Safetensors untrained(RegressorEdition edition, Rng& rng, const Sizes& sizes = {1});

  Regression operator()(const Var& x) const;

  RegressorEdition edition() const { return edition_; }
  /// Of Regression::pooled.
  std::int64_t pooled_size() const { return head_.dim(0); }
  /// A hash of the file's arrays and their names: tells weights apart.
  std::uint64_t weights_hash() const { return hash_; }
  /// Multiplications and additions of the convolutions for one image of kSide pixels.
  double flops() const;

 private:
  struct Block {
    FixedConvolution reduce, middle, expand;
    std::optional<FixedConvolution> shortcut;
    std::int64_t stride;
  };

  CoefficientRegressor(const Context& ctx, const NamedWeights& weights, RegressorEdition edition,
                       const Sizes& sizes);

  void read_torch(const Context& ctx, const NamedWeights& weights, const Sizes& sizes);
  void read_slim(const Context& ctx, const NamedWeights& weights, const Sizes& sizes);
  void set_heads(const Context& ctx, const std::vector<FoldedConvolution>& parts);
  Var pooled_stem(const Var& x) const;

  RegressorEdition edition_;
  std::uint64_t hash_ = 0;  // of untrained weights that are being made: 0
  std::optional<FixedConvolution> stem_;
  std::vector<Block> blocks_;
  Tensor head_;       // [2048, 257]
  Tensor head_bias_;  // [257]
};

}  // namespace fgcn
