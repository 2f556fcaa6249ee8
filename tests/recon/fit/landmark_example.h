// Errors of landmarks for the tests of fits.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <vector>

#include "kernels/core/rng.h"
#include "mesh/face/face_model.h"
#include "photo/landmarks.h"
#include "recon/fit/landmark_noise.h"
#include "render/camera.h"

namespace fgcn::test {

inline constexpr std::size_t kValues = 136;

/// x with W x = b; W is lower triangular.
inline std::vector<double> solved(const recon::PointNoise& noise, std::vector<double> b) {
  for (std::size_t i = 0; i < kValues; ++i) {
    for (std::size_t j = 0; j < i; ++j) b[i] -= noise.whitening[i * kValues + j] * b[j];
    b[i] /= noise.whitening[i * kValues + i];
  }
  return b;
}

/// Two yaws; errors of neighbours go together.
inline mesh::LandmarkErrors landmark_example(float strength = 1) {
  mesh::LandmarkErrors out;
  out.yaw = {0, 0.5F};
  for (int b = 0; b < 2; ++b) {
    for (int i = 0; i < 136; ++i)
      out.mean.push_back(strength * static_cast<float>((b + 1) * (i % 7 - 3)) / 2);
    for (int i = 0; i < 136; ++i)
      for (int j = 0; j < 136; ++j) {
        const float near = std::exp(-0.3F * static_cast<float>(std::abs(i - j)));
        out.covariance.push_back(strength * static_cast<float>(1 + b) *
                                 ((i % 2 == j % 2 ? near : 0) + (i == j ? 0.2F : 0)));
      }
  }
  return out;
}

/// Where the camera sees a landmark of the shape.
inline std::array<double, 3> seen(const mesh::FaceModel& model, const std::vector<float>& shape,
                                  std::size_t landmark, const Pose& pose = {}) {
  const float* p = &shape[3 * static_cast<std::size_t>(model.landmarks[landmark])];
  return to_screen({}, to_camera_space(pose, {p[0], p[1], p[2]}));
}

inline photo::Landmarks all_seen(const mesh::FaceModel& model, const std::vector<float>& shape,
                                 const Pose& pose = {}) {
  photo::Landmarks out;
  for (std::size_t k = 0; k < out.size(); ++k) {
    const auto at = seen(model, shape, k, pose);
    out[k] = {at[0], at[1]};
  }
  return out;
}

/// The points as a detector of this noise finds them.
inline photo::Landmarks detected(photo::Landmarks points, const recon::PointNoise& noise,
                                 Rng& rng) {
  std::vector<double> errors(kValues);
  for (double& error : errors) error = rng.normal();
  errors = solved(noise, errors);
  for (std::size_t k = 0; k < points.size(); ++k)
    points[k] = {points[k].x + noise.mean[2 * k] + errors[2 * k],
                 points[k].y + noise.mean[2 * k + 1] + errors[2 * k + 1]};
  return points;
}

}  // namespace fgcn::test
