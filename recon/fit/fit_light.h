// Light and albedo from the colors of a known surface.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "mesh/face/face_model.h"

namespace fgcn::recon {

/// Colors seen at a face model's vertices.
struct SurfaceColors {
  std::vector<float> color;    // [V, 3] in the photo
  std::vector<float> weight;   // [V] how much it counts; 0 where it is not seen
  std::vector<float> normals;  // [V, 3] camera space, unit length
};

/// How much a vertex counts where it is seen: by how squarely it faces the camera and the root of
/// its share of the picture (halfway between areas and vertices, which lie close about eyes, nose
/// and mouth).
///   screen   [V, 3] pixels and depth
///   normals  [V, 3] camera space
std::vector<float> picture_weights(const mesh::FaceModel& model, const std::vector<float>& screen,
                                   const std::vector<float>& normals);

struct LightFitOptions {
  double sigma = 0.04;         // of a color, beyond what the model can say
  double observations = 1000;  // how many independent colors a face's thousands amount to
  double cautious = 8;         // the same while skin and light are being separated
  double outlier = 0.16;       // residual at which a vertex counts a quarter
  int iterations = 8;
};

struct LightFit {
  std::array<double, 27> sh_coefficients{};
  std::vector<double> albedo;
  std::vector<float> trust;  // [V] 1 where the model explains the color, falling to 0 where not
};

/// Minimises over light sh_coefficients and albedo c
///   sum_v w_v rho(|color_v - albedo_v(c) * light(n_v, sh_coefficients)|) + |c|^2 +
///   |sh_coefficients - usual|^2_P
///   + ((level - 1) / 0.14)^2 + (tint of level / 0.06)^2,   level = sum_v w_v light(n_v,
///   sh_coefficients)
/// by Gauss-Newton on reweighted residuals. Light and albedo can trade brightness and tint; P and
/// the level settle it: light is nearly grey and of usual strength unless the photo insists, and a
/// camera exposes for what it sees, so that skin tones vary more than levels do. What the model
/// cannot say (spectacles, beards, highlights) must not outvote that, or dark skin comes out as
/// pale skin in dim light: the first half of the iterations trusts few colors, the second trusts
/// all and holds the light near what the first found.
///
/// Errors   fgcn::Error when sizes do not fit together.
/// Repeat   bitwise; one thread.
/// Source   Geman and McClure 1987 for rho; Aldrian and Smith, PAMI 2013, for the bilinear problem.
LightFit fit_light(const mesh::FaceModel& model, const SurfaceColors& visible,
                   const LightFitOptions& options = {});

}  // namespace fgcn::recon
