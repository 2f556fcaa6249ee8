#include "kernels/cheb_conv/cheb_unpool.h"
#include "kernels/gpu/elements.h"

// Step by step of the recurrence, one launch each: one thread per piece of a row's channels, so
// that neighbours read and write neighbours, and rows of L and U are broadcast to the warp.
// Networks do not come here on a GPU: un-pooled by spmm, a layer's terms stay in shared memory
// (cheb_tiles.h), while these terms go through memory once each.

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// Elements of an array [rows, N, C] as its threads see them: in pieces.
struct PieceShape {
  Divider of_row;     // pieces of a row
  Divider of_sample;  // pieces of one sample's channels
  std::int64_t pieces = 0;
  std::int64_t columns = 0;  // N * C
};

/// One term of the arrays with K terms side by side: [V_c, N, K * C].
struct TermPlace {
  std::int64_t row = 0;     // elements of a row: N * K * C
  std::int64_t sample = 0;  // of one sample: K * C
  std::int64_t first = 0;   // of the terms before: k * C
};

/// Adds row r of A times the rows of x that are `stride` apart; `x` is at the column already.
template <int kN>
__device__ __forceinline__ void add_row_product(const CsrView& a, std::int64_t r, const real* x,
                                                std::int64_t stride, Lanes<kN>& sum) {
  const std::int32_t end = a.row_begin[r + 1];
  for (std::int32_t e = a.row_begin[r]; e < end; ++e) {
    const real value = a.value[e];
    const Lanes<kN> term = load<kN>(x + a.col[e] * stride);
    for (int k = 0; k < kN; ++k) sum.of[k] += value * term.of[k];
  }
}

/// alpha L previous - before at one piece of row r; either array may be null.
template <int kN>
__device__ __forceinline__ Lanes<kN> from_terms_before(const CsrView& l, std::int64_t r, real alpha,
                                                       const real* previous, const real* before,
                                                       std::int64_t column, std::int64_t columns) {
  Lanes<kN> sum = {};
  if (previous != nullptr) add_row_product<kN>(l, r, previous + column, columns, sum);
  for (int k = 0; k < kN; ++k) sum.of[k] *= alpha;
  if (before == nullptr) return sum;
  const Lanes<kN> own = load<kN>(before + r * columns + column);
  for (int k = 0; k < kN; ++k) sum.of[k] -= own.of[k];
  return sum;
}

/// One step of Clenshaw's recurrence, y = U z_k + alpha L previous - before. `y` may be `before`:
/// a thread reads there what it alone overwrites.
template <int kN>
__global__ void cheb_unpool_step_kernel(CsrView l, CsrView u, PieceShape shape, TermPlace term,
                                        const real* z, real alpha, const real* previous,
                                        const real* before, real* y) {
  const std::int64_t i = thread_number();
  if (i >= shape.pieces) return;
  const Split at = shape.of_row.split(i);
  const Split in_row = shape.of_sample.split(at.remainder);
  const std::int64_t column = at.remainder * kN;
  Lanes<kN> sum =
      from_terms_before<kN>(l, at.quotient, alpha, previous, before, column, shape.columns);
  add_row_product<kN>(u, at.quotient,
                      z + in_row.quotient * term.sample + term.first + in_row.remainder * kN,
                      term.row, sum);
  store(y + at.quotient * shape.columns + column, sum);
}

/// The next term  alpha L previous - before, which `term` may be.
template <int kN>
__global__ void cheb_next_term_kernel(CsrView l, PieceShape shape, real alpha, const real* previous,
                                      const real* before, real* term) {
  const std::int64_t i = thread_number();
  if (i >= shape.pieces) return;
  const Split at = shape.of_row.split(i);
  const std::int64_t column = at.remainder * kN;
  store(term + at.quotient * shape.columns + column,
        from_terms_before<kN>(l, at.quotient, alpha, previous, before, column, shape.columns));
}

