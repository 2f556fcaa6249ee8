#include "recon/normal_texture.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "kernels/rigid/rigid_math.h"
#include "recon/refine/shading_evidence.h"

namespace fgcn::recon {
namespace {

using mesh::cross;
using mesh::dot;
using mesh::normalised;
using mesh::Vec3;
using mesh::operator+;
using mesh::operator*;
using Share = std::array<double, 3>;
using Corners = std::array<std::size_t, 3>;

constexpr double kLeastTilt = 2e-3;  // below, a byte does not show it

/// A picture at a point, bilinear; beyond its border there is nothing.
Vec3 sampled(const Image& picture, double px, double py) {
  const double x = px - 0.5, y = py - 0.5;
  const auto x0 = static_cast<std::int64_t>(std::floor(x)),
             y0 = static_cast<std::int64_t>(std::floor(y));
  if (x0 < 0 || y0 < 0 || x0 + 1 >= picture.width || y0 + 1 >= picture.height) return {0, 0, 0};
  const double fx = x - static_cast<double>(x0), fy = y - static_cast<double>(y0);
  Vec3 out{0, 0, 0};
  for (std::size_t c = 0; c < 3; ++c)
    out[c] = (1 - fy) * ((1 - fx) * picture.at(y0, x0)[c] + fx * picture.at(y0, x0 + 1)[c]) +
             fy * ((1 - fx) * picture.at(y0 + 1, x0)[c] + fx * picture.at(y0 + 1, x0 + 1)[c]);
  return out;
}

/// One texel's point of the surface.
class Baker {
 public:
  Baker(const Reconstruction& result, const TexturedSurface& surface)
      : result_(result),
        surface_(surface),
        scale_(static_cast<double>(result.shaded.tilt.width) /
               static_cast<double>(result.crop.width)),
        turn_(kernels::euler_rotation(result.fit.angles_rad.data())) {}

  /// What the photo turns the normal by there, camera space. It fades where the crop does not show
  /// the surface: the picture holds the tilts of what lies in front.
  Vec3 tilt(const Corners& at, const Share& share) const {
    double x = 0, y = 0, visible = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const auto v = static_cast<std::size_t>(surface_.vertex[at[k]]);
      x += share[k] * scale_ * double{result_.fit.screen[3 * v]};
      y += share[k] * scale_ * double{result_.fit.screen[3 * v + 1]};
      visible += share[k] * double{result_.visible[v]};
    }
    const double weight = std::clamp(2 * visible - 1, 0.0, 1.0);
    return weight > 0 ? weight * sampled(result_.shaded.tilt, x, y) : Vec3{0, 0, 0};
  }

  /// The tilted normal in the frame of the texel.
  Vec3 in_frame(const Vec3& tilt, const Corners& at, const Share& share) const {
    Vec3 normal{0, 0, 0}, tangent{0, 0, 0};
    for (std::size_t k = 0; k < 3; ++k) {
      const std::array<double, 4>& t = surface_.mesh.tangents[at[k]];
      normal = normal + share[k] * surface_.mesh.normals[at[k]];
      tangent = tangent + share[k] * Vec3{t[0], t[1], t[2]};
    }
    normal = normalised(normal);
    tangent = normalised(tangent);
    const Vec3 up = surface_.mesh.tangents[at[0]][3] * normalised(cross(normal, tangent));
    Vec3 model{0, 0, 0};  // the inverse of a rotation is its transpose
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t k = 0; k < 3; ++k) model[c] += turn_.at[3 * k + c] * tilt[k];
    return normalised({dot(model, tangent), dot(model, up), 1 + dot(model, normal)});
  }

  /// The factors by which the tilted surface is lighter, as far as the albedo holds it.
  Vec3 held_shading(const Vec3& tilt, const Corners& at, const Share& share) const {
    Vec3 normal{0, 0, 0};
    for (std::size_t k = 0; k < 3; ++k) {
      const auto v = static_cast<std::size_t>(surface_.vertex[at[k]]);
      for (std::size_t c = 0; c < 3; ++c)
        normal[c] += share[k] * double{result_.fit.normals[3 * v + c]};
    }
    normal = normalised(normal);
    const std::array<float, 3> n{static_cast<float>(normal[0]), static_cast<float>(normal[1]),
                                 static_cast<float>(normal[2])},
        t{static_cast<float>(tilt[0]), static_cast<float>(tilt[1]), static_cast<float>(tilt[2])};
    const double change = shading_change(n.data(), t.data(), result_.refined_light);
    const std::array<double, 3>& held = result_.shaded.held;
    return {std::exp(held[0] * change), std::exp(held[1] * change), std::exp(held[2] * change)};
  }

 private:
  const Reconstruction& result_;
  const TexturedSurface& surface_;
  double scale_;  // from pixels of the crop to those of the tilts
  kernels::Matrix3<double> turn_;
};

void check(const Reconstruction& result, const TexturedSurface& surface, const Image& albedo) {
  FGCN_CHECK(!result.shaded.empty(), "normal_texture: no normals were looked for in the photo");
  const std::size_t count = surface.vertex.size();
  FGCN_CHECK(surface.mesh.normals.size() == count && surface.mesh.tangents.size() == count,
             "normal_texture: ", surface.mesh.normals.size(), " normals and ",
             surface.mesh.tangents.size(), " tangents for ", count, " vertices");
  FGCN_CHECK(
      albedo.height == surface.map.size && albedo.width == surface.map.size && albedo.channels == 3,
      "normal_texture: the albedo is ", albedo.height, " x ", albedo.width, ", the map of ",
      surface.map.size, " texels");
}

}  // namespace

Image normal_texture(const Reconstruction& result, const TexturedSurface& surface, Image& albedo) {
  check(result, surface, albedo);
  const Baker baker(result, surface);
  const TexelMap& map = surface.map;
  Image out(map.size, map.size, 3, 0.5F);
  const auto texels = static_cast<std::int64_t>(map.face.size());
#pragma omp parallel for schedule(dynamic, 4096)
  for (std::int64_t i = 0; i < texels; ++i) {
    const auto texel = static_cast<std::size_t>(i);
    out.pixels[3 * texel + 2] = 1;
    if (map.face[texel] < 0) continue;
    const double u = map.barycentrics[2 * texel], v = map.barycentrics[2 * texel + 1];
    const Share share{u, v, 1 - u - v};
    Corners at{};
    for (std::size_t k = 0; k < 3; ++k)
      at[k] = static_cast<std::size_t>(
          surface.faces[3 * static_cast<std::size_t>(map.face[texel]) + k]);
    const Vec3 tilt = baker.tilt(at, share);
    if (!(mesh::norm(tilt) > kLeastTilt)) continue;
    const Vec3 normal = baker.in_frame(tilt, at, share);
    const Vec3 lighter = baker.held_shading(tilt, at, share);
    for (std::size_t c = 0; c < 3; ++c) {
      out.pixels[3 * texel + c] = static_cast<float>(0.5 + 0.5 * normal[c]);
      float& color = albedo.pixels[3 * texel + c];
      color = static_cast<float>(std::clamp(double{color} / lighter[c], 0.0, 1.0));
    }
  }
  return out;
}

}  // namespace fgcn::recon
