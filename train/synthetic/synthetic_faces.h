// Faces with a known albedo, as a photograph and a fit would show them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "mesh/face/face_model.h"
#include "recon/fit/observation.h"

namespace fgcn::train {

struct SyntheticFace {
  recon::Observation observation;
  std::vector<float> albedo;      // [V, 3] the truth
  std::vector<float> unoccluded;  // [V] 1 where the vertex is seen and nothing hides it in truth
  std::vector<float> normals;     // [V, 3] fitted, camera space
  std::vector<float> screen;      // [V, 3] fitted, pixels of the crop and depth
};

/// Draws faces: a random member of the model with painted detail (synthetic_detail.h), lit
/// (synthetic_light.h), rendered before a background, partly hidden (occluders.h), photographed
/// (camera_effects.h); then seen through an imperfect fit (simulated_fit.h), whose geometry is off
/// by about a pixel, and an imperfect skin mask.
///
/// Repeat   bitwise: a face depends on the model, the seed and its index alone.
class FaceSynthesizer {
 public:
  /// The model must outlive it. Not for several threads at a time: make one for each.
  explicit FaceSynthesizer(const mesh::FaceModel& model);
  FaceSynthesizer(FaceSynthesizer&&) noexcept;
  ~FaceSynthesizer();

  SyntheticFace operator()(std::uint64_t seed, std::uint64_t index);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fgcn::train
