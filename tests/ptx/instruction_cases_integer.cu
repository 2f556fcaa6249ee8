// Whole numbers, against 128-bit arithmetic.
#include "tests/ptx/instruction_case.h"

namespace fgcn::ptx {
namespace {

#define FGCN_INTEGERS(T)                                             \
  FGCN_ASM(add_##T, "add." #T " %0, %1, %2;", T, T, T, T);           \
  FGCN_ASM(sub_##T, "sub." #T " %0, %1, %2;", T, T, T, T);           \
  FGCN_ASM(mul_lo_##T, "mul.lo." #T " %0, %1, %2;", T, T, T, T);     \
  FGCN_ASM(mul_hi_##T, "mul.hi." #T " %0, %1, %2;", T, T, T, T);     \
  FGCN_ASM(mad_lo_##T, "mad.lo." #T " %0, %1, %2, %3;", T, T, T, T); \
  FGCN_ASM(mad_hi_##T, "mad.hi." #T " %0, %1, %2, %3;", T, T, T, T); \
  FGCN_ASM(div_##T, "div." #T " %0, %1, %2;", T, T, T, T);           \
  FGCN_ASM(rem_##T, "rem." #T " %0, %1, %2;", T, T, T, T);           \
  FGCN_ASM(min_##T, "min." #T " %0, %1, %2;", T, T, T, T);           \
  FGCN_ASM(max_##T, "max." #T " %0, %1, %2;", T, T, T, T);           \
  FGCN_ASM(shr_##T, "shr." #T " %0, %1, %2;", T, T, u32, T)
FGCN_INTEGERS(s16);
FGCN_INTEGERS(u16);
FGCN_INTEGERS(s32);
FGCN_INTEGERS(u32);
FGCN_INTEGERS(s64);
FGCN_INTEGERS(u64);

#define FGCN_WIDE(T, W)                                              \
  FGCN_ASM(mul_wide_##T, "mul.wide." #T " %0, %1, %2;", W, T, T, T); \
  FGCN_ASM(mad_wide_##T, "mad.wide." #T " %0, %1, %2, %3;", W, T, T, W)
FGCN_WIDE(s16, s32);
FGCN_WIDE(u16, u32);
FGCN_WIDE(s32, s64);
FGCN_WIDE(u32, u64);

#define FGCN_SIGNED(T)                                 \
  FGCN_ASM(neg_##T, "neg." #T " %0, %1;", T, T, T, T); \
  FGCN_ASM(abs_##T, "abs." #T " %0, %1;", T, T, T, T)
FGCN_SIGNED(s16);
FGCN_SIGNED(s32);
FGCN_SIGNED(s64);

#define FGCN_EXTRACT(T) FGCN_ASM(bfe_##T, "bfe." #T " %0, %1, %2, %3;", T, T, u32, u32)
FGCN_EXTRACT(s32);
FGCN_EXTRACT(u32);
FGCN_EXTRACT(s64);
FGCN_EXTRACT(u64);

/// Bit by bit, as PTX's manual has it.
template <class T>
T extracted(T a, u32 b, u32 c) {
  using U = std::make_unsigned_t<T>;
  const int top = sizeof(T) * 8 - 1, position = b & 0xff, length = c & 0xff;
  const auto bit = [&](int i) { return static_cast<U>(static_cast<U>(a) >> i & 1); };
  const U sign =
      std::is_signed_v<T> && length != 0 ? bit(std::min(position + length - 1, top)) : U(0);
  U d = 0;
  for (int i = 0; i <= top; ++i)
    d |= (i < length && position + i <= top ? bit(position + i) : sign) << i;
  return static_cast<T>(d);
}

/// Shifts one bit at a time, to any width.
template <class T>
T shifted_right(T a, u32 by) {
  for (u32 i = 0; i < std::min(by, 200u); ++i) a = static_cast<T>(a < 0 ? ~(~a >> 1) : a >> 1);
  return a;
}

template <class T>
struct Wide {
  using Signed = s128;
  static constexpr int kBits = sizeof(T) * 8;
  static u128 product(T a, T b) {
    return static_cast<u128>(static_cast<s128>(a) * static_cast<s128>(b));
  }
  static T high(T a, T b) { return static_cast<T>(product(a, b) >> kBits); }
  static T quotient(T a, T b) {
    return b == 0 ? static_cast<T>(~T(0)) : static_cast<T>(s128(a) / s128(b));
  }
  static T remainder(T a, T b) { return b == 0 ? a : static_cast<T>(s128(a) % s128(b)); }
};

#define FGCN_INTEGER_CASES(T)                                                                  \
  add_##T::against([](T a, T b, T) { return static_cast<T>(s128(a) + s128(b)); }),             \
      sub_##T::against([](T a, T b, T) { return static_cast<T>(s128(a) - s128(b)); }),         \
      mul_lo_##T::against([](T a, T b, T) { return static_cast<T>(Wide<T>::product(a, b)); }), \
      mul_hi_##T::against([](T a, T b, T) { return Wide<T>::high(a, b); }),                    \
      mad_lo_##T::against(                                                                     \
          [](T a, T b, T c) { return static_cast<T>(Wide<T>::product(a, b) + u128(c)); }),     \
      mad_hi_##T::against(                                                                     \
          [](T a, T b, T c) { return static_cast<T>(s128(Wide<T>::high(a, b)) + s128(c)); }),  \
      div_##T::against([](T a, T b, T) { return Wide<T>::quotient(a, b); }),                   \
      rem_##T::against([](T a, T b, T) { return Wide<T>::remainder(a, b); }),                  \
      min_##T::against([](T a, T b, T) { return std::min(a, b); }),                            \
      max_##T::against([](T a, T b, T) { return std::max(a, b); }),                            \
      shr_##T::against([](T a, u32 b, T) { return shifted_right(a, b); })

#define FGCN_WIDE_CASES(T, W)                                                                \
  mul_wide_##T::against([](T a, T b, T) { return static_cast<W>(Wide<T>::product(a, b)); }), \
      mad_wide_##T::against(                                                                 \
          [](T a, T b, W c) { return static_cast<W>(Wide<T>::product(a, b) + u128(c)); })

#define FGCN_SIGNED_CASES(T)                                            \
  neg_##T::against([](T a, T, T) { return static_cast<T>(-s128(a)); }), \
      abs_##T::against([](T a, T, T) { return static_cast<T>(a < 0 ? -s128(a) : s128(a)); })

}  // namespace

std::vector<InstructionCase> integer_cases() {
  return {FGCN_INTEGER_CASES(s16),          FGCN_INTEGER_CASES(u16),
          FGCN_INTEGER_CASES(s32),          FGCN_INTEGER_CASES(u32),
          FGCN_INTEGER_CASES(s64),          FGCN_INTEGER_CASES(u64),
          FGCN_WIDE_CASES(s16, s32),        FGCN_WIDE_CASES(u16, u32),
          FGCN_WIDE_CASES(s32, s64),        FGCN_WIDE_CASES(u32, u64),
          FGCN_SIGNED_CASES(s16),           FGCN_SIGNED_CASES(s32),
          FGCN_SIGNED_CASES(s64),           bfe_s32::against(extracted<s32>),
          bfe_u32::against(extracted<u32>), bfe_s64::against(extracted<s64>),
          bfe_u64::against(extracted<u64>)};
}

}  // namespace fgcn::ptx
