// The pixels of each triangle that is seen, in host memory.
#pragma once

#include <cstdint>

#include "kernels/core/pool_vector.h"
#include "kernels/core/real.h"

namespace fgcn::kernels::cpu {

/// Triangles that some pixel shows, in the order of their first pixel, and their pixels ascending.
struct PixelLists {
  PoolVector<std::int32_t> place;     // [F] where a triangle is in the list; -1: not seen
  PoolVector<std::int32_t> triangle;  // [seen]
  PoolVector<std::int32_t> begin;     // [seen + 1]
  PoolVector<std::int32_t> pixel;     // [covered pixels]

  explicit PixelLists(const Context& ctx) : place(ctx), triangle(ctx), begin(ctx), pixel(ctx) {}
  std::int64_t visible() const { return static_cast<std::int64_t>(triangle.size()); }
};

/// From one image of a raster, [pixels, 4]. Indices that no triangle has are ignored.
PixelLists pixels_by_triangle(const Context& ctx, const real* raster, std::int64_t pixels,
                              std::int64_t triangles);

}  // namespace fgcn::kernels::cpu
