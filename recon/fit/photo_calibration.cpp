#include "recon/fit/photo_calibration.h"

#include <omp.h>

#include <array>
#include <cmath>

#include "kernels/core/error.h"
#include "kernels/core/parallel_failure.h"
#include "recon/fit/fit_landmarks.h"
#include "render/camera.h"

namespace fgcn::recon {
namespace {

using Residuals = std::array<photo::Point, photo::kLandmarks>;  // pixels, found - expected

/// What the fit leaves of each point; of a head turned the other way, mirrored.
Residuals residuals_of(const mesh::FaceModel& model, const LandmarkFit& fit,
                       const photo::Landmarks& found) {
  const std::vector<float> at = mesh::shape_at(
      model, std::vector<float>(fit.identity.begin(), fit.identity.end()),
      std::vector<float>(fit.expression.begin(), fit.expression.end()), fit.vertices);
  const photo::Landmarks wanted = fit.noise->without_mean(found);
  const bool turned = fit.pose.angles[1] < 0;
  Residuals out;
  for (std::size_t k = 0; k < out.size(); ++k) {
    const std::array<double, 3> vertex{double{at[3 * k]}, double{at[3 * k + 1]},
                                       double{at[3 * k + 2]}};
    const std::array<double, 3> screen = to_screen({}, to_camera_space(fit.pose, vertex));
    const photo::Point residual{wanted[k].x - screen[0], wanted[k].y - screen[1]};
    if (turned)
      out[photo::mirrored_landmark(k)] = {-residual.x, residual.y};
    else
      out[k] = residual;
  }
  return out;
}

/// Means over the faces that tell of one yaw.
struct YawMean {
  double faces = 0;
  Residuals sum{};

  void add(const Residuals& residuals, double weight) {
    faces += weight;
    for (std::size_t k = 0; k < sum.size(); ++k) {
      sum[k].x += weight * residuals[k].x;
      sum[k].y += weight * residuals[k].y;
    }
  }
  /// Of outline point k. Seen from ahead a face has two like sides.
  photo::Point mean(std::size_t k, bool ahead) const {
    photo::Point out = sum[k];
    if (ahead) {
      const photo::Point& other = sum[photo::mirrored_landmark(k)];
      out = {(out.x - other.x) / 2, (out.y + other.y) / 2};
    }
    return {out.x / faces, out.y / faces};
  }
  /// Of the outline.
  double length(bool ahead) const {
    double squares = 0;
    for (std::size_t k = 0; k < kOutlinePoints; ++k)
      squares += std::pow(mean(k, ahead).x, 2) + std::pow(mean(k, ahead).y, 2);
    return std::sqrt(squares / kOutlinePoints);
  }
};

/// How much a head at `yaw` tells of the known yaw `b`: 1 there, less towards its neighbors.
double share(const std::vector<float>& yaws, std::size_t b, double yaw) {
  const double own{yaws[b]};
  if (yaw < own) return b == 0 ? 1 : std::fmax(0, 1 - (own - yaw) / (own - double{yaws[b - 1]}));
  if (b + 1 == yaws.size()) return 1;
  return std::fmax(0, 1 - (yaw - own) / (double{yaws[b + 1]} - own));
}

std::vector<LandmarkFit> fit_all(const mesh::FaceModel& model,
                                 const std::vector<PhotoPoints>& photos, int workers,
                                 const std::function<bool()>& stop) {
  const LandmarkFitter fitter(model);
  std::vector<LandmarkFit> out(photos.size());
  ParallelFailure failure;
#pragma omp parallel num_threads(workers)
  failure.keep([&] {
    const auto step = static_cast<std::size_t>(omp_get_num_threads());
    for (auto i = static_cast<std::size_t>(omp_get_thread_num()); i < photos.size() && !stop();
         i += step)
      out[i] = fitter.fit(photos[i].landmarks, {}, {.spread = photos[i].spread});
  });
  failure.rethrow();
  return out;
}

/// Means of all yaws, and the faces that took part; of no use when it was stopped.
std::vector<YawMean> means_of(const mesh::FaceModel& model, const std::vector<PhotoPoints>& photos,
                              const PhotoCalibrationOptions& options,
                              const std::function<bool()>& stop, std::int64_t& used) {
  const std::vector<LandmarkFit> fits = fit_all(model, photos, options.workers, stop);
  if (stop()) return {};
  const std::vector<float>& yaws = model.landmark_errors.yaw;
  std::vector<YawMean> out(yaws.size());
  used = 0;
  for (std::size_t i = 0; i < fits.size(); ++i) {
    if (!(fits[i].landmark_error <= options.most_error)) continue;
    ++used;
    const Residuals residuals = residuals_of(model, fits[i], photos[i].landmarks);
    for (std::size_t b = 0; b < yaws.size(); ++b)
      out[b].add(residuals, share(yaws, b, std::abs(fits[i].pose.angles[1])));
  }
  return out;
}

}  // namespace

void check_has_errors(const mesh::FaceModel& model) {
  if (model.landmark_errors.empty())
    input_error(
        "the face model has no errors of the detector; let 'fgcn_data calibrate' measure "
        "them first");
}

std::optional<PhotoCalibration> calibrate_on_photos(const mesh::FaceModel& model,
                                                    const std::vector<PhotoPoints>& photos,
                                                    const PhotoCalibrationOptions& options,
                                                    const std::function<bool()>& stop,
                                                    const std::function<void(int done)>& progress) {
  check_has_errors(model);
  mesh::FaceModel moving = model;
  std::vector<float>& errors = moving.landmark_errors.mean;
  PhotoCalibration out;
  std::vector<std::size_t> corrected;  // yaws, by the first round
  for (;;) {
    const std::vector<YawMean> means = means_of(moving, photos, options, stop, out.used);
    if (stop()) return {};
    if (out.rounds == 0) {
      if (means[0].faces < options.fewest)
        input_error("of ", photos.size(), " faces ", static_cast<std::int64_t>(means[0].faces),
                    " are seen from ahead and fitted well, and it takes ", options.fewest,
                    "; give photos of more people");
      for (std::size_t b = 0; b < means.size(); ++b)
        if (means[b].faces >= options.fewest) {
          corrected.push_back(b);
          out.rows.push_back(
              {double{moving.landmark_errors.yaw[b]}, means[b].faces, means[b].length(b == 0)});
        }
    }
    ++out.rounds;
    bool settled = true;
    for (std::size_t row = 0; row < corrected.size(); ++row) {
      const std::size_t b = corrected[row];
      out.rows[row].after = means[b].length(b == 0);
      settled = settled && out.rows[row].after <= options.settled;
    }
    if (progress) progress(out.rounds);
    if (settled || out.rounds >= options.rounds) break;
    for (const std::size_t b : corrected)
      for (std::size_t k = 0; k < kOutlinePoints; ++k) {
        const photo::Point mean = means[b].mean(k, b == 0);
        float* at = errors.data() + 2 * (photo::kLandmarks * b + k);
        at[0] += static_cast<float>(mean.x);
        at[1] += static_cast<float>(mean.y);
      }
  }
  out.errors = std::move(moving.landmark_errors);
  return out;
}

}  // namespace fgcn::recon
