// Bits: logic, shifts, permutations, counting; packing of registers.
#include <algorithm>
#include <bit>

#include "tests/ptx/lanes.h"
#include "tests/ptx/operation_table.h"

namespace fgcn::ptx {
namespace {

template <class U>
struct Bits {
  static constexpr u32 kBits = sizeof(U) * 8;

  static U conjunction(U a, U b) { return U(a & b); }
  static U disjunction(U a, U b) { return U(a | b); }
  static U difference(U a, U b) { return U(a ^ b); }
  static U complement(U a) { return U(~a); }
  static U is_zero(U a) { return U(a == 0); }
  static U same(U a) { return a; }
  static U shift_left(U a, u32 by) { return by >= kBits ? U(0) : U(a << by); }
  static U shift_right(U a, u32 by) { return by >= kBits ? U(0) : U(a >> by); }
  static u32 count_ones(U a) { return u32(std::popcount(a)); }
  static u32 leading_zeros(U a) { return u32(std::countl_zero(a)); }
  static U reversed(U a) {
    U result = 0;
    for (u32 i = 0; i < kBits; ++i) result |= ((a >> i) & 1) << (kBits - 1 - i);
    return result;
  }
};

/// The highest bit that differs from the sign; all ones when there is none.
template <class T>
u32 highest_bit(T a) {
  using U = std::make_unsigned_t<T>;
  const U bits = a < 0 ? U(~U(a)) : U(a);
  return bits == 0 ? ~0u : u32(sizeof(T) * 8 - 1) - u32(std::countl_zero(bits));
}

template <class U>
void add_type(OperationTable& table, const std::string& type) {
  using B = Bits<U>;
  table.binary["and." + type] = binary_lanes<U, U, U, B::conjunction>;
  table.binary["or." + type] = binary_lanes<U, U, U, B::disjunction>;
  table.binary["xor." + type] = binary_lanes<U, U, U, B::difference>;
  table.unary["not." + type] = unary_lanes<U, U, B::complement>;
  table.unary["cnot." + type] = unary_lanes<U, U, B::is_zero>;
  table.unary["mov." + type] = unary_lanes<U, U, B::same>;
  table.binary["shl." + type] = binary_lanes<U, U, u32, B::shift_left>;
  table.binary["shr." + type] = binary_lanes<U, U, u32, B::shift_right>;
  if constexpr (sizeof(U) >= 4) {
    table.unary["popc." + type] = unary_lanes<u32, U, B::count_ones>;
    table.unary["clz." + type] = unary_lanes<u32, U, B::leading_zeros>;
    table.unary["brev." + type] = unary_lanes<U, U, B::reversed>;
  }
}

u64 joined(u32 low, u32 high) { return (u64{high} << 32) | low; }

/// Four bytes of the eight in b:a, each picked by 3 bits; a fourth bit spreads the byte's sign.
u32 permute(u32 a, u32 b, u32 selectors) {
  u32 result = 0;
  for (u32 i = 0; i < 4; ++i) {
    const u32 selector = (selectors >> (4 * i)) & 0xf;
    u32 byte = u32(joined(a, b) >> (8 * (selector & 7))) & 0xff;
    if ((selector & 8) != 0) byte = (byte & 0x80) != 0 ? 0xff : 0;
    result |= byte << (8 * i);
  }
  return result;
}

u32 funnel_left(u32 a, u32 b, u32 by) { return by == 0 ? b : u32(joined(a, b) >> (32 - by)); }
u32 funnel_right(u32 a, u32 b, u32 by) { return u32(joined(a, b) >> by); }
u32 funnel_left_wrap(u32 a, u32 b, u32 by) { return funnel_left(a, b, by & 31); }
u32 funnel_right_wrap(u32 a, u32 b, u32 by) { return funnel_right(a, b, by & 31); }
u32 funnel_left_clamp(u32 a, u32 b, u32 by) { return funnel_left(a, b, std::min(by, 32u)); }
u32 funnel_right_clamp(u32 a, u32 b, u32 by) { return funnel_right(a, b, std::min(by, 32u)); }

/// The low `e` bits of a take the place of b's from bit c up.
template <class U>
void insert(Warp& warp, const Instruction& in, u32 lanes) {
  constexpr u32 kBits = sizeof(U) * 8;
  const U *a = warp.at<U>(in.a), *b = warp.at<U>(in.b);
  const u32 *positions = warp.at<u32>(in.c), *lengths = warp.at<u32>(in.e);
  each_lane<U>(warp.at<U>(in.d), lanes, [=](u32 lane) {
    const u32 position = positions[lane] & 0xff, length = lengths[lane] & 0xff;
    if (position >= kBits) return b[lane];
    const U field = length >= kBits ? ~U(0) : (U(1) << length) - 1;
    const U mask = field << position;
    return U((b[lane] & ~mask) | ((a[lane] << position) & mask));
  });
}

/// Any logic of three bits: bit 4a + 2b + c of the immediate is the result.
void logic_of_three(Warp& warp, const Instruction& in, u32 lanes) {
  const u32 *a = warp.at<u32>(in.a), *b = warp.at<u32>(in.b), *c = warp.at<u32>(in.c);
  u32 table[8];
  for (u32 i = 0; i < 8; ++i) table[i] = (in.immediate >> i & 1) != 0 ? ~0u : 0;
  each_lane<u32>(warp.at<u32>(in.d), lanes, [&](u32 lane) {
    u32 result = 0;
    for (u32 i = 0; i < 8; ++i)
      result |= table[i] & ((i & 4) != 0 ? a[lane] : ~a[lane]) &
                ((i & 2) != 0 ? b[lane] : ~b[lane]) & ((i & 1) != 0 ? c[lane] : ~c[lane]);
    return result;
  });
}

void pack_2x32(Warp& warp, const Instruction& in, u32 lanes) {
  const u32 *low = warp.at<u32>(in.vector[0]), *high = warp.at<u32>(in.vector[1]);
  each_lane<u64>(warp.at<u64>(in.d), lanes,
                 [=](u32 lane) { return joined(low[lane], high[lane]); });
}
void pack_2x16(Warp& warp, const Instruction& in, u32 lanes) {
  const u32 *low = warp.at<u32>(in.vector[0]), *high = warp.at<u32>(in.vector[1]);
  each_lane<u32>(warp.at<u32>(in.d), lanes,
                 [=](u32 lane) { return (high[lane] << 16) | (low[lane] & 0xffff); });
}
void pack_4x16(Warp& warp, const Instruction& in, u32 lanes) {
  each_lane<u64>(warp.at<u64>(in.d), lanes, [&](u32 lane) {
    u64 value = 0;
    for (u32 i = 0; i < 4; ++i) value |= u64{warp.at<u32>(in.vector[i])[lane] & 0xffff} << (16 * i);
    return value;
  });
}
/// U into `kCount` equal parts. A part may be the source: it is read first.
template <class U, u32 kCount>
void unpack_to(Warp& warp, const Instruction& in, u32 lanes) {
  constexpr u32 kBits = sizeof(U) * 8 / kCount;
  const U* whole = warp.at<U>(in.a);
  for (u32 lane = 0; lane < kWarpSize; ++lane) {
    if (!in_mask(lanes, lane)) continue;
    const U value = whole[lane];
    for (u32 i = 0; i < kCount; ++i)
      warp.at<u32>(in.vector[i])[lane] = u32(value >> (kBits * i) & ((u64{1} << kBits) - 1));
  }
}

}  // namespace

void add_bit_operations(OperationTable& table) {
  add_type<u16>(table, "b16");
  add_type<u32>(table, "b32");
  add_type<u64>(table, "b64");
  table.unary["bfind.u32"] = unary_lanes<u32, u32, highest_bit<u32>>;
  table.unary["bfind.s32"] = unary_lanes<u32, s32, highest_bit<s32>>;
  table.unary["bfind.u64"] = unary_lanes<u32, u64, highest_bit<u64>>;
  table.unary["bfind.s64"] = unary_lanes<u32, s64, highest_bit<s64>>;
  table.ternary["prmt.b32"] = ternary_lanes<u32, u32, u32, u32, permute>;
  table.ternary["shf.l.wrap.b32"] = ternary_lanes<u32, u32, u32, u32, funnel_left_wrap>;
  table.ternary["shf.r.wrap.b32"] = ternary_lanes<u32, u32, u32, u32, funnel_right_wrap>;
  table.ternary["shf.l.clamp.b32"] = ternary_lanes<u32, u32, u32, u32, funnel_left_clamp>;
  table.ternary["shf.r.clamp.b32"] = ternary_lanes<u32, u32, u32, u32, funnel_right_clamp>;
  table.ternary["bfi.b32"] = insert<u32>;
  table.ternary["bfi.b64"] = insert<u64>;
  table.ternary["lop3.b32"] = logic_of_three;
}

Operation pack(u32 count, u32 each_bytes) {
  if (count == 2 && each_bytes == 4) return pack_2x32;
  if (count == 2 && each_bytes == 2) return pack_2x16;
  if (count == 4 && each_bytes == 2) return pack_4x16;
  return nullptr;
}
Operation unpack(u32 count, u32 each_bytes) {
  if (count == 2 && each_bytes == 4) return unpack_to<u64, 2>;
  if (count == 2 && each_bytes == 2) return unpack_to<u32, 2>;
  if (count == 4 && each_bytes == 2) return unpack_to<u64, 4>;
  return nullptr;
}

}  // namespace fgcn::ptx
