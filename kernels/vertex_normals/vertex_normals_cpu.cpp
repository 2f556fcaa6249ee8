#include <cmath>

#include "kernels/vertex_normals/vertex_normals_math.h"

namespace fgcn::kernels::cpu {

void vertex_normals(const Context& ctx, View<const std::int32_t> triangles,
                    const CornersView& corners, View<const real> x, View<real> y) {
  const std::int64_t vertices = x.dim(1);
#pragma omp parallel for num_threads(ctx.threads())
  for (std::int64_t i = 0; i < x.dim(0) * vertices; ++i) {
    const std::int64_t v = i % vertices;
    const Real3 s = normal_sum(triangles.data, corners, x.data + (i - v) * 3, v);
    const real length = std::sqrt(dot(s, s));
    const real scale = length > 0 ? 1 / length : real(0);
    y[3 * i] = s.x * scale;
    y[3 * i + 1] = s.y * scale;
    y[3 * i + 2] = s.z * scale;
  }
}

void vertex_normals_adjoint(const Context& ctx, View<const std::int32_t> triangles,
                            const CornersView& corners, View<const real> x, View<const real> grad_y,
                            View<real> grad_sum, View<real> grad_x) {
  const std::int64_t vertices = x.dim(1);
  const std::int64_t total = x.dim(0) * vertices;
#pragma omp parallel for num_threads(ctx.threads())
  for (std::int64_t i = 0; i < total; ++i) {
    const std::int64_t v = i % vertices;
    const Real3 s = normal_sum(triangles.data, corners, x.data + (i - v) * 3, v);
    const real length = std::sqrt(dot(s, s));
    const real scale = length > 0 ? 1 / length : real(0);
    const Real3 n{s.x * scale, s.y * scale, s.z * scale};
    const Real3 g = load3(grad_y.data + 3 * i);
    const real along = dot(n, g);
    grad_sum[3 * i] = (g.x - n.x * along) * scale;
    grad_sum[3 * i + 1] = (g.y - n.y * along) * scale;
    grad_sum[3 * i + 2] = (g.z - n.z * along) * scale;
  }
#pragma omp parallel for num_threads(ctx.threads())
  for (std::int64_t i = 0; i < total; ++i) {
    const std::int64_t v = i % vertices;
    const real* from_x = x.data + (i - v) * 3;
    const real* from_sum = grad_sum.data + (i - v) * 3;
    Real3 sum{0, 0, 0};
    for (std::int32_t e = corners.begin[v]; e < corners.begin[v + 1]; ++e) {
      const std::int32_t corner = corners.corner[e];
      const std::int32_t* t = triangles.data + corner / 3 * 3;
      const Real3 g = plus(plus(load3(from_sum + 3 * t[0]), load3(from_sum + 3 * t[1])),
                           load3(from_sum + 3 * t[2]));
      sum = plus(sum, corner_cotangent(load3(from_x + 3 * t[0]), load3(from_x + 3 * t[1]),
                                       load3(from_x + 3 * t[2]), corner % 3, g));
    }
    grad_x[3 * i] = sum.x;
    grad_x[3 * i + 1] = sum.y;
    grad_x[3 * i + 2] = sum.z;
  }
}

}  // namespace fgcn::kernels::cpu
