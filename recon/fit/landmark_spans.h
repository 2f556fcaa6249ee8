// Distances between landmarks that a detector gets right though each point is off.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "mesh/face/landmark_errors.h"

namespace fgcn::recon {

/// The distance of two points along one axis of the upright image.
struct LandmarkSpan {
  int from, to;
  int axis;      // 0: x, 1: y
  double sigma;  // pixels at 224: standard deviation of (detected - the model's)
};

/// How far the inner lips and the lids stand apart, and the width of the mouth. Landmark errors are
/// measured on rendered people, in whose shut lips the detector sees a gap of three pixels. In
/// photos it sees shut lips shut, and the lips' edges to a pixel.
std::span<const LandmarkSpan> photo_spans();

/// Gives the errors of `spans` the distribution N(0, (scale sigma)^2), each by itself. How all
/// other errors depend on them stays.
///
///   mean        [136] pixels, changed in place
///   covariance  [136, 136] positive definite, changed in place
///
/// Source   Jeffrey's rule, p'(e) = p(e | spans) p'(spans), for Gaussians.
void know_spans(std::span<const LandmarkSpan> spans, double scale,
                std::array<double, mesh::kErrorValues>& mean, std::vector<double>& covariance);

}  // namespace fgcn::recon
