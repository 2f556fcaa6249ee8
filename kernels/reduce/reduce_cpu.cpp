#include <algorithm>
#include <vector>

#include "kernels/binary/broadcast_rows.h"
#include "kernels/core/workspace.h"
#include "kernels/reduce/reduce.h"
#include "kernels/reduce/sum_rows.h"

namespace fgcn::kernels::cpu {
void reduce_sum(const Context& ctx, View<const real> x, View<real> y) {
  if (y.size() == 0) return;
  if (x.size() == 0) {
    std::fill_n(y.data, y.size(), real(0));
    return;
  }
  const std::vector<ReducePass> passes = reduce_passes(x.shape, y.shape);
  if (passes.empty()) {
    std::copy_n(x.data, x.size(), y.data);
    return;
  }
  const Workspace first(ctx, passes.size() > 1 ? x.size() / 2 : 0);
  const Workspace second(ctx, passes.size() > 2 ? x.size() / 4 : 0);
  const real* from = x.data;
  for (const ReducePass& pass : passes) {
    const bool last = &pass == &passes.back();
    real* to = last ? y.data : (from == first.data() ? second.data() : first.data());
    sum_terms(ctx, StoredTerms{from}, pass, to);
    from = to;
  }
}

void repeat(const Context& ctx, View<const real> x, View<real> y) {
  if (y.size() == 0) return;
  const BroadcastRows<1> rows(y.shape, {x.shape});
  const std::int64_t width = rows.width;
  rows.for_each(ctx, [&](std::int64_t row, const std::int64_t* offset) {
    real* out = y.data + row * width;
    if (rows.inner[0] != 0) {
      std::copy_n(x.data + offset[0], width, out);
    } else {
      std::fill_n(out, width, x[offset[0]]);
    }
  });
}

}  // namespace fgcn::kernels::cpu
