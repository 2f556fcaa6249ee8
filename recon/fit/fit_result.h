// The result of a fit.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "io/image.h"
#include "render/camera.h"
#include "render/projected_colors.h"

namespace fgcn::recon {

/// Coefficients of a face model, pose and light, and the surface they make. Colors are
/// sRGB-encoded in [0, 1]; a vertex's color in the photo is about albedo * light.
struct FitResult {
  std::vector<double> identity;    // standard deviations
  std::vector<double> expression;  // weights
  std::vector<double> albedo;      // standard deviations
  std::array<double, 3> angles_rad{};
  std::array<double, 3> translation_dm{};
  std::array<double, 27> sh_coefficients{};  // spherical harmonics, channel by channel
  /// Mean distance of the 68 points over the distance of the outer eye corners in the photo.
  double landmark_error = 0;
  std::array<std::int32_t, 68> landmark_vertices{};

  std::vector<float> vertices;           // [V, 3] model space, dm
  std::vector<float> normals;            // [V, 3] camera space
  std::vector<float> screen;             // [V, 3] pixels of the crop and depth
  std::vector<float> albedo_colors;      // [V, 3]
  std::vector<float> vertex_irradiance;  // [V, 3]

  Pose pose() const { return {angles_rad, translation_dm}; }
};

/// The photo's color without its light where the vertex is seen, the fitted albedo where not.
///
///   seen     project_colors() of the crop and the fit
///   returns  [V, 3] in [0, 1]
///
/// Between the two it blends by how squarely the vertex faces the camera.
std::vector<float> projected_albedo(const FitResult& fit, const ProjectedColors& visible);

}  // namespace fgcn::recon
