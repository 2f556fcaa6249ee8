#include "mesh/hierarchy.h"

#include <doctest/doctest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/arrays/npz.h"
#include "io/file.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "mesh/closest_point.h"
#include "mesh/laplacian.h"
#include "mesh/topology.h"
#include "tests/mesh/shapes.h"
#include "tests/support/shared_data.h"

namespace fgcn::mesh {
namespace {

namespace fs = std::filesystem;

constexpr HierarchyOptions kOriginal{.levels = 5,
                                     .factor = 4,
                                     .collapse = CollapseRule::kReference,
                                     .unpool = UnpoolRule::kReference,
                                     .numbering = Numbering::kAsGiven};

Csr golden(const fs::path& folder, const char* name, int i, const char* suffix = "") {
  return io::read_sparse_npz(folder / text(name, i, suffix, ".npz"));
}

/// The largest difference between two rows; their entries are of the order of 1.
double row_difference(const Csr& a, const Csr& b, std::int32_t row) {
  std::vector<double> dense(static_cast<std::size_t>(a.cols), 0.0);
  for (std::int32_t e = a.row_begin[row]; e < a.row_begin[row + 1]; ++e)
    dense[a.col[e]] += a.value[e];
  for (std::int32_t e = b.row_begin[row]; e < b.row_begin[row + 1]; ++e)
    dense[b.col[e]] -= b.value[e];
  double worst = 0;
  for (const double d : dense) worst = !(std::abs(d) <= worst) ? std::abs(d) : worst;
  return worst;
}

void check_same(const Hierarchy& a, const Hierarchy& b) {
  REQUIRE(a.levels.size() == b.levels.size());
  for (std::size_t i = 0; i < a.levels.size(); ++i) {
    CAPTURE(i);
    CHECK(a.levels[i].mesh.vertices == b.levels[i].mesh.vertices);
    CHECK(a.levels[i].mesh.triangles == b.levels[i].mesh.triangles);
    CHECK(a.levels[i].source == b.levels[i].source);
    CHECK(test::same(a.levels[i].adjacency, b.levels[i].adjacency));
    CHECK(test::same(a.levels[i].laplacian, b.levels[i].laplacian));
    CHECK(test::same(a.levels[i].rescaled, b.levels[i].rescaled));
  }
  REQUIRE(a.down.size() == b.down.size());
  for (std::size_t i = 0; i < a.down.size(); ++i) {
    CAPTURE(i);
    CHECK(test::same(a.down[i], b.down[i]));
    CHECK(test::same(a.up[i], b.up[i]));
  }
}

}  // namespace

TEST_CASE("hierarchy: the original's, from its mesh alone, on the irregular sphere") {
  const auto folder = test::shared_data("golden/jitter_sphere");
  if (!folder) return;
  const Hierarchy h = build_hierarchy(test::golden_level(*folder, 0).mesh, kOriginal);
  REQUIRE(h.levels.size() == 5);
  double worst_l = 0;
  double worst_u = 0;
  for (int i = 0; i < 5; ++i) {
    CAPTURE(i);
    const test::GoldenLevel level = test::golden_level(*folder, i);
    CHECK(h.levels[i].source == level.keep);
    CHECK(h.levels[i].mesh.triangles == level.mesh.triangles);
    CHECK(test::same(h.levels[i].adjacency, golden(*folder, "adjacency", i)));
    const double error_l = test::largest_relative_difference(
        h.levels[i].laplacian, golden(*folder, "laplacian", i, "_f64"));
    CHECK(error_l <= 1e-15);
    worst_l = std::max(worst_l, error_l);
    if (i == 4) break;
    CHECK(test::same(h.down[i], golden(*folder, "downsamp", i)));
    const double error_u = test::largest_relative_difference(h.up[i], golden(*folder, "upsamp", i));
    CHECK(error_u <= 1e-12);
    worst_u = std::max(worst_u, error_u);
  }
  MESSAGE("largest relative errors: A 0, D 0, L " << worst_l << ", U " << worst_u);
}

TEST_CASE("hierarchy: A, D, U and L of a face, from the original's kept vertices") {
  const auto folder = test::shared_data("golden/ict_face");
  if (!folder) return;
  double worst_l = 0;
  double worst_u = 0;
  int ties = 0;
  for (int i = 0; i < 5; ++i) {
    CAPTURE(i);
    const test::GoldenLevel level = test::golden_level(*folder, i);
    const auto vertices = static_cast<std::int64_t>(level.keep.size());
    const Csr a = adjacency(vertices, level.mesh.triangles);
    CHECK(test::same(a, golden(*folder, "adjacency", i)));
    const double error_l = test::largest_relative_difference(
        normalised_laplacian(a), golden(*folder, "laplacian", i, "_f64"));
    CHECK(error_l <= 1e-15);
    worst_l = std::max(worst_l, error_l);
    if (i == 4) break;
    const test::GoldenLevel coarse = test::golden_level(*folder, i + 1);
    std::vector<std::int32_t> kept;
    for (const std::int32_t v : coarse.keep)
      kept.push_back(static_cast<std::int32_t>(
          std::lower_bound(level.keep.begin(), level.keep.end(), v) - level.keep.begin()));
    CHECK(test::same(selection_matrix(kept, vertices), golden(*folder, "downsamp", i)));
    const Csr ours = unpool_matrix(level.mesh.vertices, coarse.mesh, UnpoolRule::kReference);
    const Csr theirs = golden(*folder, "upsamp", i);
    for (std::int32_t v = 0; v < vertices; ++v) {
      const double error = row_difference(ours, theirs, v);
      if (error <= 1e-11) {
        worst_u = std::max(worst_u, error);
        continue;
      }
      // The left half mirrors the right one, and coarse triangles overlap: two may be equally near,
      // and the original took the other. Nothing else is excused.
      ++ties;
      CAPTURE(v);
      const std::int32_t* corner = &theirs.col[theirs.row_begin[v]];
      const Vec3& q = level.mesh.vertices[v];
      const double their_distance =
          closest_point(q, coarse.mesh.vertices[corner[0]], coarse.mesh.vertices[corner[1]],
                        coarse.mesh.vertices[corner[2]])
              .distance_squared;
      const double our_distance = ClosestPointTree(coarse.mesh).find(q).distance_squared;
      CHECK(std::abs(std::sqrt(their_distance) - std::sqrt(our_distance)) <= 1e-12);
    }
  }
  CHECK(ties <= 16);
  MESSAGE("largest relative errors: A 0, D 0, L " << worst_l << ", U " << worst_u << " but for "
                                                  << ties << " ties in 12,499 rows");
}

TEST_CASE("hierarchy: the original's cache files are read") {
  const auto folder = test::shared_data("golden/official_npz");
  const auto full = test::shared_data("golden/jitter_sphere");
  if (!folder || !full) return;
  const Hierarchy h = read_original_hierarchy(*folder);
  REQUIRE(h.levels.size() == 5);
  for (int i = 0; i < 5; ++i) {
    CAPTURE(i);
    CHECK(h.levels[i].source == test::golden_level(*full, i).keep);
    CHECK(test::same(h.levels[i].adjacency, golden(*full, "adjacency", i)));
    // The files are in single precision.
    CHECK(test::largest_relative_difference(h.levels[i].laplacian,
                                            golden(*full, "laplacian", i, "_f64")) <= 1e-7);
    if (i == 4) break;
    CHECK(test::same(h.down[i], golden(*full, "downsamp", i)));
    CHECK(test::largest_relative_difference(h.up[i], golden(*full, "upsamp", i)) <= 1e-7);
  }
  const Hierarchy moved = renumbered(h);
  CHECK(bandwidth(moved.levels[0].rescaled) < bandwidth(h.levels[0].rescaled) / 8);
}

TEST_CASE("hierarchy: the internal order changes numbers, not the surface") {
  const TriangleMesh mesh = test::height_field(31, 23, 0.2);
  HierarchyOptions options{.levels = 4};
  const Hierarchy internal = build_hierarchy(mesh, options);
  options.numbering = Numbering::kAsGiven;
  const Hierarchy plain = build_hierarchy(mesh, options);

  REQUIRE(internal.levels.size() == 4);
  VertexOrder identity(mesh.vertices.size());
  std::iota(identity.begin(), identity.end(), 0);
  CHECK(plain.order() == identity);
  std::vector<std::int64_t> sizes;
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    const Level& level = internal.levels[i];
    sizes.push_back(level.vertices());
    for (std::size_t p = 0; p < level.source.size(); ++p)
      REQUIRE(level.mesh.vertices[p] == mesh.vertices[level.source[p]]);
    VertexOrder sorted = level.source;
    std::sort(sorted.begin(), sorted.end());
    CHECK(sorted == plain.levels[i].source);
    CHECK(test::same(level.adjacency, adjacency(level.vertices(), level.mesh.triangles)));
    CHECK(level.rescaled.nnz() == level.laplacian.nnz() - level.vertices());
    // L is used as its own transpose.
    CHECK(test::same(level.rescaled, transpose(level.rescaled)));
    if (i == 0) continue;
    // D copies positions, and U D is the identity on the vertices that stay.
    const Level& finer = internal.levels[i - 1];
    for (std::int64_t r = 0; r < level.vertices(); ++r) {
      const Csr& down = internal.down[i - 1];
      REQUIRE(down.row_begin[r + 1] - down.row_begin[r] == 1);
      const std::int32_t kept = down.col[down.row_begin[r]];
      REQUIRE(finer.source[kept] == level.source[r]);
      const Csr& up = internal.up[i - 1];
      for (std::int32_t e = up.row_begin[kept]; e < up.row_begin[kept + 1]; ++e)
        REQUIRE(up.value[e] == doctest::Approx(up.col[e] == r ? 1.0 : 0.0).epsilon(1e-12));
    }
    for (std::int64_t r = 0; r < finer.vertices(); ++r) {
      const Csr& up = internal.up[i - 1];
      REQUIRE(up.row_begin[r + 1] - up.row_begin[r] == 3);
      double sum = 0;
      for (std::int32_t e = up.row_begin[r]; e < up.row_begin[r + 1]; ++e) {
        REQUIRE(up.value[e] >= 0);
        sum += up.value[e];
      }
      REQUIRE(sum == doctest::Approx(1.0).epsilon(1e-12));
    }
  }
  CHECK(sizes == std::vector<std::int64_t>{713, 179, 45, 12});
}

