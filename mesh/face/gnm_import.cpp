#include "mesh/face/gnm_import.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "io/mesh/polygon.h"
#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/closest_point.h"
#include "mesh/face/gnm_file.h"
#include "mesh/face/parts.h"

namespace fgcn::mesh {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

/// Decimetres a unit of the file: a head with neck or shoulders is 2 to 9 dm.
double unit_of(const std::vector<Vec3>& vertices, const std::string& where) {
  Vec3 low = vertices[0], high = vertices[0];
  for (const Vec3& p : vertices)
    for (std::size_t c = 0; c < 3; ++c) {
      low[c] = std::min(low[c], p[c]);
      high[c] = std::max(high[c], p[c]);
    }
  const Vec3 size = high - low;
  const double longest = std::max({size[0], size[1], size[2]});
  constexpr double kLeast = 1.5, kMost = 9;
  for (const double unit : {10.0, 1.0, 0.1, 0.01})
    if (longest * unit >= kLeast && longest * unit <= kMost) return unit;
  input_error(where, ": template_vertex_positions: the head is ", longest,
              " long, expected a head in metres, decimetres, centimetres or millimetres");
}

/// Polygons as triangles; corners of one vertex and one place in the texture share a row.
void add_faces(const gnm::File& file, const std::string& where, FaceModel& model) {
  std::map<std::pair<std::int32_t, Vec2>, std::int32_t> row_of;
  PolygonCutter cutter(file.vertices);
  for (std::size_t f = 0; f < file.faces.size(); ++f) {
    std::vector<std::int32_t> places(file.faces[f].size());
    std::iota(places.begin(), places.end(), 0);
    std::vector<Triangle> triangles;
    if (!cutter.cut(file.faces[f], places, triangles))
      input_error(where, ": quads: face ", f, " cannot be cut into triangles");
    for (const Triangle& t : triangles) {
      Triangle corners{}, rows{};
      for (std::size_t k = 0; k < 3; ++k) {
        const Vec2& uv = file.face_uvs[f][index(t[k])];
        corners[k] = file.faces[f][index(t[k])];
        const auto next = static_cast<std::int32_t>(model.uv.size() / 2);
        const auto [found, fresh] = row_of.try_emplace({corners[k], uv}, next);
        if (fresh)
          for (const double x : uv) model.uv.push_back(static_cast<float>(x));
        rows[k] = found->second;
      }
      model.triangles.push_back(corners);
      model.uv_triangles.push_back(rows);
    }
  }
}

FaceParts parts_of(const gnm::File& file, const std::vector<std::int32_t>& piece) {
  const std::size_t vertices = file.vertices.size();
  std::vector<std::size_t> group;  // of each component
  for (const std::string& name : file.component_names) {
    const auto found = std::find(file.group_names.begin(), file.group_names.end(), name);
    if (found == file.group_names.end()) return {};
    group.push_back(static_cast<std::size_t>(found - file.group_names.begin()));
  }
  if (group.empty()) return {};
  std::map<std::int32_t, std::vector<double>> weight;  // by piece, of each component
  for (std::size_t v = 0; v < vertices; ++v) {
    auto& sums = weight.try_emplace(piece[v], std::vector<double>(group.size(), 0)).first->second;
    for (std::size_t c = 0; c < group.size(); ++c) sums[c] += file.groups[group[c] * vertices + v];
  }
  FaceParts out;
  out.names = file.component_names;
  for (std::size_t v = 0; v < vertices; ++v) {
    const std::vector<double>& sums = weight.at(piece[v]);
    out.part.push_back(
        static_cast<std::uint8_t>(std::max_element(sums.begin(), sums.end()) - sums.begin()));
  }
  return out;
}

FaceRegions regions_of(const gnm::File& file) {
  constexpr double kInside = 0.5;
  FaceRegions out;
  const std::size_t vertices = file.vertices.size();
  for (std::size_t g = 0; g < file.group_names.size(); ++g) {
    std::vector<std::uint8_t> inside;
    for (std::size_t v = 0; v < vertices; ++v)
      inside.push_back(file.groups[g * vertices + v] >= kInside ? 1 : 0);
    if (std::find(inside.begin(), inside.end(), 1) == inside.end()) continue;
    out.names.push_back(file.group_names[g]);
    out.inside.insert(out.inside.end(), inside.begin(), inside.end());
  }
  return out;
}

FaceJoints joints_of(const gnm::File& file, double unit, const Vec3& mean,
                     const std::string& where) {
  constexpr std::size_t kInfluences = FaceJoints::kInfluences;
  FaceJoints out;
  out.names = file.joint_names;
  out.parents = file.joint_parents;
  for (const Vec3& p : file.joints)
    for (const double x : unit*(p - mean)) out.positions.push_back(static_cast<float>(x));
  const std::size_t vertices = file.vertices.size();
  for (std::size_t v = 0; v < vertices; ++v) {
    std::vector<std::pair<double, std::size_t>> weights;
    for (std::size_t j = 0; j < file.joint_names.size(); ++j)
      weights.emplace_back(-file.skinning[j * vertices + v], j);
    std::sort(weights.begin(), weights.end());
    weights.resize(kInfluences, {0.0, 0});
    double sum = 0;
    for (const auto& [weight, joint] : weights) sum -= weight;
    if (!(sum > 0))
      input_error(where, ": skinning_weights: vertex ", v,
                  " follows no joint; give GNM's own file");
    for (const auto& [weight, joint] : weights) {
      out.joints.push_back(static_cast<std::uint8_t>(weight < 0 ? joint : 0));
      out.weights.push_back(static_cast<float>(-weight / sum));
    }
  }
  return out;
}

/// Each landmark is the nearest point of its own piece of the mesh.
void place_landmarks(const std::vector<gnm::WeightedVertices>& landmarks,
                     const std::vector<std::int32_t>& piece, const std::string& where,
                     FaceModel& model) {
  constexpr double kFar = 0.03;  // dm
  const TriangleMesh whole = mean_mesh(model);
  std::map<std::int32_t, std::vector<std::int32_t>> triangles;  // by piece
  for (std::size_t t = 0; t < model.triangles.size(); ++t)
    triangles[piece[index(model.triangles[t][0])]].push_back(static_cast<std::int32_t>(t));
  for (std::size_t k = 0; k < landmarks.size(); ++k) {
    Vec3 at{};
    std::pair<std::int32_t, double> heaviest{0, -1};
    for (const auto& [v, weight] : landmarks[k]) {
      at = at + weight * whole.vertices[index(v)];
      if (weight > heaviest.second) heaviest = {v, weight};
    }
    ClosestPoint best;
    for (const std::int32_t t : triangles[piece[index(heaviest.first)]]) {
      const Triangle& c = model.triangles[index(t)];
      ClosestPoint one = closest_point(at, whole.vertices[index(c[0])], whole.vertices[index(c[1])],
                                       whole.vertices[index(c[2])]);
      one.triangle = t;
      if (best.triangle < 0 || one.distance_squared < best.distance_squared) best = one;
    }
    if (best.triangle < 0 || !(best.distance_squared <= kFar * kFar))
      input_error(where, ": landmark ", k, " is ", std::sqrt(best.distance_squared) * 100,
                  " mm away from the mesh; give vertices of one triangle");
    model.landmark_points.triangles.push_back(best.triangle);
    std::array<float, 3> weights{};
    for (std::size_t c = 0; c < 3; ++c) weights[c] = static_cast<float>(best.barycentric[c]);
    model.landmark_points.weights.insert(model.landmark_points.weights.end(), weights.begin(),
                                         weights.end());
    model.landmarks.push_back(model.triangles[index(best.triangle)][static_cast<std::size_t>(
        std::max_element(weights.begin(), weights.end()) - weights.begin())]);
  }
}

Modes modes_of(const std::vector<std::vector<float>>& basis, double unit,
               const std::vector<std::string>& names) {
  Modes out;
  out.count = static_cast<std::int64_t>(basis.size());
  out.names = names;
  for (const std::vector<float>& mode : basis)
    for (const float x : mode)
      out.data.push_back(static_cast<float>(unit * static_cast<double>(x)));
  return out;
}

}  // namespace

