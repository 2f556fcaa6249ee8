#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "io/byte_order.h"
#include "io/gltf.h"
#include "io/gltf_constants.h"
#include "io/normals.h"
#include "io/srgb.h"
#include "io/vec3.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

using json = nlohmann::ordered_json;

/// The binary chunk and the two lists that describe it.
class BinaryChunk {
 public:
  /// Starts a view at a multiple of four, as every accessor's type wants it.
  std::size_t begin_view() {
    bytes_.resize((bytes_.size() + 3) / 4 * 4, 0);
    return bytes_.size();
  }
  std::size_t end_view(std::size_t begin, int target) {
    json view = {{"buffer", 0}, {"byteOffset", begin}, {"byteLength", bytes_.size() - begin}};
    if (target != 0) view["target"] = target;
    views_.push_back(std::move(view));
    return views_.size() - 1;
  }
  std::size_t add_accessor(std::size_t view, int component, std::size_t count, const char* type) {
    accessors_.push_back(
        {{"bufferView", view}, {"componentType", component}, {"count", count}, {"type", type}});
    return accessors_.size() - 1;
  }

  template <std::size_t N>
  std::size_t add_floats(const std::vector<std::array<float, N>>& values, const char* type) {
    const std::size_t begin = begin_view();
    for (const auto& v : values)
      for (const float x : v) io::append_le(bytes_, x);
    return add_accessor(end_view(begin, gltf::kArrayBuffer), gltf::kFloat, values.size(), type);
  }

  Bytes& bytes() { return bytes_; }
  json& views() { return views_; }
  json& accessors() { return accessors_; }

 private:
  Bytes bytes_;
  json views_ = json::array();
  json accessors_ = json::array();
};

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

void append_chunk(Bytes& out, std::uint32_t mark, std::span<const std::uint8_t> data,
                  std::uint8_t padding) {
  const std::size_t padded = (data.size() + 3) / 4 * 4;
  io::append_le(out, static_cast<std::uint32_t>(padded));
  io::append_le(out, mark);
  out.insert(out.end(), data.begin(), data.end());
  out.resize(out.size() + padded - data.size(), padding);
}

}  // namespace

Bytes encode_glb(const RenderMesh& mesh, const GlbOptions& options) {
  check(mesh);
  FGCN_CHECK(!mesh.triangles.empty(), "glb: the mesh has no triangle");
  const bool textured = mesh.textured();
  FGCN_CHECK(!textured || !mesh.uvs.empty(), "glb: a texture but no texture coordinates");

  BinaryChunk chunk;
  json attributes;
  attributes["POSITION"] = add_positions(chunk, mesh);
  attributes["NORMAL"] = add_normals(chunk, mesh);
  if (!mesh.uvs.empty()) attributes["TEXCOORD_0"] = add_uvs(chunk, mesh);
  if (!mesh.colors.empty() && options.colors != GlbColors::kNone) {
    const bool beside = textured && options.colors == GlbColors::kBesideTexture;
    if (beside) attributes["COLOR_0"] = add_white(chunk, mesh.vertices.size());
    attributes[beside ? "COLOR_1" : "COLOR_0"] = add_colors(chunk, mesh);
  }
  const std::size_t indices = add_indices(chunk, mesh);

  json material = {{"name", options.name},
                   {"pbrMetallicRoughness", {{"metallicFactor", 0.0}, {"roughnessFactor", 0.7}}},
                   {"doubleSided", true}};  // a face is a sheet: its back shows at the border
  if (options.shading == GlbShading::kUnlit)
    material["extensions"] = {{"KHR_materials_unlit", json::object()}};
  json root = {{"asset", {{"version", "2.0"}, {"generator", "fgcn"}}},
               {"scene", 0},
               {"scenes", {{{"nodes", {0}}}}},
               {"nodes", {{{"mesh", 0}, {"name", options.name}}}}};
  if (options.shading == GlbShading::kUnlit) root["extensionsUsed"] = {"KHR_materials_unlit"};
  root["meshes"] = {{{"name", options.name},
                     {"primitives",
                      {{{"attributes", attributes},
                        {"indices", indices},
                        {"material", 0},
                        {"mode", gltf::kTriangles}}}}}};
  if (textured) {
    const std::size_t begin = chunk.begin_view();
    const bool png = !mesh.texture_png.empty();
    const Bytes& texture = png ? mesh.texture_png : mesh.texture_jpeg;
    chunk.bytes().insert(chunk.bytes().end(), texture.begin(), texture.end());
    const std::size_t view = chunk.end_view(begin, 0);
    root["images"] = {
        {{"name", "albedo"}, {"bufferView", view}, {"mimeType", png ? "image/png" : "image/jpeg"}}};
    root["samplers"] = {{{"magFilter", gltf::kLinear},
                         {"minFilter", gltf::kLinearMipmapLinear},
                         {"wrapS", gltf::kClampToEdge},
                         {"wrapT", gltf::kClampToEdge}}};
    root["textures"] = {{{"sampler", 0}, {"source", 0}}};
    material["pbrMetallicRoughness"]["baseColorTexture"] = {{"index", 0}};
  }
  root["materials"] = json::array({material});
  root["accessors"] = chunk.accessors();
  root["bufferViews"] = chunk.views();
  root["buffers"] = {{{"byteLength", chunk.bytes().size()}}};

  // The name may come from a file's, which need not be UTF-8.
  const std::string header = root.dump(-1, ' ', false, json::error_handler_t::replace);
  Bytes out;
  io::append_le(out, gltf::kMagic);
  io::append_le(out, gltf::kVersion);
  io::append_le(out, std::uint32_t{0});  // the length, known at the end
  append_chunk(out, gltf::kJsonChunk,
               std::span(reinterpret_cast<const std::uint8_t*>(header.data()), header.size()), ' ');
  append_chunk(out, gltf::kBinaryChunk, chunk.bytes(), 0);
  FGCN_CHECK(out.size() <= std::numeric_limits<std::uint32_t>::max(), "glb: over 4 GB");
  Bytes length;
  io::append_le(length, static_cast<std::uint32_t>(out.size()));
  std::copy(length.begin(), length.end(), out.begin() + 8);
  return out;
}

void write_glb(const std::filesystem::path& path, const RenderMesh& mesh,
               const GlbOptions& options) {
  write_file(path, encode_glb(mesh, options));
}

}  // namespace fgcn::mesh
