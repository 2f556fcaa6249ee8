// A face model and weights for it that are small enough for a hundred thousand readings a second.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernels/core/csr.h"
#include "mesh/face/face_model.h"
#include "mesh/hierarchy.h"
#include "photo/landmarks.h"

namespace fgcn::fuzz {

/// The embedded face's landmarks, made symmetric, in decimetres.
inline constexpr std::array<std::array<float, 3>, photo::kLandmarks> kLandmarkPlaces = {
    {{{-0.733F, 0.386F, -0.457F}},  {{-0.731F, 0.210F, -0.430F}},  {{-0.714F, 0.017F, -0.439F}},
     {{-0.684F, -0.170F, -0.458F}}, {{-0.607F, -0.342F, -0.416F}}, {{-0.467F, -0.493F, -0.228F}},
     {{-0.330F, -0.612F, -0.068F}}, {{-0.169F, -0.678F, 0.051F}},  {{0.000F, -0.731F, 0.007F}},
     {{0.169F, -0.678F, 0.051F}},   {{0.330F, -0.612F, -0.068F}},  {{0.467F, -0.493F, -0.228F}},
     {{0.607F, -0.342F, -0.416F}},  {{0.684F, -0.170F, -0.458F}},  {{0.714F, 0.017F, -0.439F}},
     {{0.731F, 0.210F, -0.430F}},   {{0.733F, 0.386F, -0.457F}},   {{-0.574F, 0.486F, -0.172F}},
     {{-0.478F, 0.547F, -0.052F}},  {{-0.363F, 0.572F, 0.042F}},   {{-0.242F, 0.565F, 0.094F}},
     {{-0.127F, 0.507F, 0.108F}},   {{0.127F, 0.507F, 0.108F}},    {{0.242F, 0.565F, 0.094F}},
     {{0.363F, 0.572F, 0.042F}},    {{0.478F, 0.547F, -0.052F}},   {{0.574F, 0.486F, -0.172F}},
     {{0.000F, 0.360F, 0.120F}},    {{0.000F, 0.254F, 0.203F}},    {{0.000F, 0.142F, 0.291F}},
     {{0.000F, 0.034F, 0.351F}},    {{-0.145F, -0.067F, 0.185F}},  {{-0.079F, -0.100F, 0.188F}},
     {{0.000F, -0.113F, 0.205F}},   {{0.079F, -0.100F, 0.188F}},   {{0.145F, -0.067F, 0.185F}},
     {{-0.437F, 0.367F, -0.039F}},  {{-0.356F, 0.406F, -0.001F}},  {{-0.264F, 0.399F, -0.002F}},
     {{-0.177F, 0.349F, -0.017F}},  {{-0.263F, 0.322F, -0.009F}},  {{-0.356F, 0.328F, -0.002F}},
     {{0.177F, 0.349F, -0.017F}},   {{0.264F, 0.399F, -0.002F}},   {{0.356F, 0.406F, -0.001F}},
     {{0.437F, 0.367F, -0.039F}},   {{0.356F, 0.328F, -0.002F}},   {{0.263F, 0.322F, -0.009F}},
     {{-0.264F, -0.278F, 0.076F}},  {{-0.157F, -0.244F, 0.173F}},  {{-0.059F, -0.230F, 0.203F}},
     {{0.000F, -0.239F, 0.200F}},   {{0.059F, -0.230F, 0.203F}},   {{0.157F, -0.244F, 0.173F}},
     {{0.264F, -0.278F, 0.076F}},   {{0.151F, -0.358F, 0.142F}},   {{0.070F, -0.381F, 0.159F}},
     {{0.000F, -0.387F, 0.162F}},   {{-0.070F, -0.381F, 0.159F}},  {{-0.151F, -0.358F, 0.142F}},
     {{-0.220F, -0.282F, 0.107F}},  {{-0.072F, -0.290F, 0.169F}},  {{0.000F, -0.295F, 0.172F}},
     {{0.072F, -0.290F, 0.169F}},   {{0.220F, -0.282F, 0.107F}},   {{0.071F, -0.288F, 0.157F}},
     {{0.000F, -0.293F, 0.160F}},   {{-0.071F, -0.288F, 0.157F}}}};

/// A vertex for each landmark, one mode of each kind, and triangles between neighbours of the jaw,
/// nose and mouth.
inline mesh::FaceModel tiny_face() {
  mesh::FaceModel out;
  out.name = "tiny";
  for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
    out.mean_shape.insert(out.mean_shape.end(), kLandmarkPlaces[k].begin(),
                          kLandmarkPlaces[k].end());
    out.landmarks.push_back(static_cast<std::int32_t>(k));
    out.mirror.push_back(static_cast<std::int32_t>(photo::mirrored_landmark(k)));
  }
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
