#include "recon/face_rig.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "io/mesh/normals.h"
#include "io/mesh/tangents.h"
#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "kernels/core/parallel_failure.h"

namespace fgcn::recon {
namespace {

using mesh::cross;
using mesh::FaceModel;
using mesh::norm;
using mesh::normalised;
using mesh::Vec3;
using mesh::operator+;
using mesh::operator-;
using mesh::operator*;

// Sorted.
constexpr std::array<std::string_view, 52> kArkitUnits{
    "browDownLeft",      "browDownRight",      "browInnerUp",         "browOuterUpLeft",
    "browOuterUpRight",  "cheekPuff",          "cheekSquintLeft",     "cheekSquintRight",
    "eyeBlinkLeft",      "eyeBlinkRight",      "eyeLookDownLeft",     "eyeLookDownRight",
    "eyeLookInLeft",     "eyeLookInRight",     "eyeLookOutLeft",      "eyeLookOutRight",
    "eyeLookUpLeft",     "eyeLookUpRight",     "eyeSquintLeft",       "eyeSquintRight",
    "eyeWideLeft",       "eyeWideRight",       "jawForward",          "jawLeft",
    "jawOpen",           "jawRight",           "mouthClose",          "mouthDimpleLeft",
    "mouthDimpleRight",  "mouthFrownLeft",     "mouthFrownRight",     "mouthFunnel",
    "mouthLeft",         "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft",
    "mouthPressRight",   "mouthPucker",        "mouthRight",          "mouthRollLower",
    "mouthRollUpper",    "mouthShrugLower",    "mouthShrugUpper",     "mouthSmileLeft",
    "mouthSmileRight",   "mouthStretchLeft",   "mouthStretchRight",   "mouthUpperUpLeft",
    "mouthUpperUpRight", "noseSneerLeft",      "noseSneerRight",      "tongueOut"};

// A ten millionth of a metre: all units together stay within the rounding of a viewer.
constexpr float kLeastMove = 1e-6F;  // dm
constexpr double kLeastTurn = 5e-3;  // of a normal: a quarter of a degree

/// The triangles at each vertex.
struct Stars {
  std::vector<std::size_t> begin;
  std::vector<std::int32_t> triangle;

  Stars(const std::vector<mesh::Triangle>& triangles, std::size_t vertices)
      : begin(vertices + 1, 0), triangle(3 * triangles.size()) {
    for (const mesh::Triangle& t : triangles)
      for (const std::int32_t v : t) ++begin[static_cast<std::size_t>(v) + 1];
    for (std::size_t v = 0; v < vertices; ++v) begin[v + 1] += begin[v];
    std::vector<std::size_t> next(begin.begin(), begin.end() - 1);
    for (std::size_t t = 0; t < triangles.size(); ++t)
      for (const std::int32_t v : triangles[t])
        triangle[next[static_cast<std::size_t>(v)]++] = static_cast<std::int32_t>(t);
  }
};

Vec3 area_normal(const std::vector<Vec3>& points, const mesh::Triangle& t) {
  const Vec3& a = points[static_cast<std::size_t>(t[0])];
  return cross(points[static_cast<std::size_t>(t[1])] - a,
               points[static_cast<std::size_t>(t[2])] - a);
}

/// How one expression unit changes the normals of the face at rest.
class TurnedNormals {
 public:
  TurnedNormals(const FaceModel& model, const std::vector<Vec3>& neutral)
      : model_(model),
        neutral_(neutral),
        stars_(model.triangles, neutral.size()),
        normals_(mesh::vertex_normals({neutral, model.triangles})) {
    for (const mesh::Triangle& t : model.triangles) areas_.push_back(area_normal(neutral, t));
  }

  const std::vector<Vec3>& normals() const { return normals_; }

  /// [V, 3]; zero where nothing near is moved.
  std::vector<std::array<float, 3>> turns(const float* moves) const {
    std::vector<Vec3> points = neutral_;
    std::vector<std::uint8_t> moved(points.size(), 0);
    for (std::size_t v = 0; v < points.size(); ++v) {
      const float* m = moves + 3 * v;
      if (m[0] == 0 && m[1] == 0 && m[2] == 0) continue;
      moved[v] = 1;
      points[v] = points[v] + Vec3{m[0], m[1], m[2]};
    }
    std::vector<Vec3> areas = areas_;
    std::vector<std::uint8_t> near(points.size(), 0);
    for (std::size_t t = 0; t < areas.size(); ++t) {
      const mesh::Triangle& corners = model_.triangles[t];
      const bool touched = std::any_of(corners.begin(), corners.end(), [&](std::int32_t v) {
        return moved[static_cast<std::size_t>(v)] != 0;
      });
      if (!touched) continue;
      areas[t] = area_normal(points, corners);
      for (const std::int32_t v : corners) near[static_cast<std::size_t>(v)] = 1;
    }
    std::vector<std::array<float, 3>> out(points.size(), {0, 0, 0});
    for (std::size_t v = 0; v < points.size(); ++v) {
      if (near[v] == 0) continue;
      Vec3 sum{0, 0, 0};
      for (std::size_t i = stars_.begin[v]; i < stars_.begin[v + 1]; ++i)
        sum = sum + areas[static_cast<std::size_t>(stars_.triangle[i])];
      const Vec3 turn = normalised(sum) - normals_[v];
      // Where a surface folds onto itself its normal means nothing.
      if (norm(normalised(sum)) < 0.5 || norm(turn) < kLeastTurn) continue;
      for (std::size_t k = 0; k < 3; ++k) out[v][k] = static_cast<float>(turn[k]);
    }
    return out;
  }

