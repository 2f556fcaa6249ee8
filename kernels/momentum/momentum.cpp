#include "kernels/momentum/momentum.h"

namespace fgcn::kernels {

void momentum(const Context& ctx, const MomentumOptions& options, View<real> w, View<real> velocity,
              View<const real> grad) {
  FGCN_CHECK(velocity.shape == w.shape, "momentum: the velocity is ", velocity.shape,
             " for weights ", w.shape);
  FGCN_CHECK(grad.shape == w.shape, "momentum: the gradient is ", grad.shape, " for weights ",
             w.shape);
  FGCN_DISPATCH(ctx, momentum, options, w, velocity, grad);
}

}  // namespace fgcn::kernels
