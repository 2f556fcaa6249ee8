// The meshes that fgcn_bench runs on.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "io/arrays/npz.h"
#include "kernels/core/csr.h"
#include "layers/mesh_hierarchy.h"

namespace fgcn::bench {

/// Rescaled Laplacian of a lattice of size x size vertices, six neighbours each, row by row: the
/// structure of a face mesh in a good vertex order. -1/6 stands for every edge.
inline Csr lattice_laplacian(std::int32_t size) {
  std::vector<Triplet> entries;
  for (std::int32_t y = 0; y < size; ++y)
    for (std::int32_t x = 0; x < size; ++x)
      for (const auto& [dx, dy] : {std::pair{1, 0}, {0, 1}, {1, 1}}) {
        if (x + dx >= size || y + dy >= size) continue;
        const std::int32_t a = y * size + x;
        const std::int32_t b = (y + dy) * size + x + dx;
        entries.push_back({a, b, -1.0 / 6});
        entries.push_back({b, a, -1.0 / 6});
      }
  return csr_from_triplets(size * size, size * size, std::move(entries));
}

/// Five lattices: from 189 vertices a side 95, 48, 24 and 12 (35,721 .. 144 vertices; the face's
/// are 35,709 .. 140). Pooling keeps every second vertex, un-pooling takes the mean of the nearest.
inline GraphHierarchy lattice_hierarchy(const Context& ctx, std::int32_t side) {
  constexpr std::size_t kLevels = 5;
  std::vector<Csr> laplacians, pools, unpools;
  for (std::int32_t size = side;; size = (size + 1) / 2) {
    laplacians.push_back(lattice_laplacian(size));
    if (laplacians.size() == kLevels) break;
    const std::int32_t coarse = (size + 1) / 2;
    std::vector<Triplet> down, up;
    for (std::int32_t y = 0; y < size; ++y)
      for (std::int32_t x = 0; x < size; ++x) {
        if (x % 2 == 0 && y % 2 == 0) down.push_back({y / 2 * coarse + x / 2, y * size + x, 1});
        const std::int32_t right = std::min(x / 2 + x % 2, coarse - 1);
        const std::int32_t below = std::min(y / 2 + y % 2, coarse - 1);
        up.push_back({y * size + x, y / 2 * coarse + x / 2, 0.5});
        up.push_back({y * size + x, below * coarse + right, 0.5});
      }
    pools.push_back(csr_from_triplets(coarse * coarse, size * size, std::move(down)));
    unpools.push_back(csr_from_triplets(size * size, coarse * coarse, std::move(up)));
  }
  return {ctx, laplacians, pools, unpools};
}

/// L0..L4, D0..D3 and U0..U3.npz of a folder, as scipy.sparse.save_npz writes them; the
/// Laplacians are rescaled ones.
inline GraphHierarchy read_hierarchy(const Context& ctx, const std::filesystem::path& folder) {
  std::vector<Csr> laplacians, pools, unpools;
  const auto read = [&](const char* kind, int level) {
    return io::read_sparse_npz(folder / (kind + std::to_string(level) + ".npz"));
  };
  for (int i = 0; i < 5; ++i) laplacians.push_back(read("L", i));
  for (int i = 0; i < 4; ++i) {
    pools.push_back(read("D", i));
    unpools.push_back(read("U", i));
  }
  return {ctx, laplacians, pools, unpools};
}

}  // namespace fgcn::bench
