// Adam on the host, in double precision: for a fit's few hundred unknowns. Networks take the kernel
// (kernels/adam/adam.h).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fgcn::recon {

/// How far the running means go to a new gradient and its square: 1 - beta1 and 1 - beta2 of the
/// paper. A fit takes tens of steps, so its means forget sooner than a training's.
struct HostAdamOptions {
  double one_minus_beta1 = 0.1;
  double one_minus_beta2 = 0.02;
  double epsilon = 1e-8;
};

/// One array of unknowns that have one unit.
///   m += (1 - beta1) (g - m);  s += (1 - beta2) (g^2 - s);
///   x -= scale learning_rate (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon),
/// where g is the gradient by x / scale.
///
/// Errors   fgcn::Error when x or its gradient is of another size.
/// Repeat   bitwise.
/// Source   Kingma and Ba, ICLR 2015, algorithm 1.
class HostAdam {
 public:
  using Options = HostAdamOptions;

  /// `scale`: a step of learning rate 1 in units of x.
  explicit HostAdam(std::size_t size, double scale = 1, const Options& options = {});

  void step(std::span<double> x, std::span<const double> gradient, double learning_rate);

 private:
  std::vector<double> first_, second_;  // running means of g and g^2
  double scale_;
  Options options_;
  std::int64_t steps_ = 0;
};

}  // namespace fgcn::recon
