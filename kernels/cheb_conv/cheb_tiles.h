// A Chebyshev layer in one launch, where L is cut into tiles (kernels/cheb_conv/csr_tiles.h).
// Included by .cu files.
#pragma once

#include "kernels/cheb_conv/cheb_conv.h"
#include "kernels/runtime/launch.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// Products of the terms T_k(L) g of one array, in any combination.
struct TermsOf {
  std::int64_t terms;
  View<const real> g;  // [V, N, R]

  /// sum [V, N, A] = sum_k T_k(L) g W_k, or W_k^T.
  const real* w = nullptr;
  Transpose transpose_w = Transpose::kNo;
  View<real> sum = {};

  /// grad_w[k] = x^T T_k(L) g, for x [V, N, A]: [K, A, R].
  View<const real> x = {};
  real* grad_w = nullptr;
};

/// Runs it: one launch, and one more that adds up grad_w. False, and nothing done, where
/// - L's owner has no tiles of terms - 1 rings for it (CsrTiles::find says when), or
/// - the weights of so many terms leave no room for a tile in 64 KiB of shared memory, or
/// - units of work, or the numbers of the weights, are more than 32 bits count.
/// The caller then goes term by term.
bool by_tiles(const Context& ctx, const CsrView& l, const TermsOf& job);

/// sum[i] = partial[0, i] + .. + partial[pieces - 1, i], in double and in a fixed order.
void add_up(const Context& ctx, const real* partial, std::int64_t pieces, std::int64_t size,
            real* sum);

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
