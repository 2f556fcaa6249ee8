#include <algorithm>

#include "kernels/binary/broadcast_rows.h"

namespace fgcn::kernels::cpu {
namespace {

template <Binary kF>
void run(const Context& ctx, View<const real> a, View<const real> b, View<real> y) {
  const std::int64_t size = y.size();
  const int threads = size < 16384 ? 1 : ctx.threads();
  if (a.shape == y.shape && b.shape == y.shape) {
#pragma omp parallel for simd num_threads(threads)
    for (std::int64_t i = 0; i < size; ++i) y[i] = apply<kF>(a[i], b[i]);
    return;
  }
  if (size == 0) return;
  const BroadcastRows<2> rows(y.shape, {a.shape, b.shape});
  const std::int64_t width = rows.width;
  const auto part = [&](const real* from_a, const real* from_b, real* out, std::int64_t count) {
    if (rows.inner[0] != 0 && rows.inner[1] != 0) {
#pragma omp simd
      for (std::int64_t c = 0; c < count; ++c) out[c] = apply<kF>(from_a[c], from_b[c]);
    } else if (rows.inner[0] != 0) {
      const real same = *from_b;
#pragma omp simd
      for (std::int64_t c = 0; c < count; ++c) out[c] = apply<kF>(from_a[c], same);
    } else if (rows.inner[1] != 0) {
      const real same = *from_a;
#pragma omp simd
      for (std::int64_t c = 0; c < count; ++c) out[c] = apply<kF>(same, from_b[c]);
    } else {
      std::fill_n(out, count, apply<kF>(*from_a, *from_b));
    }
  };
  if (rows.rows == 1) {  // shared by columns
    constexpr std::int64_t kPiece = 4096;
#pragma omp parallel for num_threads(threads)
    for (std::int64_t begin = 0; begin < width; begin += kPiece) {
      part(a.data + begin * rows.inner[0], b.data + begin * rows.inner[1], y.data + begin,
           std::min(kPiece, width - begin));
    }
    return;
  }
  rows.for_each(ctx, [&](std::int64_t row, const std::int64_t* offset) {
    part(a.data + offset[0], b.data + offset[1], y.data + row * width, width);
  });
}

}  // namespace

void binary(const Context& ctx, Binary f, View<const real> a, View<const real> b, View<real> y) {
  switch (f) {
    case Binary::kAdd:
      return run<Binary::kAdd>(ctx, a, b, y);
    case Binary::kSub:
      return run<Binary::kSub>(ctx, a, b, y);
    case Binary::kMul:
      return run<Binary::kMul>(ctx, a, b, y);
    case Binary::kDiv:
      return run<Binary::kDiv>(ctx, a, b, y);
    case Binary::kMax:
      return run<Binary::kMax>(ctx, a, b, y);
    case Binary::kMin:
      return run<Binary::kMin>(ctx, a, b, y);
    case Binary::kGreater:
      return run<Binary::kGreater>(ctx, a, b, y);
    case Binary::kLess:
      return run<Binary::kLess>(ctx, a, b, y);
  }
}

}  // namespace fgcn::kernels::cpu
