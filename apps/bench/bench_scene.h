// The scene of fgcn_bench: a face-sized mesh, rendered by the usual camera.
#pragma once

#include <cstdint>

#include "autograd/triangles.h"
#include "layers/mesh_hierarchy.h"

namespace fgcn::bench {

/// The defaults are a face's: 35,721 vertices and 70,688 triangles (the original model's are
/// 35,709 and 70,789).
struct Sizes {
  std::int64_t batch = 4;
  std::int32_t side = 189;        // vertices along a side of the lattice
  std::int64_t pixels = 224;      // along a side of images
  std::int64_t dense_in = 3840;   // of the decoder's fully connected layer
  std::int64_t dense_out = 4480;  //

  std::int64_t vertices() const { return std::int64_t{side} * side; }
};

/// A small scene, where only the ways through the code matter.
constexpr Sizes kTiny{.batch = 2, .side = 33, .pixels = 48, .dense_in = 48, .dense_out = 56};

/// The front of an ellipsoid, 45 % of the image. Triangles follow the lattice's rows.
struct Scene {
  Context ctx;
  Sizes sizes;
  GraphHierarchy hierarchy;
  Triangles triangles;
  Tensor positions;  // [N, V, 3] dm
  Tensor screen;     // [N, V, 3] pixels and depth
  Tensor raster;     // [N, H, W, 4]

  /// The hierarchy may have another number of vertices.
  Scene(const Context& context, const Sizes& chosen, GraphHierarchy matrices);
};

/// Uniform in [low, high); fixed by the seed.
Tensor uniform(const Context& ctx, const Shape& shape, std::uint64_t seed, double low = -1,
               double high = 1);

}  // namespace fgcn::bench