TEST_CASE("hierarchy: the same bits for any number of threads") {
  const TriangleMesh mesh = test::torus(40, 17);
  const int before = omp_get_max_threads();
  omp_set_num_threads(1);
  const Hierarchy one = build_hierarchy(mesh, {});
  omp_set_num_threads(3);
  const Hierarchy three = build_hierarchy(mesh, {});
  omp_set_num_threads(before);
  check_same(one, three);
}

TEST_CASE("hierarchy: the cache is used, keyed by mesh and options, and mended when damaged") {
  const TemporaryFolder scratch;
  const TriangleMesh mesh = test::height_field(17, 13, 0.1);
  const HierarchyOptions options{.levels = 3};
  const Hierarchy built = build_hierarchy(mesh, options);
  check_same(built, load_or_build_hierarchy(mesh, options, scratch.path()));
  const auto entries = [&] {
    std::vector<fs::path> out;
    for (const auto& e : fs::directory_iterator(scratch.path())) out.push_back(e.path());
    return out;
  };
  REQUIRE(entries().size() == 1);
  const fs::path entry = entries()[0];

  // That the files are what is read: one changed value, with a right checksum, comes back.
  Csr changed = io::read_sparse_npz(entry / "up0.npz");
  changed.value[0] += 0.25;
  io::write_sparse_npz(entry / "up0.npz", changed, io::NpzPrecision::kF64);
  CHECK(test::same(load_or_build_hierarchy(mesh, options, scratch.path()).up[0], changed));
  io::write_sparse_npz(entry / "up0.npz", built.up[0], io::NpzPrecision::kF64);

  for (const char* name : {"up1.npz", "levels.npz", "laplacian2.npz", "down0.npz"}) {
    CAPTURE(name);
    const Bytes good = read_file(entry / name);
    Bytes bad = good;
    bad[bad.size() / 2] ^= 1;
    write_file(entry / name, bad);
    check_same(built, load_or_build_hierarchy(mesh, options, scratch.path()));
    CHECK(read_file(entry / name) == good);
    write_file(entry / name, std::span(good).first(good.size() / 2));
    check_same(built, load_or_build_hierarchy(mesh, options, scratch.path()));
    fs::remove(entry / name);
    check_same(built, load_or_build_hierarchy(mesh, options, scratch.path()));
    CHECK(read_file(entry / name) == good);
  }
  // Numbers that no such matrix has, with right checksums: one of them is built anew.
  for (const double value : {std::numeric_limits<double>::quiet_NaN(), 1e300}) {
    CAPTURE(value);
    for (const char* name : {"up0.npz", "laplacian1.npz"}) {
      Csr absurd = io::read_sparse_npz(entry / name);
      absurd.value[0] = value;
      io::write_sparse_npz(entry / name, absurd, io::NpzPrecision::kF64);
      check_same(built, load_or_build_hierarchy(mesh, options, scratch.path()));
    }
  }
  // Edges that lead one way, and a Laplacian that is not its own transpose.
  for (const char* name : {"adjacency1.npz", "laplacian0.npz"}) {
    CAPTURE(name);
    const Csr good = io::read_sparse_npz(entry / name);
    Csr one_way =
        csr_from_triplets(good.rows, good.cols, {{0, static_cast<std::int32_t>(good.cols) - 1, 1}});
    io::write_sparse_npz(entry / name, one_way, io::NpzPrecision::kF64);
    check_same(built, load_or_build_hierarchy(mesh, options, scratch.path()));
  }
  Csr uneven = built.levels[1].laplacian;
  uneven.value[1] *= 0.5;
  io::write_sparse_npz(entry / "laplacian1.npz", uneven, io::NpzPrecision::kF64);
  check_same(built, load_or_build_hierarchy(mesh, options, scratch.path()));
  // A matrix of another size in its place.
  io::write_sparse_npz(entry / "up0.npz", built.up[1], io::NpzPrecision::kF64);
  check_same(built, load_or_build_hierarchy(mesh, options, scratch.path()));

  TriangleMesh moved = mesh;
  moved.vertices[5][1] += 1e-12;
  check_same(build_hierarchy(moved, options),
             load_or_build_hierarchy(moved, options, scratch.path()));
  CHECK(entries().size() == 2);
  HierarchyOptions other = options;
  other.unpool = UnpoolRule::kReference;
  check_same(build_hierarchy(mesh, other), load_or_build_hierarchy(mesh, other, scratch.path()));
  CHECK(entries().size() == 3);

  write_file(scratch / "file", std::string_view("in the way"));
  CHECK_THROWS_AS(load_or_build_hierarchy(mesh, options, scratch / "file"), InputError);
}

