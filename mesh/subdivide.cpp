#include "mesh/subdivide.h"

#include <algorithm>
#include <map>

#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

using Edge = std::array<std::int32_t, 2>;

Edge edge_of(std::int32_t a, std::int32_t b) { return {std::min(a, b), std::max(a, b)}; }

/// Collects a blend whose rows may come several times.
class Sum {
 public:
  void add(std::int32_t row, double weight) { parts_[row] += weight; }
  void add(const Blend& blend, double weight) {
    for (const auto& [row, w] : blend) add(row, weight * w);
  }
  Blend blend() const { return {parts_.begin(), parts_.end()}; }

 private:
  std::map<std::int32_t, double> parts_;
};

struct EdgeUse {
  std::int32_t point = 0;
  std::vector<std::int32_t> faces;
};

struct Connections {
  std::map<Edge, EdgeUse> edge;
  std::vector<Edge> order;
  std::vector<std::vector<std::int32_t>> faces;       // of each vertex
  std::vector<std::vector<std::int32_t>> neighbours;  // of each vertex, along edges
};

Connections connect(const Polygons& mesh) {
  Connections out;
  out.faces.resize(index(mesh.vertices));
  out.neighbours.resize(index(mesh.vertices));
  std::map<Edge, std::int32_t> directed;
  for (std::int32_t f = 0; f < mesh.faces(); ++f) {
    const std::int32_t n = mesh.corners(f);
    for (std::int32_t k = 0; k < n; ++k) {
      const std::int32_t a = mesh.corner(f, k), b = mesh.corner(f, (k + 1) % n);
      const std::int32_t row = mesh.uv_corner(f, k);
      FGCN_CHECK(
          std::min(a, b) >= 0 && std::max(a, b) < mesh.vertices && row >= 0 && row < mesh.uvs,
          "subdivide: face ", f, " names a row out of range");
      FGCN_CHECK(directed.emplace(Edge{a, b}, f).second, "subdivide: two faces run from vertex ", a,
                 " to vertex ", b);
      out.faces[index(a)].push_back(f);
      const auto [found, fresh] = out.edge.try_emplace(edge_of(a, b));
      found->second.faces.push_back(f);
      if (!fresh) continue;
      found->second.point = mesh.vertices + static_cast<std::int32_t>(out.order.size());
      out.order.push_back(edge_of(a, b));
      out.neighbours[index(a)].push_back(b);
      out.neighbours[index(b)].push_back(a);
    }
  }
  return out;
}

Blend face_point(const Polygons& mesh, std::int32_t f) {
  Sum sum;
  const std::int32_t n = mesh.corners(f);
  for (std::int32_t k = 0; k < n; ++k) sum.add(mesh.corner(f, k), 1.0 / n);
  return sum.blend();
}

Blend edge_point(const Edge& edge, const EdgeUse& use, const std::vector<Blend>& face_points) {
  Sum sum;
  if (use.faces.size() != 2) {
    sum.add(edge[0], 0.5);
    sum.add(edge[1], 0.5);
    return sum.blend();
  }
  for (const std::int32_t v : edge) sum.add(v, 0.25);
  for (const std::int32_t f : use.faces) sum.add(face_points[index(f)], 0.25);
  return sum.blend();
}

Blend vertex_point(std::int32_t v, const Connections& of, const std::vector<Blend>& face_points) {
  Sum sum;
  const std::vector<std::int32_t>& neighbours = of.neighbours[index(v)];
  std::vector<std::int32_t> border;
  for (const std::int32_t w : neighbours)
    if (of.edge.at(edge_of(v, w)).faces.size() != 2) border.push_back(w);
  if (neighbours.empty() || (!border.empty() && border.size() != 2)) {
    sum.add(v, 1);  // alone, or where borders meet
  } else if (border.size() == 2) {
    sum.add(v, 0.75);
    for (const std::int32_t w : border) sum.add(w, 0.125);
  } else {
    // (mean of the faces' points + 2 mean of the edges' middles + (n - 3) v) / n
    const auto n = static_cast<double>(neighbours.size());
    for (const std::int32_t f : of.faces[index(v)]) sum.add(face_points[index(f)], 1 / (n * n));
    for (const std::int32_t w : neighbours) sum.add(w, 1 / (n * n));
    sum.add(v, 1 / n + (n - 3) / n);
  }
  return sum.blend();
}

/// Adds the texture coordinates of the new points and remembers which rows they got.
class UvRows {
 public:
  explicit UvRows(std::int32_t rows) {
    for (std::int32_t row = 0; row < rows; ++row) blends_.push_back(Blend{{row, 1.0}});
  }

  std::int32_t middle(std::int32_t a, std::int32_t b) {
    if (a == b) return a;
    const auto next = static_cast<std::int32_t>(blends_.size());
    const auto [found, fresh] = middle_.try_emplace(edge_of(a, b), next);
    if (fresh) blends_.push_back(Blend{{std::min(a, b), 0.5}, {std::max(a, b), 0.5}});
    return found->second;
  }
  std::int32_t centre(const Polygons& mesh, std::int32_t f) {
    Sum sum;
    const std::int32_t n = mesh.corners(f);
    for (std::int32_t k = 0; k < n; ++k) sum.add(mesh.uv_corner(f, k), 1.0 / n);
    blends_.push_back(sum.blend());
    return static_cast<std::int32_t>(blends_.size()) - 1;
  }
  std::vector<Blend> take() { return std::move(blends_); }

