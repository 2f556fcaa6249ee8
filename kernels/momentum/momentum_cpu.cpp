#include "kernels/momentum/momentum_math.h"

namespace fgcn::kernels::cpu {

void momentum(const Context& ctx, const MomentumOptions& options, View<real> w, View<real> velocity,
              View<const real> grad) {
  const MomentumFactors factors = momentum_factors(options);
  const int threads = w.size() < 32768 ? 1 : ctx.threads();
#pragma omp parallel for simd num_threads(threads) schedule(static)
  for (std::int64_t i = 0; i < w.size(); ++i)
    momentum_element(factors, grad.data[i], w.data[i], velocity.data[i]);
}

}  // namespace fgcn::kernels::cpu
