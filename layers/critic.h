// The critic of adversarial training: how real a picture of a face looks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "layers/conv2d.h"
#include "layers/normalisation.h"
#include "layers/spectral_norm.h"

namespace fgcn {

/// The defaults are the original's for its pictures.
struct CriticSize {
  std::int64_t side = 224;  // pixels along both axes, a multiple of 2^(stages - 1)
  std::vector<std::int64_t> filters = {16, 32, 64, 128, 256, 512};  // one a stage
  Normalisation normalisation = Normalisation::kBatch;
  bool spectral = false;  // every weight divided by its largest singular value
};

/// Score of a picture, unbounded; higher is more real once it is trained so.
///
///   x  [N, side, side, 3]  colors in [-1, 1]
///   y  [N]
///
/// Stage 0 is a convolution of 1 x 1, every other one max_pool 2 x 2 and a convolution of 3 x 3
/// (one zero around); behind each convolution its bias, normalisation and leaky ReLU of 0.2. What
/// is left of the picture (7 x 7 pixels of 224) is then one convolution without padding, and bias.
///
/// With `spectral` every convolution, the last included, is by its weight over the weight's
/// spectral norm (layers/spectral_norm.h). What is trained is the weight before; where it begins is
/// the same.
///
/// Parameters  critic.<stage>.weight, .bias, .gain, .offset; critic.score.weight and .bias.
/// State    what running() gives: critic.<stage>.mean and .variance of batch norm; with `spectral`
///          <convolution>.norm.left and .right.
/// Errors   fgcn::Error for sizes that cannot be, and when x has another shape.
/// Order    any; of max_pool and leaky ReLU the second derivative is zero.
/// Source   Lin et al., CVPR 2020, section 3.2; METHOD section 9.
class Critic {
 public:
  Critic(const Context& ctx, const CriticSize& size, Rng& rng);

  /// Before a step of training: moves the spectral norms' vectors on, by the weights as they are.
  /// The same work every time; none without `spectral`.
  void advance();

  /// Not const: batch norm may remember (layers/normalisation.h).
  Var operator()(const Var& x, Statistics statistics = Statistics::kBatch);

  /// In a fixed order, with names that are unique. Valid while this object stays where it is.
  std::vector<Parameter*> parameters();
  /// What batch norm and the spectral norms remember.
  std::vector<Parameter*> running();

 private:
  /// A convolution, by its weight over its norm where that is asked for.
  struct Bounded {
    Bounded(const Context& ctx, const std::string& name, const Conv2dSizes& sizes, bool spectral,
            Rng& rng);
    Var operator()(const Var& x) const;

    Conv2d conv;
    std::optional<SpectralNorm> norm;
  };
  struct Stage {
    Bounded conv;
    Normalise normalise;
  };

  std::vector<Bounded*> convolutions();

  std::int64_t side_;
  std::vector<Stage> stages_;
  std::optional<Bounded> score_;
};

/// weight mean_n (|d sum(score) / dx_n| - 1)^2, the penalty of WGAN-GP, of shape [1].
///
///   score  [N]       what a critic gives for x, on the tape
///   x      [N, ...]  between the real and the made, a leaf; |.| is Euclidean over all its elements
///
/// Errors   fgcn::Error when there is not one score a sample.
/// Order    that of the score, less one. Not differentiable where a gradient is zero; its norm is
///          taken as sqrt(sum of squares + 1e-12).
/// Source   Gulrajani et al., NeurIPS 2017, equation 3.
Var gradient_penalty(const Var& score, const Var& x, double weight = 10);

/// weight / 2 mean_n |d sum(score) / dx_n|^2 at real pictures, the penalty R1, of shape [1].
/// Arguments, Errors and Order as above, but differentiable everywhere.
/// Source   Mescheder et al., ICML 2018, equation 9.
Var real_gradient_penalty(const Var& score, const Var& x, double weight = 10);

}  // namespace fgcn
