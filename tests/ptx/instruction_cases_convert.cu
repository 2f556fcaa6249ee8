// cvt in its roundings and saturations, against the host's long double.
#include <cfenv>

#include "tests/ptx/instruction_case.h"

namespace fgcn::ptx {
namespace {

long double whole(long double value, int rounding) {
  if (rounding == FE_DOWNWARD) return std::floor(value);
  if (rounding == FE_UPWARD) return std::ceil(value);
  if (rounding == FE_TOWARDZERO) return std::trunc(value);
  return std::nearbyint(value);
}

/// The nearest value of D to a whole number, at the ends where it is beyond them.
template <class D>
D fitted(long double value) {
  const long double low = std::numeric_limits<D>::min(), high = std::numeric_limits<D>::max();
  if (value <= low) return std::numeric_limits<D>::min();
  return value >= high ? std::numeric_limits<D>::max() : static_cast<D>(value);
}

/// A float to the whole number D, which then lies in a register R.
template <class R, class D, class A, int kRounding>
R float_to_whole(A a, A, A) {
  if (std::isnan(a)) {
    if (sizeof(A) < 8 && sizeof(D) < 8) return 0;
    return static_cast<R>(static_cast<D>(std::make_unsigned_t<D>(1) << (sizeof(D) * 8 - 1)));
  }
  return static_cast<R>(fitted<D>(whole(a, kRounding)));
}
template <class R, class D, class A>
R narrowed(A a, A, A) {
  return static_cast<R>(static_cast<D>(a));
}
template <class R, class D, class A>
R saturated(A a, A, A) {
  return static_cast<R>(fitted<D>(a));
}
/// Any number to a float, in a rounding.
template <class D, class A, int kRounding>
D to_float(A a, A, A) {
  const volatile long double exact = a;
  const int before = std::fegetround();
  std::fesetround(kRounding);
  const volatile D result = static_cast<D>(exact);
  std::fesetround(before);
  return result;
}
template <class A, int kRounding>
A to_whole_float(A a, A, A) {
  return static_cast<A>(whole(a, kRounding));
}
template <class A>
A between_0_and_1(A a, A, A) {
  return a > 0 ? std::min(a, A(1)) : A(0);
}

// A name, the words of the instruction, types of the registers, what is expected.
#define FGCN_CONVERSIONS(X)                                                                  \
  X(f32_s32_n, "rni.s32.f32", s32, f32, (float_to_whole<s32, s32, f32, FE_TONEAREST>))       \
  X(f32_s32_z, "rzi.s32.f32", s32, f32, (float_to_whole<s32, s32, f32, FE_TOWARDZERO>))      \
  X(f32_s32_m, "rmi.s32.f32", s32, f32, (float_to_whole<s32, s32, f32, FE_DOWNWARD>))        \
  X(f32_s32_p, "rpi.s32.f32", s32, f32, (float_to_whole<s32, s32, f32, FE_UPWARD>))          \
  X(f32_u32_n, "rni.u32.f32", u32, f32, (float_to_whole<u32, u32, f32, FE_TONEAREST>))       \
  X(f32_u32_z, "rzi.u32.f32", u32, f32, (float_to_whole<u32, u32, f32, FE_TOWARDZERO>))      \
  X(f32_u32_m, "rmi.u32.f32", u32, f32, (float_to_whole<u32, u32, f32, FE_DOWNWARD>))        \
  X(f32_u32_p, "rpi.u32.f32", u32, f32, (float_to_whole<u32, u32, f32, FE_UPWARD>))          \
  X(f32_s64_z, "rzi.s64.f32", s64, f32, (float_to_whole<s64, s64, f32, FE_TOWARDZERO>))      \
  X(f32_u64_p, "rpi.u64.f32", u64, f32, (float_to_whole<u64, u64, f32, FE_UPWARD>))          \
  X(f64_s32_z, "rzi.s32.f64", s32, f64, (float_to_whole<s32, s32, f64, FE_TOWARDZERO>))      \
  X(f64_u32_n, "rni.u32.f64", u32, f64, (float_to_whole<u32, u32, f64, FE_TONEAREST>))       \
  X(f64_s64_n, "rni.s64.f64", s64, f64, (float_to_whole<s64, s64, f64, FE_TONEAREST>))       \
  X(f64_s64_m, "rmi.s64.f64", s64, f64, (float_to_whole<s64, s64, f64, FE_DOWNWARD>))        \
  X(f64_u64_z, "rzi.u64.f64", u64, f64, (float_to_whole<u64, u64, f64, FE_TOWARDZERO>))      \
  X(f32_s16_z, "rzi.s16.f32", s16, f32, (float_to_whole<s16, s16, f32, FE_TOWARDZERO>))      \
  X(f32_u16_z, "rzi.u16.f32", u16, f32, (float_to_whole<u16, u16, f32, FE_TOWARDZERO>))      \
  X(f32_s32_zs, "rzi.sat.s32.f32", s32, f32, (float_to_whole<s32, s32, f32, FE_TOWARDZERO>)) \
  X(f32_u32_ns, "rni.sat.u32.f32", u32, f32, (float_to_whole<u32, u32, f32, FE_TONEAREST>))  \
  X(s32_f32_n, "rn.f32.s32", f32, s32, (to_float<f32, s32, FE_TONEAREST>))                   \
  X(s32_f32_z, "rz.f32.s32", f32, s32, (to_float<f32, s32, FE_TOWARDZERO>))                  \
  X(s32_f32_m, "rm.f32.s32", f32, s32, (to_float<f32, s32, FE_DOWNWARD>))                    \
  X(s32_f32_p, "rp.f32.s32", f32, s32, (to_float<f32, s32, FE_UPWARD>))                      \
  X(u32_f32_n, "rn.f32.u32", f32, u32, (to_float<f32, u32, FE_TONEAREST>))                   \
  X(u32_f32_z, "rz.f32.u32", f32, u32, (to_float<f32, u32, FE_TOWARDZERO>))                  \
  X(s64_f32_n, "rn.f32.s64", f32, s64, (to_float<f32, s64, FE_TONEAREST>))                   \
  X(s64_f32_p, "rp.f32.s64", f32, s64, (to_float<f32, s64, FE_UPWARD>))                      \
  X(u64_f32_n, "rn.f32.u64", f32, u64, (to_float<f32, u64, FE_TONEAREST>))                   \
  X(s64_f64_n, "rn.f64.s64", f64, s64, (to_float<f64, s64, FE_TONEAREST>))                   \
  X(s64_f64_m, "rm.f64.s64", f64, s64, (to_float<f64, s64, FE_DOWNWARD>))                    \
  X(u64_f64_z, "rz.f64.u64", f64, u64, (to_float<f64, u64, FE_TOWARDZERO>))                  \
  X(s32_f64_n, "rn.f64.s32", f64, s32, (to_float<f64, s32, FE_TONEAREST>))                   \
  X(s16_f32_n, "rn.f32.s16", f32, s16, (to_float<f32, s16, FE_TONEAREST>))                   \
  X(u16_f32_n, "rn.f32.u16", f32, u16, (to_float<f32, u16, FE_TONEAREST>))                   \
  X(f64_f32_n, "rn.f32.f64", f32, f64, (to_float<f32, f64, FE_TONEAREST>))                   \
  X(f64_f32_z, "rz.f32.f64", f32, f64, (to_float<f32, f64, FE_TOWARDZERO>))                  \
  X(f64_f32_m, "rm.f32.f64", f32, f64, (to_float<f32, f64, FE_DOWNWARD>))                    \
  X(f64_f32_p, "rp.f32.f64", f32, f64, (to_float<f32, f64, FE_UPWARD>))                      \
  X(f32_f64, "f64.f32", f64, f32, (to_float<f64, f32, FE_TONEAREST>))                        \
  X(f32_n, "rni.f32.f32", f32, f32, (to_whole_float<f32, FE_TONEAREST>))                     \
  X(f32_z, "rzi.f32.f32", f32, f32, (to_whole_float<f32, FE_TOWARDZERO>))                    \
  X(f32_m, "rmi.f32.f32", f32, f32, (to_whole_float<f32, FE_DOWNWARD>))                      \
  X(f32_p, "rpi.f32.f32", f32, f32, (to_whole_float<f32, FE_UPWARD>))                        \
  X(f64_n, "rni.f64.f64", f64, f64, (to_whole_float<f64, FE_TONEAREST>))                     \
  X(f64_p, "rpi.f64.f64", f64, f64, (to_whole_float<f64, FE_UPWARD>))                        \
  X(f32_sat, "sat.f32.f32", f32, f32, (between_0_and_1<f32>))                                \
  X(f64_sat, "sat.f64.f64", f64, f64, (between_0_and_1<f64>))                                \
  X(u32_u64, "u64.u32", u64, u32, (narrowed<u64, u64, u32>))                                 \
  X(s32_s64, "s64.s32", s64, s32, (narrowed<s64, s64, s32>))                                 \
  X(s32_u64, "u64.s32", u64, s32, (narrowed<u64, u64, s32>))                                 \
  X(u64_u32, "u32.u64", u32, u64, (narrowed<u32, u32, u64>))                                 \
  X(s64_s16, "s16.s64", s16, s64, (narrowed<s16, s16, s64>))                                 \
  X(s32_s8, "s8.s32", s32, s32, (narrowed<s32, s8, s32>))                                    \
  X(u32_u8, "u8.u32", u32, u32, (narrowed<u32, u8, u32>))                                    \
  X(s32_s16, "s16.s32", s32, s32, (narrowed<s32, s16, s32>))                                 \
  X(u16_u32, "u32.u16", u32, u16, (narrowed<u32, u32, u16>))                                 \
  X(s16_s32, "s32.s16", s32, s16, (narrowed<s32, s32, s16>))                                 \
  X(s32_s8_sat, "sat.s8.s32", s32, s32, (saturated<s32, s8, s32>))                           \
  X(s32_u8_sat, "sat.u8.s32", s32, s32, (saturated<s32, u8, s32>))                           \
  X(s64_s32_sat, "sat.s32.s64", s32, s64, (saturated<s32, s32, s64>))                        \
  X(u64_s32_sat, "sat.s32.u64", s32, u64, (saturated<s32, s32, u64>))                        \
  X(s64_u16_sat, "sat.u16.s64", u16, s64, (saturated<u16, u16, s64>))

#define FGCN_CONVERSION(NAME, WORDS, D, A, HOST) \
  FGCN_ASM(NAME, "cvt." WORDS " %0, %1;", D, A, A, A);
FGCN_CONVERSIONS(FGCN_CONVERSION)

}  // namespace

std::vector<InstructionCase> convert_cases() {
#define FGCN_CONVERSION_CASE(NAME, WORDS, D, A, HOST) NAME::against(HOST),
  return {FGCN_CONVERSIONS(FGCN_CONVERSION_CASE)};
}

}  // namespace fgcn::ptx
