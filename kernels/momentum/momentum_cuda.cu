#include "kernels/gpu/elements.h"
#include "kernels/momentum/momentum_math.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// One thread per piece of kN elements.
template <int kN>
__global__ void momentum_kernel(MomentumFactors factors, real* weights, real* velocity,
                                const real* grad, std::int64_t pieces) {
  const std::int64_t i = thread_number();
  if (i >= pieces) return;  // no barrier below
  const Lanes<kN> g = load<kN>(grad + i * kN);
  Lanes<kN> w = load<kN>(weights + i * kN), v = load<kN>(velocity + i * kN);
  for (int k = 0; k < kN; ++k) momentum_element(factors, g.of[k], w.of[k], v.of[k]);
  store(weights + i * kN, w);
  store(velocity + i * kN, v);
}

void momentum(const Context& ctx, const MomentumOptions& options, View<real> w, View<real> velocity,
              View<const real> grad) {
  const bool in_lanes = in_pieces(w.data) && in_pieces(velocity.data) && in_pieces(grad.data) &&
                        whole_pieces(w.size());
  const std::int64_t pieces = w.size() / (in_lanes ? kLanes : 1);
  launch(ctx, "momentum", one_thread_each(pieces),
         in_lanes ? momentum_kernel<kLanes> : momentum_kernel<1>, momentum_factors(options), w.data,
         velocity.data, grad.data, pieces);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
