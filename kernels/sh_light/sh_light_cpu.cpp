#include <algorithm>
#include <array>
#include <vector>

#include "kernels/sh_light/sh_light.h"
#include "kernels/sh_light/sh_light_math.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kBlock = 1024;  // vertices summed in one go; fixed, so that bits do not vary

/// sh_coefficients with the ambient offset.
std::array<real, 27> coefficients(const View<const real>& sh_coefficients, std::int64_t n) {
  std::array<real, 27> out;
  for (int k = 0; k < 27; ++k) out[k] = sh_coefficient(&sh_coefficients(n, 0), k);
  return out;
}

}  // namespace

void sh_light(const Context& ctx, View<const real> normals, View<const real> sh_coefficients,
              View<real> y) {
  for (std::int64_t n = 0; n < normals.dim(0); ++n) {
    const std::array<real, 27> light = coefficients(sh_coefficients, n);
    const std::int64_t first = n * normals.dim(1);
#pragma omp parallel for num_threads(ctx.threads())
    for (std::int64_t i = first; i < first + normals.dim(1); ++i)
      store3(y.data + 3 * i, sh_vertex(load3(normals.data + 3 * i), light.data()));
  }
}

void sh_light_adjoint(const Context& ctx, View<const real> normals,
                      View<const real> sh_coefficients, View<const real> grad_y,
                      View<real> grad_normals, View<real> grad_sh_coefficients) {
  const std::int64_t vertices = normals.dim(1);
  const std::int64_t blocks = (vertices + kBlock - 1) / kBlock;
  for (std::int64_t n = 0; n < normals.dim(0); ++n) {
    const std::array<real, 27> light = coefficients(sh_coefficients, n);
    std::vector<std::array<double, 27>> partial(static_cast<std::size_t>(blocks));
#pragma omp parallel for num_threads(ctx.threads())
    for (std::int64_t b = 0; b < blocks; ++b) {
      std::array<double, 27> sum{};
      for (std::int64_t v = b * kBlock; v < std::min(vertices, (b + 1) * kBlock); ++v) {
        const std::int64_t at = (n * vertices + v) * 3;
        store3(grad_normals.data + at, sh_cotangents(load3(normals.data + at), light.data(),
                                                     load3(grad_y.data + at), sum.data()));
      }
      partial[b] = sum;
    }
    for (int k = 0; k < 27; ++k) {
      double total = 0;
      for (const auto& sum : partial) total += sum[k];
      grad_sh_coefficients(n, k) = static_cast<real>(total);
    }
  }
}

}  // namespace fgcn::kernels::cpu
