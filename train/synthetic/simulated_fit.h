// The simulated fit of a face model to a photograph: the nearest that its modes come to the truth.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernels/core/rng.h"
#include "mesh/face/face_model.h"

namespace fgcn::train {

/// Coarse albedo and light as a fit leaves them, at every vertex.
struct FittedAppearance {
  std::vector<float> albedo;               // [V, 3] within the model's albedo modes
  std::vector<float> vertex_irradiance;    // [V, 3] of sh_coefficients at the normals
  std::array<double, 27> sh_coefficients;  // nine spherical harmonics per channel
};

/// A photo's colors on a fitted surface, per vertex.
struct VisibleSurface {
  std::vector<float> color;    // [V, 3]
  std::vector<float> visible;  // [V]
  std::vector<float> normals;  // [V, 3] camera space
  std::vector<float> screen;   // [V, 3] pixels and depth
};

/// The fit's own estimate of light and albedo (fit_light.h), as reconstruction makes it, with a
/// little noise for what else goes wrong there.
FittedAppearance simulate_fit(const mesh::FaceModel& model, const VisibleSurface& visible, Rng rng);

}  // namespace fgcn::train
