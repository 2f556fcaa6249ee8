#include "recon/fit/host_adam.h"

#include <cmath>

#include "kernels/core/error.h"

namespace fgcn::recon {

HostAdam::HostAdam(std::size_t size, double scale, const Options& options)
    : first_(size, 0.0), second_(size, 0.0), scale_(scale), options_(options) {}

void HostAdam::step(std::span<double> x, std::span<const double> gradient, double learning_rate) {
  FGCN_CHECK(x.size() == first_.size() && gradient.size() == first_.size(), "HostAdam: ", x.size(),
             " unknowns and ", gradient.size(), " derivatives, expected ", first_.size());
  ++steps_;
  const auto t = static_cast<double>(steps_);
  const double seen_first = 1 - std::pow(1 - options_.one_minus_beta1, t);
  const double seen_second = 1 - std::pow(1 - options_.one_minus_beta2, t);
  for (std::size_t k = 0; k < x.size(); ++k) {
    const double g = gradient[k] * scale_;
    double& m = first_[k];
    double& s = second_[k];
    m += options_.one_minus_beta1 * (g - m);
    s += options_.one_minus_beta2 * (g * g - s);
    x[k] -=
        scale_ * learning_rate * (m / seen_first) / (std::sqrt(s / seen_second) + options_.epsilon);
  }
}

}  // namespace fgcn::recon
