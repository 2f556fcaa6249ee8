// The yardstick of spmm: the same product by cuSPARSE, for the benchmark. No network calls it.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

namespace cuda {
__attribute__((weak)) void spmm_cusparse(const Context& ctx, const CsrView& a, View<const real> x,
                                         View<real> y);
}  // namespace cuda
namespace emulated {
__attribute__((weak)) void spmm_cusparse(const Context& ctx, const CsrView& a, View<const real> x,
                                         View<real> y);
}  // namespace emulated

/// Whether this program has it for the context's device.
inline bool has_spmm_cusparse(const Context& ctx) {
  return (ctx.device() == Device::kCuda && cuda::spmm_cusparse != nullptr) ||
         (ctx.device() == Device::kEmulated && emulated::spmm_cusparse != nullptr);
}

/// y = A x as spmm gives it, but for rounding; shapes and errors are spmm's. On a GPU the order of
/// each sum, and so its last bits, may differ from run to run.
inline void spmm_cusparse(const Context& ctx, const CsrView& a, View<const real> x, View<real> y) {
  FGCN_CHECK(x.shape.rank > 0 && y.shape.rank > 0 && x.dim(0) == a.cols && y.dim(0) == a.rows &&
                 y.size() * a.cols == x.size() * a.rows,
             "spmm_cusparse: x is ", x.shape, " and y ", y.shape, ", A is [", a.rows, ", ", a.cols,
             "]");
  const auto run = ctx.device() == Device::kCuda       ? cuda::spmm_cusparse
                   : ctx.device() == Device::kEmulated ? emulated::spmm_cusparse
                                                       : nullptr;
  if (run == nullptr)
    throw MissingBackend(text("spmm_cusparse is not there for the device ", name(ctx.device())));
  run(ctx, a, x, y);
}

}  // namespace fgcn::kernels
