#include "mesh/hierarchy.h"

#include <numeric>
#include <utility>

#include "kernels/core/error.h"
#include "mesh/laplacian.h"
#include "mesh/topology.h"

namespace fgcn::mesh {
namespace {

Level level_of(TriangleMesh mesh, VertexOrder source) {
  Level level;
  level.adjacency = adjacency(static_cast<std::int64_t>(mesh.vertices.size()), mesh.triangles);
  level.laplacian = normalised_laplacian(level.adjacency);
  level.rescaled = rescaled_laplacian(level.laplacian);
  level.mesh = std::move(mesh);
  level.source = std::move(source);
  return level;
}

}  // namespace

Hierarchy renumbered(const Hierarchy& hierarchy) {
  std::vector<VertexOrder> order;
  Hierarchy out;
  for (const Level& level : hierarchy.levels) {
    const VertexOrder& o = order.emplace_back(banded_order(level.adjacency));
    Level& moved = out.levels.emplace_back();
    if (!level.mesh.vertices.empty()) moved.mesh = permuted(level.mesh, o);
    for (const std::int32_t old : o) moved.source.push_back(level.source[old]);
    moved.adjacency = permuted(level.adjacency, o, o);
    moved.laplacian = permuted(level.laplacian, o, o);
    moved.rescaled = permuted(level.rescaled, o, o);
  }
  for (std::size_t i = 0; i < hierarchy.down.size(); ++i) {
    out.down.push_back(permuted(hierarchy.down[i], order[i + 1], order[i]));
    out.up.push_back(permuted(hierarchy.up[i], order[i], order[i + 1]));
  }
  return out;
}

Hierarchy build_hierarchy(const TriangleMesh& mesh, const HierarchyOptions& options) {
  FGCN_CHECK(options.levels >= 1 && options.levels <= 32, "hierarchy: ", options.levels,
             " levels, expected 1 to 32");
  FGCN_CHECK(options.factor >= 2, "hierarchy: factor ", options.factor, ", expected at least 2");
  Hierarchy natural;
  VertexOrder identity(mesh.vertices.size());
  std::iota(identity.begin(), identity.end(), 0);
  natural.levels.push_back(level_of(mesh, std::move(identity)));
  for (std::int64_t i = 1; i < options.levels; ++i) {
    const Level& fine = natural.levels.back();
    const std::int64_t wanted = (fine.vertices() + options.factor - 1) / options.factor;
    FGCN_CHECK(wanted >= 3, "hierarchy: level ", i, " would have ", wanted,
               " vertices; use a finer mesh or fewer levels");
    const Simplified coarse = simplify(fine.mesh, wanted, options.collapse);
    FGCN_CHECK(!coarse.triangles.empty(), "hierarchy: no triangle is left at level ", i,
               "; use a finer mesh or fewer levels");
    TriangleMesh coarse_mesh;
    VertexOrder source;
    for (const std::int32_t v : coarse.kept) {
      coarse_mesh.vertices.push_back(fine.mesh.vertices[v]);
      source.push_back(fine.source[v]);
    }
    coarse_mesh.triangles = coarse.triangles;
    natural.down.push_back(selection_matrix(coarse.kept, fine.vertices()));
    natural.up.push_back(unpool_matrix(fine.mesh.vertices, coarse_mesh, options.unpool));
    natural.levels.push_back(level_of(std::move(coarse_mesh), std::move(source)));
  }
  return options.numbering == Numbering::kBanded ? renumbered(natural) : natural;
}

}  // namespace fgcn::mesh
