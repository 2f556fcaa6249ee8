// A fine height on a smooth surface, from how the brightness of a picture departs from the smooth
// one.
#pragma once

#include <cstdint>
#include <vector>

namespace fgcn {

/// What the pixels of a picture say of a height h that lies over the surface they show. Lists are
/// [height, width], x to the right, y down.
struct HeightEvidence {
  std::int64_t height = 0, width = 0;
  std::vector<float> by_x, by_y;     // change of the log brightness by dh/dx and by dh/dy
  std::vector<float> detail;         // log brightness that the smooth surface does not explain
  std::vector<float> weight;         // trust in `detail`, [0, 1]
  std::vector<std::uint8_t> inside;  // 1 where a height is wanted; elsewhere it is 0
};

/// Standard deviations of what the height is made of.
struct HeightPrior {
  double noise = 0.03;      // of `detail` beside shading: paint, pores, noise of the camera
  double slope = 0.35;      // dh/dx
  double curvature = 0.35;  // per pixel
  double height = 5;        // pixels
};

/// Height in pixels, [height, width], towards the viewer: minimises
///
///   sum_p w_p rho(by_x dh/dx + by_y dh/dy - detail) / noise^2
///     + sum |grad h|^2 / slope^2 + sum (laplacian h)^2 / curvature^2 + sum h^2 / height^2
///
/// Where the light does not tell directions apart, by_x and by_y are small, and the priors keep the
/// surface flat. rho is bounded (Geman and McClure, 3 noise wide), so that paint and hair drop out:
/// reweighted least squares, each solved by conjugate gradients with the diagonal as
/// preconditioner. A picture wider than 256 pixels starts at the solution for half its size.
///
/// Errors   fgcn::Error when a list is of another size, or a picture has less than 8 pixels a side.
/// Repeat   bitwise; one thread.
/// Source   Horn and Brooks 1986 for shading as an integrable height, Hestenes and Stiefel 1952.
std::vector<float> height_from_shading(const HeightEvidence& evidence, const HeightPrior& prior);

}  // namespace fgcn
