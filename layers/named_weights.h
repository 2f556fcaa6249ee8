// Weights of published networks by their names, checked, with batch norm folded into convolutions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "kernels/core/rng.h"

namespace fgcn {

/// A convolution's numbers, batch norm folded in, as ops::conv2d takes them.
struct FoldedConvolution {
  std::int64_t rows = 1;  // of the kernel
  std::int64_t columns = 1;
  std::int64_t channels_in = 0;
  std::int64_t channels_out = 0;
  std::vector<double> weight;  // [rows, columns, C_in, C_out]
  std::vector<double> bias;    // [C_out]
};

/// Kernel and channels of a convolution that a network asks for.
struct KernelSizes {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t channels_in = 0;
  std::int64_t channels_out = 0;
};

/// Names and layouts of a framework: PyTorch's `x.weight` [C_out, C_in, rows, columns] with
/// `bn.running_var`, or TensorFlow slim's `x/weights` [rows, columns, C_in, C_out] with
/// `x/BatchNorm/moving_variance`.
enum class WeightNames { kTorch, kSlim };

/// Whether slim's batch norm has a gain for each channel, or may leave it out, being one.
enum class Gamma { kNeeded, kOptional };

/// Tells sets of arrays apart, by a hash of all names and numbers. The container that they came in
/// does not count.
std::uint64_t fingerprint(const io::Safetensors& file);

/// A file's arrays as a network asks for them.
///
/// A name is found as it is, or behind one prefix that ends in '/' (a graph imported under a name).
///
/// Errors   InputError naming the file, the array and the shape that it should have, when it is
///          missing, has another shape, or holds a number that is not finite; and when a variance
///          is not positive.
class NamedWeights {
 public:
  /// `file` outlives this. `network` names what is read, as in "R-Net's weights".
  NamedWeights(const io::Safetensors& file, std::string where, std::string network);

  /// Untrained weights, for tests and timing: what is asked for is sampled and put into `file`.
  /// Numbers stay of size one from layer to layer. Nothing optional is there.
  NamedWeights(io::Safetensors& file, Rng& rng);

  bool has(const std::string& name) const { return find(name) != nullptr; }
  /// Whether the name of some array holds a scope such as "resnet_v1_50/".
  static bool any_in(const io::Safetensors& file, const std::string& scope);
  /// An array that has this many numbers; an axis of `shape` may not differ.
  std::vector<double> take(const std::string& name, const std::vector<std::int64_t>& shape) const;
  /// The shape of an array; empty when there is none.
  std::vector<std::int64_t> shape(const std::string& name) const;

  /// `name`.weight and the batch norm called `norm`.
  FoldedConvolution torch_convolution(const std::string& name, const std::string& norm,
                                      const KernelSizes& sizes, double epsilon) const;
  /// `name`/weights and `name`/BatchNorm. TensorFlow leaves gamma out where a network has none.
  FoldedConvolution slim_convolution(const std::string& name, const KernelSizes& sizes,
                                     double epsilon, Gamma gamma) const;
  /// A convolution without batch norm; with `name`.bias or `name`/biases where `bias` is true.
  enum class Bias { kNo, kYes };
  FoldedConvolution plain_convolution(WeightNames names, const std::string& name,
                                      const KernelSizes& sizes, Bias bias) const;
  /// A fully connected layer as a convolution of one pixel: PyTorch's weight [out, in], slim's
  /// [in, out], whose gamma is optional.

  FoldedConvolution connected(WeightNames names, const std::string& name, const std::string& norm,
                              const KernelSizes& sizes, double epsilon) const;

  /// Refuses the whole file for another reason.
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  struct Affine {
    std::vector<double> scale, shift;
  };

  const io::StoredTensor* find(const std::string& name) const;
  Affine norm(WeightNames names, const std::string& name, std::int64_t channels, double epsilon,
              Gamma gamma) const;

  FoldedConvolution convolution(WeightNames names, const std::string& name,
                                const KernelSizes& sizes) const;

  std::vector<double> sample(const std::string& name, const std::vector<std::int64_t>& shape) const;

  const io::Safetensors& file_;
  io::Safetensors* sampled_ = nullptr;  // the file, where it is being made
  Rng* rng_ = nullptr;
  std::string where_;
  std::string network_;
};

}  // namespace fgcn
