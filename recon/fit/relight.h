// The light that goes with a known albedo.
#pragma once

#include <array>
#include <vector>

#include "recon/fit/fit_light.h"

namespace fgcn::recon {

/// Minimises over light sh_coefficients, with the albedo held,
///   sum_v w_v rho(|color_v - albedo_v * light(n_v, sh_coefficients)|) + lambda sum_v w_v
///   |sh_coefficients - start|^2
/// by reweighted least squares; the three channels are separate 9 x 9 systems. A network that takes
/// shadow and tint out of an albedo moves them where they belong: into the light, which follows
/// here.
///
///   albedo  [V, 3] sRGB-encoded [0, 1]
///   start   27 coefficients, channel by channel: the fit's own, kept where nothing is seen
///
/// Errors   fgcn::Error when sizes do not fit together.
/// Repeat   bitwise; one thread.
/// Source   Ramamoorthi and Hanrahan 2001 for the nine harmonics; Geman and McClure 1987 for rho.
///   iterations   reweightings
std::array<double, 27> refit_light(const SurfaceColors& visible, const std::vector<float>& albedo,
                                   const std::array<double, 27>& start, int iterations = 5);

/// Input of refit_light: visible vertices, weighted by how far they face the camera.
///   color   [V, 3] of the photo
///   seen     [V] 1 where it shows the vertex, else 0
///   normals  [V, 3] of the fitted surface, camera space
SurfaceColors facing_colors(std::vector<float> color, std::vector<float> visible,
                            std::vector<float> normals);

/// Light that goes with an albedo.
struct Relit {
  std::array<double, 27> sh_coefficients{};
  std::vector<float> vertex_irradiance;  // [V, 3] light_at() of them
};

/// Colors of a surface, to be explained by its albedo and a light; arrays as facing_colors takes
/// them.
struct VisibleColors {
  const std::vector<float>& color;
  const std::vector<float>& visible;
  const std::vector<float>& normals;
};

/// refit_light() to the visible colors, weighted by how far they face the camera.
Relit relight(const VisibleColors& colors, const std::vector<float>& albedo,
              const std::array<double, 27>& start, int iterations = 5);

/// [V, 3] light at unit normals [V, 3] flat; docs/method.md, "Light".
std::vector<float> light_at(const std::vector<float>& normals,
                            const std::array<double, 27>& sh_coefficients);

}  // namespace fgcn::recon
