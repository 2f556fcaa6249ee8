// Normalisation of images of features: by batch, by sample, or none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "autograd/tape.h"

namespace fgcn {

enum class Normalisation {
  kBatch,  // each channel over the samples and pixels of a batch
  kLayer,  // each sample over its pixels and channels
  kNone,
};

/// Which mean and variance batch norm takes. The others have no such choice.
enum class Statistics {
  kBatch,             // those of x
  kBatchAndRemember,  // those of x, which also move the running ones
  kRunning,           // the running ones, constants: a sample's result depends on that sample alone
};

/// y = gain (x - mean) / sqrt(variance + kEpsilon) + offset; y = x for kNone.
///
///   x             [N, H, W, C]
///   y             [N, H, W, C]
///   gain, offset  [C], 1 and 0 at first
///
/// The variance is that of the sample at hand (sum of squares over the count). Remembering moves
/// running = kDecay running + (1 - kDecay) batch, in place; they start at 0 and 1.
///
/// A penalty on the gradient of each sample, as in WGAN-GP, takes the gradient of a sample's result
/// by that sample for the gradient of the sum of all results. So it is for kLayer, kNone and
/// kRunning. With batch statistics a sample's gradient also holds its effect on other samples
/// through their shared mean and variance: Gulrajani et al. advise against it.
///
/// Parameters  `name`.gain and .offset; running ones `name`.mean and .variance.
/// Errors   fgcn::Error when x has another rank or other channels.
/// Order    any.
/// Repeat   bitwise for any number of threads.
/// Source   Ioffe and Szegedy, ICML 2015; Ba et al., 2016 (arXiv 1607.06450); Gulrajani et al.,
///          NeurIPS 2017, section 4.
class Normalise {
 public:
  static constexpr double kEpsilon = 1e-5;
  static constexpr double kDecay = 0.9;

  Normalise(const Context& ctx, const std::string& name, Normalisation kind, std::int64_t channels);

  Var operator()(const Var& x, Statistics statistics);
  /// Trained parameters; and the running statistics of batch norm, which are saved with them.
  void add_to(std::vector<Parameter*>& parameters);
  void add_running_to(std::vector<Parameter*>& running);

 private:
  struct Affine {
    Parameter gain, offset;
  };
  struct Running {
    Parameter mean, variance;
  };

  Normalisation kind_;
  std::int64_t channels_;
  std::optional<Affine> affine_;    // none for kNone
  std::optional<Running> running_;  // of kBatch
};

}  // namespace fgcn
