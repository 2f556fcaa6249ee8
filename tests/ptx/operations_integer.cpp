// Arithmetic of whole numbers: modulo 2^bits, as PTX says.
#include <algorithm>

#include "tests/ptx/lanes.h"
#include "tests/ptx/operation_table.h"

namespace fgcn::ptx {
namespace {

/// The type of twice the bits.
template <class T>
struct Wider;
template <>
struct Wider<s16> {
  using Type = s32;
};
template <>
struct Wider<u16> {
  using Type = u32;
};
template <>
struct Wider<s32> {
  using Type = s64;
};
template <>
struct Wider<u32> {
  using Type = u64;
};
template <>
struct Wider<s64> {
  using Type = s128;
};
template <>
struct Wider<u64> {
  using Type = u128;
};

template <class T>
struct Integer {
  using U = std::make_unsigned_t<T>;
  using W = typename Wider<T>::Type;
  static constexpr u32 kBits = sizeof(T) * 8;
  static constexpr bool kSigned = std::is_signed_v<T>;

  static T add(T a, T b) { return T(U(U(a) + U(b))); }
  static T sub(T a, T b) { return T(U(U(a) - U(b))); }
  static T low_product(T a, T b) { return T(U(u64(U(a)) * u64(U(b)))); }
  static T high_product(T a, T b) { return T(W(W(a) * W(b)) >> kBits); }
  static W wide_product(T a, T b) { return W(W(a) * W(b)); }
  static T low_sum(T a, T b, T c) { return add(low_product(a, b), c); }
  static T high_sum(T a, T b, T c) { return add(high_product(a, b), c); }
  static T div(T a, T b) {
    if (b == 0) return T(~U(0));  // the hardware's; PTX leaves it open
    if (kSigned && b == T(-1)) return negated(a);
    return T(a / b);
  }
  static T rem(T a, T b) {
    if (b == 0) return a;
    if (kSigned && b == T(-1)) return 0;
    return T(a % b);
  }
  static T min(T a, T b) { return a < b ? a : b; }
  static T max(T a, T b) { return b < a ? a : b; }
  static T shift_right(T a, u32 by) { return by >= kBits ? T(a < 0 ? -1 : 0) : T(a >> by); }
  static T negated(T a) { return T(U(0) - U(a)); }
  static T absolute(T a) { return a < 0 ? negated(a) : a; }
  /// `length` bits from `position` up, sign-extended for signed types; bits over the top are copies
  /// of the sign, or 0.
  static T extract(T a, u32 position, u32 length) {
    position &= 0xff;
    length &= 0xff;
    if (length == 0) return 0;
    const u32 top = std::min(position + length - 1, kBits - 1);
    const bool sign = kSigned && ((U(a) >> top) & 1) != 0;
    if (position >= kBits) return sign ? T(~U(0)) : T(0);
    U bits = U(a) >> position;
    if (length >= kBits) return sign ? T(bits | ~(U(~U(0)) >> position)) : T(bits);
    bits &= (U(1) << length) - 1;
    const u32 kept = top - position + 1;  // bits that were really there
    if (sign && kept < kBits) bits |= U(~U(0)) << kept;
    return T(bits);
  }
};

/// c + a * b in twice the bits.
template <class T>
typename Integer<T>::W wide_sum(T a, T b, typename Integer<T>::W c) {
  return Integer<typename Integer<T>::W>::add(Integer<T>::wide_product(a, b), c);
}

template <class T>
void add_type(OperationTable& table, const std::string& type) {
  using I = Integer<T>;
  table.binary["add." + type] = binary_lanes<T, T, T, I::add>;
  table.binary["sub." + type] = binary_lanes<T, T, T, I::sub>;
  table.binary["mul.lo." + type] = binary_lanes<T, T, T, I::low_product>;
  table.binary["mul.hi." + type] = binary_lanes<T, T, T, I::high_product>;
  table.ternary["mad.lo." + type] = ternary_lanes<T, T, T, T, I::low_sum>;
  table.ternary["mad.hi." + type] = ternary_lanes<T, T, T, T, I::high_sum>;
  if constexpr (sizeof(T) < 8) {
    using W = typename I::W;
    table.binary["mul.wide." + type] = binary_lanes<W, T, T, I::wide_product>;
    table.ternary["mad.wide." + type] = ternary_lanes<W, T, T, W, wide_sum<T>>;
  }
  table.binary["div." + type] = binary_lanes<T, T, T, I::div>;
  table.binary["rem." + type] = binary_lanes<T, T, T, I::rem>;
  table.binary["min." + type] = binary_lanes<T, T, T, I::min>;
  table.binary["max." + type] = binary_lanes<T, T, T, I::max>;
  table.binary["shr." + type] = binary_lanes<T, T, u32, I::shift_right>;
  table.unary["neg." + type] = unary_lanes<T, T, I::negated>;
  table.unary["abs." + type] = unary_lanes<T, T, I::absolute>;
  if constexpr (sizeof(T) >= 4)
    table.ternary["bfe." + type] = ternary_lanes<T, T, u32, u32, I::extract>;
}

}  // namespace

void add_integer_operations(OperationTable& table) {
  add_type<s16>(table, "s16");
  add_type<u16>(table, "u16");
  add_type<s32>(table, "s32");
  add_type<u32>(table, "u32");
  add_type<s64>(table, "s64");
  add_type<u64>(table, "u64");
}

}  // namespace fgcn::ptx
