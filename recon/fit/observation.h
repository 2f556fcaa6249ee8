// One photograph as its fit explains it.
#pragma once

#include <array>
#include <vector>

#include "io/image.h"

namespace fgcn::recon {

/// Fitted light below this says nothing about the albedo: the photo's color is divided by no less.
constexpr float kLeastLight = 0.12f;

/// One photograph as the fit sees it, per vertex of the face model. Colors are sRGB-encoded in
/// [0, 1]; what falls outside is clamped.
struct Observation {
  Image crop;                        // [224, 224, 4] aligned crop: RGB and the skin mask [0, 1]
  std::vector<float> coarse_albedo;  // [V, 3] the fitted model's albedo
  std::vector<float> photo_color;    // [V, 3] crop color where the vertex projects, bilinear
  std::vector<float> visible;        // [V] 1: passes the depth test, inside the eroded mask; else 0
  std::vector<float> facing;         // [V] z of the vertex normal in camera space, [-1, 1]
  std::vector<float> vertex_irradiance;      // [V, 3] by the fitted light: color = albedo * it
  std::array<double, 27> sh_coefficients{};  // that light's harmonics, channel by channel
  std::vector<float> embedding;  // [E] identity, for EmbeddingForm::kIdentity; else not read
};

}  // namespace fgcn::recon
