#include "kernels/project/project.h"

namespace fgcn::kernels::cpu {

void project(const Context& ctx, const Pinhole& camera, View<const real> x, View<real> y) {
#pragma omp parallel for num_threads(ctx.threads())
  for (std::int64_t i = 0; i < x.dim(0) * x.dim(1); ++i) {
    const real* v = x.data + 3 * i;
    const real depth = camera.distance - v[2];
    y[3 * i] = camera.centre_x + camera.focal * v[0] / depth;
    y[3 * i + 1] = camera.centre_y - camera.focal * v[1] / depth;
    y[3 * i + 2] = depth;
  }
}

void project_adjoint(const Context& ctx, const Pinhole& camera, View<const real> x,
                     View<const real> grad_y, View<real> grad_x) {
#pragma omp parallel for num_threads(ctx.threads())
  for (std::int64_t i = 0; i < x.dim(0) * x.dim(1); ++i) {
    const real* v = x.data + 3 * i;
    const real* g = grad_y.data + 3 * i;
    const real scale = camera.focal / (camera.distance - v[2]);
    grad_x[3 * i] = scale * g[0];
    grad_x[3 * i + 1] = -scale * g[1];
    grad_x[3 * i + 2] = (g[0] * v[0] - g[1] * v[1]) * scale / (camera.distance - v[2]) - g[2];
  }
}

}  // namespace fgcn::kernels::cpu