 private:
  std::vector<Blend> blends_;
  std::map<Edge, std::int32_t> middle_;
};

template <class Vector>
Vector sum_of(const Blend& blend, const std::vector<Vector>& rows) {
  Vector out{};
  for (const auto& [row, weight] : blend)
    for (std::size_t k = 0; k < out.size(); ++k) out[k] += weight * rows.at(index(row))[k];
  return out;
}

std::vector<std::int32_t> sorted_corners(const Polygons& mesh, std::int32_t f,
                                         const std::vector<std::int32_t>* mirror) {
  std::vector<std::int32_t> out;
  for (std::int32_t k = 0; k < mesh.corners(f); ++k) {
    const std::int32_t v = mesh.corner(f, k);
    out.push_back(mirror != nullptr ? (*mirror)[index(v)] : v);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

Vec3 blended(const Blend& blend, const std::vector<Vec3>& rows) { return sum_of(blend, rows); }
Vec2 blended(const Blend& blend, const std::vector<Vec2>& rows) { return sum_of(blend, rows); }

std::vector<Blend> composed(const std::vector<Blend>& outer, const std::vector<Blend>& inner) {
  std::vector<Blend> out;
  out.reserve(outer.size());
  for (const Blend& row : outer) {
    Sum sum;
    for (const auto& [middle, weight] : row) sum.add(inner.at(index(middle)), weight);
    out.push_back(sum.blend());
  }
  return out;
}

Subdivision subdivide(const Polygons& mesh) {
  const Connections of = connect(mesh);
  std::vector<Blend> face_points;
  face_points.reserve(index(mesh.faces()));
  for (std::int32_t f = 0; f < mesh.faces(); ++f) face_points.push_back(face_point(mesh, f));
  Subdivision out;
  out.edges = of.order;
  for (std::int32_t v = 0; v < mesh.vertices; ++v)
    out.vertices.push_back(vertex_point(v, of, face_points));
  for (const Edge& edge : of.order)
    out.vertices.push_back(edge_point(edge, of.edge.at(edge), face_points));
  const auto first_face = static_cast<std::int32_t>(out.vertices.size());
  out.vertices.insert(out.vertices.end(), face_points.begin(), face_points.end());

  UvRows uvs(mesh.uvs);
  for (std::int32_t f = 0; f < mesh.faces(); ++f) {
    const std::int32_t n = mesh.corners(f);
    const std::int32_t centre = uvs.centre(mesh, f);
    for (std::int32_t k = 0; k < n; ++k) {
      const std::int32_t after = (k + 1) % n, before = (k + n - 1) % n;
      const std::int32_t v = mesh.corner(f, k);
      const auto point = [&](std::int32_t other) {
        return of.edge.at(edge_of(v, mesh.corner(f, other))).point;
      };
      const auto middle = [&](std::int32_t other) {
        return uvs.middle(mesh.uv_corner(f, k), mesh.uv_corner(f, other));
      };
      out.mesh.vertex.insert(out.mesh.vertex.end(),
                             {v, point(after), first_face + f, point(before)});
      out.mesh.uv.insert(out.mesh.uv.end(),
                         {mesh.uv_corner(f, k), middle(after), centre, middle(before)});
      out.mesh.begin.push_back(static_cast<std::int32_t>(out.mesh.vertex.size()));
    }
  }
  out.uvs = uvs.take();
  out.mesh.vertices = static_cast<std::int32_t>(out.vertices.size());
  out.mesh.uvs = static_cast<std::int32_t>(out.uvs.size());
  return out;
}

std::vector<std::int32_t> subdivided_mirror(const Polygons& before, const Subdivision& step,
                                            const std::vector<std::int32_t>& mirror) {
  FGCN_CHECK(mirror.size() == index(before.vertices) &&
                 std::all_of(mirror.begin(), mirror.end(),
                             [&](std::int32_t v) { return v >= 0 && v < before.vertices; }),
             "subdivided_mirror: ", mirror.size(), " pairs for ", before.vertices, " vertices");
  std::vector<std::int32_t> out = mirror;
  std::map<Edge, std::int32_t> edge;
  for (std::size_t e = 0; e < step.edges.size(); ++e)
    edge[step.edges[e]] = before.vertices + static_cast<std::int32_t>(e);
  for (const Edge& e : step.edges) {
    const auto found = edge.find(edge_of(mirror[index(e[0])], mirror[index(e[1])]));
    out.push_back(found != edge.end() ? found->second : -1);
  }
  const auto first_face = before.vertices + static_cast<std::int32_t>(step.edges.size());
  std::map<std::vector<std::int32_t>, std::int32_t> face;
  for (std::int32_t f = 0; f < before.faces(); ++f)
    face[sorted_corners(before, f, nullptr)] = first_face + f;
  for (std::int32_t f = 0; f < before.faces(); ++f) {
    const auto found = face.find(sorted_corners(before, f, &mirror));
    out.push_back(found != face.end() ? found->second : -1);
  }
  return out;
}

}  // namespace fgcn::mesh
