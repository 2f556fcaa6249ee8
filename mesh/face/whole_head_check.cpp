// Whether parts, joints, points and regions fit the face model that carries them.
#include <algorithm>
#include <cmath>
#include <set>

#include "kernels/core/error.h"
#include "mesh/face/face_model.h"

namespace fgcn::mesh {
namespace {

constexpr std::size_t kLandmarks = 68;
constexpr std::size_t kMostNames = 255;  // places are stored in a byte
constexpr double kSumTolerance = 1e-3;   // of weights that sum to 1, some stored as half floats
constexpr double kMostPosition = 5;      // dm: a head is 3 high
constexpr const char* kAgain = "; write the file again with fgcn_data";

void check_size(std::size_t actual, std::size_t expected, const char* field,
                const std::string& where) {
  if (actual != expected)
    input_error(where, ": ", field, " has ", actual, " values, expected ", expected, kAgain);
}

void check_names(const std::vector<std::string>& names, const char* field,
                 const std::string& where) {
  if (names.empty() || names.size() > kMostNames)
    input_error(where, ": ", field, " has ", names.size(), " names, expected 1 to ", kMostNames);
  std::set<std::string> seen;
  for (const std::string& name : names)
    if (name.empty() || !seen.insert(name).second)
      input_error(where, ": ", field, " has the name '", name, "' ",
                  name.empty() ? "without letters" : "twice", ", expected different names");
}

/// [rows, columns] of weights, each within 0 to 1, a row's sum 1.
void check_weights(const std::vector<float>& weights, std::size_t columns, const char* field,
                   const std::string& where) {
  for (std::size_t row = 0; row * columns < weights.size(); ++row) {
    double sum = 0;
    for (std::size_t k = 0; k < columns; ++k) {
      const double w = static_cast<double>(weights[row * columns + k]);
      if (!(w >= -kSumTolerance && w <= 1 + kSumTolerance))
        input_error(where, ": ", field, ": row ", row, " holds ", w, ", expected 0 to 1");
      sum += w;
    }
    if (!(std::abs(sum - 1) <= kSumTolerance))
      input_error(where, ": ", field, ": the weights of row ", row, " sum to ", sum,
                  ", expected 1");
  }
}

void check_uv_triangles(const FaceModel& model, const std::string& where) {
  if (model.uv_triangles.empty()) return;
  check_size(model.uv_triangles.size(), model.triangles.size(), "uv_triangles", where);
  if (model.uv.empty() || model.uv.size() % 2 != 0)
    input_error(where, ": uv has ", model.uv.size(), " values, expected pairs", kAgain);
  const auto rows = static_cast<std::int64_t>(model.uv.size() / 2);
  for (const Triangle& t : model.uv_triangles)
    for (const std::int32_t row : t)
      if (row < 0 || row >= rows)
        input_error(where, ": uv_triangles names row ", row, " of ", rows, kAgain);
}

void check_parts(const FaceModel& model, const std::string& where) {
  const FaceParts& parts = model.parts;
  if (parts.empty()) return;
  check_names(parts.names, "part_names", where);
  check_size(parts.part.size(), static_cast<std::size_t>(model.vertices()), "vertex_part", where);
  for (const std::uint8_t part : parts.part)
    if (part >= parts.names.size())
      input_error(where, ": vertex_part names part ", int{part}, " of ", parts.names.size(),
                  kAgain);
  const auto part_of = [&](std::int32_t v) { return parts.part[static_cast<std::size_t>(v)]; };
  for (std::size_t t = 0; t < model.triangles.size(); ++t)
    for (const std::int32_t v : model.triangles[t])
      if (part_of(v) != part_of(model.triangles[t][0]))
        input_error(where, ": vertex_part: triangle ", t, " joins the parts '",
                    parts.names[part_of(model.triangles[t][0])], "' and '", parts.names[part_of(v)],
                    "', expected one part a triangle");
}

void check_joints(const FaceModel& model, const std::string& where) {
  const FaceJoints& joints = model.joints;
  if (joints.empty()) return;
  const std::size_t count = joints.names.size();
  const std::size_t influences = static_cast<std::size_t>(model.vertices()) * joints.kInfluences;
  check_names(joints.names, "joint_names", where);
  check_size(joints.parents.size(), count, "joint_parents", where);
  for (std::size_t j = 0; j < count; ++j)
    if (joints.parents[j] < -1 || joints.parents[j] >= static_cast<std::int32_t>(j))
      input_error(where, ": joint_parents: joint ", j, " has the parent ", joints.parents[j],
                  ", expected a joint before it, or -1");
  check_size(joints.positions.size(), 3 * count, "joint_positions", where);
  for (const float x : joints.positions)
    if (!(std::abs(static_cast<double>(x)) <= kMostPosition))
      input_error(where, ": joint_positions: holds ", x, ", expected ", -kMostPosition, " to ",
                  kMostPosition, " (decimetres from the mean of mean_shape)");
  check_size(joints.joints.size(), influences, "skinning_joints", where);
  for (const std::uint8_t joint : joints.joints)
    if (joint >= count)
      input_error(where, ": skinning_joints names joint ", int{joint}, " of ", count, kAgain);
  check_size(joints.weights.size(), influences, "skinning_weights", where);
  check_weights(joints.weights, joints.kInfluences, "skinning_weights", where);
}

void check_landmark_points(const FaceModel& model, const std::string& where) {
  const LandmarkPoints& points = model.landmark_points;
  if (points.empty()) return;
  check_size(points.triangles.size(), kLandmarks, "landmark_triangles", where);
  check_size(points.weights.size(), 3 * kLandmarks, "landmark_weights", where);
  check_weights(points.weights, 3, "landmark_weights", where);
  for (std::size_t k = 0; k < kLandmarks; ++k) {
    const std::int32_t t = points.triangles[k];
    if (t < 0 || static_cast<std::size_t>(t) >= model.triangles.size())
      input_error(where, ": landmark_triangles names triangle ", t, " of ", model.triangles.size(),
                  kAgain);
    const Triangle& corners = model.triangles[static_cast<std::size_t>(t)];
    const auto own = std::find(corners.begin(), corners.end(), model.landmarks[k]);
    const float* weights = points.weights.data() + 3 * k;
    if (own == corners.end() ||
        weights[own - corners.begin()] < *std::max_element(weights, weights + 3))
      input_error(where, ": landmarks: point ", k, " is vertex ", model.landmarks[k],
                  ", expected the corner of the largest weight of its triangle ", t);
  }
}

void check_regions(const FaceModel& model, const std::string& where) {
  const FaceRegions& regions = model.regions;
  if (regions.empty()) return;
  check_names(regions.names, "region_names", where);
  const auto vertices = static_cast<std::size_t>(model.vertices());
  check_size(regions.inside.size(), regions.names.size() * vertices, "regions", where);
  for (const std::uint8_t flag : regions.inside)
    if (flag > 1) input_error(where, ": regions holds ", int{flag}, ", expected 0 or 1");
  for (std::size_t r = 0; r < regions.names.size(); ++r) {
    const auto begin = regions.inside.begin() + static_cast<std::ptrdiff_t>(r * vertices);
    if (std::find(begin, begin + static_cast<std::ptrdiff_t>(vertices), 1) ==
        begin + static_cast<std::ptrdiff_t>(vertices))
      input_error(where, ": regions: '", regions.names[r], "' has no vertex", kAgain);
  }
}

}  // namespace

void check_whole_head(const FaceModel& model, const std::string& where) {
  check_uv_triangles(model, where);
  check_parts(model, where);
  check_joints(model, where);
  check_landmark_points(model, where);
  check_regions(model, where);
}

}  // namespace fgcn::mesh
