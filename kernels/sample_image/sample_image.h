// Reading an image between its pixels.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

enum class Sampling {
  kBilinear,  // between the four nearest pixel centres
  kRounded,   // the pixel whose indices are the coordinates rounded, halves to even
};

/// Samples images at points,  y[n, p, c] = image[n] at points[n, p].
///
///   image   [N, H, W, C]  H, W >= 1
///   points  [N, P, 2]     x right, y down; the centre of pixel (h, w) is (w + 1/2, h + 1/2)
///   y       [N, P, C]     overwritten, must not overlap the others
///
/// Outside the image its border is repeated. A NaN coordinate gives NaN with kBilinear, the first
/// pixel of the axis with kRounded.
///
/// Units    points in pixels; y carries those of the image.
/// Errors   fgcn::Error when the shapes do not fit together.
/// Repeat   bitwise for any number of threads.
void sample_image(const Context& ctx, Sampling sampling, View<const real> image,
                  View<const real> points, View<real> y);

FGCN_BACKENDS(void sample_image(const Context& ctx, Sampling sampling, View<const real> image,
                                View<const real> points, View<real> y))

/// The adjoint by the image: grad_image [N, H, W, C], overwritten, from grad_y [N, P, C].
/// Repeat   bitwise: on a CPU one thread owns a band of the image's rows and adds in the order of
/// the points; on a GPU terms become whole numbers, whose sum does not depend on the order. Their
/// unit is below 2^-58 P times the image's largest |grad_y|. A sum with a term that is not finite
/// is NaN there.
void sample_image_by_image(const Context& ctx, Sampling sampling, View<const real> points,
                           View<const real> grad_y, View<real> grad_image);

FGCN_BACKENDS(void sample_image_by_image(const Context& ctx, Sampling sampling,
                                         View<const real> points, View<const real> grad_y,
                                         View<real> grad_image))

/// The product of grad_y with the derivative of bilinear sampling by the points: grad_points [N, P,
/// 2]. 0 outside the image's outermost pixel centres; at a center the derivative towards larger
/// coordinates.
void sample_image_by_points(const Context& ctx, View<const real> image, View<const real> points,
                            View<const real> grad_y, View<real> grad_points);

FGCN_BACKENDS(void sample_image_by_points(const Context& ctx, View<const real> image,
                                          View<const real> points, View<const real> grad_y,
                                          View<real> grad_points))

}  // namespace fgcn::kernels
