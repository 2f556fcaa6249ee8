// The optimiser.
#pragma once

#include <string>
#include <vector>

#include "autograd/tape.h"
#include "io/arrays/safetensors.h"
#include "kernels/adam/adam.h"
#include "kernels/runtime/pinned.h"

namespace fgcn::train {

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double clip = 5;         // largest norm of one tensor's gradient
  double average = 0.998;  // decay of the running mean of the weights
};

/// kernels::adam (kernels/adam/adam.h) for a set of parameters, the gradient of every tensor
/// clipped to a norm of its own; their moments; and the running mean of the weights, which is less
/// noisy than the last ones.
///
/// Nothing here waits for a GPU but what says so.
///
/// Errors   fgcn::Error naming the tensor when a gradient is not finite: on the CPU from step(),
///          on a GPU from the next check(). Nothing is changed by that step and those after it.
/// Repeat   bitwise, for any number of threads.
/// Source   Kingma and Ba, ICLR 2015; docs/method.md, "Training settings"; Polyak and Juditsky
///          1992 for the mean.
class Adam {
 public:
  /// The parameters must outlive it; what it holds is on their device.
  /// `updates`: steps of this optimiser in one of the training's.
  Adam(std::vector<Parameter*> parameters, const AdamOptions& options, std::int64_t updates = 1);

  /// Adds strength[i] * w to the gradient of parameter i before it is clipped: that of strength / 2
  /// |w|^2. None at first.
  void set_l2(std::vector<double> strength);

  /// One gradient a parameter, in the same order, as Tape::gradients() gives them.
  void step(const std::vector<Gradient>& grads, double learning_rate);

  /// The same in two: begin() counts the step and sends its rate to the device, apply() only gives
  /// work that is the same in every step, so that it can be recorded (kernels/runtime/graph.h).
  void begin(double learning_rate);
  void apply(const std::vector<Gradient>& grads) const;
  /// Waits for the device; throws when a gradient was not finite since the last check.
  void check();

  std::int64_t steps() const { return steps_; }
  /// Norms of the gradients of the last step, L2 term included, before clipping; one a parameter.
  /// Waits for the device.
  std::vector<double> gradient_norms() const;
  /// Norms of the changes that the last step made, which had this rate; one a parameter. Waits for
  /// the device.
  std::vector<double> update_norms(double learning_rate) const;
  /// Puts the running means where the weights are, and the weights where the means were.
  void swap_with_average();

  /// Moments and means by the names of the parameters.
  void save(io::Safetensors& file) const;
  /// InputError naming `where` when they do not fit.
  void load(const io::Safetensors& file, const std::string& where);

 private:
  struct State {
    Tensor first, second;  // moments
    Tensor mean;
  };

  kernels::AdamRecord record() const;
  kernels::AdamFactors factors(double learning_rate) const;

  std::vector<Parameter*> parameters_;
  AdamOptions options_;
  std::vector<State> states_;
  std::vector<double> l2_;  // one a parameter
  Context context_;
  PinnedRing<kernels::AdamFactors> factors_;
  Buffer on_device_;  // factors, then squares, scales and `bad` of kernels::AdamRecord
  std::int64_t steps_ = 0;
};

/// Rate of step t (from 0) of `total`: rises linearly over `warm_up` steps, then falls as half a
/// cosine to `floor` times the peak.
struct LearningRateSchedule {
  double peak = 1e-3;
  std::int64_t warm_up = 100;
  std::int64_t total = 1;
  double floor = 0.02;

  double at(std::int64_t step) const;
};

}  // namespace fgcn::train
