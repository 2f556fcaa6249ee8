// A Gaussian mixture over colors.
#pragma once

#include <Eigen/Dense>
#include <vector>

namespace fgcn::photo {

/// Density of colors as a sum of full-covariance Gaussians, fitted by expectation maximisation.
///
/// Starts from equal shares of the samples in order of their first component (brightness), so the
/// result depends on the samples alone. `floor` is the least standard deviation of each component:
/// without it a grey photo's chroma would have none.
///
/// Units    those of the samples (YCbCr levels, 0 to 255).
/// Repeat   bitwise: one thread.
/// Source   Dempster, Laird and Rubin 1977.
class ColorMixture {
 public:
  ColorMixture(const std::vector<Eigen::Vector3d>& samples, int components,
               const Eigen::Vector3d& floor);

  /// Natural logarithm of the density; -infinity for a mixture of no samples.
  double log_density(const Eigen::Vector3d& color) const;

 private:
  struct Gaussian {
    Eigen::Vector3d mean;
    Eigen::Matrix3d whiten;  // inverse of the covariance's Cholesky factor
    double log_weight = 0;   // with the Gaussian's normalisation
  };
  double log_density(const Gaussian& g, const Eigen::Vector3d& color) const;

  std::vector<Gaussian> gaussians_;
};

}  // namespace fgcn::photo
