#include <vector>

#include "kernels/binary/broadcast_axes.h"
#include "kernels/reduce/reduce.h"
#include "kernels/reduce/sum_kernels.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

void reduce_sum(const Context& ctx, View<const real> x, View<real> y) {
  if (y.size() == 0) return;
  if (x.size() == 0)
    return ctx.runtime().zero(y.data, static_cast<std::size_t>(y.size()) * sizeof(real));
  const std::vector<ReducePass> passes = reduce_passes(x.shape, y.shape);
  if (passes.empty())
    return ctx.runtime().copy(y.data, x.data, static_cast<std::size_t>(x.size()) * sizeof(real));
  const DeviceScratch<real> first(ctx, passes.size() > 1 ? x.size() / 2 : 0);
  const DeviceScratch<real> second(ctx, passes.size() > 2 ? x.size() / 4 : 0);
  const real* from = x.data;
  for (const ReducePass& pass : passes) {
    const bool last = &pass == &passes.back();
    real* to = last ? y.data : (from == first.data() ? second.data() : first.data());
    sum_terms(ctx, StoredTerms<real>{from}, pass, to);
    from = to;
  }
}

using RowBegins = StridedAxes<1, Shape::kMaxRank - 1>;

/// One thread per piece of a row.
template <int kN>
__global__ void repeat_kernel(RowBegins rows, Divider pieces_of_row, std::int64_t pieces,
                              std::int64_t inner, std::int64_t width, const real* x, real* y) {
  const std::int64_t i = thread_number();
  if (i >= pieces) return;
  const Split at = pieces_of_row.split(i);
  const std::int64_t c = at.remainder * kN;
  const real* from = x + rows.at(at.quotient).in[0] + c * inner;
  store(y + at.quotient * width + c, load_or_repeat<kN>(from, inner));
}

void repeat(const Context& ctx, View<const real> x, View<real> y) {
  if (y.size() == 0) return;
  const BroadcastAxes<1> axes(y.shape, {x.shape});
  RowBegins rows;
  for (int i = 0; i < axes.rank; ++i) rows.add(axes.size[i], {axes.stride[0][i]});
  const bool in_lanes =
      in_pieces(y.data) && whole_pieces(axes.width) && (axes.inner[0] == 0 || in_pieces(x.data));
  const std::int64_t of_row = axes.width / (in_lanes ? kLanes : 1);
  launch(ctx, "repeat", one_thread_each(axes.rows * of_row),
         in_lanes ? repeat_kernel<kLanes> : repeat_kernel<1>, rows, Divider(of_row),
         axes.rows * of_row, axes.inner[0], axes.width, x.data, y.data);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
