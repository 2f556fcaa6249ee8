// A sparse matrix in host memory, compressed by rows.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/core/error.h"

namespace fgcn {

/// CSR on the host, double precision; what the mesh code makes and the tape's operators take.
/// Columns are sorted within a row, without repeats.
struct Csr {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::vector<std::int32_t> row_begin;  // [rows + 1]
  std::vector<std::int32_t> col;        // [nnz]
  std::vector<double> value;            // [nnz]

  std::int64_t nnz() const { return static_cast<std::int64_t>(col.size()); }
};

/// One entry; several with the same place are summed.
struct Triplet {
  std::int32_t row;
  std::int32_t col;
  double value;
};

/// Sorts, sums repeats (in the order given), keeps explicit zeros. Error on an index out of range.
Csr csr_from_triplets(std::int64_t rows, std::int64_t cols, std::vector<Triplet> entries);
Csr transpose(const Csr& a);
/// Error unless the arrays are consistent: sizes, monotone row_begin, columns sorted and in range.
void check(const Csr& a);

}  // namespace fgcn
