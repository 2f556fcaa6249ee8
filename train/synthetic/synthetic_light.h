// Light on a synthetic face: more than spherical harmonics can say, as in photographs.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernels/core/rng.h"
#include "mesh/face/face_model.h"
#include "recon/fit/depth_map.h"

namespace fgcn::train {

/// How much of the sky each vertex of the mean face sees, [V] in [0, 1]: ambient occlusion.
std::vector<float> sky_visible(const mesh::FaceModel& model, recon::DepthMap& map);

struct Shading {
  std::vector<float> vertex_irradiance;  // [V, 3] color = albedo * vertex_irradiance + gloss
  std::vector<float> gloss;              // [V, 3] specular highlights
};

/// Random light from one to three sides with soft cast shadows, an ambient part with a gradient
/// from above and ambient occlusion, mild colors, an exposure, and highlights.
///
///   positions, normals  [V, 3]  camera space: x right, y up, z towards the viewer, dm
///   sky                 [V]     sky_visible() of the model
///   skin                [V]
///
/// Source   Lambert's law; Blinn, SIGGRAPH 1977 (highlights); Williams, SIGGRAPH 1978, and Reeves
///          et al., SIGGRAPH 1987 (shadow maps and their soft edges).
Shading random_light(const std::vector<float>& positions, const std::vector<float>& normals,
                     const std::vector<float>& sky, const std::vector<std::uint8_t>& skin,
                     recon::DepthMap& map, Rng rng);

}  // namespace fgcn::train
