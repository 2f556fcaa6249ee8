// The mesh at several resolutions, with the matrices that graph networks need.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "io/arrays/npz.h"
#include "io/mesh/triangle_mesh.h"
#include "kernels/core/csr.h"
#include "mesh/sampling.h"
#include "mesh/simplify.h"
#include "mesh/vertex_order.h"

namespace fgcn::mesh {

/// One resolution, in its internal order.
struct Level {
  TriangleMesh mesh;   // empty when only the matrices are known
  VertexOrder source;  // [V_i] which of the caller's vertices each one is
  Csr adjacency;       // [V_i, V_i] A, docs/method.md, "Mesh hierarchy"
  Csr laplacian;       // [V_i, V_i] L = I - D^-1/2 A D^-1/2
  Csr rescaled;        // [V_i, V_i] L - I without its zero diagonal, for ChebConv

  std::int64_t vertices() const { return adjacency.rows; }
};

/// Level 0 is the finest.
///
/// EVERY MATRIX AND MESH HERE IS IN THE INTERNAL ORDER, in which neighbours lie near each other in
/// memory, and not in the caller's. Features enter and leave through `order()`:
///     internal[p] = caller[order()[p]]          caller[order()[p]] = internal[p]
/// Each level has an order of its own; down and up already map between them.
struct Hierarchy {
  std::vector<Level> levels;
  std::vector<Csr> down;  // D_i [V_i+1, V_i], one less than the levels
  std::vector<Csr> up;    // U_i [V_i, V_i+1]

  /// [V_0] internal place -> the caller's vertex.
  const VertexOrder& order() const { return levels.front().source; }
};

enum class Numbering {
  kBanded,   // each level renumbered by banded_order: for speed
  kAsGiven,  // level 0 as the caller has it, coarser ones ascending: for comparing files
};

/// The defaults are the product's. For parity with the original system: kReference, kReference.
struct HierarchyOptions {
  std::int64_t levels = 5;
  std::int64_t factor = 4;  // each level has ceil(V / factor) vertices of the one before
  CollapseRule collapse = CollapseRule::kCareful;
  UnpoolRule unpool = UnpoolRule::kBarycentric;
  Numbering numbering = Numbering::kBanded;
};

/// Errors   fgcn::Error when the mesh is malformed, the options are out of range, or the mesh is
///          too small for so many levels.
/// Repeat   bitwise, for any number of threads.
Hierarchy build_hierarchy(const TriangleMesh& mesh, const HierarchyOptions& options);

/// The hierarchy with every level in banded order.
Hierarchy renumbered(const Hierarchy& hierarchy);

/// build_hierarchy, kept on disk in a folder of `cache_dir` whose name is a hash of mesh and
/// options. Its files are read by scipy.sparse.load_npz and numpy.load. A missing, damaged or
/// foreign entry is built anew and overwritten. InputError when the folder cannot be made or
/// written.
Hierarchy load_or_build_hierarchy(const TriangleMesh& mesh, const HierarchyOptions& options,
                                  const std::filesystem::path& cache_dir);

/// The arrays of a folder's file, by the file's name; nothing when there is none.
using FolderArrays = std::function<std::optional<io::Npz>(const std::string& file)>;

/// An entry of the cache. Nothing unless it is whole, of `levels` levels, and its level 0 is this
/// very mesh.
std::optional<Hierarchy> read_cached_hierarchy(const TriangleMesh& mesh, std::int64_t levels,
                                               const FolderArrays& files);

/// The files that the original system caches: adjacency<i>, laplacians<i>, downsamp_trans<i> and
/// upsamp_trans<i>, each .npz. They hold no mesh, and the order is the caller's.
/// InputError when one is missing, malformed or does not fit the others.
Hierarchy read_original_hierarchy(const std::filesystem::path& folder);
/// `where` is the folder's name, for messages.
Hierarchy read_original_hierarchy(const FolderArrays& files, const std::filesystem::path& where);

}  // namespace fgcn::mesh