 private:
  const FaceModel& model_;
  const std::vector<Vec3>& neutral_;
  Stars stars_;
  std::vector<Vec3> normals_, areas_;
};

/// A row that the model's vertices have, at a vertex of the surface.
template <class RowOf>
auto between(const FaceSurface& surface, std::size_t s, const RowOf& row_of) {
  const RimVertex edge = surface.on_edge(s);
  auto row = row_of(static_cast<std::size_t>(surface.vertex[s]));
  if (!(edge.t > 0)) return row;
  const auto outer = row_of(static_cast<std::size_t>(edge.towards));
  using Number = typename decltype(row)::value_type;
  for (std::size_t k = 0; k < row.size(); ++k)
    row[k] = static_cast<Number>((1 - edge.t) * static_cast<double>(row[k]) +
                                 edge.t * static_cast<double>(outer[k]));
  return row;
}

mesh::MorphTarget target_of(const FaceModel& model, std::size_t e, const FaceSurface& surface,
                            const TurnedNormals& rest) {
  mesh::MorphTarget out;
  const float* moves =
      model.expression.data.data() + e * 3 * static_cast<std::size_t>(model.vertices());
  const std::vector<std::array<float, 3>> turns = rest.turns(moves);
  out.name = model.expression.names[e];
  for (std::size_t s = 0; s < surface.vertex.size(); ++s) {
    const auto move = between(surface, s, [&](std::size_t v) {
      return std::array<float, 3>{moves[3 * v], moves[3 * v + 1], moves[3 * v + 2]};
    });
    if (std::any_of(move.begin(), move.end(), [](float x) { return std::abs(x) > kLeastMove; })) {
      out.positions.row.push_back(static_cast<std::int32_t>(s));
      out.positions.value.push_back(move);
    }
    const auto turn = between(surface, s, [&](std::size_t v) { return turns[v]; });
    if (turn == std::array<float, 3>{0, 0, 0}) continue;
    out.normals.row.push_back(static_cast<std::int32_t>(s));
    out.normals.value.push_back(turn);
  }
  return out;
}

/// A weighted mean of shifts.
struct MeanShift {
  Vec3 sum{0, 0, 0};
  double weight = 0;

  void add(double w, const Vec3& shift) {
    weight += w;
    sum = sum + w * shift;
  }
  Vec3 mean() const { return (1 / weight) * sum; }
};

struct Influence {
  std::uint8_t joint = 0;
  float weight = 0;
};
using Influences = std::array<Influence, mesh::Skeleton::kInfluences>;

Influences influences_of(const mesh::FaceJoints& joints, std::int32_t vertex) {
  Influences out;
  const auto at = out.size() * static_cast<std::size_t>(vertex);
  for (std::size_t k = 0; k < out.size(); ++k)
    out[k] = {joints.joints[at + k], joints.weights[at + k]};
  return out;
}

/// Between two vertices: the strongest of the joints that either follows, together 1.
Influences influences(const mesh::FaceJoints& joints, std::int32_t vertex, const RimVertex& edge) {
  Influences out = influences_of(joints, vertex);
  if (!(edge.t > 0)) return out;
  std::vector<Influence> all;
  const auto add = [&](const Influences& some, double scale) {
    for (const Influence& i : some) {
      const auto same = std::find_if(all.begin(), all.end(),
                                     [&](const Influence& a) { return a.joint == i.joint; });
      const auto weight = static_cast<float>(scale * static_cast<double>(i.weight));
      if (same != all.end())
        same->weight += weight;
      else
        all.push_back({i.joint, weight});
    }
  };
  add(out, 1 - edge.t);
  add(influences_of(joints, edge.towards), edge.t);
  all.resize(std::max(all.size(), out.size()));
  std::stable_sort(all.begin(), all.end(),
                   [](const Influence& a, const Influence& b) { return a.weight > b.weight; });
  float sum = 0;
  for (std::size_t k = 0; k < out.size(); ++k) sum += all[k].weight;
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = {all[k].joint, all[k].weight / sum};
  return out;
}

mesh::Skeleton skeleton_of(const FaceModel& model, const std::vector<float>& neutral,
                           const FaceSurface& surface) {
  mesh::Skeleton out;
  if (model.joints.empty()) return out;
  out.names = model.joints.names;
  out.parents = model.joints.parents;
  out.positions = joints_of_person(model, neutral);
  for (std::size_t s = 0; s < surface.vertex.size(); ++s) {
    const Influences follows = influences(model.joints, surface.vertex[s], surface.on_edge(s));
    auto& joints = out.joints.emplace_back();
    auto& weights = out.weights.emplace_back();
    for (std::size_t k = 0; k < joints.size(); ++k) {
      joints[k] = follows[k].joint;
      weights[k] = follows[k].weight;
    }
  }
  return out;
}

}  // namespace

bool has_arkit_units(const FaceModel& model) {
  const std::vector<std::string>& names = model.expression.names;
  return !names.empty() && std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return std::binary_search(kArkitUnits.begin(), kArkitUnits.end(), name);
  });
}

