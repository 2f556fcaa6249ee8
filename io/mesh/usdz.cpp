#include "io/mesh/usdz.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "io/archive/zip.h"
#include "io/mesh/normals.h"
#include "io/mesh/vec3.h"
#include "io/number_text.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

constexpr std::size_t kAlignment = 64;  // the format's
constexpr double kMetre = 0.1;          // decimetre

/// Letters, digits and underscores, no digit first.
std::string identifier(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    if (digit && out.empty()) out += '_';
    out += letter || digit ? c : '_';
  }
  return out.empty() ? "_" : out;
}

void append_tuple(std::string& out, std::span<const double> numbers) {
  out += '(';
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    if (k > 0) out += ", ";
    io::append_number(out, static_cast<float>(numbers[k]));
  }
  out += ')';
}

/// [(x, y, z), ...]
template <std::size_t N>
void append_list(std::string& out, const std::vector<std::array<double, N>>& rows, double scale) {
  out += '[';
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0) out += ", ";
    std::array<double, N> scaled = rows[i];
    for (double& x : scaled) x *= scale;
    append_tuple(out, scaled);
  }
  out += ']';
}

std::string material_text(const std::string& root, const MeshPart& part,
                          const std::string& texture) {
  const std::string name = identifier(part.name), path = "/" + root + "/Materials/" + name;
  std::string roughness;
  io::append_number(roughness, static_cast<float>(part.roughness));
  std::string out =
      "        def Material \"" + name + "\"\n        {\n" +
      "            token outputs:surface.connect = <" + path +
      "/Surface.outputs:surface>\n\n            def Shader \"Surface\"\n            {\n"
      "                uniform token info:id = \"UsdPreviewSurface\"\n";
  if (!texture.empty())
    out += "                color3f inputs:diffuseColor.connect = <" + path +
           "/Texture.outputs:rgb>\n";
  out += "                float inputs:metallic = 0\n                float inputs:roughness = " +
         roughness + "\n                token outputs:surface\n            }\n";
  if (!texture.empty())
    out +=
        "\n            def Shader \"Texture\"\n            {\n"
        "                uniform token info:id = \"UsdUVTexture\"\n"
        "                asset inputs:file = @" +
        texture +
        "@\n"
        "                token inputs:sourceColorSpace = \"sRGB\"\n"
        "                float2 inputs:st.connect = <" +
        path +
        "/Coordinates.outputs:result>\n"
        "                token inputs:wrapS = \"clamp\"\n"
        "                token inputs:wrapT = \"clamp\"\n"
        "                float3 outputs:rgb\n            }\n\n"
        "            def Shader \"Coordinates\"\n            {\n"
        "                uniform token info:id = \"UsdPrimvarReader_float2\"\n"
        "                string inputs:varname = \"st\"\n"
        "                float2 outputs:result\n            }\n";
  return out + "        }\n";
}

void append_mesh(std::string& out, const std::string& root, const MeshPart& part,
                 const RenderMesh& mesh) {
  const std::string name = identifier(part.name);
  out += "\n    def Mesh \"" + name +
         "\" (\n        prepend apiSchemas = [\"MaterialBindingAPI\"]\n    )\n    {\n"
         "        uniform bool doubleSided = 1\n        float3[] extent = ";
  Vec3 low = mesh.vertices[0], high = low;
  for (const Vec3& p : mesh.vertices)
    for (std::size_t k = 0; k < 3; ++k) {
      low[k] = std::min(low[k], p[k]);
      high[k] = std::max(high[k], p[k]);
    }
  append_list<3>(out, {low, high}, kMetre);
  out += "\n        int[] faceVertexCounts = [";
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t) out += t == 0 ? "3" : ", 3";
  out += "]\n        int[] faceVertexIndices = [";
  bool first = true;
  for (const Triangle& t : mesh.triangles)
    for (const std::int32_t v : t) {
      if (!first) out += ", ";
      first = false;
      io::append_integer(out, v);
    }
  out += "]\n        rel material:binding = </" + root + "/Materials/" + name +
         ">\n        normal3f[] normals = ";
  append_list(out, mesh.normals, 1);
  out += " (\n            interpolation = \"vertex\"\n        )\n        point3f[] points = ";
  append_list(out, mesh.vertices, kMetre);
  out += '\n';
  if (!mesh.uvs.empty()) {
    out += "        texCoord2f[] primvars:st = ";
    append_list(out, mesh.uvs, 1);
    out += " (\n            interpolation = \"vertex\"\n        )\n";
  }
  out += "        uniform token subdivisionScheme = \"none\"\n    }\n";
}

}  // namespace

Bytes encode_usdz(const RenderMesh& mesh, const MeshParts& parts, const std::string& name) {
  check(mesh);
  check(parts, mesh);
  FGCN_CHECK(!mesh.triangles.empty(), "usdz: the mesh has no triangle");
  FGCN_CHECK(!mesh.textured() || !mesh.uvs.empty(), "usdz: a texture but no texture coordinates");
  RenderMesh whole = mesh;  // normals are made before the parts go apart
  if (whole.normals.empty()) whole.normals = vertex_normals(whole.triangle_mesh());
  const std::string root = identifier(name);
  std::string texture;
  if (mesh.textured()) texture = mesh.texture_png.empty() ? "albedo.jpg" : "albedo.png";
  const std::vector<MeshPart> list =
      parts.list.empty() ? std::vector<MeshPart>{{"face"}} : parts.list;

  std::string scene = "#usda 1.0\n(\n    defaultPrim = \"" + root +
                      "\"\n    metersPerUnit = 1\n    upAxis = \"Y\"\n)\n\ndef Xform \"" + root +
                      "\" (\n    kind = \"component\"\n)\n{\n    def Scope \"Materials\"\n    {\n";
  for (const MeshPart& part : list) scene += material_text(root, part, texture);
  scene += "    }\n";
  const std::vector<PartOfMesh> pieces = split_parts(whole, parts);
  for (std::size_t p = 0; p < pieces.size(); ++p)
    if (!pieces[p].triangles.empty())
      append_mesh(scene, root, list[p], part_mesh(whole, pieces[p]));
  scene += "}\n";

  std::vector<io::ZipMember> members{{root + ".usda", Bytes(scene.begin(), scene.end())}};
  if (!texture.empty())
    members.push_back({texture, mesh.texture_png.empty() ? mesh.texture_jpeg : mesh.texture_png});
  return io::encode_aligned_zip(members, kAlignment);
}

}  // namespace fgcn::mesh
