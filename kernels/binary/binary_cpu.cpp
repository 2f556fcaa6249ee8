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

/// Part of a row; kA, kB: steps along it in the operands, 1 or 0.
template <Binary kF, int kA, int kB>
void shares(const real* a, const real* b, const real* grad_y, real* grad_a, real* grad_b,
            std::int64_t count) {
  if (grad_a != nullptr) {
#pragma omp simd
    for (std::int64_t c = 0; c < count; ++c)
      grad_a[c] = share_of_a<kF>(a[c * kA], b[c * kB], grad_y[c]);
  }
  if (grad_b != nullptr) {
#pragma omp simd
    for (std::int64_t c = 0; c < count; ++c)
      grad_b[c] = share_of_b<kF>(a[c * kA], b[c * kB], grad_y[c]);
  }
}

template <Binary kF>
void run_vjp(const Context& ctx, View<const real> a, View<const real> b, View<const real> grad_y,
             View<real> grad_a, View<real> grad_b) {
  if (grad_y.size() == 0) return;
  const BroadcastRows<2> rows(grad_y.shape, {a.shape, b.shape});
  const std::int64_t width = rows.width;
  const auto of_row = rows.inner[0] == 0
                          ? (rows.inner[1] == 0 ? shares<kF, 0, 0> : shares<kF, 0, 1>)
                      : rows.inner[1] == 0 ? shares<kF, 1, 0>
                                           : shares<kF, 1, 1>;
  const auto part = [&](const real* from_a, const real* from_b, std::int64_t at,
                        std::int64_t count) {
    of_row(from_a, from_b, grad_y.data + at, grad_a.data == nullptr ? nullptr : grad_a.data + at,
           grad_b.data == nullptr ? nullptr : grad_b.data + at, count);
  };
  if (rows.rows == 1) {  // shared by columns; a piece stays in the cache for the second gradient
    constexpr std::int64_t kPiece = 1024;
    const int threads = width < 16384 ? 1 : ctx.threads();
#pragma omp parallel for num_threads(threads)
    for (std::int64_t begin = 0; begin < width; begin += kPiece) {
      part(a.data + begin * rows.inner[0], b.data + begin * rows.inner[1], begin,
           std::min(kPiece, width - begin));
    }
    return;
  }
  rows.for_each(ctx, [&](std::int64_t row, const std::int64_t* offset) {
    part(a.data + offset[0], b.data + offset[1], row * width, width);
  });
}

}  // namespace

void binary_vjp(const Context& ctx, Binary f, View<const real> a, View<const real> b,
                View<const real> grad_y, View<real> grad_a, View<real> grad_b) {
  switch (f) {
    case Binary::kMul:
      return run_vjp<Binary::kMul>(ctx, a, b, grad_y, grad_a, grad_b);
    case Binary::kDiv:
      return run_vjp<Binary::kDiv>(ctx, a, b, grad_y, grad_a, grad_b);
    case Binary::kMax:
      return run_vjp<Binary::kMax>(ctx, a, b, grad_y, grad_a, grad_b);
    case Binary::kMin:
      return run_vjp<Binary::kMin>(ctx, a, b, grad_y, grad_a, grad_b);
    default:
      return;  // refused above
  }
}

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
