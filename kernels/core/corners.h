// Where the vertices of a mesh occur in its triangles.
#pragma once

#include <cstdint>

namespace fgcn::kernels {

/// Corner 3f + k is vertex k of triangle f. Compressed rows, one per vertex; a view, of a device.
struct CornersView {
  std::int64_t vertices = 0;
  const std::int32_t* begin = nullptr;   // [vertices + 1]
  const std::int32_t* corner = nullptr;  // [3 F], ascending within a vertex
};

}  // namespace fgcn::kernels
