#include "mesh/cut.h"

#include <Eigen/SparseCholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <utility>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

void check_indices(const char* what, std::span<const Triangle> triangles, std::size_t vertices) {
  for (const Triangle& t : triangles)
    for (const std::int32_t v : t)
      FGCN_CHECK(v >= 0 && index(v) < vertices, what, ": a triangle names vertex ", v, " of ",
                 vertices);
}

/// Half the cotangent of the angle at c, that is the weight of the edge a b; 0 where it is obtuse
/// or the triangle has no area.
double cotangent_weight(const Vec3& a, const Vec3& b, const Vec3& c) {
  const Vec3 u = a - c, v = b - c;
  const double twice_area = norm(cross(u, v)), cosine = dot(u, v);
  return cosine > 0 && twice_area > 0 ? cosine / (2 * twice_area) : 0;
}

/// Pieces of one mesh's triangles.
class Cutter {
 public:
  Cutter(std::span<const double> value, double level) : value_(value), level_(level) {}

  void add(const Triangle& triangle, std::int32_t source) {
    const auto below = [&](std::int32_t v) { return value_[index(v)] < level_; };
    if (std::none_of(triangle.begin(), triangle.end(), below)) return;
    std::array<Corner, 4> polygon;  // a triangle cut by one line
    std::size_t corners = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const std::int32_t v = triangle[k], next = triangle[(k + 1) % 3];
      if (value_[index(v)] <= level_) polygon[corners++] = {v, v};
      if (below(v) && value_[index(next)] > level_) polygon[corners++] = {v, next};
      if (below(next) && value_[index(v)] > level_) polygon[corners++] = {next, v};
    }
    for (std::size_t k = 2; k < corners; ++k) {
      pieces_.push_back({polygon[0], polygon[k - 1], polygon[k]});
      sources_.push_back(source);
    }
  }

  CutMesh result() && {
    CutMesh out;
    out.sources = std::move(sources_);
    std::map<Corner, std::int32_t> places;
    for (const bool whole : {true, false}) {  // the mesh's own vertices first
      const auto first = places.size();
      std::map<Corner, std::int32_t> found;
      for (const std::array<Corner, 3>& piece : pieces_)
        for (const Corner& c : piece)
          if ((c.first == c.second) == whole) found.emplace(c, 0);
      auto next = static_cast<std::int32_t>(first);
      for (auto& [corner, place] : found) {
        place = next++;
        out.vertices.push_back({corner.first, corner.second, part_way(corner)});
      }
      places.merge(found);
    }
    for (const std::array<Corner, 3>& piece : pieces_)
      out.triangles.push_back({places.at(piece[0]), places.at(piece[1]), places.at(piece[2])});
    return out;
  }

 private:
  using Corner = std::pair<std::int32_t, std::int32_t>;  // inner and outer vertex

  double part_way(const Corner& corner) const {
    const double low = value_[index(corner.first)], high = value_[index(corner.second)];
    return corner.first == corner.second ? 0 : (level_ - low) / (high - low);
  }

  std::span<const double> value_;
  double level_;
  std::vector<std::array<Corner, 3>> pieces_;
  std::vector<std::int32_t> sources_;
};

}  // namespace

std::vector<double> diffused(const TriangleMesh& mesh, const std::vector<double>& value,
                             double length) {
  const std::size_t vertices = mesh.vertices.size();
  FGCN_CHECK(value.size() == vertices && length >= 0, "diffused: ", value.size(), " values for ",
             vertices, " vertices over a length of ", length);
  check_indices("diffused", mesh.triangles, vertices);
  using Sparse = Eigen::SparseMatrix<double>;
  std::vector<Eigen::Triplet<double>> entries;
  Eigen::VectorXd area = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(vertices));
  for (const Triangle& t : mesh.triangles) {
    for (std::size_t k = 0; k < 3; ++k) {
      const std::int32_t a = t[k], b = t[(k + 1) % 3], c = t[(k + 2) % 3];
      const Vec3 &at_a = mesh.vertices[index(a)], &at_b = mesh.vertices[index(b)],
                 &at_c = mesh.vertices[index(c)];
      const double weight = length * length / 2 * cotangent_weight(at_a, at_b, at_c);
      area(c) += norm(cross(at_a - at_c, at_b - at_c)) / 6;
      entries.insert(entries.end(),
                     {{a, a, weight}, {b, b, weight}, {a, b, -weight}, {b, a, -weight}});
    }
  }
  for (Eigen::Index v = 0; v < area.size(); ++v) {
    if (!(area(v) > 0)) area(v) = 1;  // without a surface: keeps its value
    entries.emplace_back(static_cast<int>(v), static_cast<int>(v), area(v));
  }
  Sparse system(area.size(), area.size());
  system.setFromTriplets(entries.begin(), entries.end());
  const Eigen::SimplicialLDLT<Sparse> solver(system);
  FGCN_CHECK(solver.info() == Eigen::Success, "diffused: the system cannot be factored");
  Eigen::VectorXd u = Eigen::Map<const Eigen::VectorXd>(value.data(), area.size());
  for (int step = 0; step < 2; ++step) u = solver.solve(area.cwiseProduct(u)).eval();
  return {u.data(), u.data() + u.size()};
}

void snap_to_level(std::span<const Triangle> triangles, double level, double nearest,
                   std::vector<double>& value) {
  check_indices("snap_to_level", triangles, value.size());
  std::vector<std::int32_t> snapped;  // at the end: which ones does not depend on the order
  for (const Triangle& t : triangles)
    for (std::size_t k = 0; k < 3; ++k) {
      const std::int32_t a = t[k], b = t[(k + 1) % 3];
      const double at_a = value[index(a)] - level, at_b = value[index(b)] - level;
      if (!(at_a * at_b < 0)) continue;
      const double way = at_a / (at_a - at_b);
      if (way < nearest) snapped.push_back(a);
      if (1 - way < nearest) snapped.push_back(b);
    }
  for (const std::int32_t v : snapped) value[index(v)] = level;
}

CutMesh cut_below(std::span<const Triangle> triangles, std::span<const double> value,
                  double level) {
  check_indices("cut_below", triangles, value.size());
  Cutter cutter(value, level);
  for (std::size_t t = 0; t < triangles.size(); ++t)
    cutter.add(triangles[t], static_cast<std::int32_t>(t));
  return std::move(cutter).result();
}

}  // namespace fgcn::mesh
