// Arithmetic of floating-point numbers: as IEEE 754 says, approximations as well as float goes.
#include <cmath>
#include <limits>

#include "tests/ptx/device.h"
#include "tests/ptx/lanes.h"
#include "tests/ptx/operation_table.h"

namespace fgcn::ptx {
namespace {

template <class T>
struct Float {
  static T add(T a, T b) { return a + b; }
  static T sub(T a, T b) { return a - b; }
  static T mul(T a, T b) { return a * b; }
  static T div(T a, T b) { return a / b; }
  static T fma(T a, T b, T c) { return std::fma(a, b, c); }
  static T product_minus(T a, T b, T c) { return std::fma(a, b, -c); }
  static T minus_product(T a, T b, T c) { return std::fma(-a, b, c); }
  // A number wins over a NaN; -0 is less than +0.
  static T min(T a, T b) {
    if (a != a) return b != b ? canonical() : b;
    if (b != b) return a;
    if (a == b) return std::signbit(a) ? a : b;
    return a < b ? a : b;
  }
  static T max(T a, T b) {
    if (a != a) return b != b ? canonical() : b;
    if (b != b) return a;
    if (a == b) return std::signbit(a) ? b : a;
    return a > b ? a : b;
  }
  static T min_nan(T a, T b) { return a != a || b != b ? canonical() : min(a, b); }
  static T max_nan(T a, T b) { return a != a || b != b ? canonical() : max(a, b); }
  static T negated(T a) { return -a; }
  static T absolute(T a) { return std::fabs(a); }
  static T square_root(T a) { return std::sqrt(a); }
  static T reciprocal(T a) { return T(1) / a; }
  /// b with the sign of a, in PTX's order.
  static T copy_sign(T a, T b) { return std::copysign(b, a); }

