// Taped reading of rows by index, and its adjoint (kernels/gather/gather.h).
#pragma once

#include <vector>

#include "autograd/tape.h"

namespace fgcn {

/// A list of rows on a device, together with its transpose; a cheap handle.
class RowIndex {
 public:
  RowIndex() = default;
  /// index[i] in [0, rows) is the row of entry i. Error when one is not.
  RowIndex(const Context& ctx, std::int64_t rows, const std::vector<std::int32_t>& index);

  std::int64_t rows() const { return rows_; }
  std::int64_t size() const { return index_.size(); }
  const IndexTensor& index() const { return index_; }          // [P]
  const IndexTensor& row_begin() const { return row_begin_; }  // [rows + 1]
  const IndexTensor& entry() const { return entry_; }          // [P], ascending within a row

 private:
  std::int64_t rows_ = 0;
  IndexTensor index_;
  IndexTensor row_begin_;
  IndexTensor entry_;
};

namespace ops {

/// y[o, i, :] = x[o, index[i], :] along the axis, as in gather(x, skin, {.axis = 1}) for
/// x [N, V, C].
struct RowAxis {
  int axis = 0;
};

/// Order: any, both; each is the other's adjoint.
Var gather(const Var& x, const RowIndex& index, const RowAxis& along = {});
/// y[o, r, :] = sum of x[o, i, :] over the entries i of row r.
Var scatter_add(const Var& x, const RowIndex& index, const RowAxis& along = {});

}  // namespace ops
}  // namespace fgcn
