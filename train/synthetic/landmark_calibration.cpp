#include "train/synthetic/landmark_calibration.h"

#include <omp.h>

#include <Eigen/Core>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <mutex>
#include <numbers>

#include "kernels/core/error.h"
#include "kernels/core/parallel_failure.h"
#include "photo/align.h"
#include "recon/fit/face_outline.h"
#include "recon/fit/reference_points.h"
#include "train/run/rng_streams.h"
#include "train/synthetic/portraits.h"

namespace fgcn::train {
namespace {

constexpr auto kValues = static_cast<Eigen::Index>(mesh::kErrorValues);
constexpr std::int64_t kCrop = 224;
constexpr std::int64_t kFewest = 40;
/// Of the portraits. Strong random mixes are no faces that the detector knows: it pulls their
/// mouths back, and a fit that reckons with that does not follow a smile.
constexpr double kExpression = 0.25;
constexpr double kFloor = 0.25;  // square pixels: no point is surer than half a pixel
using Errors = Eigen::VectorXd;  // [136]

/// One picture's.
struct Sample {
  Errors errors;              // detected - true
  photo::PointSpread spread;  // of the predictions; both in pixels of the crop
};

photo::Landmarks true_points(const mesh::FaceModel& model, const recon::FaceOutline& outline,
                             const Portrait& portrait) {
  const auto at = [&](std::int32_t v) -> photo::Point {
    const auto i = static_cast<std::size_t>(v) * 3;
    return {static_cast<double>(portrait.face.screen[i]),
            static_cast<double>(portrait.face.screen[i + 1])};
  };
  std::vector<std::array<double, 2>> paths;
  for (const std::int32_t v : outline.vertices()) paths.push_back({at(v).x, at(v).y});
  photo::Landmarks out;
  for (std::size_t k = 0; k < out.size(); ++k) {
    const auto point = static_cast<int>(k);
    out[k] = at(point < recon::kOutlinePoints
                    ? outline.vertices()[static_cast<std::size_t>(
                          outline.choose(point, paths, portrait.pose.angles[2]))]
                    : model.landmarks[k]);
  }
  return out;
}

/// In the crop that the detected points give. Nothing for a find elsewhere.
std::optional<Sample> sample_of(const photo::FoundFace& face, const photo::Landmarks& truth,
                                const photo::FivePoints<photo::Point3>& reference) {
  const photo::Landmarks& detected = face.landmarks;
  const photo::ScaleShift crop = photo::alignment(photo::five_points(detected), reference, kCrop);
  const double eyes = std::hypot(truth[36].x - truth[45].x, truth[36].y - truth[45].y);
  Sample out{Errors(kValues), photo::scaled(face.spread, crop.scale)};
  double off = 0;
  for (std::size_t k = 0; k < detected.size(); ++k) {
    const photo::Point a = crop(detected[k]), b = crop(truth[k]);
    const auto i = static_cast<Eigen::Index>(2 * k);
    out.errors[i] = a.x - b.x;
    out.errors[i + 1] = a.y - b.y;
    off += std::hypot(detected[k].x - truth[k].x, detected[k].y - truth[k].y);
  }
  constexpr double kElsewhere = 0.35;  // eye distances, mean over the points
  if (off / static_cast<double>(detected.size()) > kElsewhere * eyes) return {};
  return out;
}

Sample mirrored(const Sample& sample) {
  Sample out{Errors(kValues), {}};
  for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
    const std::size_t partner = photo::mirrored_landmark(k);
    const auto from = static_cast<Eigen::Index>(2 * k), to = static_cast<Eigen::Index>(2 * partner);
    out.errors[to] = -sample.errors[from];
    out.errors[to + 1] = sample.errors[from + 1];
    out.spread[partner] = sample.spread[k];
  }
  return out;
}

/// How errors grow with the predictions' spread: those of point k have the standard deviation
/// a_k (spread + kLeastSpread)^exponent.
struct Growth {
  double exponent = 0;