std::vector<float> neutral_vertices(const FaceModel& model, const FitResult& fit) {
  FGCN_CHECK(fit.expression.size() == static_cast<std::size_t>(model.expression.count) &&
                 fit.vertices.size() == model.mean_shape.size(),
             "neutral_vertices: the fit is of another model");
  std::vector<double> sum(fit.vertices.begin(), fit.vertices.end());
  for (std::size_t e = 0; e < fit.expression.size(); ++e) {
    if (fit.expression[e] == 0) continue;
    const float* moves = model.expression.data.data() + e * sum.size();
    for (std::size_t i = 0; i < sum.size(); ++i)
      sum[i] -= fit.expression[e] * static_cast<double>(moves[i]);
  }
  return {sum.begin(), sum.end()};
}

std::vector<Vec3> joints_of_person(const FaceModel& model, const std::vector<float>& neutral) {
  const mesh::FaceJoints& joints = model.joints;
  const std::size_t count = joints.names.size();
  // The vertices that follow a joint and its parent say more than all that follow the joint.
  std::vector<MeanShift> shared(count), own(count);
  std::vector<Vec3> out;
  for (std::size_t v = 0; v < neutral.size() / 3; ++v) {
    const Vec3 moved{double{neutral[3 * v]} - double{model.mean_shape[3 * v]},
                     double{neutral[3 * v + 1]} - double{model.mean_shape[3 * v + 1]},
                     double{neutral[3 * v + 2]} - double{model.mean_shape[3 * v + 2]}};
    std::vector<double> follows(count, 0);
    for (std::size_t k = 4 * v; k < 4 * v + 4; ++k)
      follows[joints.joints[k]] += double{joints.weights[k]};
    for (std::size_t j = 0; j < count; ++j) {
      const std::int32_t parent = joints.parents[j];
      const double both = parent < 0 ? 0 : follows[j] * follows[static_cast<std::size_t>(parent)];
      shared[j].add(both, moved);
      own[j].add(follows[j], moved);
    }
  }
  for (std::size_t j = 0; j < count; ++j) {
    Vec3 at{joints.positions[3 * j], joints.positions[3 * j + 1], joints.positions[3 * j + 2]};
    const MeanShift& shift = shared[j].weight > 0 ? shared[j] : own[j];
    if (shift.weight > 0) at = at + shift.mean();
    out.push_back(at);
  }
  return out;
}

mesh::RiggedMesh face_rig(const FaceModel& model, const Reconstruction& result,
                          const FaceSurface& surface) {
  mesh::RiggedMesh out;
  out.surface = surface.fitted;
  out.parts = surface.parts;
  const bool moves = has_arkit_units(model);
  if (!moves && model.joints.empty()) return out;
  const std::vector<float> neutral = neutral_vertices(model, result.fit);
  out.skeleton = skeleton_of(model, neutral, surface);
  if (!moves) return out;
  const std::vector<Vec3> points = points_of(neutral);
  const TurnedNormals rest(model, points);
  for (std::size_t s = 0; s < surface.vertex.size(); ++s) {
    out.surface.vertices[s] = between(surface, s, [&](std::size_t v) { return points[v]; });
    out.surface.normals[s] = between(surface, s, [&](std::size_t v) { return rest.normals()[v]; });
    if (surface.on_edge(s).t > 0) out.surface.normals[s] = normalised(out.surface.normals[s]);
  }
  if (!out.surface.tangents.empty()) out.surface.tangents = mesh::vertex_tangents(out.surface);
  out.targets.resize(model.expression.names.size());
  ParallelFailure failure;
#pragma omp parallel for schedule(dynamic)
  for (std::size_t e = 0; e < out.targets.size(); ++e)
    failure.keep([&] {
      out.targets[e] = target_of(model, e, surface, rest);
      out.targets[e].weight = result.fit.expression[e];
    });
  failure.rethrow();
  return out;
}

}  // namespace fgcn::recon
