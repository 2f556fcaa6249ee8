// The errors of landmarks as a fit weighs them.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "mesh/face/landmark_errors.h"
#include "photo/landmarks.h"
#include "recon/fit/landmark_spans.h"

namespace fgcn::recon {

/// Gaussian errors of 68 points at one yaw and one size of the crop.
struct PointNoise {
  std::array<double, 136> mean{};  // pixels: detected - the model's
  std::vector<double> whitening;   // [136, 136] W, row-major, with W^T W = covariance^-1
  /// 1 / sigma^2 of each point alone: x x, x y, y y.
  std::array<std::array<double, 3>, photo::kLandmarks> precision{};

  /// Of each point, root mean square of x and y, pixels.
  std::array<double, photo::kLandmarks> sigma{};

  /// How far off a point is, in its own standard deviations.
  double deviation(int point, double dx, double dy) const;
  /// Where the model's points should be for a detector that found `detected`.
  photo::Landmarks without_mean(photo::Landmarks detected) const;
};

/// Interpolates a face model's LandmarkErrors.
class LandmarkNoise {
 public:
  /// `model_sigma`: pixels at 224 by which the best member of the model misses a real face's
  /// points.
  /// `spans`: distances whose errors are known better than the points'; they must outlive it.
  LandmarkNoise(mesh::LandmarkErrors errors, double model_sigma,
                std::span<const LandmarkSpan> spans = {});

  bool empty() const { return errors_.empty(); }
  /// At a yaw in radians, linear between the known ones and constant beyond the last; for a crop of
  /// `size` pixels a side, and a head rolled by `roll` radians (Pose::angles[2]): what was measured
  /// on upright heads turns with it.
  /// Points whose predictions lie apart by more or less than usual are less or more certain:
  /// `spread` in pixels of the crop, 0 where it is not known.
  PointNoise at(double yaw, double size, double roll = 0,
                const photo::PointSpread& spread = {}) const;

 private:
  mesh::LandmarkErrors errors_;
  double model_sigma_;
  std::span<const LandmarkSpan> spans_;
};

}  // namespace fgcn::recon
