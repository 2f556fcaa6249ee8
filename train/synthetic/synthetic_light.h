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
/// from above and ambient occlusion, mild colors, an exposure, and highlights. The exposure brings
/// the mean green irradiance of `metered` to a random level between 0.82 and
/// 1.16, whatever the tone of the skin.
///
///   positions, normals  [V, 3]  camera space: x right, y up, z towards the viewer, dm
///   sky                 [V]     sky_visible() of the model
///   skin                [V]
///   metered             [V]     weights, at least 0: what the camera exposes for (metered_skin())
///
/// Source   Lambert's law; Blinn, SIGGRAPH 1977 (highlights); Williams, SIGGRAPH 1978, and Reeves
///          et al., SIGGRAPH 1987 (shadow maps and their soft edges).
Shading random_light(const std::vector<float>& positions, const std::vector<float>& normals,
                     const std::vector<float>& sky, const std::vector<std::uint8_t>& skin,
                     const std::vector<float>& metered, recon::DepthMap& map, Rng rng);

/// What a camera exposes a portrait for, [V]: skin by its share of the picture, 0 outside of it. A
/// fit's prior holds the mean irradiance of just this near 1 (recon/fit/fit_light.h). Of a whole
/// head, a third of all vertices that face the camera lie in the mouth, in sockets and on the neck;
/// with those in the mean the face would be too bright, and a network would learn that skin is
/// dark.
///   screen   [V, 3] pixels and depth, of a picture of size x size pixels
///   normals  [V, 3] camera space
std::vector<float> metered_skin(const mesh::FaceModel& model, const std::vector<float>& screen,
                                const std::vector<float>& normals, double size);

}  // namespace fgcn::train
