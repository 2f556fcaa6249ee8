#pragma once

namespace fgcn::kernels {

/// Whether a matrix product reads an operand as it is stored or transposed.
enum class Transpose { kNo, kYes };

constexpr bool is_transposed(Transpose t) { return t == Transpose::kYes; }
constexpr Transpose flipped(Transpose t) {
  return t == Transpose::kNo ? Transpose::kYes : Transpose::kNo;
}

}  // namespace fgcn::kernels
