// The optimisers of both recipes of the mesh autoencoder.
#pragma once

#include <string>
#include <vector>

#include "autograd/tape.h"
#include "io/arrays/safetensors.h"

namespace fgcn::train {

enum class ComaUpdate {
  kMomentum,  // kernels/momentum/momentum.h: the authors'
  kAdam,      // kernels/adam/adam.h, not clipped: the re-make's
};

struct ComaOptimiserOptions {
  ComaUpdate update = ComaUpdate::kMomentum;
  double momentum = 0.9;
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;  // beside the corrected root
};

/// Errors   fgcn::Error when a gradient is not finite and the update is Adam's.
/// Repeat   bitwise, for any number of threads, and through save() and load() in single precision.
class ComaOptimiser {
 public:
  /// The parameters must outlive it. `l2`: per parameter, adds l2 * w to the gradient.
  ComaOptimiser(std::vector<Parameter*> parameters, const ComaOptimiserOptions& options,
                std::vector<double> l2);

  /// One gradient per parameter, in the same order.
  void step(const Vars& grads, double learning_rate);
  std::int64_t steps() const { return steps_; }

  void save(io::Safetensors& file) const;
  /// InputError naming `where` when it does not fit.
  void load(const io::Safetensors& file, std::int64_t steps, const std::string& where);

 private:
  std::vector<Parameter*> parameters_;
  ComaOptimiserOptions options_;
  std::vector<double> l2_;
  std::vector<Tensor> first_, second_;  // velocities; or moments
  std::int64_t steps_ = 0;
};

}  // namespace fgcn::train
