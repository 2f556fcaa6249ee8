// Floating-point arithmetic, against the host's in its four roundings.
#include <cfenv>

#include "tests/ptx/instruction_case.h"

namespace fgcn::ptx {
namespace {

#define FGCN_FLOATS(T)                                            \
  FGCN_ASM(add_##T, "add.rn." #T " %0, %1, %2;", T, T, T, T);     \
  FGCN_ASM(sub_##T, "sub." #T " %0, %1, %2;", T, T, T, T);        \
  FGCN_ASM(mul_##T, "mul.rn." #T " %0, %1, %2;", T, T, T, T);     \
  FGCN_ASM(div_##T, "div.rn." #T " %0, %1, %2;", T, T, T, T);     \
  FGCN_ASM(fma_##T, "fma.rn." #T " %0, %1, %2, %3;", T, T, T, T); \
  FGCN_ASM(sqrt_##T, "sqrt.rn." #T " %0, %1;", T, T, T, T);       \
  FGCN_ASM(rcp_##T, "rcp.rn." #T " %0, %1;", T, T, T, T);         \
  FGCN_ASM(neg_##T, "neg." #T " %0, %1;", T, T, T, T);            \
  FGCN_ASM(abs_##T, "abs." #T " %0, %1;", T, T, T, T);            \
  FGCN_ASM(min_##T, "min." #T " %0, %1, %2;", T, T, T, T);        \
  FGCN_ASM(max_##T, "max." #T " %0, %1, %2;", T, T, T, T);        \
  FGCN_ASM(copysign_##T, "copysign." #T " %0, %1, %2;", T, T, T, T)
FGCN_FLOATS(f32);
FGCN_FLOATS(f64);

#define FGCN_DIRECTED(R)                                               \
  FGCN_ASM(add_##R, "add." #R ".f32 %0, %1, %2;", f32, f32, f32, f32); \
  FGCN_ASM(sub_##R, "sub." #R ".f32 %0, %1, %2;", f32, f32, f32, f32); \
  FGCN_ASM(mul_##R, "mul." #R ".f32 %0, %1, %2;", f32, f32, f32, f32); \
  FGCN_ASM(fma_##R, "fma." #R ".f32 %0, %1, %2, %3;", f32, f32, f32, f32)
FGCN_DIRECTED(rz);
FGCN_DIRECTED(rm);
FGCN_DIRECTED(rp);

#define FGCN_APPROXIMATE(NAME, TEXT) FGCN_ASM(NAME, TEXT, f32, f32, f32, f32)
FGCN_APPROXIMATE(ex2, "ex2.approx.f32 %0, %1;");
FGCN_APPROXIMATE(ex2_whole, "cvt.rni.f32.f32 %0, %1; ex2.approx.f32 %0, %0;");
FGCN_APPROXIMATE(lg2, "lg2.approx.f32 %0, %1;");
FGCN_APPROXIMATE(lg2_power,
                 "cvt.rni.f32.f32 %0, %1; ex2.approx.f32 %0, %0; lg2.approx.f32 %0, %0;");
FGCN_APPROXIMATE(sine, "sin.approx.f32 %0, %1;");
FGCN_APPROXIMATE(cosine, "cos.approx.f32 %0, %1;");
FGCN_APPROXIMATE(tangent, "tanh.approx.f32 %0, %1;");
FGCN_APPROXIMATE(rsqrt, "rsqrt.approx.f32 %0, %1;");
FGCN_APPROXIMATE(rcp_fast, "rcp.approx.f32 %0, %1;");
FGCN_APPROXIMATE(sqrt_fast, "sqrt.approx.f32 %0, %1;");
FGCN_APPROXIMATE(div_fast, "div.approx.f32 %0, %1, %2;");
FGCN_APPROXIMATE(div_full, "div.full.f32 %0, %1, %2;");

/// `f` in a rounding of the host's.
template <class F>
f32 in_rounding(int rounding, F f) {
  const int before = std::fegetround();
  std::fesetround(rounding);
  const volatile f32 result = f();
  std::fesetround(before);
  return result;
}
template <int kRounding>
f32 sum(f32 a, f32 b, f32) {
  const volatile f32 x = a, y = b;
  return in_rounding(kRounding, [&] { return x + y; });
}
template <int kRounding>
f32 difference(f32 a, f32 b, f32) {
  const volatile f32 x = a, y = b;
  return in_rounding(kRounding, [&] { return x - y; });
}
template <int kRounding>
f32 product(f32 a, f32 b, f32) {
  const volatile f32 x = a, y = b;
  return in_rounding(kRounding, [&] { return x * y; });
}
template <int kRounding>
f32 product_sum(f32 a, f32 b, f32 c) {
  const volatile f32 x = a, y = b, z = c;
  return in_rounding(kRounding, [&] { return std::fma(f32(x), f32(y), f32(z)); });
}

template <class T>
T least(T a, T b, T) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  if (a == 0 && b == 0) return std::signbit(a) || std::signbit(b) ? T(-0.0) : T(0);
  return a < b ? a : b;
}
template <class T>
T greatest(T a, T b, T c) {
  return -least<T>(-a, -b, c);
}

f32 whole(f32 a) { return std::nearbyint(a); }
f32 power(f32 a, f32, f32) {
  if (std::isnan(a)) return a;
  return std::ldexp(1.0f, static_cast<int>(std::clamp(whole(a), -1000.0f, 1000.0f)));
}
f32 logarithm_of_power(f32 a, f32, f32) {
  if (std::isnan(a)) return a;
  const f32 limit = std::numeric_limits<f32>::infinity();
  if (whole(a) > 127) return limit;
  return whole(a) < -149 ? -limit : whole(a) + 0.0f;
}

#define FGCN_FLOAT_CASES(T)                                                                 \
  add_##T::against([](T a, T b, T) { return a + b; }),                                      \
      sub_##T::against([](T a, T b, T) { return a - b; }),                                  \
      mul_##T::against([](T a, T b, T) { return a * b; }),                                  \
      div_##T::against([](T a, T b, T) { return a / b; }),                                  \
      fma_##T::against([](T a, T b, T c) { return std::fma(a, b, c); }),                    \
      sqrt_##T::against([](T a, T, T) { return std::sqrt(a); }),                            \
      rcp_##T::against([](T a, T, T) { return T(1) / a; }),                                 \
      neg_##T::against([](T a, T, T) { return -a; }),                                       \
      abs_##T::against([](T a, T, T) { return std::fabs(a); }), min_##T::against(least<T>), \
      max_##T::against(greatest<T>),                                                        \
      copysign_##T::against([](T a, T b, T) { return std::copysign(b, a); })

#define FGCN_DIRECTED_CASES(R, ROUNDING)                                   \
  add_##R::against(sum<ROUNDING>), sub_##R::against(difference<ROUNDING>), \
      mul_##R::against(product<ROUNDING>), fma_##R::against(product_sum<ROUNDING>)

constexpr f64 kHalfUlp = 1.2e-7;  // of a float, twice: the host's own last bit

}  // namespace

std::vector<InstructionCase> float_cases() {
  return {
      FGCN_FLOAT_CASES(f32),
      FGCN_FLOAT_CASES(f64),
      FGCN_DIRECTED_CASES(rz, FE_TOWARDZERO),
      FGCN_DIRECTED_CASES(rm, FE_DOWNWARD),
      FGCN_DIRECTED_CASES(rp, FE_UPWARD),
      ex2::against([](f32 a, f32, f32) { return std::exp2(a); }, kHalfUlp),
      ex2_whole::against(power),
      lg2::against([](f32 a, f32, f32) { return std::log2(a); }, kHalfUlp),
      lg2_power::against(logarithm_of_power),
      sine::against([](f32 a, f32, f32) { return std::sin(a); }, kHalfUlp),
      cosine::against([](f32 a, f32, f32) { return std::cos(a); }, kHalfUlp),
      tangent::against([](f32 a, f32, f32) { return std::tanh(a); }, kHalfUlp),
      rsqrt::against([](f32 a, f32, f32) { return 1 / std::sqrt(f64(a)); }, kHalfUlp),
      rcp_fast::against([](f32 a, f32, f32) { return 1 / a; }, kHalfUlp),
      sqrt_fast::against([](f32 a, f32, f32) { return std::sqrt(a); }, kHalfUlp),
      div_fast::against([](f32 a, f32 b, f32) { return a / b; }, kHalfUlp),
      div_full::against([](f32 a, f32 b, f32) { return a / b; }, kHalfUlp),
  };
}

}  // namespace fgcn::ptx
