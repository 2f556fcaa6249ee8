// Hierarchies on disk: our cache and the original system's.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "io/arrays/npz.h"
#include "io/hash.h"
#include "kernels/core/error.h"
#include "mesh/hierarchy.h"
#include "mesh/laplacian.h"

namespace fgcn::mesh {
namespace {

namespace fs = std::filesystem;

// Part of the key: raise it whenever a mesh and options give another hierarchy than before.
constexpr std::uint64_t kCacheVersion = 1;
constexpr const char* kLevelsFile = "levels.npz";
constexpr double kLargest = 1e3;  // entries of adjacencies, Laplacians and samplings are about 1

std::string key_of(const TriangleMesh& mesh, const HierarchyOptions& options) {
  Hash64 hash;
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
  char out[17];
  std::snprintf(out, sizeof out, "%016llx", static_cast<unsigned long long>(hash.value()));
  return out;
}

std::string numbered(const char* name, std::size_t i) { return text(name, i, ".npz"); }

/// The files of a folder as they are asked for.
FolderArrays files_of(const fs::path& folder) {
  return [folder](const std::string& file) -> std::optional<io::Npz> {
    const fs::path path = folder / file;
    if (!fs::exists(path)) return std::nullopt;
    return io::read_npz(path);
  };
}

io::Npz arrays_of(const FolderArrays& files, const fs::path& folder, const std::string& file) {
  std::optional<io::Npz> out = files(file);
  if (!out) input_error((folder / file).string(), ": is missing; use the files of one mesh");
  return *std::move(out);
}

Csr matrix_of(const io::Npz& arrays, const std::string& where) {
  Csr out = io::sparse_from_npz(arrays, where);
  for (const double value : out.value)
    if (!(std::abs(value) <= kLargest))
      input_error(where, ": holds ", value, ", expected at most ", kLargest,
                  " either way; use the files of one mesh");
  return out;
}

Csr read_sized(const FolderArrays& files, const fs::path& folder, const std::string& file,
               std::int64_t rows, std::int64_t cols) {
  Csr out = matrix_of(arrays_of(files, folder, file), (folder / file).string());
  if (out.rows != rows || out.cols != cols)
    input_error((folder / file).string(), ": is ", out.rows, " by ", out.cols, ", expected ", rows,
                " by ", cols, "; use the files of one mesh");
  return out;
}

/// InputError unless each edge of a graph, or of a matrix on one, leads both ways: orders and
/// products rely on it.
void check_graph(const Csr& matrix, const fs::path& where) {
  const auto refuse = [&](const char* what) {
    input_error(where.string(), ": ", what, "; use the files of one mesh");
  };
  if (matrix.rows != matrix.cols) refuse("is not square");
  const Csr turned = transpose(matrix);
  if (turned.row_begin != matrix.row_begin || turned.col != matrix.col)
    refuse("has an entry without the one across the diagonal");
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
    io::write_sparse_npz(folder / numbered("adjacency", i), level.adjacency,
                         io::NpzPrecision::kF64);
    io::write_sparse_npz(folder / numbered("laplacian", i), level.laplacian,
                         io::NpzPrecision::kF64);
    if (i + 1 == h.levels.size()) break;
    io::write_sparse_npz(folder / numbered("down", i), h.down[i], io::NpzPrecision::kF64);
    io::write_sparse_npz(folder / numbered("up", i), h.up[i], io::NpzPrecision::kF64);
  }
  // Last: an entry that is only half there has no such file and counts as missing.
  io::write_npz(folder / kLevelsFile, levels);
}

}  // namespace

std::optional<Hierarchy> read_cached_hierarchy(const TriangleMesh& mesh, std::int64_t levels,
                                               const FolderArrays& files) {
  if (levels < 1) return {};
  try {
    const std::string where = kLevelsFile;
    const io::Npz arrays = arrays_of(files, {}, where);
    Hierarchy h;
    const auto count = static_cast<std::size_t>(levels);
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
      level.adjacency = read_sized(files, {}, numbered("adjacency", i), vertices, vertices);
      level.laplacian = read_sized(files, {}, numbered("laplacian", i), vertices, vertices);
      check_graph(level.adjacency, numbered("adjacency", i));
      check_graph(level.laplacian, numbered("laplacian", i));
      if (transpose(level.laplacian).value != level.laplacian.value) return {};
      level.rescaled = rescaled_laplacian(level.laplacian);
      if (i == 0) continue;
      const std::int64_t finer = h.levels[i - 1].vertices();
      h.down.push_back(read_sized(files, {}, numbered("down", i - 1), vertices, finer));
      h.up.push_back(read_sized(files, {}, numbered("up", i - 1), finer, vertices));
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

Hierarchy load_or_build_hierarchy(const TriangleMesh& mesh, const HierarchyOptions& options,
                                  const fs::path& cache_dir) {
  const fs::path folder = cache_dir / ("hierarchy-" + key_of(mesh, options));
  if (std::optional<Hierarchy> cached =
          read_cached_hierarchy(mesh, options.levels, files_of(folder)))
    return *std::move(cached);
  Hierarchy built = build_hierarchy(mesh, options);
  save(built, folder);
  return built;
}

Hierarchy read_original_hierarchy(const fs::path& folder) {
  return read_original_hierarchy(files_of(folder), folder);
}

Hierarchy read_original_hierarchy(const FolderArrays& files, const fs::path& where) {
  Hierarchy h;
  for (std::size_t i = 0;; ++i) {
    const std::string adjacency = numbered("adjacency", i), laplacian = numbered("laplacians", i);
    const std::optional<io::Npz> arrays = files(adjacency);
    if (!arrays && i > 0) return h;
    if (!arrays)
      input_error((where / adjacency).string(), ": is missing; use the original's files");
    Level& level = h.levels.emplace_back();
    level.adjacency = matrix_of(*arrays, (where / adjacency).string());
    check_graph(level.adjacency, where / adjacency);
    const std::int64_t vertices = level.adjacency.rows;
    level.laplacian = read_sized(files, where, laplacian, vertices, vertices);
    check_graph(level.laplacian, where / laplacian);
    try {
      level.rescaled = rescaled_laplacian(level.laplacian);
    } catch (const Error&) {
      input_error((where / laplacian).string(),
                  ": has a row without a diagonal; use the original's files");
    }
    level.source.resize(static_cast<std::size_t>(vertices));
    std::iota(level.source.begin(), level.source.end(), 0);
    if (i == 0) continue;
    const std::int64_t finer = h.levels[i - 1].vertices();
    const std::string down = numbered("downsamp_trans", i - 1);
    h.down.push_back(read_sized(files, where, down, vertices, finer));
    h.up.push_back(read_sized(files, where, numbered("upsamp_trans", i - 1), finer, vertices));
    const Csr& selection = h.down.back();
    for (std::int64_t v = 0; v < vertices; ++v) {
      if (selection.row_begin[v + 1] - selection.row_begin[v] != 1)
        input_error((where / down).string(),
                    ": does not select one vertex for each; use the original's files");
      level.source[v] = h.levels[i - 1].source[selection.col[selection.row_begin[v]]];
    }
  }
}

}  // namespace fgcn::mesh
