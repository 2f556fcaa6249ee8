// The original system's order of collapses; called through simplify().
#pragma once

#include "mesh/simplify.h"

namespace fgcn::mesh {

Simplified simplify_reference(const TriangleMesh& mesh, std::int64_t wanted);

/// The vertices that triangles still use (or that `extra` marks), renumbered in ascending order.
Simplified compacted(const std::vector<Triangle>& triangles, std::vector<std::uint8_t> used);

}  // namespace fgcn::mesh
