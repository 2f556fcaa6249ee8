#include "io/mesh/usd_rig.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "io/mesh/usd_text.h"
#include "io/mesh/vec3.h"

namespace fgcn::mesh::usd {
namespace {

constexpr std::size_t kInfluences = Skeleton::kInfluences;
// Half of a scene's text are the digits of blend shapes, and those beyond this show nothing.
constexpr double kMoveStep = 1e-8;  // metres
constexpr double kTurnStep = 1e-4;  // of a normal of length 1

/// Scaled, and rounded to a multiple of `step`.
std::array<float, 3> rounded(const std::array<float, 3>& v, double scale, double step) {
  std::array<float, 3> out;
  for (std::size_t k = 0; k < out.size(); ++k)
    out[k] = static_cast<float>(std::round(static_cast<double>(v[k]) * scale / step) * step);
  return out;
}

/// Where nothing has joints, one for all.
Skeleton one_joint(std::size_t vertices) {
  Skeleton out;
  out.names = {"root"};
  out.parents = {-1};
  out.positions = {{0, 0, 0}};
  out.joints.assign(vertices, {0, 0, 0, 0});
  out.weights.assign(vertices, {1, 0, 0, 0});
  return out;
}

/// Matrices that only shift, a row vector from the left: [( (1, 0, 0, 0), ... ), ...]
void append_shifts(std::string& out, const std::vector<Vec3>& shifts) {
  out += '[';
  for (std::size_t j = 0; j < shifts.size(); ++j) {
    out += j == 0 ? "((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), ("
                  : ", ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (";
    for (const double x : shifts[j]) {
      io::append_number(out, x);
      out += ", ";
    }
    out += "1))";
  }
  out += ']';
}

std::vector<std::string> paths_of(const Skeleton& joints) {
  const std::vector<std::string> names = identifiers(joints.names);
  std::vector<std::string> out;
  for (std::size_t j = 0; j < names.size(); ++j) {
    const std::int32_t parent = joints.parents[j];
    out.push_back(parent < 0 ? names[j] : out[static_cast<std::size_t>(parent)] + "/" + names[j]);
  }
  return out;
}

/// The shown surface: at rest, plus every target by its weight.
std::vector<Vec3> shown(const RiggedMesh& mesh) {
  std::vector<Vec3> out = mesh.surface.vertices;
  for (const MorphTarget& target : mesh.targets)
    for (std::size_t i = 0; i < target.positions.row.size(); ++i)
      for (std::size_t k = 0; k < 3; ++k)
        out[static_cast<std::size_t>(target.positions.row[i])][k] +=
            target.weight * static_cast<double>(target.positions.value[i][k]);
  return out;
}

}  // namespace

/// What a target does with one vertex.
struct Rig::Row {
  std::int32_t place;  // among the vertices of the part
  std::array<float, 3> move{}, turn{};
};

Rig::Rig(const RiggedMesh& mesh, std::string root)
    : mesh_(mesh), root_(std::move(root)), joints_(mesh.skeleton) {
  if (joints_.names.empty() && !mesh.targets.empty())
    joints_ = one_joint(mesh.surface.vertices.size());
  paths_ = paths_of(joints_);
  std::vector<std::string> names;
  for (const MorphTarget& target : mesh.targets) names.push_back(target.name);
  shapes_ = identifiers(names);
}

std::string Rig::extent() const {
  std::vector<Vec3> corners{mesh_.surface.vertices[0], mesh_.surface.vertices[0]};
  const auto stretch = [&](const std::vector<Vec3>& points) {
    for (const Vec3& p : points)
      for (std::size_t k = 0; k < 3; ++k) {
        corners[0][k] = std::min(corners[0][k], p[k]);
        corners[1][k] = std::max(corners[1][k], p[k]);
      }
  };
  stretch(mesh_.surface.vertices);
  stretch(shown(mesh_));
  std::string out = "    float3[] extent = ";
  append_list(out, corners, kMetre);
  return out + '\n';
}

std::string Rig::skeleton() const {
  std::vector<Vec3> places, from_parent;
  for (std::size_t j = 0; j < joints_.names.size(); ++j) {
    places.push_back(kMetre * joints_.positions[j]);
    const std::int32_t parent = joints_.parents[j];
    from_parent.push_back(parent < 0 ? places[j]
                                     : places[j] - places[static_cast<std::size_t>(parent)]);
  }
  std::string joints;
  append_words(joints, paths_);
  std::string out = std::string("\n    def Skeleton \"") + kSkeleton +
                    "\" (\n        prepend apiSchemas = [\"SkelBindingAPI\"]\n    )\n    {\n"
                    "        uniform matrix4d[] bindTransforms = ";
  append_shifts(out, places);
  out += "\n        uniform token[] joints = " + joints +
         "\n        uniform matrix4d[] restTransforms = ";
  append_shifts(out, from_parent);
  out += "\n        rel skel:animationSource = <" + root_ + "/" + kPose + ">\n    }\n" +
         "\n    def SkelAnimation \"" + kPose + "\"\n    {\n";
  if (!shapes_.empty()) {
    std::vector<float> weights;
    for (const MorphTarget& target : mesh_.targets)
      weights.push_back(static_cast<float>(target.weight));
    out += "        uniform token[] blendShapes = ";
    append_words(out, shapes_);
    out += "\n        float[] blendShapeWeights = ";
    append_floats(out, weights);
    out += '\n';
  }
  const std::size_t count = joints_.names.size();
  out += "        uniform token[] joints = " + joints + "\n        quatf[] rotations = ";
  append_list(out, std::vector<std::array<float, 4>>(count, {1, 0, 0, 0}), 1);  // w first
  out += "\n        half3[] scales = ";
  append_list(out, std::vector<Vec3>(count, {1, 1, 1}), 1);
  out += "\n        float3[] translations = ";
  append_list(out, from_parent, 1);
  return out + "\n    }\n";
}

/// A blend shape has one list of vertices for what it moves and what it turns.
std::vector<Rig::Row> Rig::rows_of(const MorphTarget& target,
                                   const std::vector<std::int32_t>& place) const {
  std::vector<Row> out;
  const SparseRows &moves = target.positions, &turns = target.normals;
  for (std::size_t m = 0, t = 0; m < moves.row.size() || t < turns.row.size();) {
    const bool has_move =
        m < moves.row.size() && (t == turns.row.size() || moves.row[m] <= turns.row[t]);
    const bool has_turn =
        t < turns.row.size() && (m == moves.row.size() || turns.row[t] <= moves.row[m]);
    const std::int32_t vertex = has_move ? moves.row[m] : turns.row[t];
    Row row{place[static_cast<std::size_t>(vertex)]};
    if (has_move) row.move = moves.value[m++];
    if (has_turn) row.turn = turns.value[t++];
    if (row.place >= 0) out.push_back(row);
  }
  return out;
}

std::string Rig::binding(const std::string& path, const PartOfMesh& part) const {
  std::vector<std::int32_t> place(mesh_.surface.vertices.size(), -1), joints;
  std::vector<float> weights;
  for (std::size_t i = 0; i < part.vertices.size(); ++i) {
    const auto v = static_cast<std::size_t>(part.vertices[i]);
    place[v] = static_cast<std::int32_t>(i);
    joints.insert(joints.end(), joints_.joints[v].begin(), joints_.joints[v].end());
    weights.insert(weights.end(), joints_.weights[v].begin(), joints_.weights[v].end());
  }
  const std::string each = " (\n            elementSize = " + std::to_string(kInfluences) +
                           "\n            interpolation = \"vertex\"\n        )\n";
  std::string out =
      "        matrix4d primvars:skel:geomBindTransform = "
      "((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1))\n"
      "        int[] primvars:skel:jointIndices = ";
  append_integers(out, joints);
  out += each + "        float[] primvars:skel:jointWeights = ";
  append_floats(out, weights);
  out += each + "        rel skel:skeleton = <" + root_ + "/" + kSkeleton + ">\n";
  std::vector<std::string> names;
  std::string targets, prims;
  for (std::size_t e = 0; e < shapes_.size(); ++e) {
    const std::vector<Row> rows = rows_of(mesh_.targets[e], place);
    if (rows.empty()) continue;  // moves nothing of this part
    std::vector<std::int32_t> points;
    std::vector<std::array<float, 3>> moves, turns;
    for (const Row& row : rows) {
      points.push_back(row.place);
      moves.push_back(rounded(row.move, kMetre, kMoveStep));
      turns.push_back(rounded(row.turn, 1, kTurnStep));
    }
    targets += (names.empty() ? "<" : ", <") + path + "/" + shapes_[e] + ">";
    names.push_back(shapes_[e]);
    prims += "\n        def BlendShape \"" + shapes_[e] +
             "\"\n        {\n            uniform vector3f[] normalOffsets = ";
    append_list(prims, turns, 1);
    prims += "\n            uniform vector3f[] offsets = ";
    append_list(prims, moves, 1);
    prims += "\n            uniform int[] pointIndices = ";
    append_integers(prims, points);
    prims += "\n        }\n";
  }
  if (names.empty()) return out;
  out += "        uniform token[] skel:blendShapes = ";
  append_words(out, names);
  return out + "\n        rel skel:blendShapeTargets = [" + targets + "]\n" + prims;
}

}  // namespace fgcn::mesh::usd
