#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "io/byte_order.h"
#include "io/mesh/gltf.h"
#include "io/mesh/gltf_binary.h"
#include "io/mesh/gltf_constants.h"
#include "io/mesh/gltf_rig.h"
#include "io/mesh/normals.h"
#include "io/mesh/vec3.h"
#include "io/srgb.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

using gltf::BinaryChunk;
using json = nlohmann::ordered_json;

std::size_t add_positions(BinaryChunk& chunk, const RenderMesh& mesh) {
  std::vector<std::array<float, 3>> metres;
  std::array<float, 3> low, high;
  low.fill(std::numeric_limits<float>::max());
  high.fill(std::numeric_limits<float>::lowest());
  for (const Vec3& p : mesh.vertices) {
    std::array<float, 3>& m = metres.emplace_back();
    for (int k = 0; k < 3; ++k) {
      m[k] = static_cast<float>(p[k] / gltf::kDecimetresPerMetre);
      FGCN_CHECK(std::isfinite(m[k]), "glb: the coordinate ", p[k], " is too large");
      low[k] = std::min(low[k], m[k]);
      high[k] = std::max(high[k], m[k]);
    }
  }
  const std::size_t accessor = chunk.add_floats(metres, "VEC3");
  chunk.accessors()[accessor]["min"] = low;  // of the rounded values, exactly: a validator compares
  chunk.accessors()[accessor]["max"] = high;
  return accessor;
}

std::size_t add_normals(BinaryChunk& chunk, const RenderMesh& mesh) {
  const std::vector<Vec3> made =
      mesh.normals.empty() ? vertex_normals(mesh.triangle_mesh()) : std::vector<Vec3>{};
  std::vector<std::array<float, 3>> out;
  for (const Vec3& given : mesh.normals.empty() ? made : mesh.normals) {
    Vec3 n = normalised(given);
    if (!(norm(n) > 0.5)) n = {0, 0, 1};  // a vertex without a surface; the format wants length 1
    out.push_back({static_cast<float>(n[0]), static_cast<float>(n[1]), static_cast<float>(n[2])});
  }
  return chunk.add_floats(out, "VEC3");
}

std::size_t add_tangents(BinaryChunk& chunk, const RenderMesh& mesh) {
  std::vector<std::array<float, 4>> out;
  for (const std::array<double, 4>& t : mesh.tangents) {
    const Vec3 unit = normalised({t[0], t[1], t[2]});
    out.push_back({static_cast<float>(unit[0]), static_cast<float>(unit[1]),
                   static_cast<float>(unit[2]), t[3] < 0 ? -1.0F : 1.0F});
  }
  return chunk.add_floats(out, "VEC4");
}

std::size_t add_uvs(BinaryChunk& chunk, const RenderMesh& mesh) {
  std::vector<std::array<float, 2>> out;
  for (const Vec2& uv : mesh.uvs)  // glTF counts v downwards
    out.push_back({static_cast<float>(uv[0]), static_cast<float>(1.0 - uv[1])});
  return chunk.add_floats(out, "VEC2");
}

std::size_t add_colors(BinaryChunk& chunk, const RenderMesh& mesh) {
  std::vector<std::array<float, 3>> out;
  for (const Vec3& c : mesh.colors) {
    std::array<float, 3>& linear = out.emplace_back();
    for (int k = 0; k < 3; ++k)
      linear[k] = static_cast<float>(linear_from_srgb(std::clamp(c[k], 0.0, 1.0)));
  }
  return chunk.add_floats(out, "VEC3");
}

std::size_t add_white(BinaryChunk& chunk, std::size_t vertices) {
  const std::size_t begin = chunk.begin_view();
  chunk.bytes().resize(begin + 4 * vertices, 0xff);
  const std::size_t view = chunk.end_view(begin, gltf::kArrayBuffer);
  const std::size_t accessor = chunk.add_accessor(view, gltf::kUnsignedByte, vertices, "VEC4");
  chunk.accessors()[accessor]["normalized"] = true;
  return accessor;
}

std::size_t add_indices(BinaryChunk& chunk, const RenderMesh& mesh) {
  // The largest 16-bit index is reserved.
  const bool narrow = mesh.vertices.size() <= 0xffff;
  const std::size_t begin = chunk.begin_view();
  for (const Triangle& t : mesh.triangles) {
    for (const std::int32_t v : t) {
      if (narrow) {
        io::append_le(chunk.bytes(), static_cast<std::uint16_t>(v));
      } else {
        io::append_le(chunk.bytes(), static_cast<std::uint32_t>(v));
      }
    }
  }
  const std::size_t view = chunk.end_view(begin, gltf::kElementArrayBuffer);
  return chunk.add_accessor(view, narrow ? gltf::kUnsignedShort : gltf::kUnsignedInt,
                            3 * mesh.triangles.size(), "SCALAR");
}

/// The attributes of a part and its triangles: a primitive without its material.
json add_primitive(BinaryChunk& chunk, const RenderMesh& mesh, GlbColors colors, bool textured) {
  json attributes;
  attributes["POSITION"] = add_positions(chunk, mesh);
  attributes["NORMAL"] = add_normals(chunk, mesh);
  if (!mesh.tangents.empty()) attributes["TANGENT"] = add_tangents(chunk, mesh);
  if (!mesh.uvs.empty()) attributes["TEXCOORD_0"] = add_uvs(chunk, mesh);
  if (!mesh.colors.empty() && colors != GlbColors::kNone) {
    const bool beside = textured && colors == GlbColors::kBesideTexture;
    if (beside) attributes["COLOR_0"] = add_white(chunk, mesh.vertices.size());
    attributes[beside ? "COLOR_1" : "COLOR_0"] = add_colors(chunk, mesh);
  }
  return {{"attributes", attributes}, {"indices", add_indices(chunk, mesh)}};
}

