// cvt and cvta.
#include <bit>
#include <cmath>
#include <limits>

#include "tests/ptx/lanes.h"
#include "tests/ptx/operations.h"

namespace fgcn::ptx {
namespace {

enum class Rounding : u8 { kNearest, kZero, kDown, kUp };

template <class T>
constexpr bool kIsFloat = std::is_floating_point_v<T>;

template <Rounding kRounding, class S>
S to_whole(S value) {
  if constexpr (kRounding == Rounding::kNearest) return std::nearbyint(value);
  if constexpr (kRounding == Rounding::kZero) return std::trunc(value);
  if constexpr (kRounding == Rounding::kDown) return std::floor(value);
  return std::ceil(value);
}

/// A float to a whole number: what does not fit becomes the nearest that does.
template <class D, class S, Rounding kRounding>
D whole_of_float(S value) {
  using U = std::make_unsigned_t<D>;
  if (value != value) {
    const bool to_zero = sizeof(S) < 8 && sizeof(D) < 8;
    return to_zero ? D(0) : D(U(1) << (sizeof(D) * 8 - 1));
  }
  constexpr S kAboveTop = S(std::numeric_limits<D>::max() / 2 + 1) * 2;
  const S whole = to_whole<kRounding, S>(value);
  if (whole >= kAboveTop) return std::numeric_limits<D>::max();
  if (whole < S(std::numeric_limits<D>::min())) return std::numeric_limits<D>::min();
  return static_cast<D>(whole);
}

template <class D, class S>
D whole_of_whole(S value, bool saturate) {
  if (!saturate) return static_cast<D>(value);
  // NOLINTBEGIN(bugprone-signed-char-misuse): signed char is the number s8
  const s128 wide = value;
  const s128 low = std::numeric_limits<D>::min(), high = std::numeric_limits<D>::max();
  // NOLINTEND(bugprone-signed-char-misuse)
  if (wide < low) return std::numeric_limits<D>::min();
  return wide > high ? std::numeric_limits<D>::max() : static_cast<D>(value);
}

/// A number to a float that may not hold it. The host rounds to the nearest; one step from there is
/// the other neighbour. A long double of x86 holds every source exactly.
template <class D, class S, Rounding kRounding>
D float_of(S value) {
  D result = static_cast<D>(value);
  if constexpr (kRounding != Rounding::kNearest) {
    static_assert(std::numeric_limits<long double>::digits >= 64);
    const long double exact = value, got = result;
    const D low = -std::numeric_limits<D>::infinity(), high = std::numeric_limits<D>::infinity();
    const bool down = kRounding == Rounding::kDown || (kRounding == Rounding::kZero && exact > 0);
    const bool up = kRounding == Rounding::kUp || (kRounding == Rounding::kZero && exact < 0);
    if (down && got > exact) result = std::nextafter(result, low);
    if (up && got < exact) result = std::nextafter(result, high);
  }
  return result;
}

template <class D>
D clamped_to_one(D value) {
  if (!(value > 0)) return D(0);  // a NaN too
  return value > 1 ? D(1) : value;
}

enum class Fraction : u8 { kKept, kDropped };  // float to float: of one size, to whole values

template <class D, class S, Rounding kRounding, Fraction kFraction>
D converted(S value, bool saturate) {
  if constexpr (!kIsFloat<D> && kIsFloat<S>) {
    return whole_of_float<D, S, kRounding>(value);
  } else if constexpr (!kIsFloat<D>) {
    return whole_of_whole<D, S>(value, saturate);
  } else {
    D result;
    if constexpr (kFraction == Fraction::kDropped)
      result = static_cast<D>(to_whole<kRounding, S>(value));
    else
      result = float_of<D, S, kRounding>(value);
    return saturate ? clamped_to_one(result) : result;
  }
}

template <class S>
using BitsOf = std::conditional_t<
    sizeof(S) == 8, u64,
    std::conditional_t<sizeof(S) == 4, u32, std::conditional_t<sizeof(S) == 2, u16, u8>>>;

/// Writes a value to a register that may be wider: whole numbers are extended.
template <class D>
void write_lane(const Warp& warp, const Instruction& in, u32 lane, D value) {
  if constexpr (kIsFloat<D>) {
    *(warp.at<D>(in.d) + lane) = value;
  } else {
    const u64 wide = static_cast<u64>(static_cast<s64>(value));  // zeros above an unsigned value
    if (in.width == 64)
      warp.at<u64>(in.d)[lane] = wide;
    else
      warp.at<u32>(in.d)[lane] = static_cast<u32>(in.width == 32 ? wide : wide & 0xffff);
  }
}

template <class D, class S, Rounding kRounding, Fraction kFraction, bool kSaturate>
void convert_lanes(Warp& warp, const Instruction& in, u32 lanes) {
  for (u32 lane = 0; lane < kWarpSize; ++lane) {
    if (!in_mask(lanes, lane)) continue;
    S value;
    if (in.low_part)
      value = std::bit_cast<S>(static_cast<BitsOf<S>>(warp.at<u64>(in.a)[lane]));
    else
      value = from_slot<S>(register_at<S>(warp, in.a)[lane]);
    write_lane<D>(warp, in, lane, converted<D, S, kRounding, kFraction>(value, kSaturate));
  }
}

/// The frequent ones, all lanes at once.
template <class D, class S>
D plainly(S value) {
  return static_cast<D>(value);
}

template <class D, class S, Fraction kFraction>
Operation rounded(char letter, bool saturate) {
  const auto choose = [&](Operation plain, Operation saturating) {
    return saturate ? saturating : plain;
  };
  constexpr auto kNearest = Rounding::kNearest;
  constexpr auto kZero = Rounding::kZero;
  constexpr auto kDown = Rounding::kDown;
  constexpr auto kUp = Rounding::kUp;
  switch (letter) {
    case 'n':
      return choose(convert_lanes<D, S, kNearest, kFraction, false>,
                    convert_lanes<D, S, kNearest, kFraction, true>);
    case 'z':
      return choose(convert_lanes<D, S, kZero, kFraction, false>,
                    convert_lanes<D, S, kZero, kFraction, true>);
    case 'm':
      return choose(convert_lanes<D, S, kDown, kFraction, false>,
                    convert_lanes<D, S, kDown, kFraction, true>);
    case 'p':
      return choose(convert_lanes<D, S, kUp, kFraction, false>,
                    convert_lanes<D, S, kUp, kFraction, true>);
    default:
      return nullptr;
  }
}

/// Which rounding words PTX asks for depends on the two types.
template <class D, class S>
Operation conversion(const std::string& rounding, bool saturate) {
  const bool to_whole_value = rounding.size() == 3 && rounding[2] == 'i';
  const char letter = rounding.empty() ? 'n' : rounding[1];
  if constexpr (!kIsFloat<D> && !kIsFloat<S>) {
    return rounding.empty() ? rounded<D, S, Fraction::kKept>('n', saturate) : nullptr;
  } else if constexpr (!kIsFloat<D>) {
    return to_whole_value ? rounded<D, S, Fraction::kKept>(letter, saturate) : nullptr;
  } else if constexpr (!kIsFloat<S>) {
    const bool known = !rounding.empty() && !to_whole_value;
    return known ? rounded<D, S, Fraction::kKept>(letter, saturate) : nullptr;
  } else {
    if (to_whole_value) return rounded<D, S, Fraction::kDropped>(letter, saturate);
    const bool narrows = sizeof(D) < sizeof(S);
    if (narrows == rounding.empty()) return nullptr;
    return rounded<D, S, Fraction::kKept>(letter, saturate);
  }
}

template <class D>
Operation conversion_to(const std::string& from, const std::string& rounding, bool saturate) {
  if (from == "u8") return conversion<D, u8>(rounding, saturate);
  if (from == "s8") return conversion<D, s8>(rounding, saturate);
  if (from == "u16") return conversion<D, u16>(rounding, saturate);
  if (from == "s16") return conversion<D, s16>(rounding, saturate);
  if (from == "u32") return conversion<D, u32>(rounding, saturate);
  if (from == "s32") return conversion<D, s32>(rounding, saturate);
  if (from == "u64") return conversion<D, u64>(rounding, saturate);
  if (from == "s64") return conversion<D, s64>(rounding, saturate);
  if (from == "f32") return conversion<D, f32>(rounding, saturate);
  if (from == "f64") return conversion<D, f64>(rounding, saturate);
  return nullptr;
}

Operation frequent(const std::string& to, const std::string& from, const std::string& rounding,
                   u32 width) {
  if (rounding.empty()) {
    if (to == "u64" && from == "u32") return unary_lanes<u64, u32, plainly<u64, u32>>;
    if (to == "s64" && from == "s32") return unary_lanes<s64, s32, plainly<s64, s32>>;
    if (to == "u32" && from == "u64" && width == 32)
      return unary_lanes<u32, u64, plainly<u32, u64>>;
    if (to == "f64" && from == "f32") return unary_lanes<f64, f32, plainly<f64, f32>>;
  }
  if (rounding == "rn") {
    if (to == "f32" && from == "f64") return unary_lanes<f32, f64, plainly<f32, f64>>;
    if (to == "f32" && from == "s32") return unary_lanes<f32, s32, plainly<f32, s32>>;
    if (to == "f32" && from == "u32") return unary_lanes<f32, u32, plainly<f32, u32>>;
  }
  return nullptr;
}

template <u64 kBase>
u64 plus(u64 a) {
  return a + kBase;
}
template <u64 kBase>
u64 minus(u64 a) {
  return a - kBase;
}

}  // namespace

Operation convert(const std::string& to, const std::string& from, const std::string& rounding,
                  bool saturate, const Instruction& in) {
  if (!saturate && !in.low_part) {
    if (const Operation found = frequent(to, from, rounding, in.width)) return found;
  }
  if (to == "u8") return conversion_to<u8>(from, rounding, saturate);
  if (to == "s8") return conversion_to<s8>(from, rounding, saturate);
  if (to == "u16") return conversion_to<u16>(from, rounding, saturate);
  if (to == "s16") return conversion_to<s16>(from, rounding, saturate);
  if (to == "u32") return conversion_to<u32>(from, rounding, saturate);
  if (to == "s32") return conversion_to<s32>(from, rounding, saturate);
  if (to == "u64") return conversion_to<u64>(from, rounding, saturate);
  if (to == "s64") return conversion_to<s64>(from, rounding, saturate);
  if (to == "f32") return conversion_to<f32>(from, rounding, saturate);
  if (to == "f64") return conversion_to<f64>(from, rounding, saturate);
  return nullptr;
}

Operation to_generic(Space space) {
  if (space == Space::kShared) return unary_lanes<u64, u64, plus<kSharedWindow>>;
  if (space == Space::kLocal) return unary_lanes<u64, u64, plus<kLocalWindow>>;
  return space == Space::kGlobal ? unary("mov", "b64") : nullptr;
}
Operation from_generic(Space space) {
  if (space == Space::kShared) return unary_lanes<u64, u64, minus<kSharedWindow>>;
  if (space == Space::kLocal) return unary_lanes<u64, u64, minus<kLocalWindow>>;
  return space == Space::kGlobal ? unary("mov", "b64") : nullptr;
}

}  // namespace fgcn::ptx
