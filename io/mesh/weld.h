// Points that stand in one place, as one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

struct Welded {
  std::vector<Vec3> points;         // each place once, in the order in which it first occurs
  std::vector<std::int32_t> place;  // [points given] its place in `points`
};

/// Exactly equal coordinates are one place; -0 equals 0. Coordinates are finite.
/// Repeat   bitwise.
Welded weld(std::span<const Vec3> points);

}  // namespace fgcn::mesh
