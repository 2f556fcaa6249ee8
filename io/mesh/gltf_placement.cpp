#include "io/mesh/gltf_placement.h"

#include <cmath>

#include "io/mesh/vec3.h"

namespace fgcn::mesh::gltf {

using nlohmann::json;

Vec3 Placement::direction(const Vec3& p) const {
  return p[0] * column[0] + p[1] * column[1] + p[2] * column[2];
}

Vec3 Placement::point(const Vec3& p) const { return direction(p) + shift; }

Placement Placement::then(const Placement& inner) const {
  return {{direction(inner.column[0]), direction(inner.column[1]), direction(inner.column[2])},
          point(inner.shift)};
}

double Placement::determinant() const { return dot(column[0], cross(column[1], column[2])); }

Vec3 Placement::normal(const Vec3& n) const {
  const Vec3 out = n[0] * cross(column[1], column[2]) + n[1] * cross(column[2], column[0]) +
                   n[2] * cross(column[0], column[1]);
  const Vec3 unit = normalised(determinant() < 0 ? -1.0 * out : out);
  return finite(unit) ? unit : Vec3{0, 0, 0};
}

Placement placement_of(const Document& document, const json& node) {
  if (const auto m = numbers<16>(document, node, "matrix")) {
    const std::array<double, 16>& a = *m;
    return {{Vec3{a[0], a[1], a[2]}, Vec3{a[4], a[5], a[6]}, Vec3{a[8], a[9], a[10]}},
            {a[12], a[13], a[14]}};
  }
  const auto [x, y, z, w] =
      numbers<4>(document, node, "rotation").value_or(std::array<double, 4>{0, 0, 0, 1});
  const Vec3 s = numbers<3>(document, node, "scale").value_or(Vec3{1, 1, 1});
  return {{s[0] * Vec3{1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w)},
           s[1] * Vec3{2 * (x * y - z * w), 1 - 2 * (x * x + z * z), 2 * (y * z + x * w)},
           s[2] * Vec3{2 * (x * z + y * w), 2 * (y * z - x * w), 1 - 2 * (x * x + y * y)}},
          numbers<3>(document, node, "translation").value_or(Vec3{0, 0, 0})};
}

Vec2 TextureTransform::point(const Vec2& uv) const {
  if (rotation == 0) return {offset[0] + scale[0] * uv[0], offset[1] + scale[1] * uv[1]};
  const double u = scale[0] * uv[0], v = scale[1] * uv[1];
  const double c = std::cos(rotation), s = std::sin(rotation);
  return {offset[0] + c * u + s * v, offset[1] - s * u + c * v};
}

TextureTransform transform_of(const Document& document, const json& info) {
  TextureTransform out;
  if (info.empty()) return out;
  out.set = document.number(info, "texCoord", 0);
  const json& extensions = document.member(info, "extensions");
  if (!extensions.is_object() || !extensions.contains("KHR_texture_transform")) return out;
  const json& moved = document.member(extensions, "KHR_texture_transform");
  out.set = document.number(moved, "texCoord", out.set);
  out.offset = numbers<2>(document, moved, "offset").value_or(out.offset);
  out.scale = numbers<2>(document, moved, "scale").value_or(out.scale);
  if (!moved.contains("rotation")) return out;
  const json& rotation = moved["rotation"];
  if (!rotation.is_number() || !(std::abs(rotation.get<double>()) <= 1e9))
    document.refuse("has a malformed rotation");
  out.rotation = rotation.get<double>();
  return out;
}

}  // namespace fgcn::mesh::gltf
