// Whether a face model is one: sizes and indices, then units, axes and ranges.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <span>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/face/face_model.h"

namespace fgcn::mesh {
namespace {

constexpr std::size_t kLandmarks = 68;
constexpr std::size_t kLeastPlaces = 34;  // of the landmarks; a coarse mesh has few vertices

void check_size(std::size_t actual, std::size_t expected, const char* field,
                const std::string& where) {
  if (actual != expected)
    input_error(where, ": ", field, " has ", actual, " values, expected ", expected,
                "; write the file again with fgcn_data");
}

void check_finite(std::span<const float> values, const char* field, const std::string& where) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      input_error(where, ": ", field, " has a value that is not finite at ", i,
                  "; write the file again with fgcn_data");
}

void check_indices(std::span<const std::int32_t> values, std::int64_t vertices, const char* field,
                   const std::string& where) {
  for (const std::int32_t value : values)
    if (value < 0 || value >= vertices)
      input_error(where, ": ", field, " names vertex ", value, " of ", vertices,
                  "; write the file again with fgcn_data");
}

void check_modes(const Modes& modes, std::int64_t vertices, const char* field,
                 const std::string& where) {
  if (modes.count < 0) input_error(where, ": ", field, " has a negative number of modes");
  check_size(modes.data.size(), static_cast<std::size_t>(modes.count * vertices * 3), field, where);
  check_finite(modes.data, field, where);
  if (!modes.names.empty())
    check_size(modes.names.size(), static_cast<std::size_t>(modes.count), field, where);
}

Vec3 vertex(const FaceModel& model, std::int32_t v) {
  const float* at = &model.mean_shape[3 * static_cast<std::size_t>(v)];
  return {at[0], at[1], at[2]};
}

Vec3 landmark(const FaceModel& model, std::size_t point) {
  return vertex(model, model.landmarks[point]);
}

void check_unit(const FaceModel& model, const std::string& where) {
  constexpr double kLeast = 1, kMost = 2.5;
  Vec3 low = landmark(model, 0), high = low;
  for (std::size_t k = 0; k < kLandmarks; ++k) {
    const Vec3 p = landmark(model, k);
    for (std::size_t c = 0; c < 3; ++c) {
      low[c] = std::min(low[c], p[c]);
      high[c] = std::max(high[c], p[c]);
    }
  }
  const Vec3 extent = high - low;
  const double span = *std::max_element(extent.begin(), extent.end());
  if (!(span >= kLeast && span <= kMost))
    input_error(where, ": mean_shape: its landmarks span ", span, " dm, a face in decimetres ",
                kLeast, " to ", kMost, "; scale mean_shape, identity and expression");
}

void check_centre(const FaceModel& model, const std::string& where) {
  constexpr double kMost = 0.1;
  Vec3 mean{0, 0, 0};
  for (std::int32_t v = 0; v < static_cast<std::int32_t>(model.vertices()); ++v)
    mean = mean + vertex(model, v);
  mean = 1 / static_cast<double>(model.vertices()) * mean;
  if (!(norm(mean) <= kMost))
    input_error(where, ": mean_shape: its mean is (", mean[0], ", ", mean[1], ", ", mean[2],
                ") dm, expected 0; subtract the mean");
}

void check_axes(const FaceModel& model, const std::string& where) {
  const auto refuse = [&](const char* what, double by) {
    input_error(where, ": mean_shape: ", what, " by ", by,
                " dm, expected at least 0.2 (x to the image's right, y up, z to the viewer); turn "
                "the axes or order the landmarks as iBUG does");
  };
  constexpr double kLeast = 0.2;
  const Vec3 left = landmark(model, 0), right = landmark(model, 16);
  const double across = right[0] - left[0];
  if (!(across >= kLeast)) refuse("landmark 16 lies to the right of landmark 0", across);
  const double up = landmark(model, 27)[1] - landmark(model, 8)[1];
  if (!(up >= kLeast)) refuse("landmark 27 (nose) lies above landmark 8 (chin)", up);
  const double forward = landmark(model, 30)[2] - (left[2] + right[2]) / 2;
  if (!(forward >= kLeast)) refuse("landmark 30 (nose) lies before 0 and 16 (jaw)", forward);
}

/// Brows and nose face the viewer, on an open sheet as on a whole head.
void check_winding(const FaceModel& model, const std::string& where) {
  const std::set<std::int32_t> front(model.landmarks.begin() + 17, model.landmarks.begin() + 36);
  double area = 0;
  for (const Triangle& t : model.triangles) {
    if (!front.contains(t[0]) && !front.contains(t[1]) && !front.contains(t[2])) continue;
    const Vec3 a = vertex(model, t[0]);
    area += cross(vertex(model, t[1]) - a, vertex(model, t[2]) - a)[2];
  }
  if (area == 0)
    input_error(where,
                ": triangles: none meets the landmarks of brows and nose; give the mesh of "
                "the face");
  if (!(area > 0))
    input_error(where, ": triangles: they are clockwise seen from outside, expected ",
                "counter-clockwise; exchange two corners of each");
}

void check_range(std::span<const float> values, double low, double high, double beyond,
                 const char* field, const char* meaning, const std::string& where) {
  for (const float value : values)
    if (!(value >= low - beyond && value <= high + beyond))
      input_error(where, ": ", field, ": holds ", value, ", expected ", low, " to ", high, " (",
                  meaning, ")");
}

/// The root of the mean square displacement when every coefficient is one.
double deviation(const Modes& modes) {
  double sum = 0;
  for (const float x : modes.data) sum += static_cast<double>(x) * static_cast<double>(x);
  const double rows = modes.count > 0 ? static_cast<double>(modes.data.size()) /
                                            (3 * static_cast<double>(modes.count))
                                      : 1;
  return std::sqrt(sum / rows);
}

void check_sizes_of_modes(const FaceModel& model, const std::string& where) {
  constexpr double kMostIdentity = 0.5, kMostAlbedo = 1, kMostExpression = 2, kMostWeight = 10;
  const double identity = deviation(model.identity);
  if (!(identity <= kMostIdentity))
    input_error(where, ": identity: its modes move vertices by ", identity,
                " dm, expected at most ", kMostIdentity, " (decimetres per standard deviation)");
  const double albedo = deviation(model.albedo);
  if (!(albedo <= kMostAlbedo))
    input_error(where, ": albedo: its modes change colors by ", albedo, ", expected at most ",
                kMostAlbedo, " (of colors of 0 to 1, per standard deviation)");
  check_range(model.expression.data, -kMostExpression, kMostExpression, 0, "expression",
              "decimetres at weight 1", where);
  check_range(model.expression_low, -kMostWeight, kMostWeight, 0, "expression_low", "a weight",
              where);
  check_range(model.expression_high, -kMostWeight, kMostWeight, 0, "expression_high", "a weight",
              where);
}

}  // namespace