 private:
  static T canonical() { return std::numeric_limits<T>::quiet_NaN(); }
};

template <class T>
void add_type(OperationTable& table, const std::string& type) {
  using F = Float<T>;
  table.binary["add." + type] = binary_lanes<T, T, T, F::add>;
  table.binary["sub." + type] = binary_lanes<T, T, T, F::sub>;
  table.binary["mul." + type] = binary_lanes<T, T, T, F::mul>;
  table.binary["div." + type] = binary_lanes<T, T, T, F::div>;
  table.ternary["fma." + type] = ternary_lanes<T, T, T, T, F::fma>;
  table.ternary["mad." + type] = ternary_lanes<T, T, T, T, F::fma>;
  table.binary["min." + type] = binary_lanes<T, T, T, F::min>;
  table.binary["max." + type] = binary_lanes<T, T, T, F::max>;
  if constexpr (sizeof(T) == 4) {
    table.binary["min.NaN." + type] = binary_lanes<T, T, T, F::min_nan>;
    table.binary["max.NaN." + type] = binary_lanes<T, T, T, F::max_nan>;
  }
  table.unary["neg." + type] = unary_lanes<T, T, F::negated>;
  table.unary["abs." + type] = unary_lanes<T, T, F::absolute>;
  table.unary["sqrt." + type] = unary_lanes<T, T, F::square_root>;
  table.unary["rcp." + type] = unary_lanes<T, T, F::reciprocal>;
  table.binary["copysign." + type] = binary_lanes<T, T, T, F::copy_sign>;
}

enum class Direction { kZero, kDown, kUp };

/// `sum` + `error`, which is exact, rounded to a float in one direction. The host rounds to the
/// nearest; one step from there is the other neighbour.
template <Direction kDirection>
f32 directed(f64 sum, f64 error) {
  constexpr f32 kInfinity = std::numeric_limits<f32>::infinity();
  f32 result = static_cast<f32>(sum);
  if (!std::isfinite(sum)) return result;
  const f64 over = static_cast<f64>(result) - sum;  // exact
  const bool positive = sum > 0 || (sum == 0 && error > 0);
  const bool down = kDirection == Direction::kDown || (kDirection == Direction::kZero && positive);
  if (down && over > error) result = std::nextafter(result, -kInfinity);
  if (!down && over < error) result = std::nextafter(result, kInfinity);
  return result;
}

template <Direction kDirection>
f32 directed_product(f32 a, f32 b) {
  return directed<kDirection>(static_cast<f64>(a) * static_cast<f64>(b), 0);
}

template <Direction kDirection>
f32 directed_fma(f32 a, f32 b, f32 c) {
  const f64 product = static_cast<f64>(a) * static_cast<f64>(b);  // exact
  const f64 addend = c;
  const f64 sum = product + addend;
  // The part that the sum lost (Knuth).
  const f64 part = sum - product;
  const f64 error = (product - (sum - part)) + (addend - part);
  const bool cancelled =
      sum == 0 && error == 0 && (product != 0 || std::signbit(product) != std::signbit(addend));
  if (cancelled) return kDirection == Direction::kDown ? -0.0f : 0.0f;
  return directed<kDirection>(sum, error);
}
template <Direction kDirection>
f32 directed_sum(f32 a, f32 b) {
  return directed_fma<kDirection>(a, 1, b);
}
template <Direction kDirection>
f32 directed_difference(f32 a, f32 b) {
  return directed_fma<kDirection>(a, 1, -b);
}

template <Direction kDirection>
void add_directed(OperationTable& table, const std::string& suffix) {
  table.binary["add." + suffix] = binary_lanes<f32, f32, f32, directed_sum<kDirection>>;
  table.binary["sub." + suffix] = binary_lanes<f32, f32, f32, directed_difference<kDirection>>;
  table.binary["mul." + suffix] = binary_lanes<f32, f32, f32, directed_product<kDirection>>;
  table.ternary["fma." + suffix] = ternary_lanes<f32, f32, f32, f32, directed_fma<kDirection>>;
}

/// A neighbour up to `ulps` away. What is exact stays so: CUDA's expm1f counts on powers of two of
/// whole numbers.
f32 jittered(f64 exact, int ulps) {
  f32 value = static_cast<f32>(exact);
  if (!std::isfinite(value) || value == 0 || static_cast<f64>(value) == exact) return value;
  const int steps =
      static_cast<int>(device().jitter() % static_cast<unsigned>(2 * ulps + 1)) - ulps;
  const f32 towards =
      steps > 0 ? std::numeric_limits<f32>::infinity() : -std::numeric_limits<f32>::infinity();
  for (int i = 0; i < std::abs(steps); ++i) value = std::nextafter(value, towards);
  return value;
}

template <auto F>
void approximate(Warp& warp, const Instruction& in, u32 lanes) {
  const f32* a = warp.at<f32>(in.a);
  const int ulps = warp.block->jitter;
  if (ulps == 0)
    each_lane<f32>(warp.at<f32>(in.d), lanes,
                   [=](u32 lane) { return static_cast<f32>(F(static_cast<f64>(a[lane]))); });
  else
    each_lane<f32>(warp.at<f32>(in.d), lanes,
                   [=](u32 lane) { return jittered(F(static_cast<f64>(a[lane])), ulps); });
}

void approximate_quotient(Warp& warp, const Instruction& in, u32 lanes) {
  const f32 *a = warp.at<f32>(in.a), *b = warp.at<f32>(in.b);
  const int ulps = warp.block->jitter;
  const auto quotient = [=](u32 lane) {
    return static_cast<f64>(a[lane]) / static_cast<f64>(b[lane]);
  };
  if (ulps == 0)
    each_lane<f32>(warp.at<f32>(in.d), lanes,
                   [=](u32 lane) { return static_cast<f32>(quotient(lane)); });
  else
    each_lane<f32>(warp.at<f32>(in.d), lanes,
                   [=](u32 lane) { return jittered(quotient(lane), ulps); });
}

f64 power_of_two(f64 a) { return std::exp2(a); }
f64 logarithm(f64 a) { return std::log2(a); }
f64 sine(f64 a) { return std::sin(a); }
f64 cosine(f64 a) { return std::cos(a); }
f64 hyperbolic_tangent(f64 a) { return std::tanh(a); }
f64 reciprocal_root(f64 a) { return 1.0 / std::sqrt(a); }
f64 reciprocal(f64 a) { return 1.0 / a; }
f64 root(f64 a) { return std::sqrt(a); }

template <class T>
Operation fused_of(Fused kind) {
  if (kind == Fused::kProductPlus) return ternary_lanes<T, T, T, T, Float<T>::fma>;
  if (kind == Fused::kProductMinus) return ternary_lanes<T, T, T, T, Float<T>::product_minus>;
  return ternary_lanes<T, T, T, T, Float<T>::minus_product>;
}

}  // namespace

void add_float_operations(OperationTable& table) {
  add_type<f32>(table, "f32");
  add_type<f64>(table, "f64");
  add_directed<Direction::kZero>(table, "rz.f32");
  add_directed<Direction::kDown>(table, "rm.f32");
  add_directed<Direction::kUp>(table, "rp.f32");
  table.unary["ex2.approx.f32"] = approximate<power_of_two>;
  table.unary["lg2.approx.f32"] = approximate<logarithm>;
  table.unary["sin.approx.f32"] = approximate<sine>;
  table.unary["cos.approx.f32"] = approximate<cosine>;
  table.unary["tanh.approx.f32"] = approximate<hyperbolic_tangent>;
  table.unary["rsqrt.approx.f32"] = approximate<reciprocal_root>;
  table.unary["rcp.approx.f32"] = approximate<reciprocal>;
  table.unary["sqrt.approx.f32"] = approximate<root>;
  table.unary["rsqrt.approx.f64"] = unary_lanes<f64, f64, reciprocal_root>;
  table.binary["div.approx.f32"] = approximate_quotient;
  table.binary["div.full.f32"] = approximate_quotient;
}

Operation fused(Fused kind, bool is_double) {
  return is_double ? fused_of<f64>(kind) : fused_of<f32>(kind);
}

}  // namespace fgcn::ptx