  double operator()(const Sample& sample, std::size_t k) const {
    return std::pow(sample.spread[k] + mesh::kLeastSpread, exponent);
  }
  /// -2 log likelihood, but for a constant, of errors whose a_k fit best.
  double misfit(const std::vector<Sample>& samples, const Errors& mean) const {
    double out = 0;
    for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
      const auto i = static_cast<Eigen::Index>(2 * k);
      double squares = 0;
      for (const Sample& sample : samples) {
        const double growth = (*this)(sample, k);
        squares += (sample.errors - mean).segment<2>(i).squaredNorm() / (growth * growth);
        out += 4 * std::log(growth);
      }
      const auto n = static_cast<double>(samples.size());
      out += 2 * n * std::log(squares / n);
    }
    return out;
  }
};

/// The most likely one.
Growth growth_of(const std::vector<Sample>& samples, const Errors& mean) {
  Growth best;
  double least = best.misfit(samples, mean);
  for (int step = 1; step <= 30; ++step) {
    const Growth next{0.05 * step};
    const double misfit = next.misfit(samples, mean);
    if (misfit < least) {
      least = misfit;
      best = next;
    }
  }
  return best;
}

/// Errors about their mean as they would be at the usual spread: where the variance is the mean
/// over the pictures. Appends that spread, [68].
std::vector<Errors> at_usual_spread(const std::vector<Sample>& samples, const Errors& mean,
                                    const Growth& growth, std::vector<float>& spread) {
  std::vector<Errors> out(samples.size(), Errors(kValues));
  for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
    double squares = 0;
    for (const Sample& sample : samples)
      squares += std::pow(growth(sample, k), 2) / static_cast<double>(samples.size());
    const double usual = std::sqrt(squares);
    const double like =
        growth.exponent > 0 ? std::pow(usual, 1 / growth.exponent) - mesh::kLeastSpread : 0;
    spread.push_back(static_cast<float>(std::max(0.0, like)));
    const auto i = static_cast<Eigen::Index>(2 * k);
    for (std::size_t s = 0; s < samples.size(); ++s)
      out[s].segment<2>(i) =
          usual / growth(samples[s], k) * (samples[s].errors - mean).segment<2>(i);
  }
  return out;
}

/// The covariance of errors about their mean, shrunk towards its own diagonal by the share of its
/// entries' squares that is sampling noise.
Eigen::MatrixXd shrunk_covariance(const std::vector<Errors>& samples) {
  const auto n = static_cast<double>(samples.size());
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(kValues, kValues);
  for (const Errors& sample : samples) covariance += sample * sample.transpose() / (n - 1);
  double noise = 0, signal = 0;
  for (Eigen::Index i = 0; i < kValues; ++i)
    for (Eigen::Index j = 0; j < i; ++j) {
      double variance = 0;
      for (const Errors& sample : samples) {
        const double product = sample[i] * sample[j];
        variance += (product - covariance(i, j)) * (product - covariance(i, j));
      }
      noise += variance / (n * (n - 1));
      signal += covariance(i, j) * covariance(i, j);
    }
  const double shrink = std::clamp(noise / std::max(signal, 1e-12), 0.02, 1.0);
  const Eigen::VectorXd diagonal = covariance.diagonal();
  covariance *= 1 - shrink;
  covariance.diagonal() = diagonal.cwiseMax(kFloor);
  return covariance;
}

}  // namespace

// The file has single precision: there, too, the angles must rise (mesh/face/landmark_errors.h).
void check(const CalibrationOptions& options) {
  const std::vector<double>& yaw = options.yaw;
  if (yaw.empty() || yaw[0] != 0)
    input_error("--yaw: begins with ", yaw.empty() ? "nothing" : text(yaw[0]),
                ", expected 0, a face seen from ahead");
  for (const double angle : yaw)
    if (!std::isfinite(angle))
      input_error("--yaw: ", angle, " is no angle; give degrees from 0 to below 90");
  for (std::size_t i = 1; i < yaw.size(); ++i) {
    if (!(static_cast<float>(yaw[i]) > static_cast<float>(yaw[i - 1])))
      input_error("--yaw: ", yaw[i], " follows ", yaw[i - 1], "; give angles that rise");
    if (!(yaw[i] < 90)) input_error("--yaw: ", yaw[i], " is not below 90 degrees");
  }
}

