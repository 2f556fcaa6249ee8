// A face model and weights for it that are small enough for a hundred thousand readings a second.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernels/core/csr.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_model.h"
#include "mesh/hierarchy.h"
#include "photo/landmarks.h"

namespace fgcn::fuzz {

/// The embedded face's landmarks, made symmetric: 68 vertices, one mode of each kind, and triangles
/// between neighbours of the jaw, nose and mouth.
inline mesh::FaceModel tiny_face() {
  const mesh::FaceModel whole = mesh::make_embedded_face();
  mesh::FaceModel out;
  out.name = "tiny";
  const auto point = [&](std::size_t k, std::size_t c) {
    return whole.mean_shape[3 * static_cast<std::size_t>(whole.landmarks[k]) + c];
  };
  std::array<float, 3> mean{};
  for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
    const std::size_t other = photo::mirrored_landmark(k);
    for (std::size_t c = 0; c < 3; ++c) {
      const float opposite = point(other, c) * (c == 0 ? -1.0F : 1.0F);
      out.mean_shape.push_back((point(k, c) + opposite) / 2);
      mean[c] += out.mean_shape.back() / static_cast<float>(photo::kLandmarks);
    }
    out.landmarks.push_back(static_cast<std::int32_t>(k));
    out.mirror.push_back(static_cast<std::int32_t>(other));
  }
  for (std::size_t i = 0; i < out.mean_shape.size(); ++i) out.mean_shape[i] -= mean[i % 3];
  const std::size_t numbers = out.mean_shape.size();
  out.mean_albedo.assign(numbers, 0.4F);
  out.identity = {1, std::vector<float>(numbers, 0.0625F), {"all"}};
  out.expression = {1, std::vector<float>(numbers, -0.5F), {"open"}};
  out.albedo = {1, std::vector<float>(numbers, 0.1F), {}};
  out.expression_low = {0};
  out.expression_high = {1};
  out.triangles = {{27, 31, 35}, {48, 8, 54}, {31, 48, 33}, {33, 54, 35}, {0, 8, 27}};
  out.uv.assign(2 * numbers / 3, 0.5F);
  out.skin.assign(numbers / 3, 1);
  mesh::check(out, "tiny face");
  return out;
}

/// Levels of 68, 17, 5, 2 and 1 vertices: each a path, each coarser one every fourth vertex.
inline mesh::Hierarchy tiny_hierarchy() {
  mesh::Hierarchy out;
  for (std::int32_t size = 68;; size = (size + 3) / 4) {
    mesh::Level& level = out.levels.emplace_back();
    std::vector<Triplet> edges;
    for (std::int32_t i = 0; i + 1 < size; ++i) {
      edges.push_back({i, i + 1, -0.5});
      edges.push_back({i + 1, i, -0.5});
    }
    level.rescaled = csr_from_triplets(size, size, edges);
    level.adjacency = level.rescaled;
    for (std::int32_t i = 0; i < size; ++i) level.source.push_back(i);
    if (size == 1) return out;
    const std::int32_t coarser = (size + 3) / 4;
    std::vector<Triplet> down, up;
    for (std::int32_t i = 0; i < coarser; ++i) down.push_back({i, 4 * i, 1});
    for (std::int32_t i = 0; i < size; ++i) up.push_back({i, i / 4, 1});
    out.down.push_back(csr_from_triplets(coarser, size, down));
    out.up.push_back(csr_from_triplets(size, coarser, up));
  }
}

}  // namespace fgcn::fuzz
