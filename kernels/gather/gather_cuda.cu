#include "kernels/gather/gather.h"
#include "kernels/gpu/elements.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// A list [outer, entries, inner] beside a table [outer, rows, inner], the inner axis in pieces.
struct GatherSizes {
  std::int64_t rows, entries, inner;
  Divider by_pieces, by_lines;  // pieces of a line; lines of one outer (the list's or the table's)
  std::int64_t pieces;          // of all lines
};

/// One thread per piece of an entry: neighbors read and write neighbors, an index is broadcast.
template <int kN>
__global__ void gather_kernel(GatherSizes sizes, const real* x, const std::int32_t* index,
                              real* y) {
  const std::int64_t i = thread_number();
  if (i >= sizes.pieces) return;
  const Split piece = sizes.by_pieces.split(i);
  const Split line = sizes.by_lines.split(piece.quotient);
  const std::int64_t row = line.quotient * sizes.rows + index[line.remainder];
  const std::int64_t c = piece.remainder * kN;
  store(y + piece.quotient * sizes.inner + c, load<kN>(x + row * sizes.inner + c));
}

/// One thread per piece of a row: it reads the row's entries in their order, so that no two threads
/// write one place and the sum has the CPU's bits.
template <int kN>
__global__ void scatter_add_kernel(GatherSizes sizes, const real* x, const std::int32_t* row_begin,
                                   const std::int32_t* entry, real* y) {
  const std::int64_t i = thread_number();
  if (i >= sizes.pieces) return;
  const Split piece = sizes.by_pieces.split(i);
  const Split line = sizes.by_lines.split(piece.quotient);
  const std::int64_t c = piece.remainder * kN;
  const real* from = x + line.quotient * sizes.entries * sizes.inner + c;
  Lanes<kN> sum = {};
  const std::int32_t end = row_begin[line.remainder + 1];
  for (std::int32_t e = row_begin[line.remainder]; e < end; ++e) {
    const Lanes<kN> term = load<kN>(from + entry[e] * sizes.inner);
    for (int k = 0; k < kN; ++k) sum.of[k] += term.of[k];
  }
  store(y + piece.quotient * sizes.inner + c, sum);
}

/// `lines`: of one outer, of the array that the threads own.
GatherSizes gather_sizes(const Shape& table, int axis, std::int64_t entries, std::int64_t lines,
                         int lanes) {
  std::int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= table[i];
  for (int i = axis + 1; i < table.rank; ++i) inner *= table[i];
  const std::int64_t of_line = inner / lanes;
  return {table[axis], entries, inner, Divider(of_line), Divider(lines), outer * lines * of_line};
}

/// True when lines of both arrays begin and end with whole pieces.
bool lines_in_pieces(View<const real> x, View<real> y, int axis) {
  std::int64_t inner = 1;
  for (int i = axis + 1; i < y.shape.rank; ++i) inner *= y.dim(i);
  return in_pieces(x.data) && in_pieces(y.data) && whole_pieces(inner);
}

void gather(const Context& ctx, View<const real> x, View<const std::int32_t> index, int axis,
            View<real> y) {
  if (y.size() == 0) return;
  const bool in_lanes = lines_in_pieces(x, y, axis);
  const GatherSizes sizes =
      gather_sizes(x.shape, axis, index.size(), index.size(), in_lanes ? kLanes : 1);
  launch(ctx, "gather", one_thread_each(sizes.pieces),
         in_lanes ? gather_kernel<kLanes> : gather_kernel<1>, sizes, x.data, index.data, y.data);
}

void scatter_add(const Context& ctx, View<const real> x, const RowEntries& entries, int axis,
                 View<real> y) {
  if (y.size() == 0) return;
  const bool in_lanes = lines_in_pieces(x, y, axis);
  const GatherSizes sizes =
      gather_sizes(y.shape, axis, entries.entry.size(), y.dim(axis), in_lanes ? kLanes : 1);
  launch(ctx, "scatter_add", one_thread_each(sizes.pieces),
         in_lanes ? scatter_add_kernel<kLanes> : scatter_add_kernel<1>, sizes, x.data,
         entries.row_begin.data, entries.entry.data, y.data);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
