#include "recon/refine/albedo_gain.h"

#include <Eigen/Cholesky>
#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "io/arrays/safetensors_range.h"
#include "kernels/core/error.h"

namespace fgcn::recon {
namespace {

constexpr double kFewestVertices = 50;
constexpr double kDarkest = 0.01;  // mean colors below this are taken as this
constexpr double kMostDeviation = 3;
constexpr double kMostLogGain = 0.3;
constexpr double kRidge = 0.007;  // a face
constexpr double kSpread = 0.25;  // of what least squares draw together; all of it costs too much
constexpr double kLeastSlope = 0.7;  // below, a network that tells no levels would be all noise

using Terms = std::array<double, kGainTerms>;

/// Terms of standardized features, none farther out than three deviations.
Terms terms_of(const GainFeatures& features, const auto& mean, const auto& scale) {
  Terms out;
  for (std::size_t i = 0; i < kGainFeatures; ++i)
    out[i] =
        std::clamp((features[i] - static_cast<double>(mean[i])) / static_cast<double>(scale[i]),
                   -kMostDeviation, kMostDeviation);
  std::size_t at = kGainFeatures;
  for (std::size_t i = 0; i < kGainMultiplied; ++i)
    for (std::size_t j = i; j < kGainMultiplied; ++j) out[at++] = out[i] * out[j];
  return out;
}

constexpr Eigen::Index kRefinedLevel = 9;  // the first of the features of the refined albedo

/// Least squares predict levels that are drawn towards the mean of all faces: right on average for
/// faces that look alike, wrong for faces that are alike: dark skin comes out fair. So predicted
/// levels are spread about the mean again, by a part of what was lost (docs/results/training.md).
///
///   refined [N, 3] logarithms of the refined mean colors
///   known, predicted [N, 3] gains that were wanted and found, without their mean `level`
///   scale   deviations of `refined`
///   weight, offset  of the prediction; changed
void spread_levels(const Eigen::MatrixXd& refined, const Eigen::MatrixXd& known,
                   const Eigen::MatrixXd& predicted, const Eigen::RowVector3d& level,
                   const Eigen::RowVector3d& scale, Eigen::MatrixXd& weight,
                   Eigen::RowVector3d& offset) {
  const Eigen::RowVector3d mean = refined.colwise().mean();
  for (Eigen::Index c = 0; c < 3; ++c) {
    const Eigen::ArrayXd own = refined.col(c).array() - mean[c];
    const Eigen::ArrayXd wanted = own + known.col(c).array(),
                         found = own + predicted.col(c).array();
    const double variance = wanted.square().sum();
    const double slope = variance > 0 ? (wanted * found).sum() / variance : 1;
    const double spread = 1 + kSpread * (1 / std::clamp(slope, kLeastSlope, 1.0) - 1);
    // spread (own + gain - level) + level - own
    weight.col(c) *= spread;
    weight(kRefinedLevel + c, c) += (spread - 1) * scale[c];
    offset[c] = spread * (offset[c] - level[c]) + level[c];
  }
}

}  // namespace

std::optional<GainFeatures> gain_features(std::span<const float> photo,
                                          std::span<const float> coarse,
                                          std::span<const float> light,
                                          std::span<const float> refined,
                                          std::span<const float> visible,
                                          const std::array<double, 27>& sh_coefficients) {
  const std::array<std::span<const float>, 4> kinds{photo, coarse, light, refined};
  double count = 0;
  for (const auto& values : kinds)
    FGCN_CHECK(values.size() == 3 * visible.size(), "gain_features: ", values.size(),
               " values for ", visible.size(), " vertices");
  std::array<double, 12> log{};
  for (std::size_t v = 0; v < visible.size(); ++v) {
    if (!(visible[v] > 0.5F)) continue;
    count += 1;
    for (std::size_t k = 0; k < 4; ++k)
      for (std::size_t c = 0; c < 3; ++c)
        log[3 * k + c] += static_cast<double>(kinds[k][3 * v + c]);
  }
  if (count < kFewestVertices) return std::nullopt;
  GainFeatures out;
  for (std::size_t i = 0; i < 12; ++i) out[i] = std::log(std::max(log[i] / count, kDarkest));
  for (std::size_t k = 0; k < 4; ++k)
    out[12 + k] = (sh_coefficients[k] + sh_coefficients[9 + k] + sh_coefficients[18 + k]) / 3;
  std::copy(sh_coefficients.begin(), sh_coefficients.end(), out.begin() + 16);
  return out;
}

std::array<float, 3> AlbedoGain::gain(const GainFeatures& features) const {
  FGCN_CHECK(mean.size() == kGainFeatures && scale.size() == kGainFeatures &&
                 weight.size() == 3 * kGainTerms && offset.size() == 3,
             "AlbedoGain: an array has the wrong size");
  std::array<double, 3> log{};
  for (std::size_t c = 0; c < 3; ++c) log[c] = static_cast<double>(offset[c]);
  const Terms terms = terms_of(features, mean, scale);
  for (std::size_t i = 0; i < kGainTerms; ++i)
    for (std::size_t c = 0; c < 3; ++c) log[c] += static_cast<double>(weight[3 * i + c]) * terms[i];
  std::array<float, 3> out{};
  for (std::size_t c = 0; c < 3; ++c)
    out[c] = static_cast<float>(std::exp(std::clamp(log[c], -kMostLogGain, kMostLogGain)));
  return out;
}

void GainRegression::add(const GainFeatures& features, const std::array<double, 3>& log_gain) {
  features_.push_back(features);
  gains_.push_back(log_gain);
}

AlbedoGain GainRegression::solve() const {
  FGCN_CHECK(!features_.empty(), "GainRegression: no faces");
  const auto faces = static_cast<Eigen::Index>(features_.size());
  const auto count = static_cast<Eigen::Index>(kGainTerms);
  Eigen::MatrixXd raw(faces, static_cast<Eigen::Index>(kGainFeatures)), y(faces, 3);
  for (Eigen::Index n = 0; n < faces; ++n) {
    const auto at = static_cast<std::size_t>(n);
    raw.row(n) = Eigen::Map<const Eigen::RowVectorXd>(features_[at].data(), raw.cols());
    y.row(n) = Eigen::Map<const Eigen::RowVector3d>(gains_[at].data());
  }
  const Eigen::RowVectorXd mean = raw.colwise().mean();
  const Eigen::RowVectorXd scale =
      ((raw.rowwise() - mean).array().square().colwise().mean().sqrt() + 1e-6).matrix();
  Eigen::MatrixXd x(faces, count);
  for (Eigen::Index n = 0; n < faces; ++n) {
    const Terms terms = terms_of(features_[static_cast<std::size_t>(n)], mean, scale);
    x.row(n) = Eigen::Map<const Eigen::RowVectorXd>(terms.data(), count);
  }
  const Eigen::RowVectorXd centre = x.colwise().mean();
  x.rowwise() -= centre;
  const Eigen::RowVector3d level = y.colwise().mean();
  y.rowwise() -= level;
  Eigen::MatrixXd square = x.transpose() * x;
  square.diagonal().array() += kRidge * static_cast<double>(faces);
  Eigen::MatrixXd weight = square.ldlt().solve(x.transpose() * y);
  Eigen::RowVector3d offset = level - centre * weight;
  spread_levels(raw.middleCols(kRefinedLevel, 3), y, x * weight, level,
                scale.middleCols(kRefinedLevel, 3), weight, offset);

  AlbedoGain out;
  for (Eigen::Index i = 0; i < raw.cols(); ++i) {
    out.mean.push_back(static_cast<float>(mean[i]));
    out.scale.push_back(static_cast<float>(scale[i]));
  }
  for (Eigen::Index i = 0; i < count; ++i)
    for (Eigen::Index c = 0; c < 3; ++c) out.weight.push_back(static_cast<float>(weight(i, c)));
  for (Eigen::Index c = 0; c < 3; ++c) out.offset.push_back(static_cast<float>(offset[c]));
  return out;
}

std::array<double, 3> GainRegression::left_over(int folds) const {
  const std::size_t parts = std::min(static_cast<std::size_t>(folds), features_.size());
  std::array<double, 3> out{};
  if (parts < 2) out.fill(std::numeric_limits<double>::quiet_NaN());
  for (std::size_t part = 0; part < parts && parts > 1; ++part) {
    GainRegression others;
    for (std::size_t i = 0; i < features_.size(); ++i)
      if (i % parts != part) others.add(features_[i], gains_[i]);
    const AlbedoGain correction = others.solve();
    for (std::size_t i = part; i < features_.size(); i += parts) {
      const std::array<float, 3> gain = correction.gain(features_[i]);
      for (std::size_t c = 0; c < 3; ++c) {
        const double off = gains_[i][c] - std::log(static_cast<double>(gain[c]));
        out[c] += off * off;
      }
    }
  }
  for (double& sum : out) sum = std::sqrt(sum / static_cast<double>(features_.size()));
  return out;
}

void put_gain(io::Safetensors& file, const AlbedoGain& correction) {
  constexpr auto kRows = static_cast<std::int64_t>(kGainFeatures);
  file.tensors["gain.mean"] = io::StoredTensor::of({kRows}, correction.mean);
  file.tensors["gain.scale"] = io::StoredTensor::of({kRows}, correction.scale);
  file.tensors["gain.weight"] =
      io::StoredTensor::of({static_cast<std::int64_t>(kGainTerms), 3}, correction.weight);
  file.tensors["gain.offset"] = io::StoredTensor::of({3}, correction.offset);
}

std::optional<AlbedoGain> take_gain(const io::Safetensors& file, const std::string& where) {
  if (!file.tensors.contains("gain.weight")) return std::nullopt;
  constexpr double kLargest = 1e6;
  const auto read = [&](const char* name, std::size_t size) {
    std::vector<float> values = io::floats_within(file, name, kLargest, where);
    if (values.size() != size)
      input_error(where, ": '", name, "' holds ", values.size(), " numbers, expected ", size,
                  "; train anew with fgcn_train");
    return values;
  };
  AlbedoGain correction{read("gain.mean", kGainFeatures), read("gain.scale", kGainFeatures),
                        read("gain.weight", 3 * kGainTerms), read("gain.offset", 3)};
  for (const float s : correction.scale)
    if (!(s > 0)) input_error(where, ": 'gain.scale' is not positive");
  return correction;
}

}  // namespace fgcn::recon
