// Arrays of the original system, in its layout, turned into ours (docs/dev/conventions.md).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "io/arrays/npz.h"
#include "kernels/core/csr.h"
#include "kernels/core/view.h"

namespace fgcn::test {

/// laplacianI_f64.npz of a folder, rescaled: L - I.
inline Csr golden_laplacian(const std::filesystem::path& folder, int level) {
  Csr l = io::read_sparse_npz(folder / ("laplacian" + std::to_string(level) + "_f64.npz"));
  for (std::int64_t r = 0; r < l.rows; ++r)
    for (std::int32_t e = l.row_begin[r]; e < l.row_begin[r + 1]; ++e)
      if (l.col[e] == r) l.value[e] -= 1;
  return l;
}

/// [C_in * K, C_out] with row c * K + k  ->  [K, C_in, C_out], for convolutions; others as they
/// are.
inline std::vector<double> our_layout(const std::vector<double>& theirs, const Shape& shape) {
  if (shape.rank != 3) return theirs;
  std::vector<double> out(theirs.size());
  for (std::int64_t k = 0; k < shape[0]; ++k)
    for (std::int64_t i = 0; i < shape[1]; ++i)
      for (std::int64_t o = 0; o < shape[2]; ++o)
        out[(k * shape[1] + i) * shape[2] + o] = theirs[(i * shape[0] + k) * shape[2] + o];
  return out;
}

/// [N, V, C] channels [begin, begin + size) -> [V, N, size].
inline std::vector<double> vertex_major(const io::NpyArray& array, std::int64_t begin,
                                        std::int64_t size) {
  const std::vector<double> all = array.doubles();
  std::vector<double> out;
  for (std::int64_t v = 0; v < array.shape[1]; ++v)
    for (std::int64_t n = 0; n < array.shape[0]; ++n)
      for (std::int64_t c = begin; c < begin + size; ++c)
        out.push_back(all[(n * array.shape[1] + v) * array.shape[2] + c]);
  return out;
}
inline std::vector<double> vertex_major(const io::NpyArray& array) {
  return vertex_major(array, 0, array.shape[2]);
}

}  // namespace fgcn::test