void check_mean_face(const FaceModel& model, const std::string& where) {
  const std::int64_t vertices = model.vertices();
  if (vertices < 3 || vertices > std::numeric_limits<std::int32_t>::max())
    input_error(where, ": a face of ", vertices, " vertices; a face model needs at least 3");
  check_size(model.mean_shape.size(), static_cast<std::size_t>(vertices) * 3, "mean_shape", where);
  check_finite(model.mean_shape, "mean_shape", where);
  if (model.triangles.empty()) input_error(where, ": there are no triangles");
  for (const Triangle& t : model.triangles) check_indices(t, vertices, "triangles", where);
  check_size(model.landmarks.size(), kLandmarks, "landmarks", where);
  check_indices(model.landmarks, vertices, "landmarks", where);
  const std::set<std::int32_t> places(model.landmarks.begin(), model.landmarks.end());
  if (places.size() < kLeastPlaces)
    input_error(where, ": landmarks: its ", kLandmarks, " points are ", places.size(),
                " vertices, expected one each (at least ", kLeastPlaces,
                "); give the vertex of every point");
  check_unit(model, where);
  check_centre(model, where);
  check_axes(model, where);
  check_winding(model, where);
}

void check(const FaceModel& model, const std::string& where) {
  const std::int64_t vertices = model.vertices();
  const auto count = static_cast<std::size_t>(vertices);
  check_mean_face(model, where);
  check_size(model.mean_albedo.size(), count * 3, "mean_albedo", where);
  check_range(model.mean_albedo, 0, 1, 0.05, "mean_albedo", "sRGB-encoded", where);
  check_modes(model.identity, vertices, "identity", where);
  check_modes(model.expression, vertices, "expression", where);
  check_modes(model.albedo, vertices, "albedo", where);
  const auto expressions = static_cast<std::size_t>(model.expression.count);
  check_size(model.expression_low.size(), expressions, "expression_low", where);
  check_size(model.expression_high.size(), expressions, "expression_high", where);
  for (std::size_t i = 0; i < expressions; ++i)
    if (!(model.expression_low[i] <= model.expression_high[i]) ||
        !std::isfinite(model.expression_low[i]) || !std::isfinite(model.expression_high[i]))
      input_error(where, ": expression ", i, " has no range: its low must not exceed its high");
  check_sizes_of_modes(model, where);
  if (model.uv_triangles.empty()) check_size(model.uv.size(), count * 2, "uv", where);
  check_range(model.uv, 0, 1, 0.01, "uv", "one picture, v up", where);
  check_size(model.mirror.size(), count, "mirror", where);
  check_indices(model.mirror, vertices, "mirror", where);
  for (std::size_t i = 0; i < count; ++i)
    if (model.mirror[static_cast<std::size_t>(model.mirror[i])] != static_cast<std::int32_t>(i))
      input_error(where, ": mirror does not pair vertex ", i, " both ways");
  check_size(model.skin.size(), count, "skin", where);
  for (const std::uint8_t flag : model.skin)
    if (flag > 1) input_error(where, ": skin holds ", int{flag}, ", expected 0 or 1");
  check_whole_head(model, where);
  check(model.landmark_errors, where);
}

}  // namespace fgcn::mesh
