// A mesh autoencoder with all that it needs: topology, hierarchy, normalisation, weights.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "io/mesh/triangle_mesh.h"
#include "layers/coma.h"
#include "mesh/hierarchy.h"
#include "recon/refine/hierarchy_arrays.h"

namespace fgcn::train {

/// Per vertex and coordinate, over meshes. A coordinate that never moves has deviation 0: the
/// network does not see it, and it stays at its mean.
struct MeshStatistics {
  std::vector<double> mean, deviation;  // [V, 3] in the caller's order
};

enum class Deviation { kOverCount, kUnbiased };  // the sum of squares over n; over n - 1

/// `rows` [n, V * 3]; those of `which` count. Sums in double.
MeshStatistics mesh_statistics(std::span<const float> rows, std::int64_t width,
                               std::span<const std::int64_t> which, Deviation deviation);

/// Latent numbers of the training meshes, for sampling.
struct CodeStatistics {
  std::vector<double> mean;        // [Z]
  std::vector<double> covariance;  // [Z, Z]

  bool empty() const { return mean.empty(); }
};
CodeStatistics code_statistics(std::span<const float> codes, std::int64_t latent);

/// Beside the network; what a file of one holds.
struct ComaParts {
  ComaSize size;
  mesh::TriangleMesh topology;
  recon::HierarchyMatrices matrices;
  MeshStatistics statistics;
  CodeStatistics codes;        // empty before the training's end
  double millimetres = 1000;   // per unit of the meshes
  std::string split = "none";  // that it was trained on
};

class ComaModel {
 public:
  /// Random weights.
  ComaModel(const Context& ctx, ComaParts parts, Rng& rng);
  /// InputError naming `where` when arrays are missing, malformed or do not fit each other; what is
  /// allocated is bounded by what the file holds.
  static ComaModel from_file(const Context& ctx, const io::Safetensors& file,
                             const std::string& where);
  static ComaModel read(const Context& ctx, const std::filesystem::path& path);

  /// All arrays, weights in single precision.
  io::Safetensors file() const;

  ComaNetwork& network() { return *network_; }
  const ComaParts& parts() const { return parts_; }
  const Context& context() const { return ctx_; }
  void set_codes(CodeStatistics codes) { parts_.codes = std::move(codes); }
  std::int64_t vertices() const {
    return static_cast<std::int64_t>(parts_.topology.vertices.size());
  }
  std::int64_t latent() const { return parts_.size.latent; }

  /// Normalised, vertices in the hierarchy's order: [n, V, 3] of positions in the caller's.
  std::vector<float> normalised(std::span<const float> positions) const;
  /// The inverse.
  std::vector<float> denormalised(std::span<const float> rows) const;
  /// Rows of `normalised` as the network takes them, [V, N, 3].
  Tensor batch(std::span<const float> rows, std::span<const std::int64_t> which) const;

  /// [n, V, 3] in the caller's order and unit to [n, Z] (means of a variational one), and back.
  std::vector<float> encode(std::span<const float> positions) const;
  std::vector<float> decode(std::span<const float> codes) const;
  /// decode(encode()).
  std::vector<float> through(std::span<const float> positions) const;

 private:
  Context ctx_;
  ComaParts parts_;
  std::unique_ptr<ComaNetwork> network_;
};

/// The hierarchy of a recipe: the authors' weighs an edge by its triangles, the re-make's by 1.
/// Kept in `cache` where that is not empty. InputError when the mesh is too small for four
/// reductions to a quarter, or cannot be reduced.
recon::HierarchyMatrices coma_hierarchy(const mesh::TriangleMesh& topology, ComaForm form,
                                        const std::filesystem::path& cache,
                                        const mesh::HierarchyOptions& options = {});
/// Makes the Laplacians those of edges that weigh 1.
void weigh_edges_alike(mesh::Hierarchy& hierarchy);

}  // namespace fgcn::train
