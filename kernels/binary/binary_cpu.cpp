#include "kernels/binary/binary_math.h"

namespace fgcn::kernels::cpu {
namespace {

template <Binary kF>
void run(const Context& ctx, View<const real> a, View<const real> b, View<real> y) {
  const std::int64_t size = y.size();
  const int threads = size < 16384 ? 1 : ctx.threads();
  if (a.shape == y.shape && b.shape == y.shape) {
#pragma omp parallel for simd num_threads(threads)
    for (std::int64_t i = 0; i < size; ++i) y[i] = apply<kF>(a[i], b[i]);
    return;
  }
  if (size == 0) return;
  // One row of the last axis at a time: both operands are contiguous or constant along it.
  const BroadcastStrides step_a = broadcast_strides(a.shape, y.shape);
  const BroadcastStrides step_b = broadcast_strides(b.shape, y.shape);
  const int last = y.shape.rank - 1;
  const std::int64_t width = y.shape.rank ? y.dim(last) : 1;
  const std::int64_t inner_a = y.shape.rank ? step_a.stride[last] : 0;
  const std::int64_t inner_b = y.shape.rank ? step_b.stride[last] : 0;
#pragma omp parallel for num_threads(threads)
  for (std::int64_t row = 0; row < size / width; ++row) {
    const real* from_a = a.data + broadcast_offset(row * width, y.shape, step_a);
    const real* from_b = b.data + broadcast_offset(row * width, y.shape, step_b);
    real* out = y.data + row * width;
    for (std::int64_t c = 0; c < width; ++c)
      out[c] = apply<kF>(from_a[c * inner_a], from_b[c * inner_b]);
  }
}

}  // namespace

void binary(const Context& ctx, Binary f, View<const real> a, View<const real> b, View<real> y) {
  switch (f) {
    case Binary::kAdd:
      return run<Binary::kAdd>(ctx, a, b, y);
    case Binary::kSub:
      return run<Binary::kSub>(ctx, a, b, y);
    case Binary::kMul:
      return run<Binary::kMul>(ctx, a, b, y);
    case Binary::kDiv:
      return run<Binary::kDiv>(ctx, a, b, y);
    case Binary::kMax:
      return run<Binary::kMax>(ctx, a, b, y);
    case Binary::kMin:
      return run<Binary::kMin>(ctx, a, b, y);
    case Binary::kGreater:
      return run<Binary::kGreater>(ctx, a, b, y);
    case Binary::kLess:
      return run<Binary::kLess>(ctx, a, b, y);
  }
}

}  // namespace fgcn::kernels::cpu
