// Where a glTF file puts meshes and textures.
#pragma once

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "io/mesh/gltf_document.h"
#include "io/mesh/triangle_mesh.h"
#include "kernels/core/error.h"

namespace fgcn::mesh::gltf {

/// N numbers of at most 1e9 in size; none where the node has no such list.
template <std::size_t N>
std::optional<std::array<double, N>> numbers(const Document& document, const nlohmann::json& node,
                                             const char* key) {
  if (!node.contains(key)) return {};
  const nlohmann::json& list = document.member(node, key);
  std::array<double, N> out;
  if (!list.is_array() || list.size() != N) document.refuse(text("has a malformed ", key));
  for (std::size_t k = 0; k < N; ++k) {
    if (!list[k].is_number()) document.refuse(text("has a malformed ", key));
    out[k] = list[k].get<double>();
    if (!(std::abs(out[k]) <= 1e9)) document.refuse(text("has a number too large in a ", key));
  }
  return out;
}

/// x -> m x + t, columns first as in the format.
struct Placement {
  std::array<Vec3, 3> column{Vec3{1, 0, 0}, Vec3{0, 1, 0}, Vec3{0, 0, 1}};
  Vec3 shift{0, 0, 0};

  Vec3 direction(const Vec3& p) const;
  Vec3 point(const Vec3& p) const;
  Placement then(const Placement& inner) const;
  double determinant() const;
  /// Normals go by the inverse transposed, here times the determinant.
  Vec3 normal(const Vec3& n) const;
};

/// Of a node, from its matrix or its translation, rotation and scale.
Placement placement_of(const Document& document, const nlohmann::json& node);

/// Where a texture is looked up: uv -> offset + R (scale uv), v downwards.
struct TextureTransform {
  std::size_t set = 0;  // TEXCOORD_set
  Vec2 offset{0, 0}, scale{1, 1};
  double rotation = 0;  // counter-clockwise as the image is seen

  Vec2 point(const Vec2& uv) const;
  bool operator==(const TextureTransform&) const = default;
  /// Whether directions in the texture stay: tangents of the file then hold.
  bool keeps_directions() const { return rotation == 0 && scale[0] > 0 && scale[1] > 0; }
};

/// Of a textureInfo; the identity for an empty one.
TextureTransform transform_of(const Document& document, const nlohmann::json& info);

}  // namespace fgcn::mesh::gltf
