#include "kernels/project/project_math.h"

namespace fgcn::kernels::cpu {

void project(const Context& ctx, const Pinhole& camera, View<const real> x, View<real> y) {
#pragma omp parallel for num_threads(ctx.threads())
  for (std::int64_t i = 0; i < x.dim(0) * x.dim(1); ++i)
    store3(y.data + 3 * i, project_vertex(camera, load3(x.data + 3 * i)));
}

void project_adjoint(const Context& ctx, const Pinhole& camera, View<const real> x,
                     View<const real> grad_y, View<real> grad_x) {
#pragma omp parallel for num_threads(ctx.threads())
  for (std::int64_t i = 0; i < x.dim(0) * x.dim(1); ++i) {
    const Real3 v = load3(x.data + 3 * i), g = load3(grad_y.data + 3 * i);
    store3(grad_x.data + 3 * i, project_cotangent(camera, v, g));
  }
}

}  // namespace fgcn::kernels::cpu
