// Mesh hierarchies on the disk: our cache's (the first byte even) and the original system's. The
// input changes the arrays of well-formed files (tests/fuzz/script.h).
#include <cmath>
#include <filesystem>

#include "io/temporary_folder.h"
#include "mesh/hierarchy.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/script.h"

namespace {

using fgcn::Csr;
using fgcn::io::Npz;
using fgcn::mesh::Hierarchy;
using fgcn::mesh::TriangleMesh;

constexpr std::int64_t kLevels = 2;

/// A bent sheet of four by five vertices.
TriangleMesh sheet() {
  constexpr std::int32_t kRows = 4, kColumns = 5;
  TriangleMesh out;
  for (std::int32_t r = 0; r < kRows; ++r)
    for (std::int32_t c = 0; c < kColumns; ++c)
      out.vertices.push_back({c * 0.1, r * 0.1, 0.01 * (c - 3) * (c - 3) + 0.003 * r * c});
  for (std::int32_t r = 0; r + 1 < kRows; ++r) {
    for (std::int32_t c = 0; c + 1 < kColumns; ++c) {
      const std::int32_t a = r * kColumns + c;
      out.triangles.push_back({a, a + 1, a + kColumns});
      out.triangles.push_back({a + 1, a + kColumns + 1, a + kColumns});
    }
  }
  return out;
}

/// All arrays of a folder, each under FILE/ARRAY.
Npz all_arrays(const std::filesystem::path& folder) {
  Npz out;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    for (const auto& [name, array] : fgcn::io::read_npz(entry.path()))
      out[entry.path().filename().string() + "/" + name] = array;
  return out;
}

/// The original's names for the matrices of a cache in the caller's order.
Npz as_original(const Npz& cache) {
  Npz out;
  for (const auto& [name, array] : cache) {
    const std::string file = name.substr(0, name.find_first_of("0123456789./"));
    const std::string rest = name.substr(file.size());
    const char* theirs = file == "adjacency"   ? "adjacency"
                         : file == "laplacian" ? "laplacians"
                         : file == "down"      ? "downsamp_trans"
                         : file == "up"        ? "upsamp_trans"
                                               : "";
    if (*theirs != 0) out[theirs + rest] = array;
  }
  return out;
}

Npz cache_of(const TriangleMesh& mesh, fgcn::mesh::Numbering numbering) {
  const fgcn::TemporaryFolder folder;
  fgcn::mesh::HierarchyOptions options;
  options.levels = kLevels;
  options.numbering = numbering;
  load_or_build_hierarchy(mesh, options, folder.path());
  return all_arrays(std::filesystem::directory_iterator(folder.path())->path());
}

fgcn::mesh::FolderArrays folder_of(const Npz& arrays) {
  return [&arrays](const std::string& file) {
    std::optional<Npz> out;
    const std::string prefix = file + "/";
    for (auto one = arrays.lower_bound(prefix);
         one != arrays.end() && one->first.starts_with(prefix); ++one) {
      if (!out) out.emplace();
      out->emplace(one->first.substr(prefix.size()), one->second);
    }
    return out;
  };
}

void check_matrix(const Csr& matrix, std::int64_t rows, std::int64_t cols) {
  check(matrix);
  FGCN_CHECK(matrix.rows == rows && matrix.cols == cols, "hierarchy: a matrix of another size");
  for (const double value : matrix.value)
    FGCN_CHECK(std::abs(value) <= 1e6, "hierarchy: a matrix holds ", value);
}

void check_hierarchy(const Hierarchy& h) {
  FGCN_CHECK(h.down.size() + 1 == h.levels.size() && h.up.size() == h.down.size(),
             "hierarchy: a level is missing");
  for (std::size_t i = 0; i < h.levels.size(); ++i) {
    const std::int64_t vertices = h.levels[i].vertices();
    check_matrix(h.levels[i].adjacency, vertices, vertices);
    check_matrix(h.levels[i].laplacian, vertices, vertices);
    check_matrix(h.levels[i].rescaled, vertices, vertices);
    for (const std::int32_t v : h.levels[i].source)
      FGCN_CHECK(v >= 0 && v < h.levels[0].vertices(), "hierarchy: vertex ", v);
    if (i == 0) continue;
    check_matrix(h.down[i - 1], vertices, h.levels[i - 1].vertices());
    check_matrix(h.up[i - 1], h.levels[i - 1].vertices(), vertices);
  }
  FGCN_CHECK(renumbered(h).levels.size() == h.levels.size(), "hierarchy: levels are lost");
}

void read_input(std::span<const std::uint8_t> input) {
  static const TriangleMesh mesh = sheet();
  static const Npz cache = cache_of(mesh, fgcn::mesh::Numbering::kBanded);
  static const Npz original = as_original(cache_of(mesh, fgcn::mesh::Numbering::kAsGiven));
  fgcn::fuzz::Script script(input);
  if (script.byte() % 2 == 0) {
    const Npz arrays = changed(cache, script);
    const auto found = read_cached_hierarchy(mesh, kLevels, folder_of(arrays));
    if (found) check_hierarchy(*found);
  } else {
    const Npz arrays = changed(original, script);
    check_hierarchy(fgcn::mesh::read_original_hierarchy(folder_of(arrays), "fuzz"));
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_input);
}