FaceModel import_gnm(const std::filesystem::path& path, const GnmOptions& options) {
  const std::string where = path.string();
  const gnm::File file = gnm::read(path);
  const auto landmarks =
      gnm::read_landmarks(options.landmarks, static_cast<std::int64_t>(file.vertices.size()));
  const double unit = unit_of(file.vertices, where);
  Vec3 mean{};
  for (const Vec3& p : file.vertices)
    mean = mean + 1.0 / static_cast<double>(file.vertices.size()) * p;
  FaceModel model;
  model.name = "GNM head";
  for (const Vec3& p : file.vertices)
    for (const double x : unit*(p - mean)) model.mean_shape.push_back(static_cast<float>(x));
  add_faces(file, where, model);
  const std::vector<std::int32_t> piece = pieces(file.vertices.size(), model.triangles);
  place_landmarks(landmarks, piece, options.landmarks.string(), model);
  check_mean_face(model, where);  // colors are painted by it
  model.parts = parts_of(file, piece);
  model.regions = regions_of(file);
  model.joints = joints_of(file, unit, mean, where);
  model.mirror = file.mirror;
  model.identity = modes_of(file.identity, unit, file.identity_names);
  model.expression = modes_of(file.expression, unit, file.expression_names);
  model.expression_low.assign(file.expression.size(), options.expression_low);
  model.expression_high.assign(file.expression.size(), options.expression_high);
  paint_parts(model);
  check(model, where);
  return model;
}

}  // namespace fgcn::mesh
