// A numbering of the vertices in which neighbours lie near each other in memory.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "io/mesh/triangle_mesh.h"
#include "kernels/core/csr.h"

namespace fgcn::mesh {

/// A permutation as a list: place p of the new order holds the old vertex order[p].
using VertexOrder = std::vector<std::int32_t>;

/// Reverse Cuthill-McKee order of a symmetric graph: breadth first from a far end, neighbours by
/// degree. It keeps |i - j| of every edge near the width of one breadth-first layer, which bounds
/// how far apart the rows are that a product with the matrix reads together.
///
/// Errors   fgcn::Error when the matrix is not square.
/// Repeat   ties by index.
/// Source   Cuthill and McKee 1969; George 1971; start by George and Liu 1979.
VertexOrder banded_order(const Csr& graph);

/// The greatest |row - column|.
std::int64_t bandwidth(const Csr& matrix);

/// Old place -> new place. Error unless `order` is a permutation.
VertexOrder inverse(const VertexOrder& order);

/// B[p, q] = A[row_order[p], col_order[q]].
Csr permuted(const Csr& matrix, const VertexOrder& row_order, const VertexOrder& col_order);

/// The surface with its vertices in the new order.
TriangleMesh permuted(const TriangleMesh& mesh, const VertexOrder& order);

}  // namespace fgcn::mesh
