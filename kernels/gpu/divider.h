// Whole-number division by a multiplication, for kernels. Included by .cu files.
#pragma once

#include <cstdint>

#include "kernels/runtime/launch.h"

namespace fgcn {

/// Quotient and remainder.
struct Split {
  std::int64_t quotient, remainder;
};

/// Division of 0 <= n < 2^63 by a divisor that the host knows at the launch. A GPU has no division:
/// n / d takes it about a hundred instructions, this fifteen.
/// Source: Granlund and Montgomery, PLDI 1994, figure 4.1.
class Divider {
 public:
  /// By one.
  Divider() = default;
  /// Error unless 1 <= divisor < 2^62.
  explicit Divider(std::int64_t divisor) : divisor_(divisor) {
    FGCN_CHECK(divisor >= 1 && divisor < std::int64_t{1} << 62, "divider: by ", divisor);
    __extension__ using Wide = unsigned __int128;
    while (std::int64_t{1} << shift_ < divisor) ++shift_;
    const Wide above = (Wide{1} << shift_) - static_cast<Wide>(divisor);
    factor_ = static_cast<unsigned long long>((above << 64) / static_cast<Wide>(divisor)) + 1;
  }

  __device__ __forceinline__ Split split(std::int64_t n) const {
    const auto bits = static_cast<unsigned long long>(n);
    const auto quotient = static_cast<std::int64_t>((__umul64hi(factor_, bits) + bits) >> shift_);
    return {quotient, n - quotient * divisor_};
  }

 private:
  std::int64_t divisor_ = 1;
  unsigned long long factor_ = 1;
  int shift_ = 0;
};

/// Quotient and remainder of small numbers.
struct SmallSplit {
  int quotient, remainder;
};

/// Division of 0 <= n < 2^31: three instructions, for loops in which even fifteen would show.
class SmallDivider {
 public:
  /// By one.
  SmallDivider() = default;
  /// Error unless 1 <= divisor < 2^31.
  explicit SmallDivider(std::int64_t divisor) : divisor_(static_cast<int>(divisor)) {
    FGCN_CHECK(divisor >= 1 && divisor < std::int64_t{1} << 31, "small divider: by ", divisor);
    while (std::int64_t{1} << (shift_ - 31) < divisor) ++shift_;
    factor_ =
        static_cast<unsigned>((1ULL << shift_) / static_cast<unsigned long long>(divisor)) + 1;
  }

  __device__ __forceinline__ SmallSplit split(int n) const {
    const unsigned long long product = static_cast<unsigned long long>(factor_) *
                                       static_cast<unsigned long long>(static_cast<unsigned>(n));
    const int quotient = static_cast<int>(product >> shift_);
    return {quotient, n - quotient * divisor_};
  }

 private:
  int divisor_ = 1;
  unsigned factor_ = (1u << 31) + 1;
  int shift_ = 31;
};

}  // namespace fgcn
