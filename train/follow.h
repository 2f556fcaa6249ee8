// Targets of a synthetic face that depend on the current prediction.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "kernels/core/context.h"
#include "train/synthetic/synthetic_faces.h"
#include "train/training_step.h"

namespace fgcn::train {

/// Sums per channel of the true albedo and of `albedo` [V, 3] over vertices that the photo shows
/// and `counts(v)`; their ratio is the albedo gain. Never 0.
struct AlbedoSums {
  std::array<double, 3> truth{}, found{};
};
AlbedoSums albedo_sums(const SyntheticFace& face, const std::vector<float>& albedo,
                       const std::function<bool(std::size_t v)>& counts);

/// The light at the normals, fitted anew to a predicted albedo: [V, 3].
std::vector<float> light_for(const recon::Observation& observation,
                             const std::vector<float>& normals, const std::vector<float>& albedo);

/// The gain of the truth, and the light, as reconstruction fits it at its end. The photo term then
/// asks for what the light cannot explain, not for the exposure that the fit happened to choose. A
/// light at its minimum has no derivative, so it counts as constant; so does the gain.
/// Repeat: bitwise, for any number of threads.
TrainingStep::Followed follow_predictions(const Context& ctx,
                                          std::span<const SyntheticFace* const> faces,
                                          const std::vector<std::vector<float>>& albedo);

}  // namespace fgcn::train
