// Cutting the rows of a sparse matrix into compact patches with their surroundings. On the host.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/core/csr.h"

namespace fgcn {

/// Some rows of a square matrix, and all that repeated products with it read to give them.
struct Tile {
  /// Own rows first, then the rows that one product more reads, and so on: ring by ring.
  std::vector<std::int32_t> row;
  /// Rows within d steps of the own ones, those included: row[0 .. end[d]), d = 0 .. rings.
  std::vector<std::int32_t> end;

  std::int64_t own() const { return end.front(); }
  std::int64_t local() const { return end.back(); }
};

struct TileLimits {
  std::int64_t rings = 0;  // products that follow each other
  std::int64_t own = 1;    // the most own rows of a tile
  std::int64_t local = 1;  // the most rows of a tile with its rings
  /// The most rows of all tiles together, over the rows of the matrix.
  double overlap = 1;
};

/// Every row is an own row of one tile; rows of a ring are in ascending order. Empty where no cut
/// keeps the limits: the matrix is then no mesh, or its rings are too many.
///
///   a  [V, V]  symmetric in where its entries are
///
/// Repeat   the same cut for the same matrix and limits.
/// Source   recursive bisection by distances within the graph (Simon, Computing Systems in
///          Engineering 2, 1991), here from far ends: pieces of equal size, about as wide as long.
std::vector<Tile> cut_into_tiles(const Csr& a, const TileLimits& limits);

}  // namespace fgcn
