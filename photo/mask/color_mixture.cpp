#include "photo/mask/color_mixture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace fgcn::photo {
namespace {

/// Sums of one Gaussian's share of the samples.
struct Moments {
  double weight = 0;
  Eigen::Vector3d first = Eigen::Vector3d::Zero();
  Eigen::Matrix3d second = Eigen::Matrix3d::Zero();

  void add(double share, const Eigen::Vector3d& x) {
    weight += share;
    first += share * x;
    second += share * x * x.transpose();
  }
};

}  // namespace

ColorMixture::ColorMixture(const std::vector<Eigen::Vector3d>& samples, int components,
                           const Eigen::Vector3d& floor) {
  if (samples.empty()) return;
  const auto count = static_cast<double>(samples.size());
  const auto refit = [&](const std::vector<Moments>& moments) {
    gaussians_.clear();
    for (const Moments& m : moments) {
      if (m.weight < 1) continue;  // a Gaussian that lost its samples
      Gaussian g;
      g.mean = m.first / m.weight;
      Eigen::Matrix3d covariance = m.second / m.weight - g.mean * g.mean.transpose();
      covariance.diagonal() += floor.cwiseAbs2();
      const Eigen::LLT<Eigen::Matrix3d> factor(covariance);
      const Eigen::Matrix3d lower = factor.matrixL();
      g.whiten = lower.triangularView<Eigen::Lower>().solve(Eigen::Matrix3d::Identity());
      g.log_weight = std::log(m.weight / count) - lower.diagonal().array().log().sum() -
                     1.5 * std::log(2 * std::numbers::pi);
      gaussians_.push_back(g);
    }
  };

  std::vector<Eigen::Vector3d> sorted = samples;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a[0] < b[0]; });
  const auto parts = static_cast<std::size_t>(components);
  std::vector<Moments> moments(parts);
  for (std::size_t i = 0; i < sorted.size(); ++i)
    moments[i * parts / sorted.size()].add(1, sorted[i]);
  refit(moments);

  constexpr int kRounds = 12;
  std::vector<double> logs;
  for (int round = 0; round < kRounds; ++round) {
    moments.assign(gaussians_.size(), {});
    logs.resize(gaussians_.size());
    for (const Eigen::Vector3d& x : sorted) {
      for (std::size_t k = 0; k < logs.size(); ++k) logs[k] = log_density(gaussians_[k], x);
      const double largest = *std::max_element(logs.begin(), logs.end());
      double sum = 0;
      for (double& v : logs) sum += v = std::exp(v - largest);
      for (std::size_t k = 0; k < logs.size(); ++k) moments[k].add(logs[k] / sum, x);
    }
    refit(moments);
  }
}

double ColorMixture::log_density(const Gaussian& g, const Eigen::Vector3d& color) const {
  return g.log_weight - 0.5 * (g.whiten * (color - g.mean)).squaredNorm();
}

double ColorMixture::log_density(const Eigen::Vector3d& color) const {
  double largest = -std::numeric_limits<double>::infinity();
  for (const Gaussian& g : gaussians_) largest = std::max(largest, log_density(g, color));
  if (gaussians_.empty()) return largest;
  double sum = 0;
  for (const Gaussian& g : gaussians_) sum += std::exp(log_density(g, color) - largest);
  return largest + std::log(sum);
}

}  // namespace fgcn::photo
