// Meshes that the tests of this folder share.
#pragma once

#include <cmath>
#include <filesystem>
#include <numbers>
#include <string>

#include "io/arrays/npz.h"
#include "io/mesh/triangle_mesh.h"
#include "kernels/core/rng.h"

namespace fgcn::test {

/// A bumpy height field of n by m vertices with a border; `noise` moves every vertex at random.
inline mesh::TriangleMesh height_field(int n, int m, double noise = 0.0, std::uint64_t seed = 1) {
  Rng rng(seed);
  mesh::TriangleMesh out;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < m; ++j) {
      const double x = static_cast<double>(i) / (n - 1);
      const double y = static_cast<double>(j) / (m - 1);
      mesh::Vec3 p{x, y, 0.2 * std::sin(5 * x) * std::cos(4 * y)};
      for (double& c : p) c += noise * rng.uniform(-1, 1) / std::max(n, m);
      out.vertices.push_back(p);
    }
  }
  for (std::int32_t i = 0; i + 1 < n; ++i) {
    for (std::int32_t j = 0; j + 1 < m; ++j) {
      const std::int32_t a = i * m + j;
      out.triangles.push_back({a, a + m, a + m + 1});
      out.triangles.push_back({a, a + m + 1, a + 1});
    }
  }
  return out;
}

/// A closed torus of n by m vertices.
inline mesh::TriangleMesh torus(int n, int m) {
  mesh::TriangleMesh out;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < m; ++j) {
      const double a = 2 * std::numbers::pi * i / n;
      const double b = 2 * std::numbers::pi * j / m;
      const double r = 1.0 + 0.4 * std::cos(b);
      out.vertices.push_back({r * std::cos(a), r * std::sin(a), 0.4 * std::sin(b)});
    }
  }
  for (std::int32_t i = 0; i < n; ++i) {
    for (std::int32_t j = 0; j < m; ++j) {
      const std::int32_t a = i * m + j;
      const std::int32_t b = (i + 1) % n * m + j;
      const std::int32_t c = (i + 1) % n * m + (j + 1) % m;
      const std::int32_t d = i * m + (j + 1) % m;
      out.triangles.push_back({a, b, c});
      out.triangles.push_back({a, c, d});
    }
  }
  return out;
}

/// One level of a golden hierarchy: its mesh, and which vertices of level 0 it kept.
struct GoldenLevel {
  mesh::TriangleMesh mesh;
  std::vector<std::int32_t> keep;
};
inline GoldenLevel golden_level(const std::filesystem::path& folder, int level) {
  const std::string where = (folder / "levels.npz").string();
  const io::Npz arrays = io::read_npz(where);
  const std::string suffix = std::to_string(level);
  const std::vector<double> v = at(arrays, "vertices", where).doubles();
  const std::vector<std::int32_t> f = at(arrays, "faces" + suffix, where).ints();
  GoldenLevel out{{}, at(arrays, "keep" + suffix, where).ints()};
  for (const std::int32_t k : out.keep)
    out.mesh.vertices.push_back({v[3 * k], v[3 * k + 1], v[3 * k + 2]});
  for (std::size_t i = 0; i < f.size(); i += 3)
    out.mesh.triangles.push_back({f[i], f[i + 1], f[i + 2]});
  return out;
}

/// The largest |a - b| / max |b|, entries absent from one matrix counting as zero there. NaN when
/// the sizes differ, which fails any bound.
inline double largest_relative_difference(const Csr& a, const Csr& b) {
  if (a.rows != b.rows || a.cols != b.cols) return std::nan("");
  std::vector<Triplet> entries;
  double scale = 0;
  for (const Csr* m : {&a, &b}) {
    for (std::int64_t r = 0; r < m->rows; ++r) {
      for (std::int32_t e = m->row_begin[r]; e < m->row_begin[r + 1]; ++e) {
        entries.push_back(
            {static_cast<std::int32_t>(r), m->col[e], m == &a ? m->value[e] : -m->value[e]});
        if (m == &b) scale = std::max(scale, std::abs(m->value[e]));
      }
    }
  }
  double worst = 0;
  for (const double d : csr_from_triplets(a.rows, a.cols, std::move(entries)).value)
    worst = !(std::abs(d) <= worst) ? std::abs(d) : worst;
  return worst / scale;
}

inline bool same(const Csr& a, const Csr& b) {
  return a.rows == b.rows && a.cols == b.cols && a.row_begin == b.row_begin && a.col == b.col &&
         a.value == b.value;
}

}  // namespace fgcn::test
