// Bits, against loops over bits.
#include "tests/ptx/instruction_case.h"

namespace fgcn::ptx {
namespace {

FGCN_ASM(and_b32, "and.b32 %0, %1, %2;", u32, u32, u32, u32);
FGCN_ASM(or_b64, "or.b64 %0, %1, %2;", u64, u64, u64, u64);
FGCN_ASM(xor_b16, "xor.b16 %0, %1, %2;", u16, u16, u16, u16);
FGCN_ASM(not_b32, "not.b32 %0, %1;", u32, u32, u32, u32);
FGCN_ASM(not_b16, "not.b16 %0, %1;", u16, u16, u16, u16);
FGCN_ASM(cnot_b32, "cnot.b32 %0, %1;", u32, u32, u32, u32);
FGCN_ASM(shl_b16, "shl.b16 %0, %1, %2;", u16, u16, u32, u32);
FGCN_ASM(shl_b32, "shl.b32 %0, %1, %2;", u32, u32, u32, u32);
FGCN_ASM(shl_b64, "shl.b64 %0, %1, %2;", u64, u64, u32, u32);
FGCN_ASM(shr_b32, "shr.b32 %0, %1, %2;", u32, u32, u32, u32);
FGCN_ASM(popc_b32, "popc.b32 %0, %1;", u32, u32, u32, u32);
FGCN_ASM(popc_b64, "popc.b64 %0, %1;", u32, u64, u64, u64);
FGCN_ASM(clz_b32, "clz.b32 %0, %1;", u32, u32, u32, u32);
FGCN_ASM(clz_b64, "clz.b64 %0, %1;", u32, u64, u64, u64);
FGCN_ASM(brev_b32, "brev.b32 %0, %1;", u32, u32, u32, u32);
FGCN_ASM(brev_b64, "brev.b64 %0, %1;", u64, u64, u64, u64);
FGCN_ASM(bfind_u32, "bfind.u32 %0, %1;", u32, u32, u32, u32);
FGCN_ASM(bfind_s32, "bfind.s32 %0, %1;", u32, s32, s32, s32);
FGCN_ASM(bfind_u64, "bfind.u64 %0, %1;", u32, u64, u64, u64);
FGCN_ASM(bfind_s64, "bfind.s64 %0, %1;", u32, s64, s64, s64);
FGCN_ASM(bfi_b32, "bfi.b32 %0, %1, 0x5a5a1234, %2, %3;", u32, u32, u32, u32);
FGCN_ASM(bfi_b64, "bfi.b64 %0, %1, 0x5a5a1234, %2, %3;", u64, u64, u32, u32);
FGCN_ASM(prmt_b32, "prmt.b32 %0, %1, %2, %3;", u32, u32, u32, u32);
FGCN_ASM(shf_l_wrap, "shf.l.wrap.b32 %0, %1, %2, %3;", u32, u32, u32, u32);
FGCN_ASM(shf_l_clamp, "shf.l.clamp.b32 %0, %1, %2, %3;", u32, u32, u32, u32);
FGCN_ASM(shf_r_wrap, "shf.r.wrap.b32 %0, %1, %2, %3;", u32, u32, u32, u32);
FGCN_ASM(shf_r_clamp, "shf.r.clamp.b32 %0, %1, %2, %3;", u32, u32, u32, u32);
FGCN_ASM(lop3_e2, "lop3.b32 %0, %1, %2, %3, 0xe2;", u32, u32, u32, u32);
FGCN_ASM(lop3_1b, "lop3.b32 %0, %1, %2, %3, 0x1b;", u32, u32, u32, u32);
FGCN_ASM(pack_32, "mov.b64 %0, {%1, %2};", u64, u32, u32, u32);
FGCN_ASM(unpack_32, "mov.b64 {%0, t}, %1; add.u32 %0, %0, t;", u32, u64, u64, u64);
FGCN_ASM(pack_16, "mov.b32 %0, {%1, %2};", u32, u16, u16, u16);
FGCN_ASM(unpack_16, "{ .reg .b16 u; mov.b32 {u, %0}, %1; }", u16, u32, u32, u32);
FGCN_ASM(selp_b32, "setp.lt.s32 p, %3, 0; selp.b32 %0, %1, %2, p;", u32, u32, u32, u32);
FGCN_ASM(selp_b64, "setp.lt.s32 p, %3, 0; selp.b64 %0, %1, %2, p;", u64, u64, u64, u32);

template <class T>
bool bit(T value, int i) {
  return i >= 0 && i < static_cast<int>(sizeof(T) * 8) &&
         (static_cast<std::make_unsigned_t<T>>(value) >> i & 1) != 0;
}
/// A value whose bit i is `f(i)`.
template <class T, class F>
T from_bits(F f) {
  std::make_unsigned_t<T> value = 0;
  for (int i = 0; i < static_cast<int>(sizeof(T) * 8); ++i)
    value |= std::make_unsigned_t<T>(std::make_unsigned_t<T>(f(i)) << i);
  return static_cast<T>(value);
}
int clamped(u32 by) { return static_cast<int>(std::min(by, 1000u)); }

template <class T>
T shifted_left(T a, u32 by, u32) {
  return from_bits<T>([&](int i) { return bit(a, i - clamped(by)); });
}
template <class T>
u32 ones(T a, T, T) {
  u32 count = 0;
  for (int i = 0; i < 64; ++i) count += bit(a, i);
  return count;
}
template <class T>
u32 highest(T a, T, T) {
  const bool sign = a < 0;
  for (int i = sizeof(T) * 8 - 1; i >= 0; --i)
    if (bit(a, i) != sign) return i;
  return ~0u;
}
template <class T>
u32 zeros(T a, T, T) {
  const u32 top = highest<T>(a, a, a);
  return top == ~0u ? sizeof(T) * 8 : sizeof(T) * 8 - 1 - top;
}
template <class T>
T reversed(T a, T, T) {
  return from_bits<T>([&](int i) { return bit(a, sizeof(T) * 8 - 1 - i); });
}
template <class T>
T inserted(T a, u32 b, u32 c) {
  const T into = 0x5a5a1234;
  const int position = b & 0xff, length = c & 0xff;
  return from_bits<T>([&](int i) {
    const bool inside = i >= position && i < position + length;
    return inside ? bit(a, i - position) : bit(into, i);
  });
}
u32 permuted(u32 a, u32 b, u32 c) {
  const u64 all = (u64{b} << 32) | a;
  return from_bits<u32>([&](int i) {
    const int select = c >> (i / 8 * 4) & 7;
    const bool spread = bit(c, i / 8 * 4 + 3);
    return bit(all, select * 8 + (spread ? 7 : i % 8));
  });
}
u32 funnel(u32 a, u32 b, int left) {
  const u64 all = (u64{b} << 32) | a;
  return from_bits<u32>([&](int i) { return bit(all, left > 0 ? i + 32 - left : i - left); });
}
template <int kTable>
u32 logic(u32 a, u32 b, u32 c) {
  return from_bits<u32>(
      [&](int i) { return bit(kTable, bit(a, i) * 4 + bit(b, i) * 2 + bit(c, i)); });
}

}  // namespace

std::vector<InstructionCase> bit_cases() {
  return {
      and_b32::against([](u32 a, u32 b, u32) { return a & b; }),
      or_b64::against([](u64 a, u64 b, u64) { return a | b; }),
      xor_b16::against([](u16 a, u16 b, u16) { return a ^ b; }),
      not_b32::against([](u32 a, u32, u32) { return ~a; }),
      not_b16::against([](u16 a, u16, u16) { return ~a; }),
      cnot_b32::against([](u32 a, u32, u32) { return a == 0 ? 1u : 0u; }),
      shl_b16::against(shifted_left<u16>),
      shl_b32::against(shifted_left<u32>),
      shl_b64::against(shifted_left<u64>),
      shr_b32::against([](u32 a, u32 b, u32) {
        return from_bits<u32>([&](int i) { return bit(a, i + clamped(b)); });
      }),
      popc_b32::against(ones<u32>),
      popc_b64::against(ones<u64>),
      clz_b32::against(zeros<u32>),
      clz_b64::against(zeros<u64>),
      brev_b32::against(reversed<u32>),
      brev_b64::against(reversed<u64>),
      bfind_u32::against(highest<u32>),
      bfind_s32::against(highest<s32>),
      bfind_u64::against(highest<u64>),
      bfind_s64::against(highest<s64>),
      bfi_b32::against(inserted<u32>),
      bfi_b64::against(inserted<u64>),
      prmt_b32::against(permuted),
      shf_l_wrap::against(
          [](u32 a, u32 b, u32 c) { return c % 32 == 0 ? b : funnel(a, b, c % 32); }),
      shf_l_clamp::against(
          [](u32 a, u32 b, u32 c) { return c == 0 ? b : funnel(a, b, std::min(c, 32u)); }),
      shf_r_wrap::against(
          [](u32 a, u32 b, u32 c) { return funnel(a, b, -static_cast<int>(c % 32)); }),
      shf_r_clamp::against(
          [](u32 a, u32 b, u32 c) { return funnel(a, b, -static_cast<int>(std::min(c, 32u))); }),
      lop3_e2::against(logic<0xe2>),
      lop3_1b::against(logic<0x1b>),
      pack_32::against([](u32 a, u32 b, u32) { return (u64{b} << 32) + a; }),
      unpack_32::against(
          [](u64 a, u64, u64) { return static_cast<u32>(a) + static_cast<u32>(a >> 32); }),
      pack_16::against([](u16 a, u16 b, u16) { return (u32{b} << 16) + a; }),
      unpack_16::against([](u32 a, u32, u32) { return a >> 16; }),
      selp_b32::against([](u32 a, u32 b, u32 c) { return static_cast<s32>(c) < 0 ? a : b; }),
      selp_b64::against([](u64 a, u64 b, u32 c) { return static_cast<s32>(c) < 0 ? a : b; }),
  };
}

}  // namespace fgcn::ptx
