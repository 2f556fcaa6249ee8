// Shapes and borrowed arrays: what operators take.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <ostream>

#include "kernels/core/real.h"

namespace fgcn {

/// Up to five sizes. Axes in comments: N batch, V vertices, F faces, C channels, K order, H by W
/// pixels.
struct Shape {
  static constexpr int kMaxRank = 5;

  std::int64_t sizes[kMaxRank] = {};
  int rank = 0;

  Shape() = default;
  constexpr Shape(std::initializer_list<std::int64_t> values) {
    for (const std::int64_t v : values) {
      if (rank < kMaxRank) sizes[rank++] = v;
    }
  }

  FGCN_HD std::int64_t operator[](int axis) const { return sizes[axis]; }
  /// Number of elements; 1 for a scalar (rank 0).
  FGCN_HD std::int64_t size() const {
    std::int64_t product = 1;
    for (int i = 0; i < rank; ++i) product *= sizes[i];
    return product;
  }
};

inline bool operator==(const Shape& a, const Shape& b) {
  if (a.rank != b.rank) return false;
  for (int i = 0; i < a.rank; ++i) {
    if (a.sizes[i] != b.sizes[i]) return false;
  }
  return true;
}
inline bool operator!=(const Shape& a, const Shape& b) { return !(a == b); }

inline std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  out << '[';
  for (int i = 0; i < shape.rank; ++i) out << (i ? ", " : "") << shape.sizes[i];
  return out << ']';
}

/// A borrowed, contiguous, row-major array; valid for one call. Copied by value into kernels.
template <class T>
struct View {
  T* data = nullptr;
  Shape shape;

  View() = default;
  FGCN_HD View(T* first, const Shape& s) : data(first), shape(s) {}
  /// A read-only view of a writable one.
  template <class U>
  requires(!__is_same(U, T) && __is_same(const U, T)) FGCN_HD View(const View<U>& other)
      : data(other.data), shape(other.shape) {}

  FGCN_HD std::int64_t dim(int axis) const { return shape.sizes[axis]; }
  FGCN_HD std::int64_t size() const { return shape.size(); }

  FGCN_HD T& operator[](std::int64_t i) const { return data[i]; }
  FGCN_HD T& operator()(std::int64_t i, std::int64_t j) const {
    return data[i * shape.sizes[1] + j];
  }
  FGCN_HD T& operator()(std::int64_t i, std::int64_t j, std::int64_t k) const {
    return data[(i * shape.sizes[1] + j) * shape.sizes[2] + k];
  }
  FGCN_HD T& operator()(std::int64_t i, std::int64_t j, std::int64_t k, std::int64_t l) const {
    return data[((i * shape.sizes[1] + j) * shape.sizes[2] + k) * shape.sizes[3] + l];
  }
};

class CsrTiles;

/// A borrowed CSR matrix on the device of the call. Columns are sorted within a row.
struct CsrView {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t nnz = 0;
  const std::int32_t* row_begin = nullptr;  // [rows + 1]
  const std::int32_t* col = nullptr;        // [nnz]
  const real* value = nullptr;              // [nnz]
  /// The matrix cut for kernels that apply it several times (csr_tiles.h), in host memory;
  /// null where its owner has none. Operators must do without, if slower.
  const CsrTiles* tiles = nullptr;
};

}  // namespace fgcn
