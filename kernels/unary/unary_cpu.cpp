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
  return UnaryMath<kF>::value(x, p, q);
}
template <Unary kF>
real derivative_of(real s, real p, real q) {
  if constexpr (kF == Unary::kSin) return std::cos(s);
  if constexpr (kF == Unary::kCos) return -std::sin(s);
  return UnaryMath<kF>::derivative(s, p, q);
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
    for (std::int64_t i = 0; i < size; ++i)
      grad_x[i] = grad_y[i] * derivative_of<kF>(s[i], f.p, f.q);
  }
};

}  // namespace

void unary(const Context& ctx, const UnaryFunction& f, View<const real> x, View<real> y) {
  select_unary<Forward>(ctx, f, x, y);
}

void unary_vjp(const Context& ctx, const UnaryFunction& f, View<const real> s,
               View<const real> grad_y, View<real> grad_x) {
  select_unary<Backward>(ctx, f, s, grad_y, grad_x);
}

}  // namespace fgcn::kernels::cpu