std::optional<Calibration> calibrate_landmarks(
    const mesh::FaceModel& model, const photo::FaceFinder& finder,
    const CalibrationOptions& options, const std::function<bool()>& stop,
    const std::function<void(std::int64_t done)>& progress) {
  check(options);
  const recon::FaceOutline outline(model);
  const photo::FivePoints<photo::Point3> reference = recon::reference_points(model);

  Calibration out;
  std::int64_t done = 0;
  std::mutex mutex;
  for (const double degrees : options.yaw) {
    std::vector<std::optional<Sample>> found(static_cast<std::size_t>(options.faces));
    std::atomic<std::int64_t> finds{0};
    ParallelFailure failure;
#pragma omp parallel num_threads(options.workers)
    failure.keep([&] {
      // One for each direction: a synthesizer keeps its yaw.
      PortraitOptions chosen;
      chosen.yaw = degrees * std::numbers::pi / 180;
      chosen.expression = kExpression;
      PortraitSynthesizer one_way(model, chosen);
      chosen.yaw = -chosen.yaw;
      PortraitSynthesizer other_way(model, chosen);
      const int workers = omp_get_num_threads();
      for (std::int64_t i = omp_get_thread_num(); i < options.faces && !stop(); i += workers) {
        const bool turned_back = i % 2 != 0;
        const Portrait portrait = (turned_back ? other_way : one_way)(
            number(RngStream::kCalibration) + options.seed, static_cast<std::uint64_t>(i));
        if (const auto face = finder.find(portrait.picture)) {
          ++finds;
          auto sample = sample_of(*face, true_points(model, outline, portrait), reference);
          if (sample && turned_back) sample = mirrored(*sample);
          found[static_cast<std::size_t>(i)] = std::move(sample);
        }
        const std::scoped_lock lock(mutex);
        if (progress) progress(++done);
      }
    });
    failure.rethrow();
    if (stop()) return {};

    std::vector<Sample> samples;
    for (const auto& sample : found)
      if (sample) samples.push_back(*sample);
    CalibrationRow row{degrees, finds, static_cast<std::int64_t>(samples.size())};
    if (row.used < kFewest && out.rows.empty())
      input_error("the detector found ", row.used, " of ", options.faces,
                  " frontal faces of the model, which is too few to learn from; take more --faces, "
                  "or see whether its landmarks and colors are right");
    if (row.used < kFewest) break;
    // Seen from ahead a face has two like sides.
    if (degrees == 0)
      for (std::size_t i = 0, n = samples.size(); i < n; ++i)
        samples.push_back(mirrored(samples[i]));
    Errors mean = Errors::Zero(kValues);
    for (const Sample& sample : samples)
      mean += sample.errors / static_cast<double>(samples.size());
    const Growth growth = growth_of(samples, mean);
    const Eigen::MatrixXd covariance =
        shrunk_covariance(at_usual_spread(samples, mean, growth, out.errors.spread));
    out.errors.exponent.push_back(static_cast<float>(growth.exponent));
    constexpr double kPoints = photo::kLandmarks;
    row.mean = std::sqrt(mean.squaredNorm() / kPoints);
    row.exponent = growth.exponent;
    row.deviation = std::sqrt(covariance.trace() / kPoints);
    out.rows.push_back(row);
    out.errors.yaw.push_back(static_cast<float>(degrees * std::numbers::pi / 180));
    for (Eigen::Index i = 0; i < kValues; ++i)
      out.errors.mean.push_back(static_cast<float>(mean[i]));
    for (Eigen::Index i = 0; i < kValues; ++i)
      for (Eigen::Index j = 0; j < kValues; ++j)
        out.errors.covariance.push_back(
            static_cast<float>(covariance(std::max(i, j), std::min(i, j))));
  }
  return out;
}

}  // namespace fgcn::train
