// A whole head that is small: the embedded face with an eye of its own, ARKit's names, joints and
// regions. Shared by tests of what is written.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_model.h"

namespace fgcn::test {

/// Units of ARKit that stand for the embedded face's first modes.
inline const std::vector<std::string>& small_head_units() {
  static const std::vector<std::string> names{"jawOpen",        "jawLeft",      "jawForward",
                                              "mouthSmileLeft", "eyeBlinkLeft", "eyeBlinkRight"};
  return names;
}

/// Parts skin and left_eye, joints neck, head and left_eye, regions scalp, ears and neck. The skin
/// below y = -0.5 follows the neck, that above -0.3 the head, that between both.
inline mesh::FaceModel small_head() {
  mesh::FaceModel m = mesh::make_embedded_face();
  const auto skin = static_cast<std::size_t>(m.vertices());
  const std::array<std::array<float, 3>, 4> eye{
      {{0.30F, 0.30F, 0.0F}, {0.40F, 0.30F, 0.0F}, {0.35F, 0.40F, 0.0F}, {0.35F, 0.34F, 0.05F}}};
  const auto first = static_cast<std::int32_t>(skin);
  for (std::size_t k = 0; k < eye.size(); ++k) {
    m.mean_shape.insert(m.mean_shape.end(), eye[k].begin(), eye[k].end());
    m.mean_albedo.insert(m.mean_albedo.end(), {0.8F, 0.8F, 0.8F});
    m.uv.insert(m.uv.end(), {0.01F + 0.01F * static_cast<float>(k), 0.01F});
    m.mirror.push_back(first + static_cast<std::int32_t>(k));
    m.skin.push_back(0);
  }
  for (const mesh::Triangle& t : {mesh::Triangle{0, 2, 1}, {0, 1, 3}, {1, 2, 3}, {2, 0, 3}})
    m.triangles.push_back({first + t[0], first + t[1], first + t[2]});
  const std::size_t units = small_head_units().size();
  const auto grown = [&](mesh::Modes& modes, std::size_t keep, float x) {
    std::vector<float> data;
    for (std::size_t e = 0; e < keep; ++e) {
      const auto begin = modes.data.begin() + static_cast<std::ptrdiff_t>(e * 3 * skin);
      data.insert(data.end(), begin, begin + static_cast<std::ptrdiff_t>(3 * skin));
      for (std::size_t k = 0; k < eye.size(); ++k) data.insert(data.end(), {x, 0, 0});
    }
    modes = {static_cast<std::int64_t>(keep), data, {}};
  };
  grown(m.identity, 4, 0.02F);  // an eye goes aside as one
  grown(m.albedo, 3, 0);
  grown(m.expression, units, 0);
  m.expression.names = small_head_units();
  m.expression_low.resize(units);
  m.expression_high.resize(units);

  const auto vertices = static_cast<std::size_t>(m.vertices());
  m.parts.names = {"skin", "left_eye"};
  m.parts.part.assign(vertices, 0);
  m.joints.names = {"neck", "head", "left_eye"};
  m.joints.parents = {-1, 0, 1};
  m.joints.positions = {0, -1.3F, -1, 0, -0.2F, -0.6F, 0.35F, 0.34F, 0.01F};
  m.regions.names = {"scalp", "ears", "neck"};
  m.regions.inside.assign(3 * vertices, 0);
  for (std::size_t v = 0; v < vertices; ++v) {
    const float x = m.mean_shape[3 * v], y = m.mean_shape[3 * v + 1];
    const bool ball = v >= skin;
    const float head = y > -0.3F ? 1.0F : y < -0.5F ? 0.0F : 0.5F;
    if (ball) m.parts.part[v] = 1;
    if (ball) {
      m.joints.joints.insert(m.joints.joints.end(), {2, 0, 0, 0});
      m.joints.weights.insert(m.joints.weights.end(), {1, 0, 0, 0});
    } else {
      m.joints.joints.insert(m.joints.joints.end(), {1, 0, 0, 0});
      m.joints.weights.insert(m.joints.weights.end(), {head, 1 - head, 0, 0});
    }
    m.regions.inside[v] = !ball && y > 0.7F ? 1 : 0;
    m.regions.inside[vertices + v] = x > 0.65F || x < -0.65F ? 1 : 0;
    m.regions.inside[2 * vertices + v] = y < -0.6F ? 1 : 0;
  }
  mesh::check(m, "small head");
  return m;
}

}  // namespace fgcn::test
