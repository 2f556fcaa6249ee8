// What a photo says of the fine shape of a face: detail of its brightness, and where to trust it.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "io/image.h"
#include "photo/landmarks.h"
#include "recon/refine/shaded_normals.h"
#include "render/height_field.h"

namespace fgcn::recon {

struct ShadingEvidence {
  HeightEvidence heights;
  std::vector<float> trust;  // [G, G] weight by which means over the skin are taken
};

/// Arguments as shaded_normals() takes them.
ShadingEvidence shading_evidence(const Image& photo, const SeenSurface& surface,
                                 const std::array<double, 27>& light,
                                 const photo::Landmarks& landmarks);

/// Logarithm of a picture's channel beyond its mean over the skin around: [G, G].
///   colors  [G, G, 3]
std::vector<float> fine_detail(const Image& colors, std::size_t channel,
                               const ShadingEvidence& evidence);

/// Logarithm of the shading channel's irradiance at the tilted normal over that at the normal.
///   normal, tilt  [3] camera space
double shading_change(const float* normal, const float* tilt, const std::array<double, 27>& light);

}  // namespace fgcn::recon
