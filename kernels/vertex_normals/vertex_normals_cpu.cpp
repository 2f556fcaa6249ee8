#include "kernels/vertex_normals/vertex_normals_math.h"

namespace fgcn::kernels::cpu {

void vertex_normals(const Context& ctx, View<const std::int32_t> triangles,
                    const CornersView& corners, View<const real> x, View<real> y) {
  const std::int64_t vertices = x.dim(1);
#pragma omp parallel for num_threads(ctx.threads())
  for (std::int64_t i = 0; i < x.dim(0) * vertices; ++i) {
    const std::int64_t v = i % vertices;
    const NormalSum<real> s = normal_sum(triangles.data, corners, x.data + (i - v) * 3, v);
    store3(y.data + 3 * i, unit_normal(s));
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
    const NormalSum<real> s = normal_sum(triangles.data, corners, x.data + (i - v) * 3, v);
    store3(grad_sum.data + 3 * i, unit_cotangent(s, load3(grad_y.data + 3 * i)));
  }
#pragma omp parallel for num_threads(ctx.threads())
  for (std::int64_t i = 0; i < total; ++i) {
    const std::int64_t v = i % vertices;
    store3(grad_x.data + 3 * i, position_cotangent(triangles.data, corners, x.data + (i - v) * 3,
                                                   grad_sum.data + (i - v) * 3, v));
  }
}

}  // namespace fgcn::kernels::cpu
