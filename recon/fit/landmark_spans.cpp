#include "recon/fit/landmark_spans.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <cmath>

namespace fgcn::recon {
namespace {

constexpr auto kValues = static_cast<Eigen::Index>(mesh::kErrorValues);
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double kLip = 0.7, kLid = 0.8, kMouthWidth = 1.5;
constexpr std::array<LandmarkSpan, 8> kPhotoSpans{{{61, 67, 1, kLip},
                                                   {62, 66, 1, kLip},
                                                   {63, 65, 1, kLip},
                                                   {37, 41, 1, kLid},
                                                   {38, 40, 1, kLid},
                                                   {43, 47, 1, kLid},
                                                   {44, 46, 1, kLid},
                                                   {48, 54, 0, kMouthWidth}}};

}  // namespace

std::span<const LandmarkSpan> photo_spans() { return kPhotoSpans; }

void know_spans(std::span<const LandmarkSpan> spans, double scale,
                std::array<double, mesh::kErrorValues>& mean, std::vector<double>& covariance) {
  const auto count = static_cast<Eigen::Index>(spans.size());
  Eigen::MatrixXd ends = Eigen::MatrixXd::Zero(kValues, count);
  Eigen::VectorXd variance(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const LandmarkSpan& s = spans[static_cast<std::size_t>(i)];
    ends(2 * s.to + s.axis, i) = 1;
    ends(2 * s.from + s.axis, i) = -1;
    variance[i] = std::pow(scale * s.sigma, 2);
  }
  Eigen::Map<Rows> errors(covariance.data(), kValues, kValues);
  Eigen::Map<Eigen::VectorXd> centre(mean.data(), kValues);
  const Eigen::MatrixXd with = errors * ends;
  const Eigen::MatrixXd before = ends.transpose() * with;
  // Regression of every error on the spans.
  const Eigen::MatrixXd gain = before.llt().solve(with.transpose()).transpose();
  const Eigen::VectorXd known = ends.transpose() * centre;
  centre -= gain * known;
  const Eigen::MatrixXd change = Eigen::MatrixXd(variance.asDiagonal()) - before;
  const Eigen::MatrixXd more = gain * change * gain.transpose();
  errors += (more + more.transpose()) / 2;
}

}  // namespace fgcn::recon
