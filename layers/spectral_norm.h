// Spectral normalisation of a layer's weight.
#pragma once

#include <string>
#include <vector>

#include "autograd/tape.h"
#include "kernels/core/rng.h"

namespace fgcn {

/// W / sigma(W), sigma the largest singular value of the weight as a matrix:
///
///   W  [.., C_out]  read as [R, C_out]; of a convolution R = kernel * kernel * C_in
///   u  [1, C_out]   and v [1, R], singular vectors of length 1, sigma = v W u^T
///
/// advance() takes a step of power iteration, v = u W^T / |.| and then u = v W / |.|. Between two
/// of them u and v stay as they are, also when W moves. They are constants for the gradient, so
/// that d sigma / dW = v^T u: exact where they are singular vectors of W.
///
/// This is the norm of the matrix, not of the convolution as a map of images, which is up to
/// `kernel` times as large (Tsuzuku et al., NeurIPS 2018, corollary 1).
///
/// State    `name`.left (v) and `name`.right (u), to be saved with the weight.
/// Errors   fgcn::Error when a weight has another shape. For a weight of zeros the result is NaN.
/// Order    any.
/// Repeat   bitwise for any number of threads.
/// Source   Miyato et al., ICLR 2018, section 2.1 and appendix A.
class SpectralNorm {
 public:
  /// Steps of power iteration on the weight that it begins with, from a random u: sigma then is
  /// near enough for a first step of training.
  static constexpr int kFirstSteps = 15;

  SpectralNorm(const std::string& name, const Tensor& weight, Rng rng);

  /// A step of power iteration, in place: a recorded step then finds u and v again.
  void advance(const Tensor& weight);

  /// The weight divided by sigma.
  Var operator()(const Var& weight) const;

  /// u and v, which are saved with the weight.
  void add_running_to(std::vector<Parameter*>& running);

 private:
  Shape shape_;  // of the weight
  Shape matrix_;
  Parameter left_;
  Parameter right_;
};

}  // namespace fgcn
