// Writes a face as the arrays of Google's GNM head, for tests and fuzz seeds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/arrays/npz.h"
#include "mesh/face/face_model.h"

namespace fgcn::test {

inline io::NpyArray gnm_texts(const std::vector<std::string>& values) {
  io::NpyArray out;
  out.type = io::NpyType::kText;
  out.shape = {static_cast<std::int64_t>(values.size())};
  out.texts = values;
  return out;
}

template <class T>
io::NpyArray gnm_array(const std::vector<std::int64_t>& shape, const std::vector<T>& values) {
  return io::NpyArray::of(shape, std::span<const T>(values));
}

/// An eye is a box whose sides are quads, with vertices of its own.
inline constexpr std::size_t kGnmBox = 8;
inline constexpr int kGnmSides[6][4] = {{0, 1, 3, 2}, {4, 6, 7, 5}, {0, 4, 5, 1},
                                        {2, 3, 7, 6}, {0, 2, 6, 4}, {1, 5, 7, 3}};

/// The face with two boxes for eyes as GNM's arrays, in metres, off centre.
inline io::Npz gnm_head(const mesh::FaceModel& face) {
  const auto own = static_cast<std::size_t>(face.vertices());
  const std::size_t all = own + 2 * kGnmBox;
  std::vector<double> x;
  for (const float p : face.mean_shape) x.push_back(0.1 * static_cast<double>(p));
  std::vector<std::int32_t> mirror = face.mirror;
  for (std::size_t e = 0; e < 2; ++e)
    for (std::size_t k = 0; k < kGnmBox; ++k) {
      const double side = e == 0 ? 1 : -1;
      x.insert(x.end(), {side * (0.03 + ((k & 1) != 0 ? 0.01 : -0.01)),
                         0.03 + ((k & 2) != 0 ? 0.01 : -0.01), (k & 4) != 0 ? 0.0 : -0.02});
      mirror.push_back(static_cast<std::int32_t>(own + (1 - e) * kGnmBox + k));
    }
  for (std::size_t i = 1; i < x.size(); i += 3) x[i] += 0.2;
  std::vector<std::int32_t> triangles, quads;
  std::vector<float> triangle_uvs, quad_uvs;
  for (const mesh::Triangle& t : face.triangles)
    for (const std::int32_t v : t) {
      triangles.push_back(v);
      for (std::size_t c = 0; c < 2; ++c)
        triangle_uvs.push_back(face.uv[2 * static_cast<std::size_t>(v) + c]);
    }
  for (std::size_t e = 0; e < 2; ++e)
    for (const auto& side : kGnmSides)
      for (std::size_t k = 0; k < 4; ++k) {
        quads.push_back(static_cast<std::int32_t>(own + e * kGnmBox) + side[e == 0 ? k : 3 - k]);
        // Every side has the whole picture: a corner has a row for each of its three sides.
        quad_uvs.insert(quad_uvs.end(), {k == 1 || k == 2 ? 1.0f : 0.0f, k > 1 ? 1.0f : 0.0f});
      }
  std::vector<float> identity(2 * 3 * all, 0.0f), expression(3 * all, 0.0f);
  for (std::size_t i = 0; i < all; ++i) {
    identity[3 * i] = 0.001f;
    identity[3 * (all + i) + 1] = 0.002f;
    expression[3 * i + 1] = i < own ? -0.003f : 0.0f;
  }
  std::vector<float> skinning(5 * all, 0.0f), groups(4 * all, 0.0f);
  for (std::size_t v = 0; v < all; ++v) {
    // Five joints follow a vertex, of which the format keeps four.
    const float weights[5] = {0.05f, 0.35f, 0.3f, 0.2f, 0.1f};
    for (std::size_t j = 0; j < 5; ++j) skinning[j * all + v] = weights[j];
    groups[v] = v < own ? 1.0f : 0.0f;
    groups[all + v] = v >= own && v < own + kGnmBox ? 1.0f : 0.0f;
    groups[2 * all + v] = v >= own + kGnmBox ? 1.0f : 0.0f;
    groups[3 * all + v] = v < 100 ? 0.75f : 0.25f;
  }
  const auto n = static_cast<std::int64_t>(all);
  io::Npz out;
  out["version"] = io::NpyArray::of(std::string("3"));
  out["variant"] = io::NpyArray::of(std::string("head"));
  out["template_vertex_positions"] = gnm_array({n, 3}, x);
  out["template_joint_positions"] =
      gnm_array({5, 3}, std::vector<double>{0, 0.1, -0.05, 0, 0.15, -0.05, 0, 0.15, 0, 0.03, 0.23,
                                            0, -0.03, 0.23, 0});
  out["vertex_identity_basis"] = gnm_array({2, n, 3}, identity);
  out["joint_identity_basis"] = gnm_array({2, 5, 3}, std::vector<float>(30, 0.0f));
  out["expression_basis"] = gnm_array({1, n, 3}, expression);
  out["identity_names"] = gnm_texts({"wide", "high"});
  out["expression_names"] = gnm_texts({"jawOpen"});
  out["joint_names"] = gnm_texts({"neck", "head", "jaw", "left_eye", "right_eye"});
  out["joint_parent_indices"] = gnm_array({5}, std::vector<std::int32_t>{-1, 0, 1, 1, 1});
  out["skinning_weights"] = gnm_array({5, n}, skinning);
  out["quads"] = gnm_array({12, 4}, quads);
  out["quad_uvs"] = gnm_array({12, 4, 2}, quad_uvs);
  out["triangles"] = gnm_array({static_cast<std::int64_t>(face.triangles.size()), 3}, triangles);
  out["triangle_uvs"] =
      gnm_array({static_cast<std::int64_t>(face.triangles.size()), 3, 2}, triangle_uvs);
  out["mesh_component_names"] = gnm_texts({"Skin", "LeftEye", "RightEye"});
  out["mirror_indices"] = gnm_array({n}, mirror);
  out["vertex_groups"] = gnm_array({4, n}, groups);
  out["vertex_group_names"] = gnm_texts({"Skin", "LeftEye", "RightEye", "first"});
  return out;
}

/// Vertices, but for the first: a point within a triangle.
inline std::string gnm_landmarks(const mesh::FaceModel& face) {
  std::string out = "# 68 points\n";
  const mesh::Triangle& t =
      *std::find_if(face.triangles.begin(), face.triangles.end(), [&face](const mesh::Triangle& c) {
        return std::find(c.begin(), c.end(), face.landmarks[0]) != c.end();
      });
  const auto own = std::find(t.begin(), t.end(), face.landmarks[0]) - t.begin();
  for (std::size_t k = 0; k < 3; ++k)
    out += "(" + std::to_string(t[k]) + ", " +
           (static_cast<std::ptrdiff_t>(k) == own ? "0.5" : "0.25") + ") ";
  for (std::size_t k = 1; k < 68; ++k) out += "\n" + std::to_string(face.landmarks[k]) + " 1";
  return out + "\n";
}

}  // namespace fgcn::test
