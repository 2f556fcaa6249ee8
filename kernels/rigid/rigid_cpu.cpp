#include <algorithm>
#include <array>
#include <vector>

#include "kernels/rigid/rigid.h"
#include "kernels/rigid/rigid_math.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kBlock = 1024;  // vertices summed in one go; fixed, so that bits do not vary

}  // namespace

void rigid(const Context& ctx, View<const real> x, View<const real> angles,
           View<const real> translation, View<real> y) {
  for (std::int64_t n = 0; n < x.dim(0); ++n) {
    const Matrix3<real> r = euler_rotation(&angles(n, 0));
    const real* t = &translation(n, 0);
    const std::int64_t first = n * x.dim(1);
#pragma omp parallel for num_threads(ctx.threads())
    for (std::int64_t i = first; i < first + x.dim(1); ++i) {
      const real* v = x.data + 3 * i;
      for (int c = 0; c < 3; ++c)
        y[3 * i + c] = r.at[3 * c] * v[0] + r.at[3 * c + 1] * v[1] + r.at[3 * c + 2] * v[2] + t[c];
    }
  }
}

void rigid_adjoint(const Context& ctx, View<const real> x, View<const real> angles,
                   View<const real> grad_y, View<real> grad_x, View<real> grad_angles,
                   View<real> grad_translation) {
  const std::int64_t vertices = x.dim(1);
  const std::int64_t blocks = (vertices + kBlock - 1) / kBlock;
  for (std::int64_t n = 0; n < x.dim(0); ++n) {
    const Matrix3<real> r = euler_rotation(&angles(n, 0));
    // dL/dR (nine) and dL/dt (three), by block.
    std::vector<std::array<double, 12>> partial(static_cast<std::size_t>(blocks));
#pragma omp parallel for num_threads(ctx.threads())
    for (std::int64_t b = 0; b < blocks; ++b) {
      std::array<double, 12> sum{};
      for (std::int64_t v = b * kBlock; v < std::min(vertices, (b + 1) * kBlock); ++v) {
        const real* from_x = x.data + (n * vertices + v) * 3;
        const real* g = grad_y.data + (n * vertices + v) * 3;
        real* out = grad_x.data + (n * vertices + v) * 3;
        for (int c = 0; c < 3; ++c) {
          out[c] = g[0] * r.at[c] + g[1] * r.at[3 + c] + g[2] * r.at[6 + c];
          for (int k = 0; k < 3; ++k) sum[3 * c + k] += static_cast<double>(g[c]) * from_x[k];
          sum[9 + c] += g[c];
        }
      }
      partial[b] = sum;
    }
    std::array<double, 12> total{};
    for (const auto& sum : partial)
      for (int k = 0; k < 12; ++k) total[k] += sum[k];
    const double a[3] = {angles(n, 0), angles(n, 1), angles(n, 2)};
    for (int c = 0; c < 3; ++c) {
      const Matrix3<double> derivative = euler_rotation(a, c);
      double sum = 0;
      for (int k = 0; k < 9; ++k) sum += derivative.at[k] * total[k];
      grad_angles(n, c) = static_cast<real>(sum);
      grad_translation(n, c) = static_cast<real>(total[9 + c]);
    }
  }
}

}  // namespace fgcn::kernels::cpu
