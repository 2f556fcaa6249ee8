#include "kernels/gpu/elements.h"
#include "kernels/unary/unary_math.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

constexpr unsigned kUnaryThreads = 256;
constexpr std::int64_t kUnaryBlock = kUnaryThreads * kLanes;  // elements of a block

/// Which elements a thread owns. A block that is whole and aligned moves pieces; the last one, and
/// all where the arrays are not aligned, single elements a block's width apart.
struct UnaryShare {
  std::int64_t first, step, end;  // end: first + kLanes steps, or the array's
  bool piece;
};

__device__ __forceinline__ UnaryShare unary_share(std::int64_t size, bool aligned) {
  const std::int64_t block = static_cast<std::int64_t>(blockIdx.x) * kUnaryBlock;
  if (aligned && block + kUnaryBlock <= size) {
    const std::int64_t first = block + threadIdx.x * kLanes;
    return {first, 1, first + kLanes, true};
  }
  return {block + threadIdx.x, kUnaryThreads,
          block + kUnaryBlock < size ? block + kUnaryBlock : size, false};
}

template <Unary kF>
__global__ void unary_kernel(real p, real q, const real* x, real* y, std::int64_t size,
                             bool aligned) {
  const UnaryShare at = unary_share(size, aligned);
  if (at.piece) {
    Lanes<kLanes> v = load<kLanes>(x + at.first);
    for (int k = 0; k < kLanes; ++k) v.of[k] = UnaryMath<kF>::value(v.of[k], p, q);
    store(y + at.first, v);
  } else {
    for (std::int64_t i = at.first; i < at.end; i += at.step)
      y[i] = UnaryMath<kF>::value(x[i], p, q);
  }
}

template <Unary kF>
__global__ void unary_vjp_kernel(real p, real q, const real* s, const real* grad_y, real* grad_x,
                                 std::int64_t size, bool aligned) {
  const UnaryShare at = unary_share(size, aligned);
  if (at.piece) {
    const Lanes<kLanes> v = load<kLanes>(s + at.first);
    Lanes<kLanes> grad = load<kLanes>(grad_y + at.first);
    for (int k = 0; k < kLanes; ++k) grad.of[k] *= UnaryMath<kF>::derivative(v.of[k], p, q);
    store(grad_x + at.first, grad);
  } else {
    for (std::int64_t i = at.first; i < at.end; i += at.step)
      grad_x[i] = grad_y[i] * UnaryMath<kF>::derivative(s[i], p, q);
  }
}

template <Unary kF>
struct UnaryForward {
  static void run(const Context& ctx, const UnaryFunction& f, View<const real> x, View<real> y) {
    const std::int64_t size = y.size();
    launch(ctx, "unary", one_block_each((size + kUnaryBlock - 1) / kUnaryBlock, kUnaryThreads),
           unary_kernel<kF>, f.p, f.q, x.data, y.data, size,
           in_pieces(x.data) && in_pieces(y.data));
  }
};

template <Unary kF>
struct UnaryBackward {
  static void run(const Context& ctx, const UnaryFunction& f, View<const real> s,
                  View<const real> grad_y, View<real> grad_x) {
    const std::int64_t size = grad_x.size();
    launch(ctx, "unary_vjp", one_block_each((size + kUnaryBlock - 1) / kUnaryBlock, kUnaryThreads),
           unary_vjp_kernel<kF>, f.p, f.q, s.data, grad_y.data, grad_x.data, size,
           in_pieces(s.data) && in_pieces(grad_y.data) && in_pieces(grad_x.data));
  }
};

void unary(const Context& ctx, const UnaryFunction& f, View<const real> x, View<real> y) {
  select_unary<UnaryForward>(ctx, f, x, y);
}

void unary_vjp(const Context& ctx, const UnaryFunction& f, View<const real> s,
               View<const real> grad_y, View<real> grad_x) {
  select_unary<UnaryBackward>(ctx, f, s, grad_y, grad_x);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
