// Light on a surface from nine spherical harmonics per channel, and its adjoints.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// Added to each channel's first coefficient: zero coefficients mean this much ambient light.
constexpr double kAmbientOffset = 0.8;

/// y[n, v, c] = sum_k Y_k(normal) (sh_coefficients[n, 9 c + k] + 0.8 [k = 0]).
///
///   normals  [N, V, 3]  unit length
///   sh_coefficients    [N, 27]    channel by channel
///   y        [N, V, 3]  irradiance per channel: a color is the albedo times it; overwritten
///
/// Units    y multiplies sRGB-encoded albedo.
/// Errors   fgcn::Error when the shapes do not fit together.
/// Repeat   bitwise; sums over vertices in fixed blocks, in double.
/// Source   Ramamoorthi and Hanrahan, SIGGRAPH 2001; order, signs and scales as in Deng et al.
/// 2019.
void sh_light(const Context& ctx, View<const real> normals, View<const real> sh_coefficients,
              View<real> y);

FGCN_BACKENDS(void sh_light(const Context& ctx, View<const real> normals,
                            View<const real> sh_coefficients, View<real> y))

/// Cotangents of both arguments.
void sh_light_adjoint(const Context& ctx, View<const real> normals,
                      View<const real> sh_coefficients, View<const real> grad_y,
                      View<real> grad_normals, View<real> grad_sh_coefficients);

FGCN_BACKENDS(void sh_light_adjoint(const Context& ctx, View<const real> normals,
                                    View<const real> sh_coefficients, View<const real> grad_y,
                                    View<real> grad_normals, View<real> grad_sh_coefficients))

}  // namespace fgcn::kernels
