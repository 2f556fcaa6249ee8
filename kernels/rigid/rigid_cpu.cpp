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
    const Real3 t = load3(&translation(n, 0));
    const std::int64_t first = n * x.dim(1);
#pragma omp parallel for num_threads(ctx.threads())
    for (std::int64_t i = first; i < first + x.dim(1); ++i)
      store3(y.data + 3 * i, moved(r, load3(x.data + 3 * i), t));
  }
}

void rigid_adjoint(const Context& ctx, View<const real> x, View<const real> angles,
                   View<const real> grad_y, View<real> grad_x, View<real> grad_angles,
                   View<real> grad_translation) {
  const std::int64_t vertices = x.dim(1);
  const std::int64_t blocks = (vertices + kBlock - 1) / kBlock;
  for (std::int64_t n = 0; n < x.dim(0); ++n) {
    const Matrix3<real> r = euler_rotation(&angles(n, 0));
    std::vector<std::array<double, kPoseSums>> partial(static_cast<std::size_t>(blocks));
#pragma omp parallel for num_threads(ctx.threads())
    for (std::int64_t b = 0; b < blocks; ++b) {
      std::array<double, kPoseSums> sum{};
      for (std::int64_t v = b * kBlock; v < std::min(vertices, (b + 1) * kBlock); ++v) {
        const std::int64_t at = (n * vertices + v) * 3;
        const Real3 g = load3(grad_y.data + at);
        add_pose_terms(load3(x.data + at), g, sum.data());
        store3(grad_x.data + at, turned_back(r, g));
      }
      partial[b] = sum;
    }
    std::array<double, kPoseSums> total{};
    for (const auto& sum : partial)
      for (int k = 0; k < kPoseSums; ++k) total[k] += sum[k];
    SinCos<double> turns[3];
    for (int c = 0; c < 3; ++c) turns[c] = library_sin_cos(static_cast<double>(angles(n, c)));
    for (int c = 0; c < 3; ++c) {
      grad_angles(n, c) = static_cast<real>(angle_cotangent(turns, c, total.data()));
      grad_translation(n, c) = static_cast<real>(total[9 + c]);
    }
  }
}

}  // namespace fgcn::kernels::cpu
