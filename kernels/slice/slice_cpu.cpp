#include <cstring>

#include "kernels/slice/slice.h"

namespace fgcn::kernels::cpu {
namespace {

/// A part is `rows` runs of `part` elements; in the whole they are `whole` elements apart.
struct Runs {
  std::int64_t rows = 1;
  std::int64_t part;
  std::int64_t whole;
  std::int64_t begin;
};

Runs runs_of(const Shape& whole, const Shape& part, const Place& place) {
  std::int64_t inner = 1;
  for (int i = place.axis + 1; i < whole.rank; ++i) inner *= whole[i];
  Runs out{1, part[place.axis] * inner, whole[place.axis] * inner, place.begin * inner};
  for (int i = 0; i < place.axis; ++i) out.rows *= whole[i];
  return out;
}

/// Copies each run from one stride to another. Short runs, such as a few channels, by a plain loop:
/// a call of memcpy costs more than they do.
void copy_runs(const Context& ctx, const Runs& runs, const real* from, std::int64_t from_stride,
               real* to, std::int64_t to_stride) {
  const int threads = runs.rows * runs.part < 16384 ? 1 : ctx.threads();
#pragma omp parallel for num_threads(threads)
  for (std::int64_t r = 0; r < runs.rows; ++r) {
    const real* in = from + r * from_stride;
    real* out = to + r * to_stride;
    if (runs.part < 16) {
      for (std::int64_t i = 0; i < runs.part; ++i) out[i] = in[i];
    } else {
      std::memcpy(out, in, static_cast<std::size_t>(runs.part) * sizeof(real));
    }
  }
}

}  // namespace

void slice(const Context& ctx, View<const real> whole, const Place& place, View<real> part) {
  const Runs runs = runs_of(whole.shape, part.shape, place);
  copy_runs(ctx, runs, whole.data + runs.begin, runs.whole, part.data, runs.part);
}

void paste(const Context& ctx, View<const real> part, const Place& place, View<real> whole) {
  const Runs runs = runs_of(whole.shape, part.shape, place);
  copy_runs(ctx, runs, part.data, runs.part, whole.data + runs.begin, runs.whole);
}

}  // namespace fgcn::kernels::cpu
