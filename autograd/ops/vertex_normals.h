// Taped vertex normals (kernels/vertex_normals/vertex_normals.h).
#pragma once

#include "autograd/tape.h"
#include "autograd/triangles.h"

namespace fgcn::ops {

/// [N, V, 3] positions to unit normals. Order: once.
Var vertex_normals(const Triangles& mesh, const Var& x);

}  // namespace fgcn::ops
