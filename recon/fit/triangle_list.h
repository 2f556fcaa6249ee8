// Triangles as the renderer takes them.
#pragma once

#include <cstdint>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::recon {

/// [F, 3] flat: the renderer does not know the mesh library's types.
inline std::vector<std::int32_t> flat(const std::vector<mesh::Triangle>& triangles) {
  std::vector<std::int32_t> out;
  out.reserve(triangles.size() * 3);
  for (const mesh::Triangle& t : triangles) out.insert(out.end(), t.begin(), t.end());
  return out;
}

}  // namespace fgcn::recon
