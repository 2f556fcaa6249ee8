// setp and selp.
#include "tests/ptx/lanes.h"
#include "tests/ptx/operations.h"

namespace fgcn::ptx {
namespace {

enum class Boolean { kNone, kAnd, kOr, kXor };

template <class T, auto F, Boolean kBoolean>
void set_predicate(Warp& warp, const Instruction& in, u32 lanes) {
  const Slot<T>* a = register_at<T>(warp, in.a);
  const Slot<T>* b = register_at<T>(warp, in.b);
  u32 result = 0;
  for (u32 lane = 0; lane < kWarpSize; ++lane)
    result |= static_cast<u32>(F(from_slot<T>(a[lane]), from_slot<T>(b[lane]))) << lane;
  if constexpr (kBoolean != Boolean::kNone) {
    const u32 c = in.source_negated ? ~warp.predicate(in.c) : warp.predicate(in.c);
    if constexpr (kBoolean == Boolean::kAnd) result &= c;
    if constexpr (kBoolean == Boolean::kOr) result |= c;
    if constexpr (kBoolean == Boolean::kXor) result ^= c;
  }
  u32& d = warp.predicate(in.d);
  d = (d & ~lanes) | (result & lanes);
}

template <class T, auto F>
Operation with_boolean(const std::string& boolean) {
  if (boolean.empty()) return set_predicate<T, F, Boolean::kNone>;
  if (boolean == "and") return set_predicate<T, F, Boolean::kAnd>;
  if (boolean == "or") return set_predicate<T, F, Boolean::kOr>;
  if (boolean == "xor") return set_predicate<T, F, Boolean::kXor>;
  return nullptr;
}

/// Comparisons of any type; of floats these are false with a NaN.
template <class T>
struct Ordered {
  static bool equal(T a, T b) { return a == b; }
  static bool less(T a, T b) { return a < b; }
  static bool less_equal(T a, T b) { return a <= b; }
  static bool greater(T a, T b) { return b < a; }
  static bool greater_equal(T a, T b) { return b <= a; }
  static bool unequal(T a, T b) { return a < b || b < a; }
};
/// These are true with a NaN.
template <class T>
struct Unordered {
  static bool equal(T a, T b) { return !Ordered<T>::unequal(a, b); }
  static bool less(T a, T b) { return !(a >= b); }
  static bool less_equal(T a, T b) { return !(a > b); }
  static bool greater(T a, T b) { return !(a <= b); }
  static bool greater_equal(T a, T b) { return !(a < b); }
  static bool unequal(T a, T b) { return a != b; }
  static bool numbers(T a, T b) { return a == a && b == b; }
  static bool some_nan(T a, T b) { return a != a || b != b; }
};

template <class T>
Operation unordered(const std::string& how, const std::string& boolean) {
  using U = Unordered<T>;
  if (how == "equ") return with_boolean<T, U::equal>(boolean);
  if (how == "neu") return with_boolean<T, U::unequal>(boolean);
  if (how == "ltu") return with_boolean<T, U::less>(boolean);
  if (how == "leu") return with_boolean<T, U::less_equal>(boolean);
  if (how == "gtu") return with_boolean<T, U::greater>(boolean);
  if (how == "geu") return with_boolean<T, U::greater_equal>(boolean);
  if (how == "num") return with_boolean<T, U::numbers>(boolean);
  if (how == "nan") return with_boolean<T, U::some_nan>(boolean);
  return nullptr;
}

template <class T>
Operation compare_as(const std::string& how, const std::string& boolean) {
  using O = Ordered<T>;
  if (how == "eq") return with_boolean<T, O::equal>(boolean);
  if (how == "ne") return with_boolean<T, O::unequal>(boolean);
  if (how == "lt" || how == "lo") return with_boolean<T, O::less>(boolean);
  if (how == "le" || how == "ls") return with_boolean<T, O::less_equal>(boolean);
  if (how == "gt" || how == "hi") return with_boolean<T, O::greater>(boolean);
  if (how == "ge" || how == "hs") return with_boolean<T, O::greater_equal>(boolean);
  if constexpr (std::is_floating_point_v<T>) return unordered<T>(how, boolean);
  return nullptr;
}

template <class U>
void select_lanes(Warp& warp, const Instruction& in, u32 lanes) {
  const U *a = warp.at<U>(in.a), *b = warp.at<U>(in.b);
  const u32 chosen = in.source_negated ? ~warp.predicate(in.c) : warp.predicate(in.c);
  each_lane<U>(warp.at<U>(in.d), lanes, [=](u32 lane) {
    const U mask = U(0) - U(chosen >> lane & 1);  // g++ makes a branch of a choice here
    return U((a[lane] & mask) | (b[lane] & ~mask));
  });
}

}  // namespace

Operation compare(const std::string& comparison, const std::string& type,
                  const std::string& boolean) {
  if (type == "s16") return compare_as<s16>(comparison, boolean);
  if (type == "u16" || type == "b16") return compare_as<u16>(comparison, boolean);
  if (type == "s32") return compare_as<s32>(comparison, boolean);
  if (type == "u32" || type == "b32") return compare_as<u32>(comparison, boolean);
  if (type == "s64") return compare_as<s64>(comparison, boolean);
  if (type == "u64" || type == "b64") return compare_as<u64>(comparison, boolean);
  if (type == "f32") return compare_as<f32>(comparison, boolean);
  if (type == "f64") return compare_as<f64>(comparison, boolean);
  return nullptr;
}

Operation select(u32 bytes) { return bytes == 8 ? select_lanes<u64> : select_lanes<u32>; }

}  // namespace fgcn::ptx
