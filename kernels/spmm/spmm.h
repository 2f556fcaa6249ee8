// Sparse times dense.
#pragma once

#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// Sparse-dense product  y = A x, every trailing element of x a column.
///
///   a  [R, V]       CSR
///   x  [V, ...]     vertex-major: one row of A serves the whole batch
///   y  [R, ...]     the trailing sizes of x; overwritten, must not overlap x
///
/// Units    y carries the units of x times those of A.
/// Errors   fgcn::Error when the shapes do not fit together.
/// Repeat   bitwise on every backend: one thread owns one y element, entries in column order.
/// Source   CSR product by rows, Bell and Garland, SC 2009.
void spmm(const Context& ctx, const CsrView& a, View<const real> x, View<real> y);

FGCN_BACKENDS(void spmm(const Context& ctx, const CsrView& a, View<const real> x, View<real> y))

}  // namespace fgcn::kernels
