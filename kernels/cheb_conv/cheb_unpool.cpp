#include "kernels/cheb_conv/cheb_unpool.h"

namespace fgcn::kernels {
namespace {

void check(const char* op, const CsrView& l, const CsrView& u, const Shape& coarse,
           const Shape& fine) {
  FGCN_CHECK(l.rows == l.cols && u.rows == l.rows, op, ": L is [", l.rows, ", ", l.cols,
             "] and U [", u.rows, ", ", u.cols, "]");
  FGCN_CHECK(fine.rank == 3 && fine[0] == l.rows && fine[2] > 0, op,
             ": the values on the fine mesh are ", fine, ", expected [", l.rows, ", N, C]");
  FGCN_CHECK(coarse.rank == 3 && coarse[0] == u.cols && coarse[1] == fine[1] && coarse[2] > 0 &&
                 coarse[2] % fine[2] == 0,
             op, ": the terms are ", coarse, ", expected [", u.cols, ", ", fine[1], ", K * ",
             fine[2], "]");
}

}  // namespace

void cheb_sum_unpooled(const Context& ctx, const CsrView& l, const CsrView& u, View<const real> z,
                       View<real> y) {
  check("cheb_sum_unpooled", l, u, z.shape, y.shape);
  if (y.size() == 0) return;
  FGCN_DISPATCH(ctx, cheb_sum_unpooled, l, u, z, y);
}

void cheb_terms_pooled(const Context& ctx, const CsrView& l, const CsrView& u, const CsrView& pool,
                       View<const real> grad_y, View<real> grad_z) {
  check("cheb_terms_pooled", l, u, grad_z.shape, grad_y.shape);
  FGCN_CHECK(pool.rows == u.cols && pool.cols == u.rows && pool.nnz == u.nnz,
             "cheb_terms_pooled: U^T is [", pool.rows, ", ", pool.cols, "] with ", pool.nnz,
             " entries for U [", u.rows, ", ", u.cols, "] with ", u.nnz);
  if (grad_z.size() == 0) return;
  FGCN_DISPATCH(ctx, cheb_terms_pooled, l, u, pool, grad_y, grad_z);
}

}  // namespace fgcn::kernels
