// The serial products that the CPU's gemm and conv2d are made of.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/core/real.h"

namespace fgcn::kernels::cpu {

// The register tile: kTileRows x (two vectors) sums stay in registers over a block of K.
#ifdef __AVX512F__
constexpr int kVectorBytes = 64;
constexpr int kTileRows = 12;
#else
constexpr int kVectorBytes = 32;
constexpr int kTileRows = 6;
#endif
constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(real));
constexpr int kTileColumns = 2 * kLanes;

constexpr std::int64_t kDepth = 256;  // of K at a time: a packed panel of b stays in L1

/// A matrix read through strides, so that a transpose costs nothing.
struct Strided {
  const real* data;
  std::int64_t row;
  std::int64_t col;

  const real* at(std::int64_t i, std::int64_t j) const { return data + i * row + j * col; }
};

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Reals that pack() writes for `depth` rows and `width` columns of b.
constexpr std::int64_t packed_size(std::int64_t depth, std::int64_t width) {
  return depth * ceil_div(width, kTileColumns) * kTileColumns;
}

/// Copies b [depth, width] into panels of kTileColumns columns, with zeros behind the last; each
/// kDepth rows of it form a block of their own.
void pack(const Strided& b, std::int64_t depth, std::int64_t width, real* packed);

/// y [rows, width] = (or +=) a [rows, depth] b, with b as packed. Each sum runs over K in order, in
/// blocks of kDepth, wherever its element lies.
void multiply_packed(const Strided& a, const real* packed, std::int64_t rows, std::int64_t depth,
                     std::int64_t width, real* y, std::int64_t y_row, bool add);

/// Multiplies with b as it is; worth it for few rows, where packing costs more than it saves.
/// `edge` holds packed_size(min(depth, kDepth), kTileColumns) reals.
void multiply_unpacked(const Strided& a, const Strided& b, std::int64_t rows, std::int64_t depth,
                       std::int64_t width, real* y, std::int64_t y_row, bool add, real* edge);

}  // namespace fgcn::kernels::cpu
