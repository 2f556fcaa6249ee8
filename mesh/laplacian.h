// The graph Laplacian that Chebyshev filters are polynomials of.
#pragma once

#include "kernels/core/csr.h"

namespace fgcn::mesh {

/// Normalized Laplacian  L = I - D^-1/2 A D^-1/2,  D the row sums of A,  [V, V].
///
///   adjacency  [V, V]  symmetric, weights >= 0
///
/// Bitwise symmetric. A vertex without an edge gets the row of I. Its spectrum lies in [0, 2].
/// Errors   fgcn::Error when A is not square or has a negative weight.
/// Source   Chung, Spectral Graph Theory, 1997; docs/method.md, "Mesh hierarchy".
Csr normalised_laplacian(const Csr& adjacency);

/// Rescaled Laplacian  L~ = 2 L / lambda_max - I  with lambda_max taken as 2, so  L~ = L - I.
/// A diagonal that is exactly zero, as a mesh gives it, is not stored: 5.96 entries per row, not
/// 6.96.
Csr rescaled_laplacian(const Csr& laplacian);

}  // namespace fgcn::mesh