/// The textures that a mesh's materials show.
struct Textures {
  bool color = false, normals = false;
};

json material_of(const std::string& name, double roughness, const Textures& textures,
                 GlbShading shading) {
  json material = {
      {"name", name},
      {"pbrMetallicRoughness", {{"metallicFactor", 0.0}, {"roughnessFactor", roughness}}},
      {"doubleSided", true}};  // a face is a sheet: its back shows at the border
  if (shading == GlbShading::kUnlit)
    material["extensions"] = {{"KHR_materials_unlit", json::object()}};
  if (textures.color) material["pbrMetallicRoughness"]["baseColorTexture"] = {{"index", 0}};
  if (textures.normals) material["normalTexture"] = {{"index", textures.color ? 1 : 0}};
  return material;
}

json add_image(BinaryChunk& chunk, const char* name, const Bytes& file, bool png) {
  const std::size_t begin = chunk.begin_view();
  chunk.bytes().insert(chunk.bytes().end(), file.begin(), file.end());
  const std::size_t view = chunk.end_view(begin, 0);
  return {{"name", name}, {"bufferView", view}, {"mimeType", png ? "image/png" : "image/jpeg"}};
}

void add_textures(BinaryChunk& chunk, const RenderMesh& mesh, json& root) {
  const bool png = !mesh.texture_png.empty();
  root["images"] = json::array();
  if (mesh.textured())
    root["images"].push_back(
        add_image(chunk, "albedo", png ? mesh.texture_png : mesh.texture_jpeg, png));
  const bool normal_png = !mesh.normal_png.empty();
  if (mesh.has_normal_map())
    root["images"].push_back(
        add_image(chunk, "normal", normal_png ? mesh.normal_png : mesh.normal_jpeg, normal_png));
  root["samplers"] = {{{"magFilter", gltf::kLinear},
                       {"minFilter", gltf::kLinearMipmapLinear},
                       {"wrapS", gltf::kClampToEdge},
                       {"wrapT", gltf::kClampToEdge}}};
  root["textures"] = json::array();
  for (std::size_t i = 0; i < root["images"].size(); ++i)
    root["textures"].push_back({{"sampler", 0}, {"source", i}});
}

}  // namespace

Bytes encode_glb(const RiggedMesh& mesh, const GlbOptions& options) {
  check(mesh);
  const RenderMesh& surface = mesh.surface;
  FGCN_CHECK(!surface.triangles.empty(), "glb: the mesh has no triangle");
  const bool textured = surface.textured();
  FGCN_CHECK(!textured || !surface.uvs.empty(), "glb: a texture but no texture coordinates");

  BinaryChunk chunk;
  json primitives = json::array(), materials = json::array();
  const auto add = [&](const RenderMesh& part, const MeshPart& look,
                       const std::vector<std::int32_t>& vertices) {
    json primitive = add_primitive(chunk, part, options.colors, textured);
    if (!vertices.empty()) gltf::add_rig(chunk, mesh, vertices, primitive);
    primitive["material"] = materials.size();
    primitive["mode"] = gltf::kTriangles;
    primitives.push_back(std::move(primitive));
    materials.push_back(material_of(look.name, look.roughness, {textured, surface.has_normal_map()},
                                    options.shading));
  };
  if (mesh.parts.list.empty() && mesh.targets.empty() && mesh.skeleton.names.empty()) {
    add(surface, {options.name}, {});
  } else {
    RenderMesh whole = surface;  // normals are made before the parts go apart
    if (whole.normals.empty()) whole.normals = vertex_normals(whole.triangle_mesh());
    const std::vector<PartOfMesh> parts = split_parts(whole, mesh.parts);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (parts[p].triangles.empty()) continue;
      const MeshPart look = mesh.parts.list.empty() ? MeshPart{options.name} : mesh.parts.list[p];
      add(part_mesh(whole, parts[p]), look, parts[p].vertices);
    }
  }

  json root = {{"asset", {{"version", "2.0"}, {"generator", "fgcn"}}},
               {"scene", 0},
               {"scenes", {{{"nodes", {0}}}}},
               {"nodes", {{{"mesh", 0}, {"name", options.name}}}}};
  if (options.shading == GlbShading::kUnlit) root["extensionsUsed"] = {"KHR_materials_unlit"};
  root["meshes"] = {{{"name", options.name}, {"primitives", primitives}}};
  gltf::add_targets(mesh.targets, root);
  gltf::add_skeleton(chunk, mesh.skeleton, root);
  chunk.end_sparse();
  if (textured || surface.has_normal_map()) add_textures(chunk, surface, root);
  root["materials"] = materials;
  root["accessors"] = chunk.accessors();
  root["bufferViews"] = chunk.views();
  root["buffers"] = {{{"byteLength", chunk.bytes().size()}}};

  // The name may come from a file's, which need not be UTF-8.
  return gltf::pack_glb(root.dump(-1, ' ', false, json::error_handler_t::replace), chunk.bytes());
}

Bytes encode_glb(const RenderMesh& mesh, const GlbOptions& options) {
  RiggedMesh plain;
  plain.surface = mesh;
  return encode_glb(plain, options);
}

void write_glb(const std::filesystem::path& path, const RenderMesh& mesh,
               const GlbOptions& options) {
  write_file(path, encode_glb(mesh, options));
}

}  // namespace fgcn::mesh
