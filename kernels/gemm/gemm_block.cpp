#include "kernels/gemm/gemm_block.h"

#include <cstring>

namespace fgcn::kernels::cpu {
namespace {

using Vector = real __attribute__((vector_size(kVectorBytes)));

// Rows begin anywhere. A type of a smaller alignment would say so, but clang forgets it in
// templates.
void load(const real* from, Vector& to) { std::memcpy(&to, from, sizeof to); }
void store(const Vector& from, real* to) { std::memcpy(to, &from, sizeof from); }

/// y tile [kCount, width] = or += a [kCount, depth] times a panel of b, whose rows are b_row apart.
/// A function of its own, so that the sums get all registers.
template <int kCount>
__attribute__((noinline)) void tile(const Strided& a, const real* b, std::int64_t b_row,
                                    std::int64_t depth, real* y, std::int64_t y_row,
                                    std::int64_t width, bool add) {
  Vector sum[kCount][2] = {};
  const real* from = a.data;
  const std::int64_t a_row = a.row;
  const std::int64_t a_col = a.col;
  for (std::int64_t k = 0; k < depth; ++k) {
    Vector b0, b1;
    load(b, b0);
    load(b + kLanes, b1);
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) {
      const real factor = from[i * a_row];
      sum[i][0] += factor * b0;
      sum[i][1] += factor * b1;
    }
    b += b_row;
    from += a_col;
  }
  if (width == kTileColumns) {
    if (add) {
#pragma GCC unroll 16
      for (int i = 0; i < kCount; ++i) {
        Vector out0, out1;
        load(y + i * y_row, out0);
        load(y + i * y_row + kLanes, out1);
        store(out0 + sum[i][0], y + i * y_row);
        store(out1 + sum[i][1], y + i * y_row + kLanes);
      }
      return;
    }
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) {
      store(sum[i][0], y + i * y_row);
      store(sum[i][1], y + i * y_row + kLanes);
    }
    return;
  }
  // A copy, because indexing the sums at run time would keep them in memory above.
  real rows[kCount][kTileColumns];
#pragma GCC unroll 16
  for (int i = 0; i < kCount; ++i) {
    store(sum[i][0], rows[i]);
    store(sum[i][1], rows[i] + kLanes);
  }
  for (int i = 0; i < kCount; ++i) {
    real* out = y + i * y_row;
    if (add) {
      for (std::int64_t j = 0; j < width; ++j) out[j] += rows[i][j];
    } else {
      std::memcpy(out, rows[i], static_cast<std::size_t>(width) * sizeof(real));
    }
  }
}

template <int kCount = kTileRows>
void tile_of(std::int64_t rows, const Strided& a, const real* b, std::int64_t b_row,
             std::int64_t depth, real* y, std::int64_t y_row, std::int64_t width, bool add) {
  if constexpr (kCount > 1) {
    if (rows < kCount) return tile_of<kCount - 1>(rows, a, b, b_row, depth, y, y_row, width, add);
  }
  tile<kCount>(a, b, b_row, depth, y, y_row, width, add);
}

void pack_panel(const Strided& b, std::int64_t depth, std::int64_t width, real* to) {
  if (b.col == 1 && width == kTileColumns) {
    for (std::int64_t k = 0; k < depth; ++k)
      std::memcpy(to + k * kTileColumns, b.at(k, 0), kTileColumns * sizeof(real));
    return;
  }
  for (std::int64_t c = 0; c < width; ++c) {
    const real* from = b.at(0, c);
    for (std::int64_t k = 0; k < depth; ++k) to[k * kTileColumns + c] = from[k * b.row];
  }
  for (std::int64_t c = width; c < kTileColumns; ++c)
    for (std::int64_t k = 0; k < depth; ++k) to[k * kTileColumns + c] = 0;
}

}  // namespace

void pack(const Strided& b, std::int64_t depth, std::int64_t width, real* packed) {
  for (std::int64_t k = 0; k < depth; k += kDepth) {
    const std::int64_t some = std::min(kDepth, depth - k);
    for (std::int64_t j = 0; j < width; j += kTileColumns) {
      pack_panel({b.at(k, j), b.row, b.col}, some, std::min<std::int64_t>(kTileColumns, width - j),
                 packed);
      packed += some * kTileColumns;
    }
  }
}

void multiply_packed(const Strided& a, const real* packed, std::int64_t rows, std::int64_t depth,
                     std::int64_t width, real* y, std::int64_t y_row, bool add) {
  real tile_of_a[kDepth * kTileRows];
  for (std::int64_t k = 0; k < depth; k += kDepth) {
    const std::int64_t some = std::min(kDepth, depth - k);
    for (std::int64_t i = 0; i < rows; i += kTileRows) {
      const std::int64_t tall = std::min<std::int64_t>(kTileRows, rows - i);
      Strided from{a.at(i, k), a.row, a.col};
      if (a.row == 1 && a.col > kTileRows && width > kTileColumns) {
        // Lines a power of two apart would push each other out of L1 before the next panel.
        for (std::int64_t d = 0; d < some; ++d)
          for (std::int64_t r = 0; r < tall; ++r)
            tile_of_a[d * kTileRows + r] = from.data[d * a.col + r];
        from = {tile_of_a, 1, kTileRows};
      }
      const real* panel = packed;
      for (std::int64_t j = 0; j < width; j += kTileColumns, panel += some * kTileColumns) {
        tile_of(tall, from, panel, kTileColumns, some, y + i * y_row + j, y_row,
                std::min<std::int64_t>(kTileColumns, width - j), add || k > 0);
      }
    }
    packed += packed_size(some, width);
  }
}

void multiply_unpacked(const Strided& a, const Strided& b, std::int64_t rows, std::int64_t depth,
                       std::int64_t width, real* y, std::int64_t y_row, bool add, real* edge) {
  const std::int64_t whole = b.col == 1 ? width / kTileColumns * kTileColumns : 0;
  for (std::int64_t k = 0; k < depth; k += kDepth) {
    const std::int64_t some = std::min(kDepth, depth - k);
    for (std::int64_t j = 0; j < width; j += kTileColumns) {
      const std::int64_t wide = std::min<std::int64_t>(kTileColumns, width - j);
      const real* panel = b.at(k, j);
      if (j >= whole) {
        pack_panel({panel, b.row, b.col}, some, wide, edge);
        panel = edge;
      }
      for (std::int64_t i = 0; i < rows; i += kTileRows) {
        tile_of(std::min<std::int64_t>(kTileRows, rows - i), {a.at(i, k), a.row, a.col}, panel,
                j >= whole ? kTileColumns : b.row, some, y + i * y_row + j, y_row, wide,
                add || k > 0);
      }
    }
  }
}

}  // namespace fgcn::kernels::cpu
