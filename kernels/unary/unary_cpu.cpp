#include <cmath>

#include "kernels/unary/unary_math.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kSerial = 16384;  // below this a team of threads costs more than it saves

// The library's sine and cosine are faster here than those without a table.
template <Unary kF>
real value_of(real x, real p, real q) {
  if constexpr (kF == Unary::kSin) return std::sin(x);
  if constexpr (kF == Unary::kCos) return std::cos(x);
  return apply<kF>(x, p, q);
}
template <Unary kF>
real slope_of(real s, real p, real q) {
  if constexpr (kF == Unary::kSin) return std::cos(s);
  if constexpr (kF == Unary::kCos) return -std::sin(s);
  return slope<kF>(s, p, q);
}

template <Unary kF>
struct Forward {
  static void run(const Context& ctx, const UnaryFunction& f, View<const real> x, View<real> y) {
    const std::int64_t size = y.size();
    const int threads = size < kSerial ? 1 : ctx.threads();
#pragma omp parallel for simd num_threads(threads)
    for (std::int64_t i = 0; i < size; ++i) y[i] = value_of<kF>(x[i], f.p, f.q);
  }
};

template <Unary kF>
struct Backward {
  static void run(const Context& ctx, const UnaryFunction& f, View<const real> s,
                  View<const real> grad_y, View<real> grad_x) {
    const std::int64_t size = grad_x.size();
    const int threads = size < kSerial ? 1 : ctx.threads();
#pragma omp parallel for simd num_threads(threads)
    for (std::int64_t i = 0; i < size; ++i) grad_x[i] = grad_y[i] * slope_of<kF>(s[i], f.p, f.q);
  }
};

/// From a value to a type: runs Loop<kind> for the function's kind.
template <template <Unary> class Loop, class... Args>
void select(const Context& ctx, const UnaryFunction& f, const Args&... args) {
  switch (f.kind) {
    case Unary::kScale:
      return Loop<Unary::kScale>::run(ctx, f, args...);
    case Unary::kAddScalar:
      return Loop<Unary::kAddScalar>::run(ctx, f, args...);
    case Unary::kExp:
      return Loop<Unary::kExp>::run(ctx, f, args...);
    case Unary::kLog:
      return Loop<Unary::kLog>::run(ctx, f, args...);
    case Unary::kSqrt:
      return Loop<Unary::kSqrt>::run(ctx, f, args...);
    case Unary::kSquare:
      return Loop<Unary::kSquare>::run(ctx, f, args...);
    case Unary::kAbs:
      return Loop<Unary::kAbs>::run(ctx, f, args...);
    case Unary::kSin:
      return Loop<Unary::kSin>::run(ctx, f, args...);
    case Unary::kCos:
      return Loop<Unary::kCos>::run(ctx, f, args...);
    case Unary::kTanh:
      return Loop<Unary::kTanh>::run(ctx, f, args...);
    case Unary::kSigmoid:
      return Loop<Unary::kSigmoid>::run(ctx, f, args...);
    case Unary::kLeakyRelu:
      return Loop<Unary::kLeakyRelu>::run(ctx, f, args...);
    case Unary::kElu:
      return Loop<Unary::kElu>::run(ctx, f, args...);
    case Unary::kClamp:
      return Loop<Unary::kClamp>::run(ctx, f, args...);
    case Unary::kReciprocal:
      return Loop<Unary::kReciprocal>::run(ctx, f, args...);
  }
}

}  // namespace

void unary(const Context& ctx, const UnaryFunction& f, View<const real> x, View<real> y) {
  select<Forward>(ctx, f, x, y);
}

void unary_vjp(const Context& ctx, const UnaryFunction& f, View<const real> s,
               View<const real> grad_y, View<real> grad_x) {
  select<Backward>(ctx, f, s, grad_y, grad_x);
}

}  // namespace fgcn::kernels::cpu
