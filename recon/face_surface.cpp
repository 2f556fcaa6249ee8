#include "recon/face_surface.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "io/mesh/normals.h"
#include "io/mesh/tangents.h"
#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "recon/face_cut.h"
#include "recon/fit/triangle_list.h"
#include "recon/normal_texture.h"
#include "render/texture_bake.h"
#include "render/texture_detail.h"

namespace fgcn::recon {
namespace {

using mesh::operator+;
using mesh::operator*;

/// A look by what the part is called: eyes, teeth and tongue are wet.
double roughness_of(const std::string& part) {
  const auto has = [&](std::string_view word) { return part.find(word) != std::string::npos; };
  if (has("eye")) return 0.1;
  if (has("teeth")) return 0.25;
  if (has("tongue") || has("gum")) return 0.4;
  if (has("lash") || has("brow")) return 0.9;
  return 0.7;
}

/// The rows that a seam repeats, too.
std::vector<float> at_seams(const std::vector<float>& rows, std::size_t width,
                            const mesh::SeamedMesh& seamed) {
  std::vector<float> out;
  out.reserve(seamed.vertex.size() * width);
  for (const std::int32_t v : seamed.vertex) {
    const auto begin =
        rows.begin() + static_cast<std::ptrdiff_t>(v) * static_cast<std::ptrdiff_t>(width);
    out.insert(out.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
  }
  return out;
}

/// The colors of the vertices, and beyond what they can hold the photo's.
Image texture_of(const Reconstruction& result, const mesh::SeamedMesh& seamed,
                 const std::vector<std::int32_t>& faces, const TexelMap& map,
                 const std::vector<float>& colors) {
  Image texture = bake_texture(map, faces, colors);
  // Only with a network's colors, or behind open lips: elsewhere the coarse face does not follow
  // the photo closely enough.
  if (result.fine_crop.height > 0 && (result.by_network || !result.mouth.empty())) {
    const auto scale =
        static_cast<float>(result.fine_crop.height) / static_cast<float>(result.crop.height);
    std::vector<float> positions;
    std::vector<float> visible;
    for (const std::int32_t vertex : seamed.vertex) {
      const auto v = static_cast<std::size_t>(vertex);
      positions.push_back(result.fit.screen[3 * v] * scale);
      positions.push_back(result.fit.screen[3 * v + 1] * scale);
      const float seen = result.by_network ? result.visible[v] : 0;
      visible.push_back(result.mouth.empty() ? seen : std::max(seen, result.mouth[v]));
    }
    add_photo_detail(texture, map, faces, positions, visible, result.fine_crop);
  }
  return texture;
}

}  // namespace

void check_part(const mesh::FaceModel& model, WrittenPart part, const std::string& where) {
  if (part == WrittenPart::kHead) return;
  const auto& names = model.regions.names;
  for (const char* name : kBeyondFace)
    if (std::find(names.begin(), names.end(), name) == names.end())
      input_error(where, ": has no region \"", name,
                  "\" by which --part face tells the face from the head; leave --part out");
}

std::vector<mesh::Vec3> points_of(const std::vector<float>& coordinates) {
  std::vector<mesh::Vec3> out(coordinates.size() / 3);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = {coordinates[3 * i], coordinates[3 * i + 1], coordinates[3 * i + 2]};
  return out;
}

std::vector<mesh::Vec3> landmarks_on(const mesh::FaceModel& model,
                                     const std::vector<float>& vertices) {
  const std::vector<mesh::Vec3> points = points_of(vertices);
  std::vector<mesh::Vec3> out;
  for (std::size_t k = 0; k < model.landmarks.size(); ++k) {
    if (model.landmark_points.empty()) {
      out.push_back(points.at(static_cast<std::size_t>(model.landmarks[k])));
      continue;
    }
    const auto triangle = static_cast<std::size_t>(model.landmark_points.triangles[k]);
    mesh::Vec3 sum{0, 0, 0};
    for (std::size_t c = 0; c < 3; ++c) {
      const auto corner = static_cast<std::size_t>(model.triangles.at(triangle)[c]);
      sum = sum + static_cast<double>(model.landmark_points.weights[3 * k + c]) * points.at(corner);
    }
    out.push_back(sum);
  }
  return out;
}

FaceSurface face_surface(const mesh::FaceModel& model, const Reconstruction& result,
                         std::int64_t texture_size, WrittenPart part) {
  const mesh::SeamedMesh seamed = mesh::cut_at_seams(model);
  FaceSurface out;
  out.vertex = seamed.vertex;
  mesh::RenderMesh& fitted = out.fitted;
  fitted.vertices = points_of(at_seams(result.fit.vertices, 3, seamed));
  fitted.triangles = seamed.triangles;
  // A seam is cut into the texture, not into the surface.
  const std::vector<mesh::Vec3> normals =
      mesh::vertex_normals({points_of(result.fit.vertices), model.triangles});
  for (const std::int32_t v : seamed.vertex)
    fitted.normals.push_back(normals[static_cast<std::size_t>(v)]);
  for (std::size_t i = 0; i + 1 < seamed.uv.size(); i += 2)
    fitted.uvs.push_back({seamed.uv[i], seamed.uv[i + 1]});
  const std::vector<float> colors = at_seams(result.refined_albedo, 3, seamed);
  fitted.colors = points_of(colors);
  const std::vector<std::int32_t> faces = flat(seamed.triangles);
  const TexelMap map = map_texels(seamed.uv, faces, texture_size);
  out.texture = texture_of(result, seamed, faces, map, colors);
  if (!result.shaded.empty()) {
    fitted.tangents = mesh::vertex_tangents(fitted);
    fitted.normal_png = encode_png(
        to_bytes(normal_texture(result, {map, faces, seamed.vertex, fitted}, out.texture)));
  }
  fitted.texture_png = encode_png(to_bytes(out.texture));
  for (const std::string& name : model.parts.names)
    out.parts.list.push_back({name, roughness_of(name)});
  if (!model.parts.empty())
    for (const mesh::Triangle& t : model.triangles)
      out.parts.triangles.push_back(model.parts.part[static_cast<std::size_t>(t[0])]);
  if (part == WrittenPart::kFace) cut_to_face(model, out);
  return out;
}

}  // namespace fgcn::recon
