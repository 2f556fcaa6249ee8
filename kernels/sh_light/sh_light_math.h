// Light, shared by CPU and GPU: the nine harmonics of a direction and their derivatives, for any
// scalar, and one vertex.
#pragma once

#include "kernels/core/real3.h"
#include "kernels/sh_light/sh_light.h"

namespace fgcn::kernels {

// a_l c_l of the clamped cosine's convolution: pi / sqrt(4 pi), (2 pi / sqrt 3) sqrt(3) / sqrt(4
// pi), (2 pi / sqrt 8) 3 sqrt(5) / sqrt(12 pi).
constexpr double kBand0 = 0.88622692545275801365;
constexpr double kBand1 = 1.77245385090551602730;
constexpr double kBand2 = 2.42703239069462384;
constexpr double kInverseTwoSqrt3 = 0.28867513459481288225;

/// Y [9] at the unit vector n [3].
template <class T>
FGCN_HD void sh_basis(const T* n, T* y) {
  const T x = n[0], u = n[1], z = n[2];
  y[0] = T(kBand0);
  y[1] = -T(kBand1) * u;
  y[2] = T(kBand1) * z;
  y[3] = -T(kBand1) * x;
  y[4] = T(kBand2) * x * u;
  y[5] = -T(kBand2) * u * z;
  y[6] = T(kBand2 * kInverseTwoSqrt3) * (3 * z * z - 1);
  y[7] = -T(kBand2) * x * z;
  y[8] = T(kBand2 / 2) * (x * x - u * u);
}

/// Adds the gradient of sum_k w_k Y_k by n to `grad` [3].
template <class T>
FGCN_HD void sh_gradient(const T* n, const T* w, T* grad) {
  const T x = n[0], u = n[1], z = n[2];
  grad[0] += -T(kBand1) * w[3] + T(kBand2) * (w[4] * u - w[7] * z + w[8] * x);
  grad[1] += -T(kBand1) * w[1] + T(kBand2) * (w[4] * x - w[5] * z - w[8] * u);
  grad[2] +=
      T(kBand1) * w[2] + T(kBand2) * (-w[5] * u + T(6 * kInverseTwoSqrt3) * w[6] * z - w[7] * x);
}

/// Coefficient k of an image's sh_coefficients [27] with the ambient offset.
FGCN_HD real sh_coefficient(const real* sh_coefficients, int k) {
  return sh_coefficients[k] + (k % 9 == 0 ? static_cast<real>(kAmbientOffset) : real(0));
}

/// Light on a vertex from coefficients [27].
FGCN_HD Real3 sh_vertex(Real3 normal, const real* light) {
  const real n[3] = {normal.x, normal.y, normal.z};
  real basis[9];
  sh_basis(n, basis);
  real out[3];
  for (int c = 0; c < 3; ++c) {
    out[c] = 0;
    for (int k = 0; k < 9; ++k) out[c] += basis[k] * light[9 * c + k];
  }
  return load3(out);
}

/// From a vertex' cotangent g: its normal's; adds to sum [27], that of the coefficients.
FGCN_HD Real3 sh_cotangents(Real3 normal, const real* light, Real3 g, double* sum) {
  const real n[3] = {normal.x, normal.y, normal.z}, by[3] = {g.x, g.y, g.z};
  real basis[9], weight[9] = {};
  sh_basis(n, basis);
  for (int c = 0; c < 3; ++c) {
    for (int k = 0; k < 9; ++k) {
      sum[9 * c + k] += static_cast<double>(by[c]) * basis[k];
      weight[k] += by[c] * light[9 * c + k];
    }
  }
  real out[3] = {};
  sh_gradient(n, weight, out);
  return load3(out);
}

}  // namespace fgcn::kernels
