#include <algorithm>
#include <array>
#include <vector>

#include "kernels/sh_light/sh_light.h"
#include "kernels/sh_light/sh_light_math.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kBlock = 1024;  // vertices summed in one go; fixed, so that bits do not vary

/// gamma with the ambient offset.
std::array<real, 27> coefficients(const View<const real>& gamma, std::int64_t n) {
  std::array<real, 27> out;
  for (int k = 0; k < 27; ++k)
    out[k] = gamma(n, k) + (k % 9 == 0 ? static_cast<real>(kAmbientOffset) : real(0));
  return out;
}

}  // namespace

void sh_light(const Context& ctx, View<const real> normals, View<const real> gamma, View<real> y) {
  for (std::int64_t n = 0; n < normals.dim(0); ++n) {
    const std::array<real, 27> light = coefficients(gamma, n);
    const std::int64_t first = n * normals.dim(1);
#pragma omp parallel for num_threads(ctx.threads())
    for (std::int64_t i = first; i < first + normals.dim(1); ++i) {
      real basis[9];
      sh_basis(normals.data + 3 * i, basis);
      for (int c = 0; c < 3; ++c) {
        real sum = 0;
        for (int k = 0; k < 9; ++k) sum += basis[k] * light[9 * c + k];
        y[3 * i + c] = sum;
      }
    }
  }
}

void sh_light_adjoint(const Context& ctx, View<const real> normals, View<const real> gamma,
                      View<const real> grad_y, View<real> grad_normals, View<real> grad_gamma) {
  const std::int64_t vertices = normals.dim(1);
  const std::int64_t blocks = (vertices + kBlock - 1) / kBlock;
  for (std::int64_t n = 0; n < normals.dim(0); ++n) {
    const std::array<real, 27> light = coefficients(gamma, n);
    std::vector<std::array<double, 27>> partial(static_cast<std::size_t>(blocks));
#pragma omp parallel for num_threads(ctx.threads())
    for (std::int64_t b = 0; b < blocks; ++b) {
      std::array<double, 27> sum{};
      for (std::int64_t v = b * kBlock; v < std::min(vertices, (b + 1) * kBlock); ++v) {
        const real* normal = normals.data + (n * vertices + v) * 3;
        const real* g = grad_y.data + (n * vertices + v) * 3;
        real basis[9];
        real weight[9] = {};
        sh_basis(normal, basis);
        for (int c = 0; c < 3; ++c) {
          for (int k = 0; k < 9; ++k) {
            sum[9 * c + k] += static_cast<double>(g[c]) * basis[k];
            weight[k] += g[c] * light[9 * c + k];
          }
        }
        real* out = grad_normals.data + (n * vertices + v) * 3;
        out[0] = out[1] = out[2] = 0;
        sh_gradient(normal, weight, out);
      }
      partial[b] = sum;
    }
    for (int k = 0; k < 27; ++k) {
      double total = 0;
      for (const auto& sum : partial) total += sum[k];
      grad_gamma(n, k) = static_cast<real>(total);
    }
  }
}

}  // namespace fgcn::kernels::cpu
