// What fitting a face model to a photograph finds: not the truth, but what its modes can say.
#pragma once

#include <memory>
#include <vector>

#include "kernels/core/rng.h"
#include "mesh/face_model.h"

namespace fgcn::train {

/// Coarse albedo and light as a fit leaves them, at every vertex.
struct FittedAppearance {
  std::vector<float> albedo;  // [V, 3] within the model's albedo modes
  std::vector<float> light;   // [V, 3] nine spherical harmonics a channel
};

/// Alternating ridge regression of light (nine harmonics a channel) and albedo coefficients to the
/// colours of the vertices that are seen, from a disturbed start, disturbed again at the end.
class FitSimulator {
 public:
  explicit FitSimulator(const mesh::FaceModel& model);
  ~FitSimulator();

  ///   albedo   [V, 3]  the true one
  ///   colour   [V, 3]  of the photo at each vertex
  ///   weight   [V]     0: not seen
  ///   normals  [V, 3]  camera space, of the fitted geometry
  FittedAppearance operator()(const std::vector<float>& albedo, const std::vector<float>& colour,
                              const std::vector<float>& weight, const std::vector<float>& normals,
                              Rng rng) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fgcn::train
