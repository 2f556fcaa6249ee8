#include "kernels/gather/gather.h"

namespace fgcn::kernels {
namespace {

/// Error unless `rows` [.., R, ..] and `list` [.., P, ..] differ along the axis only.
void check_shapes(const char* name, const Shape& rows, const Shape& list, std::int64_t entries,
                  int axis) {
  FGCN_CHECK(axis >= 0 && axis < rows.rank, name, ": axis ", axis, " of ", rows);
  Shape expected = rows;
  expected.sizes[axis] = entries;
  FGCN_CHECK(list == expected, name, ": the list of ", entries, " rows is ", list, ", expected ",
             expected);
}

}  // namespace

void gather(const Context& ctx, View<const real> x, View<const std::int32_t> index, int axis,
            View<real> y) {
  FGCN_CHECK(index.shape.rank == 1, "gather: index is ", index.shape);
  check_shapes("gather", x.shape, y.shape, index.size(), axis);
  FGCN_CHECK(index.size() == 0 || x.dim(axis) > 0, "gather: from no rows");
  FGCN_DISPATCH(ctx, gather, x, index, axis, y);
}

void scatter_add(const Context& ctx, View<const real> x, const RowEntries& entries, int axis,
                 View<real> y) {
  FGCN_CHECK(entries.row_begin.shape.rank == 1 && entries.entry.shape.rank == 1,
             "scatter_add: row_begin is ", entries.row_begin.shape, " and entry ",
             entries.entry.shape);
  check_shapes("scatter_add", y.shape, x.shape, entries.entry.size(), axis);
  FGCN_CHECK(entries.row_begin.size() == y.dim(axis) + 1, "scatter_add: y is ", y.shape,
             ", the entries are of ", entries.row_begin.size() - 1, " rows");
  FGCN_DISPATCH(ctx, scatter_add, x, entries, axis, y);
}

}  // namespace fgcn::kernels
