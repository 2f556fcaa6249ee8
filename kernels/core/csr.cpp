#include "kernels/core/csr.h"

#include <algorithm>

namespace fgcn {

Csr csr_from_triplets(std::int64_t rows, std::int64_t cols, std::vector<Triplet> entries) {
  for (const Triplet& t : entries)
    FGCN_CHECK(t.row >= 0 && t.row < rows && t.col >= 0 && t.col < cols, "csr: entry (", t.row,
               ", ", t.col, ") lies outside a ", rows, " by ", cols, " matrix");
  std::stable_sort(entries.begin(), entries.end(), [](const Triplet& a, const Triplet& b) {
    return a.row != b.row ? a.row < b.row : a.col < b.col;
  });
  Csr out{rows, cols, std::vector<std::int32_t>(static_cast<std::size_t>(rows) + 1, 0), {}, {}};
  std::int32_t last_row = -1;
  for (const Triplet& t : entries) {
    if (t.row == last_row && out.col.back() == t.col) {
      out.value.back() += t.value;
      continue;
    }
    out.col.push_back(t.col);
    out.value.push_back(t.value);
    ++out.row_begin[static_cast<std::size_t>(t.row) + 1];
    last_row = t.row;
  }
  for (std::int64_t r = 0; r < rows; ++r) out.row_begin[r + 1] += out.row_begin[r];
  return out;
}

Csr transpose(const Csr& a) {
  Csr out{a.cols, a.rows, std::vector<std::int32_t>(static_cast<std::size_t>(a.cols) + 1, 0),
          std::vector<std::int32_t>(a.col.size()), std::vector<double>(a.value.size())};
  for (const std::int32_t c : a.col) ++out.row_begin[static_cast<std::size_t>(c) + 1];
  for (std::int64_t c = 0; c < a.cols; ++c) out.row_begin[c + 1] += out.row_begin[c];
  std::vector<std::int32_t> next(out.row_begin.begin(), out.row_begin.end() - 1);
  for (std::int64_t r = 0; r < a.rows; ++r) {
    for (std::int32_t e = a.row_begin[r]; e < a.row_begin[r + 1]; ++e) {
      const std::int32_t place = next[a.col[e]]++;
      out.col[place] = static_cast<std::int32_t>(r);
      out.value[place] = a.value[e];
    }
  }
  return out;
}

void check(const Csr& a) {
  FGCN_CHECK(a.rows >= 0 && a.cols >= 0, "csr: ", a.rows, " by ", a.cols, " is not a size");
  FGCN_CHECK(static_cast<std::int64_t>(a.row_begin.size()) == a.rows + 1, "csr: row_begin has ",
             a.row_begin.size(), " entries for ", a.rows, " rows");
  FGCN_CHECK(a.col.size() == a.value.size(), "csr: ", a.col.size(), " columns but ", a.value.size(),
             " values");
  FGCN_CHECK(a.row_begin.front() == 0 && a.row_begin.back() == a.nnz(),
             "csr: row_begin does not span the ", a.nnz(), " entries");
  for (std::int64_t r = 0; r < a.rows; ++r) {
    FGCN_CHECK(a.row_begin[r] <= a.row_begin[r + 1] && a.row_begin[r + 1] <= a.nnz(),
               "csr: row_begin falls at row ", r);
    for (std::int32_t e = a.row_begin[r]; e < a.row_begin[r + 1]; ++e) {
      FGCN_CHECK(a.col[e] >= 0 && a.col[e] < a.cols, "csr: column ", a.col[e], " in row ", r,
                 " of a matrix with ", a.cols, " columns");
      FGCN_CHECK(e == a.row_begin[r] || a.col[e - 1] < a.col[e], "csr: row ", r,
                 " is not sorted by column");
    }
  }
}

}  // namespace fgcn
