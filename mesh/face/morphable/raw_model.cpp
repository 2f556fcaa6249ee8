#include "mesh/face/morphable/raw_model.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "kernels/core/error.h"
#include "mesh/face/morphable/landmark_places.h"
#include "mesh/face/morphable/nearest_vertex.h"
#include "mesh/face/parts.h"

namespace fgcn::mesh::morphable {
namespace {

constexpr std::size_t kLandmarks = 68;

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

Eigen::Vector3d eigen(const Vec3& p) { return {p[0], p[1], p[2]}; }

/// Colors and skin of the embedded face where the file has none.
void add_colors(const RawModel& raw, FaceModel& model) {
  const bool own_colors = !raw.mean_albedo.empty(), own_skin = !raw.skin.empty();
  if (!own_colors || !own_skin) {
    paint_parts(model);
  }
  if (own_colors) {
    model.mean_albedo = raw.mean_albedo;
    model.albedo = raw.albedo;
  }
  if (own_skin) model.skin = raw.skin;
}

}  // namespace

void add_ranges(RawModel& model) {
  const auto count = static_cast<std::size_t>(model.expression.count);
  model.expression_low.assign(count, static_cast<float>(-kExpressionRange));
  model.expression_high.assign(count, static_cast<float>(kExpressionRange));
}

void add_mean_expression(RawModel& model, const std::vector<float>& mean) {
  Modes& modes = model.expression;
  if (modes.names.empty())
    for (std::int64_t i = 0; i < modes.count; ++i) modes.names.push_back(text("expression_", i));
  modes.count += 1;
  modes.data.insert(modes.data.end(), mean.begin(), mean.end());
  modes.names.emplace_back(kMeanExpression);
  model.expression_low.push_back(0);
  model.expression_high.push_back(1);
}

double unit_of(const std::vector<double>& xyz, const std::string& where) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Vec3 low{kInfinity, kInfinity, kInfinity}, high{-kInfinity, -kInfinity, -kInfinity};
  for (std::size_t i = 0; i < xyz.size(); ++i) {
    low[i % 3] = std::min(low[i % 3], xyz[i]);
    high[i % 3] = std::max(high[i % 3], xyz[i]);
  }
  const Vec3 size = high - low;
  const double longest = std::max({size[0], size[1], size[2]});
  constexpr double kLeast = 1, kMost = 6;
  for (const double unit : {10.0, 1.0, 0.1, 0.01, 1e-5})
    if (longest * unit >= kLeast && longest * unit <= kMost) return unit;
  input_error(where, ": the mean face is ", longest,
              " long, expected a face or head of 1 to 6 dm in metres, decimetres, centimetres, "
              "millimetres or micrometres");
}

std::vector<std::int32_t> mirror_of(const std::vector<Vec3>& vertices) {
  const NearestVertex nearest(vertices);
  std::vector<std::int32_t> other(vertices.size());
  for (std::size_t v = 0; v < vertices.size(); ++v)
    other[v] = nearest.find({-vertices[v][0], vertices[v][1], vertices[v][2]});
  std::vector<std::int32_t> out(vertices.size());
  for (std::size_t v = 0; v < vertices.size(); ++v) {
    const auto self = static_cast<std::int32_t>(v);
    out[v] = other[index(other[v])] == self ? other[v] : self;
  }
  return out;
}

std::vector<std::int32_t> with_all_landmarks(const std::vector<std::int32_t>& known,
                                             const std::vector<Vec3>& vertices,
                                             const std::string& where) {
  constexpr Eigen::Index kLeast = 6;
  std::vector<std::size_t> given, missing;
  for (std::size_t k = 0; k < kLandmarks; ++k) (known[k] >= 0 ? given : missing).push_back(k);
  if (missing.empty()) return known;
  const auto n = static_cast<Eigen::Index>(given.size());
  if (n < kLeast)
    input_error(where, ": names ", n, " of the 68 landmarks, expected at least ", kLeast,
                " by their names, such as center.nose.tip; give the published file");
  Eigen::Matrix3Xd from(3, n), to(3, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const std::size_t k = given[static_cast<std::size_t>(i)];
    from.col(i) = eigen(kLandmarkPlaces[k]);
    to.col(i) = eigen(vertices[index(known[k])]);
  }
  const Eigen::Matrix4d move = Eigen::umeyama(from, to, /*with_scaling=*/true);
  if (!move.allFinite())
    input_error(where, ": its landmarks lie in one point or line; give the published file");
  const auto moved = [&](const Eigen::Vector3d& p) -> Eigen::Vector3d {
    return move.topLeftCorner<3, 3>() * p + move.topRightCorner<3, 1>();
  };
  std::vector<std::int32_t> out = known;
  const NearestVertex nearest(vertices);
  for (const std::size_t k : missing) {
    const Eigen::Vector3d at = eigen(kLandmarkPlaces[k]);
    Eigen::Vector3d pull = Eigen::Vector3d::Zero();
    double sum = 0;
    for (Eigen::Index i = 0; i < n; ++i) {
      constexpr double kNearest = 1e-6;  // dm2
      const double weight = 1 / std::max((from.col(i) - at).squaredNorm(), kNearest);
      pull += weight * (to.col(i) - moved(from.col(i)));
      sum += weight;
    }
    const Eigen::Vector3d p = moved(at) + pull / sum;
    out[k] = nearest.find({p[0], p[1], p[2]});
  }
  return out;
}

FaceModel completed(RawModel raw, const std::string& where) {
  FaceModel model;
  model.name = raw.name;
  const auto vertices = static_cast<std::size_t>(raw.vertices());
  if (vertices < 3) input_error(where, ": a face of ", vertices, " vertices");
  Vec3 mean{};
  for (std::size_t i = 0; i < 3 * vertices; ++i)
    mean[i % 3] += raw.mean[i] / static_cast<double>(vertices);
  std::vector<Vec3> points(vertices);
  for (std::size_t i = 0; i < 3 * vertices; ++i) {
    points[i / 3][i % 3] = raw.mean[i] - mean[i % 3];
    model.mean_shape.push_back(static_cast<float>(points[i / 3][i % 3]));
  }
  model.identity = std::move(raw.identity);
  model.expression = std::move(raw.expression);
  model.expression_low = std::move(raw.expression_low);
  model.expression_high = std::move(raw.expression_high);
  model.triangles = std::move(raw.triangles);
  model.parts = std::move(raw.parts);
  model.joints = std::move(raw.joints);
  for (std::size_t i = 0; i < model.joints.positions.size(); ++i)
    model.joints.positions[i] -= static_cast<float>(mean[i % 3]);
  model.landmark_points = std::move(raw.landmark_points);
  model.landmarks = with_all_landmarks(raw.landmarks, points, where);
  check_mean_face(model, where);  // the rest relies on it
  unroll(model);
  model.mirror = mirror_of(points);
  add_colors(raw, model);
  check(model, where);
  return model;
}

}  // namespace fgcn::mesh::morphable
