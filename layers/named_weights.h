// Weights of published networks by their names, checked, with batch norm folded into convolutions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/safetensors.h"

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

  bool has(const std::string& name) const { return find(name) != nullptr; }
  /// An array that has this many numbers; an axis of `shape` may not differ.
  std::vector<double> take(const std::string& name, const std::vector<std::int64_t>& shape) const;
  /// The shape of an array; empty when there is none.
  std::vector<std::int64_t> shape(const std::string& name) const;

  /// `name`.weight and the batch norm called `norm`.
  FoldedConvolution torch_convolution(const std::string& name, const std::string& norm,
                                      const KernelSizes& sizes, double epsilon) const;
  /// `name`/weights and `name`/BatchNorm, whose gamma may be missing: TensorFlow leaves it out
  /// where it is one.
  FoldedConvolution slim_convolution(const std::string& name, const KernelSizes& sizes,
                                     double epsilon) const;
  /// A convolution without batch norm; with `name`.bias or `name`/biases where `bias` is true.
  enum class Bias { kNo, kYes };
  FoldedConvolution plain_convolution(WeightNames names, const std::string& name,
                                      const KernelSizes& sizes, Bias bias) const;
  /// A fully connected layer as a convolution of one pixel: PyTorch's weight [out, in], slim's
  /// [in, out].
  FoldedConvolution connected(WeightNames names, const std::string& name, const std::string& norm,
                              const KernelSizes& sizes, double epsilon) const;

  /// Refuses the whole file for another reason.
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  struct Affine {
    std::vector<double> scale, shift;
  };

  const io::StoredTensor* find(const std::string& name) const;
  Affine norm(const std::string& scale, const std::string& shift, const std::string& mean,
              const std::string& variance, std::int64_t channels, double epsilon,
              bool scale_may_miss) const;
  Affine norm_of(WeightNames names, const std::string& name, std::int64_t channels,
                 double epsilon) const;
  FoldedConvolution convolution(WeightNames names, const std::string& name,
                                const KernelSizes& sizes) const;

  const io::Safetensors& file_;
  std::string where_;
  std::string network_;
};

}  // namespace fgcn