/// grad_z_k = U^T term: a thread gathers one piece on the coarse mesh.
template <int kN>
__global__ void cheb_pool_term_kernel(CsrView pool, PieceShape shape, TermPlace place,
                                      const real* term, real* grad_z) {
  const std::int64_t i = thread_number();
  if (i >= shape.pieces) return;
  const Split at = shape.of_row.split(i);
  const Split in_row = shape.of_sample.split(at.remainder);
  Lanes<kN> sum = {};
  add_row_product<kN>(pool, at.quotient, term + at.remainder * kN, shape.columns, sum);
  store(grad_z + at.quotient * place.row + in_row.quotient * place.sample + place.first +
            in_row.remainder * kN,
        sum);
}

/// How the arrays of a call are cut.
struct UnpoolPlan {
  int lanes;
  std::int64_t samples, channels, terms;

  /// `fine` [V, N, C] and `coarse` [V_c, N, K * C].
  UnpoolPlan(View<const real> fine, View<const real> coarse)
      : lanes(in_pieces(fine.data) && in_pieces(coarse.data) && whole_pieces(fine.dim(2)) ? kLanes
                                                                                          : 1),
        samples(fine.dim(1)),
        channels(fine.dim(2)),
        terms(coarse.dim(2) / fine.dim(2)) {}

  PieceShape pieces(std::int64_t rows) const {
    const std::int64_t of_sample = channels / lanes;
    return {Divider(samples * of_sample), Divider(of_sample), rows * samples * of_sample,
            samples * channels};
  }
  TermPlace term(std::int64_t k) const {
    return {samples * terms * channels, terms * channels, k * channels};
  }
};

void cheb_sum_unpooled(const Context& ctx, const CsrView& l, const CsrView& u, View<const real> z,
                       View<real> y) {
  const UnpoolPlan plan(y, z);
  const PieceShape shape = plan.pieces(l.rows);
  const auto kernel =
      plan.lanes == 1 ? cheb_unpool_step_kernel<1> : cheb_unpool_step_kernel<kLanes>;
  // Sums of even k and of odd k take turns, so that the last, k = 0, is written to y.
  const DeviceScratch<real> odd(ctx, plan.terms > 1 ? y.size() : 0);
  const auto sum = [&](std::int64_t k) -> real* {
    return k >= plan.terms ? nullptr : k % 2 == 0 ? y.data : odd.data();
  };
  for (std::int64_t k = plan.terms - 1; k >= 0; --k)
    launch(ctx, "cheb_unpool_step", one_thread_each(shape.pieces), kernel, l, u, shape,
           plan.term(k), z.data, k == 0 ? real(1) : real(2), sum(k + 1), sum(k + 2), sum(k));
}

void cheb_terms_pooled(const Context& ctx, const CsrView& l, const CsrView& /*u*/,
                       const CsrView& pool, View<const real> grad_y, View<real> grad_z) {
  const UnpoolPlan plan(grad_y, grad_z);
  const PieceShape fine = plan.pieces(l.rows), coarse = plan.pieces(pool.rows);
  const bool single = plan.lanes == 1;
  // grad_y is term 0 and stays; the others of even and of odd k take turns.
  const DeviceScratch<real> odd(ctx, plan.terms > 1 ? grad_y.size() : 0);
  const DeviceScratch<real> even(ctx, plan.terms > 2 ? grad_y.size() : 0);
  const auto term = [&](std::int64_t k) { return k % 2 == 0 ? even.data() : odd.data(); };
  const auto value = [&](std::int64_t k) -> const real* {
    return k < 0 ? nullptr : k == 0 ? grad_y.data : term(k);
  };
  for (std::int64_t k = 0; k < plan.terms; ++k) {
    if (k > 0)
      launch(ctx, "cheb_next_term", one_thread_each(fine.pieces),
             single ? cheb_next_term_kernel<1> : cheb_next_term_kernel<kLanes>, l, fine,
             k == 1 ? real(1) : real(2), value(k - 1), value(k - 2), term(k));
    launch(ctx, "cheb_pool_term", one_thread_each(coarse.pieces),
           single ? cheb_pool_term_kernel<1> : cheb_pool_term_kernel<kLanes>, pool, coarse,
           plan.term(k), value(k), grad_z.data);
  }
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
