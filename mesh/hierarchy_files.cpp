// Hierarchies on disk: our cache and the original system's.
#include <algorithm>
#include <bit>
#include <cstdio>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "io/npz.h"
#include "kernels/core/error.h"
#include "mesh/hierarchy.h"
#include "mesh/laplacian.h"

namespace fgcn::mesh {
namespace {

namespace fs = std::filesystem;

// Part of the key: raise it whenever the same mesh and options give another hierarchy.
constexpr std::uint64_t kCacheVersion = 1;
constexpr const char* kGainsFile = "levels.npz";

/// FNV-1a over 64-bit words, finished by a mix so that every bit of the input reaches every bit.
class Hash {
 public:
  void add(std::uint64_t word) {
    for (int k = 0; k < 8; ++k) state_ = (state_ ^ ((word >> (8 * k)) & 0xff)) * 0x100000001b3ULL;
  }
  std::string text() const {
    std::uint64_t z = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    char out[17];
    std::snprintf(out, sizeof(out), "%016llx", static_cast<unsigned long long>(z ^ (z >> 31)));
    return out;
  }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

std::string key_of(const TriangleMesh& mesh, const HierarchyOptions& options) {
  Hash hash;
  for (const auto number :
       {static_cast<std::int64_t>(kCacheVersion), options.levels, options.factor,
        static_cast<std::int64_t>(options.collapse), static_cast<std::int64_t>(options.unpool),
        static_cast<std::int64_t>(options.numbering),
        static_cast<std::int64_t>(mesh.vertices.size()),
        static_cast<std::int64_t>(mesh.triangles.size())})
    hash.add(static_cast<std::uint64_t>(number));
  for (const Vec3& p : mesh.vertices)
    for (const double x : p) hash.add(std::bit_cast<std::uint64_t>(x));
  for (const Triangle& t : mesh.triangles)
    for (const std::int32_t v : t) hash.add(static_cast<std::uint64_t>(v));
  return hash.text();
}

fs::path numbered(const fs::path& folder, const char* name, std::size_t i) {
  return folder / text(name, i, ".npz");
}

Csr read_sized(const fs::path& path, std::int64_t rows, std::int64_t cols) {
  Csr out = io::read_sparse_npz(path);
  if (out.rows != rows || out.cols != cols)
    input_error(path.string(), ": is ", out.rows, " by ", out.cols, ", expected ", rows, " by ",
                cols, "; use the files of one mesh");
  return out;
}

void save(const Hierarchy& h, const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed)
    input_error(folder.string(), ": cannot be made (", failed.message(),
                "); choose a writable folder for the cache");
  io::Npz levels;
  for (std::size_t i = 0; i < h.levels.size(); ++i) {
    const Level& level = h.levels[i];
    const auto vertices = static_cast<std::int64_t>(level.mesh.vertices.size());
    const auto triangles = static_cast<std::int64_t>(level.mesh.triangles.size());
    std::vector<double> positions;
    for (const Vec3& p : level.mesh.vertices) positions.insert(positions.end(), p.begin(), p.end());
    std::vector<std::int32_t> corners;
    for (const Triangle& t : level.mesh.triangles)
      corners.insert(corners.end(), t.begin(), t.end());
    levels[text("vertices", i)] =
        io::NpyArray::of({vertices, 3}, std::span<const double>(positions));
    levels[text("triangles", i)] =
        io::NpyArray::of({triangles, 3}, std::span<const std::int32_t>(corners));
    levels[text("source", i)] =
        io::NpyArray::of({vertices}, std::span<const std::int32_t>(level.source));
    io::write_sparse_npz(numbered(folder, "adjacency", i), level.adjacency, io::NpzPrecision::kF64);
    io::write_sparse_npz(numbered(folder, "laplacian", i), level.laplacian, io::NpzPrecision::kF64);
    if (i + 1 == h.levels.size()) break;
    io::write_sparse_npz(numbered(folder, "down", i), h.down[i], io::NpzPrecision::kF64);
    io::write_sparse_npz(numbered(folder, "up", i), h.up[i], io::NpzPrecision::kF64);
  }
  // Last: an entry that is only half there has no such file and counts as missing.
  io::write_npz(folder / kGainsFile, levels);
}

/// Nothing unless the entry is whole and its level 0 is this very mesh.
std::optional<Hierarchy> load(const TriangleMesh& mesh, const HierarchyOptions& options,
                              const fs::path& folder) {
  if (options.levels < 1) return {};
  try {
    const std::string where = (folder / kGainsFile).string();
    const io::Npz arrays = io::read_npz(where);
    Hierarchy h;
    const auto count = static_cast<std::size_t>(options.levels);
    for (std::size_t i = 0; i < count; ++i) {
      Level& level = h.levels.emplace_back();
      level.source = at(arrays, text("source", i), where).ints();
      const std::vector<double> positions = at(arrays, text("vertices", i), where).doubles();
      const std::vector<std::int32_t> corners = at(arrays, text("triangles", i), where).ints();
      const auto vertices = static_cast<std::int64_t>(level.source.size());
      if (positions.size() != 3 * level.source.size() || corners.size() % 3 != 0) return {};
      for (std::size_t v = 0; v < positions.size(); v += 3)
        level.mesh.vertices.push_back({positions[v], positions[v + 1], positions[v + 2]});
      for (std::size_t t = 0; t < corners.size(); t += 3)
        level.mesh.triangles.push_back({corners[t], corners[t + 1], corners[t + 2]});
      check(level.mesh);
      for (std::int64_t v = 0; v < vertices; ++v) {
        const std::int32_t s = level.source[v];
        if (s < 0 || static_cast<std::size_t>(s) >= mesh.vertices.size() ||
            level.mesh.vertices[v] != mesh.vertices[s])
          return {};
      }
      level.adjacency = read_sized(numbered(folder, "adjacency", i), vertices, vertices);
      level.laplacian = read_sized(numbered(folder, "laplacian", i), vertices, vertices);
      level.rescaled = rescaled_laplacian(level.laplacian);
      if (i == 0) continue;
      const std::int64_t finer = h.levels[i - 1].vertices();
      h.down.push_back(read_sized(numbered(folder, "down", i - 1), vertices, finer));
      h.up.push_back(read_sized(numbered(folder, "up", i - 1), finer, vertices));
    }
    const VertexOrder place = inverse(h.order());
    if (place.size() != mesh.vertices.size() ||
        permuted(mesh, h.order()).triangles != h.levels[0].mesh.triangles)
      return {};
    return h;
  } catch (const InputError&) {  // missing or damaged: to be built anew
    return {};
  } catch (const Error&) {  // whole, but its parts do not fit together
    return {};
  }
}

}  // namespace

Hierarchy load_or_build_hierarchy(const TriangleMesh& mesh, const HierarchyOptions& options,
                                  const fs::path& cache_dir) {
  const fs::path folder = cache_dir / ("hierarchy-" + key_of(mesh, options));
  if (std::optional<Hierarchy> cached = load(mesh, options, folder)) return *std::move(cached);
  Hierarchy built = build_hierarchy(mesh, options);
  save(built, folder);
  return built;
}

Hierarchy read_original_hierarchy(const fs::path& folder) {
  Hierarchy h;
  for (std::size_t i = 0; i == 0 || fs::exists(numbered(folder, "adjacency", i)); ++i) {
    const fs::path path = numbered(folder, "adjacency", i);
    Level& level = h.levels.emplace_back();
    level.adjacency = io::read_sparse_npz(path);
    const std::int64_t vertices = level.adjacency.rows;
    if (level.adjacency.cols != vertices)
      input_error(path.string(), ": is not square; use the original's files");
    const fs::path laplacian = numbered(folder, "laplacians", i);
    level.laplacian = read_sized(laplacian, vertices, vertices);
    try {
      level.rescaled = rescaled_laplacian(level.laplacian);
    } catch (const Error&) {
      input_error(laplacian.string(), ": has a row without a diagonal; use the original's files");
    }
    level.source.resize(static_cast<std::size_t>(vertices));
    std::iota(level.source.begin(), level.source.end(), 0);
    if (i == 0) continue;
    const std::int64_t finer = h.levels[i - 1].vertices();
    const fs::path down = numbered(folder, "downsamp_trans", i - 1);
    h.down.push_back(read_sized(down, vertices, finer));
    h.up.push_back(read_sized(numbered(folder, "upsamp_trans", i - 1), finer, vertices));
    const Csr& selection = h.down.back();
    for (std::int64_t v = 0; v < vertices; ++v) {
      if (selection.row_begin[v + 1] - selection.row_begin[v] != 1)
        input_error(down.string(),
                    ": does not select one vertex for each; use the original's files");
      level.source[v] = h.levels[i - 1].source[selection.col[selection.row_begin[v]]];
    }
  }
  return h;
}

}  // namespace fgcn::mesh
