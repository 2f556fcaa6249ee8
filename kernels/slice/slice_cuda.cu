#include "kernels/core/elements.h"
#include "kernels/slice/slice.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// One thread a piece of a run; a run is contiguous, the next one lies a stride behind it.
template <int kN>
__global__ void copy_runs_kernel(const real* from, std::int64_t from_stride, real* to,
                                 std::int64_t to_stride, Divider pieces_of_run,
                                 std::int64_t pieces) {
  const std::int64_t i = thread_number();
  if (i >= pieces) return;
  const Split at = pieces_of_run.split(i);
  const std::int64_t c = at.remainder * kN;
  store(to + at.quotient * to_stride + c, load<kN>(from + at.quotient * from_stride + c));
}

/// A part is `rows` runs of `part` elements; in the whole they are `whole` elements apart.
struct SliceRuns {
  std::int64_t rows = 1, part, whole, begin;

  SliceRuns(const Shape& of_whole, const Shape& of_part, const Place& place) {
    std::int64_t inner = 1;
    for (int i = place.axis + 1; i < of_whole.rank; ++i) inner *= of_whole[i];
    part = of_part[place.axis] * inner;
    whole = of_whole[place.axis] * inner;
    begin = place.begin * inner;
    for (int i = 0; i < place.axis; ++i) rows *= of_whole[i];
  }
};

void copy_runs(const Context& ctx, const SliceRuns& runs, const real* from,
               std::int64_t from_stride, real* to, std::int64_t to_stride) {
  if (runs.rows * runs.part == 0) return;
  if (runs.rows == 1) {
    ctx.runtime().copy(to, from, static_cast<std::size_t>(runs.part) * sizeof(real));
    return;
  }
  const bool in_lanes = in_pieces(from) && in_pieces(to) && whole_pieces(from_stride, to_stride);
  const std::int64_t of_run = runs.part / (in_lanes ? kLanes : 1);
  launch(ctx, "copy_runs", one_thread_each(runs.rows * of_run),
         in_lanes ? copy_runs_kernel<kLanes> : copy_runs_kernel<1>, from, from_stride, to,
         to_stride, Divider(of_run), runs.rows * of_run);
}

void slice(const Context& ctx, View<const real> whole, const Place& place, View<real> part) {
  const SliceRuns runs(whole.shape, part.shape, place);
  copy_runs(ctx, runs, whole.data + runs.begin, runs.whole, part.data, runs.part);
}

void paste(const Context& ctx, View<const real> part, const Place& place, View<real> whole) {
  const SliceRuns runs(whole.shape, part.shape, place);
  copy_runs(ctx, runs, part.data, runs.part, whole.data + runs.begin, runs.whole);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