TEST_CASE("hierarchy: the original's files are refused by name when an edge leads one way") {
  std::map<std::string, io::Npz> folder;
  const auto put = [&](const char* file, std::vector<Triplet> entries) {
    folder[file] =
        io::npz_from_sparse(csr_from_triplets(3, 3, std::move(entries)), io::NpzPrecision::kF64);
  };
  const std::vector<Triplet> edge{{0, 1, 1}, {1, 0, 1}};
  const std::vector<Triplet> laplacian{{0, 0, 1}, {0, 1, -1}, {1, 0, -1}, {1, 1, 1}, {2, 2, 1}};
  const FolderArrays files = [&](const std::string& file) {
    const auto found = folder.find(file);
    return found == folder.end() ? std::nullopt : std::optional<io::Npz>(found->second);
  };
  put("adjacency0.npz", edge);
  put("laplacians0.npz", laplacian);
  const Hierarchy good = read_original_hierarchy(files, "here");
  CHECK(good.levels.size() == 1);
  CHECK(renumbered(good).order().size() == 3);
  put("adjacency0.npz", {{0, 1, 1}, {1, 0, 1}, {2, 0, 1}});
  CHECK_THROWS_WITH_AS(read_original_hierarchy(files, "here"),
                       doctest::Contains("here/adjacency0.npz: has an entry without"), InputError);
  put("adjacency0.npz", edge);
  put("laplacians0.npz", {{0, 0, 1}, {0, 1, -1}, {1, 1, 1}, {2, 2, 1}});
  CHECK_THROWS_WITH_AS(read_original_hierarchy(files, "here"),
                       doctest::Contains("here/laplacians0.npz: has an entry without"), InputError);
}

TEST_CASE("hierarchy: bad calls are refused") {
  const TriangleMesh mesh = test::height_field(5, 4);
  CHECK_THROWS_WITH_AS(build_hierarchy(mesh, {.levels = 0}), doctest::Contains("expected 1 to 32"),
                       Error);
  CHECK_THROWS_WITH_AS(build_hierarchy(mesh, {.factor = 1}), doctest::Contains("at least 2"),
                       Error);
  CHECK_THROWS_WITH_AS(build_hierarchy(mesh, {.levels = 5}),
                       doctest::Contains("use a finer mesh or fewer levels"), Error);
  TriangleMesh broken = mesh;
  broken.triangles[3][1] = 20;
  CHECK_THROWS_WITH_AS(build_hierarchy(broken, {.levels = 2}), doctest::Contains("of 20"), Error);
  CHECK_THROWS_WITH_AS(read_original_hierarchy("/nonexistent"),
                       doctest::Contains("/nonexistent/adjacency0.npz: is missing"), InputError);
}

}  // namespace fgcn::mesh
