// Each instruction against the host, on every pair of edge values and on random ones.
#include <cuda_runtime_api.h>
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <random>

#include "kernels/core/error.h"
#include "tests/ptx/device_array.h"
#include "tests/ptx/instruction_cases.h"

namespace fgcn::ptx {
namespace {

std::vector<u64> edges(OperandType type) {
  std::vector<u64> bits;
  if (type == OperandType::kBits) {
    for (const u64 value : {0ull,
                            1ull,
                            2ull,
                            3ull,
                            5ull,
                            31ull,
                            32ull,
                            33ull,
                            63ull,
                            64ull,
                            65ull,
                            127ull,
                            128ull,
                            255ull,
                            256ull,
                            0x7fffull,
                            0x8000ull,
                            0xffffull,
                            0x7fffffffull,
                            0x80000000ull,
                            0x0102030405060708ull,
                            0x7fffffffffffffffull,
                            0x8000000000000000ull,
                            0x3210ull,
                            0xfedcba98ull,
                            0x1000001ull,
                            0x20000000000001ull})
      bits.insert(bits.end(), {value, ~value});
    return bits;
  }
  for (const f64 value : {0.0,
                          1.0,
                          0.5,
                          1.5,
                          2.5,
                          3.7,
                          0.99999994,
                          127.5,
                          255.5,
                          32767.5,
                          65535.5,
                          2147483647.0,
                          2147483648.0,
                          4294967295.0,
                          4294967296.0,
                          9223372036854775807.0,
                          18446744073709551615.0,
                          1e-45,
                          1e-40,
                          1.17549435e-38,
                          3.4028234e38,
                          1e300,
                          1e-300,
                          16777217.0,
                          0.1,
                          static_cast<f64>(INFINITY),
                          static_cast<f64>(NAN)}) {
    for (const f64 sign : {1.0, -1.0}) {
      const f64 wide = sign * value;
      const f32 narrow = static_cast<f32>(wide);
      bits.push_back(type == OperandType::kDouble ? std::bit_cast<u64>(wide)
                                                  : std::bit_cast<u32>(narrow));
    }
  }
  return bits;
}

struct Rows {
  std::vector<u64> a, b, c;
};

u64 random_operand(OperandType type, std::mt19937_64& random) {
  const u64 bits = random();
  if (type == OperandType::kBits || (bits & 1) != 0) return bits;
  const f64 value = std::ldexp(static_cast<f64>(static_cast<s64>(random())), -62 + int(bits % 40));
  return type == OperandType::kDouble ? std::bit_cast<u64>(value)
                                      : std::bit_cast<u32>(static_cast<f32>(value));
}

Rows rows_of(OperandType type) {
  Rows rows;
  std::mt19937_64 random(7);
  const std::vector<u64> values = edges(type);
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t k = 0; k < values.size(); ++k) {
      rows.a.push_back(values[i]);
      rows.b.push_back(values[k]);
      rows.c.push_back(values[(i * 7 + k * 3) % values.size()]);
    }
  }
  for (int i = 0; i < 2000; ++i) {
    rows.a.push_back(random_operand(type, random));
    rows.b.push_back(random_operand(type, random));
    // Cancelling sums now and then.
    rows.c.push_back(i % 3 == 0 ? rows.a.back() : random_operand(type, random));
  }
  return rows;
}

bool same(const InstructionCase& k, u64 got, u64 want) {
  if (got == want) return true;
  if (k.result == OperandType::kBits) return false;
  const bool is_double = k.result == OperandType::kDouble;
  const f64 x = is_double ? std::bit_cast<f64>(got) : std::bit_cast<f32>(static_cast<u32>(got));
  const f64 y = is_double ? std::bit_cast<f64>(want) : std::bit_cast<f32>(static_cast<u32>(want));
  if (std::isnan(x) && std::isnan(y)) return true;
  if (k.tolerance == 0) return false;
  constexpr f64 kSmallest = 1e-44;  // a few of the smallest floats
  return std::fabs(x - y) <= k.tolerance * std::fabs(y) + kSmallest;
}

void check_cases(const std::vector<InstructionCase>& cases) {
  for (const InstructionCase& k : cases) {
    INFO(k.text);
    const Rows rows = rows_of(k.operands);
    const DeviceArray<u64> a(rows.a), b(rows.b), c(rows.c), y(rows.a);
    k.start(a.data(), b.data(), c.data(), y.data(), static_cast<int>(rows.a.size()));
    const cudaError_t status = cudaGetLastError();
    INFO(std::string(cudaGetErrorString(status)));
    REQUIRE(status == cudaSuccess);
    const std::vector<u64> got = y.values();
    int wrong = 0;
    std::string first;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const u64 want = k.expected(rows.a[i], rows.b[i], rows.c[i]);
      if (same(k, got[i], want)) continue;
      if (wrong++ == 0)
        first = text(std::hex, "a ", rows.a[i], ", b ", rows.b[i], ", c ", rows.c[i], ": ", got[i],
                     ", expected ", want);
    }
    INFO(first);
    CHECK(wrong == 0);
  }
}

TEST_CASE("whole numbers: the PTX of each instruction computes what the host does") {
  check_cases(integer_cases());
}
TEST_CASE("bits: the PTX of each instruction computes what the host does") {
  check_cases(bit_cases());
}
TEST_CASE("floats: the PTX of each instruction computes what the host does") {
  check_cases(float_cases());
}
TEST_CASE("comparisons: the PTX of each instruction computes what the host does") {
  check_cases(compare_cases());
}
TEST_CASE("conversions: the PTX of each instruction computes what the host does") {
  check_cases(convert_cases());
}

}  // namespace
}  // namespace fgcn::ptx
