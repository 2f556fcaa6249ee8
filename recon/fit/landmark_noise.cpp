#include "recon/fit/landmark_noise.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"

namespace fgcn::recon {
namespace {

constexpr auto kValues = static_cast<Eigen::Index>(mesh::kErrorValues);
constexpr double kCrop = 224;
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Where the value goes in the mirrored face: the partner's, x turned round.
Eigen::Index mirrored_value(Eigen::Index i) {
  return 2 * static_cast<Eigen::Index>(photo::mirrored_landmark(static_cast<std::size_t>(i / 2))) +
         i % 2;
}

/// The mean and both sides of the covariance, turned as a head's roll turns the image (y down).
void turn(double roll, std::array<double, mesh::kErrorValues>& mean, Eigen::Ref<Rows> covariance) {
  const double c = std::cos(roll), s = std::sin(roll);
  const auto turn_pair = [c, s](double& x, double& y) {
    const double before = x;
    x = c * before + s * y;
    y = c * y - s * before;
  };
  for (Eigen::Index k = 0; k < kValues; k += 2) {
    turn_pair(mean[static_cast<std::size_t>(k)], mean[static_cast<std::size_t>(k + 1)]);
    for (Eigen::Index i = 0; i < kValues; ++i) turn_pair(covariance(k, i), covariance(k + 1, i));
  }
  for (Eigen::Index k = 0; k < kValues; k += 2)
    for (Eigen::Index i = 0; i < kValues; ++i) turn_pair(covariance(i, k), covariance(i, k + 1));
}

}  // namespace

double PointNoise::deviation(int point, double dx, double dy) const {
  const std::array<double, 3>& p = precision[point];
  return std::sqrt(std::max(0.0, p[0] * dx * dx + 2 * p[1] * dx * dy + p[2] * dy * dy));
}

photo::Landmarks PointNoise::without_mean(photo::Landmarks detected) const {
  for (std::size_t k = 0; k < detected.size(); ++k) {
    detected[k].x -= mean[2 * k];
    detected[k].y -= mean[2 * k + 1];
  }
  return detected;
}

LandmarkNoise::LandmarkNoise(mesh::LandmarkErrors errors, double model_sigma,
                             std::span<const LandmarkSpan> spans)
    : errors_(std::move(errors)), model_sigma_(model_sigma), spans_(spans) {}

PointNoise LandmarkNoise::at(double yaw, double size, double roll,
                             const photo::PointSpread& spread) const {
  FGCN_CHECK(!empty(), "LandmarkNoise: the face model has no landmark errors");
  const std::vector<float>& yaws = errors_.yaw;
  const auto turned = static_cast<float>(std::abs(yaw));
  const auto above =
      static_cast<std::size_t>(std::upper_bound(yaws.begin(), yaws.end(), turned) - yaws.begin());
  const std::size_t first = std::max<std::size_t>(above, 1) - 1;
  const std::size_t second = std::min(above, yaws.size() - 1);
  const float span = yaws[second] - yaws[first];
  const double t = span > 0 ? static_cast<double>((turned - yaws[first]) / span) : 0;
  const auto blend = [&](const std::vector<float>& of, std::size_t rows, Eigen::Index i) {
    const auto at = static_cast<std::size_t>(i);
    return (1 - t) * static_cast<double>(of[first * rows + at]) +
           t * static_cast<double>(of[second * rows + at]);
  };

  const double scale = size / kCrop;
  const auto n = static_cast<std::size_t>(kValues);
  const auto source = [&](Eigen::Index i) { return yaw < 0 ? mirrored_value(i) : i; };
  const auto sign = [&](Eigen::Index i) { return yaw < 0 && i % 2 == 0 ? -1.0 : 1.0; };
  PointNoise out;
  // Of each value: how much less certain it is than on the average.
  std::vector<double> growth(n, 1.0);
  if (!errors_.spread.empty()) {
    const double exponent = blend(errors_.exponent, 1, 0);
    for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
      const std::size_t from = yaw < 0 ? photo::mirrored_landmark(k) : k;
      const double usual =
          blend(errors_.spread, photo::kLandmarks, static_cast<Eigen::Index>(from));
      if (spread[k] > 0)
        growth[2 * k] = growth[2 * k + 1] = std::pow(
            (spread[k] / scale + mesh::kLeastSpread) / (usual + mesh::kLeastSpread), exponent);
    }
  }
  std::vector<double> rows(n * n);
  Eigen::Map<Rows> covariance(rows.data(), kValues, kValues);
  for (Eigen::Index i = 0; i < kValues; ++i) {
    out.mean[static_cast<std::size_t>(i)] = scale * sign(i) * blend(errors_.mean, n, source(i));
    for (Eigen::Index j = 0; j < kValues; ++j)
      covariance(i, j) = growth[static_cast<std::size_t>(i)] * growth[static_cast<std::size_t>(j)] *
                         scale * scale * sign(i) * sign(j) *
                         blend(errors_.covariance, n * n, source(i) * kValues + source(j));
    covariance(i, i) += std::pow(scale * model_sigma_, 2);
  }
  if (!spans_.empty()) know_spans(spans_, scale, out.mean, rows);
  if (roll != 0) turn(roll, out.mean, covariance);
  const Eigen::LLT<Eigen::MatrixXd> factor(Eigen::MatrixXd{covariance});
  if (factor.info() != Eigen::Success)
    throw InputError("landmark_error_covariance: is not positive definite");
  out.whitening.resize(static_cast<std::size_t>(kValues * kValues));
  Eigen::Map<Rows>(out.whitening.data(), kValues, kValues) =
      factor.matrixL().solve(Eigen::MatrixXd::Identity(kValues, kValues).eval());
  for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
    const auto at = static_cast<Eigen::Index>(2 * k);
    const double xx = covariance(at, at), xy = covariance(at, at + 1),
                 yy = covariance(at + 1, at + 1);
    const double determinant = xx * yy - xy * xy;
    out.sigma[k] = std::sqrt((xx + yy) / 2);
    out.precision[k] = {yy / determinant, -xy / determinant, xx / determinant};
  }
  return out;
}

}  // namespace fgcn::recon
