#include <algorithm>
#include <vector>

#include "kernels/binary/broadcast_rows.h"
#include "kernels/core/workspace.h"
#include "kernels/reduce/reduce.h"
#include "kernels/reduce/sum_rows.h"

namespace fgcn::kernels::cpu {
namespace {

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

using Shares = void (*)(const real*, const real*, const real*, real*, real*, std::int64_t);

template <Binary kF>
Shares shares_of(const BroadcastRows<2>& rows) {
  if (rows.inner[0] == 0) return rows.inner[1] == 0 ? shares<kF, 0, 0> : shares<kF, 0, 1>;
  return rows.inner[1] == 0 ? shares<kF, 1, 0> : shares<kF, 1, 1>;
}

/// One operand's shares, made as they are summed. The other operand's gradient, where it is wanted
/// at full size, is written on the way.
struct ShareTerms {
  static constexpr bool kInPlace = false;
  const BroadcastRows<2>& rows;
  Shares of_row;
  const real *a, *b, *grad_y;
  bool of_a;    // whose shares are summed
  real* other;  // null: not wanted

  const real* make(std::int64_t begin, std::int64_t count, real* room) const {
    auto row = rows.row(begin / rows.width);
    std::int64_t c = begin % rows.width;
    for (std::int64_t done = 0; done < count; c = 0, rows.advance(row)) {
      const std::int64_t some = std::min(rows.width - c, count - done);
      real* rest = other == nullptr ? nullptr : other + begin + done;
      of_row(a + row.offset[0] + c * rows.inner[0], b + row.offset[1] + c * rows.inner[1],
             grad_y + begin + done, of_a ? room + done : rest, of_a ? rest : room + done, some);
      done += some;
    }
    return room;
  }
};

/// sum = the shares of a or of b, summed to its shape.
void sum_shares(const Context& ctx, const ShareTerms& terms, const Shape& common, View<real> sum) {
  const std::vector<ReducePass> passes = reduce_passes(common, sum.shape);
  const ReducePass& first = passes.front();
  if (passes.size() == 1) return sum_terms(ctx, terms, first, sum.data);
  const Workspace left(ctx, first.outer * first.width);
  sum_terms(ctx, terms, first, left.data());
  reduce_sum(ctx, View<const real>(left.data(), after_first_pass(common, sum.shape)), sum);
}

template <Binary kF>
void run_vjp(const Context& ctx, View<const real> a, View<const real> b, View<const real> grad_y,
             View<real> grad_a, View<real> grad_b) {
  const BroadcastRows<2> rows(grad_y.shape, {a.shape, b.shape});
  const Shares of_row = shares_of<kF>(rows);
  const auto summed = [&](const View<real>& grad) {
    return grad.data != nullptr && grad.size() != grad_y.size();
  };
  const bool sum_a = summed(grad_a), sum_b = summed(grad_b);
  const auto terms = [&](bool of_a, real* other) {
    return ShareTerms{rows, of_row, a.data, b.data, grad_y.data, of_a, other};
  };
  if (sum_a) sum_shares(ctx, terms(true, sum_b ? nullptr : grad_b.data), grad_y.shape, grad_a);
  if (sum_b) sum_shares(ctx, terms(false, sum_a ? nullptr : grad_a.data), grad_y.shape, grad_b);
  if (sum_a || sum_b) return;
  const std::int64_t width = rows.width;
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
  if (grad_y.size() == 0) {
    for (const View<real>& sum : {grad_a, grad_b})
      if (sum.data != nullptr) std::fill_n(sum.data, sum.size(), real(0));
    return;
  }
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
      refuse_binary_vjp(f);
  }
}

}  // namespace fgcn::kernels::cpu
