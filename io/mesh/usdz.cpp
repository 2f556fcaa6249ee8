#include "io/mesh/usdz.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "io/archive/zip.h"
#include "io/mesh/normals.h"
#include "io/mesh/usd_rig.h"
#include "io/mesh/usd_text.h"
#include "io/mesh/vec3.h"
#include "io/number_text.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

constexpr std::size_t kAlignment = 64;  // the format's
constexpr const char* kMaterials = "Materials";

/// A texture of a material, read by the coordinates of the mesh.
std::string texture_text(const char* shader, const std::string& material, const std::string& file,
                         const char* encoding) {
  return std::string("\n            def Shader \"") + shader +
         "\"\n            {\n"
         "                uniform token info:id = \"UsdUVTexture\"\n"
         "                asset inputs:file = @" +
         file + "@\n" + encoding + "                float2 inputs:st.connect = <" + material +
         "/Coordinates.outputs:result>\n"
         "                token inputs:wrapS = \"clamp\"\n"
         "                token inputs:wrapT = \"clamp\"\n"
         "                float3 outputs:rgb\n            }\n";
}

struct TextureFiles {
  std::string color, normals;  // in the archive; or empty
};

/// A part, and what its prims are called.
struct NamedPart {
  std::string name;
  double roughness;
};

std::string material_text(const std::string& root, const NamedPart& part,
                          const TextureFiles& textures) {
  const std::string &name = part.name, path = root + "/Materials/" + name;
  std::string roughness;
  io::append_number(roughness, static_cast<float>(part.roughness));
  std::string out =
      "        def Material \"" + name + "\"\n        {\n" +
      "            token outputs:surface.connect = <" + path +
      "/Surface.outputs:surface>\n\n            def Shader \"Surface\"\n            {\n"
      "                uniform token info:id = \"UsdPreviewSurface\"\n";
  if (!textures.color.empty())
    out += "                color3f inputs:diffuseColor.connect = <" + path +
           "/Texture.outputs:rgb>\n";
  if (!textures.normals.empty())
    out += "                normal3f inputs:normal.connect = <" + path + "/Normals.outputs:rgb>\n";
  out += "                float inputs:metallic = 0\n                float inputs:roughness = " +
         roughness + "\n                token outputs:surface\n            }\n";
  if (!textures.color.empty())
    out += texture_text("Texture", path, textures.color,
                        "                token inputs:sourceColorSpace = \"sRGB\"\n");
  if (!textures.normals.empty())  // bytes of 0 to 1 stand for -1 to 1
    out += texture_text("Normals", path, textures.normals,
                        "                token inputs:sourceColorSpace = \"raw\"\n"
                        "                float4 inputs:scale = (2, 2, 2, 1)\n"
                        "                float4 inputs:bias = (-1, -1, -1, 0)\n");
  if (!textures.color.empty() || !textures.normals.empty())
    out +=
        "\n            def Shader \"Coordinates\"\n            {\n"
        "                uniform token info:id = \"UsdPrimvarReader_float2\"\n"
        "                string inputs:varname = \"st\"\n"
        "                float2 outputs:result\n            }\n";
  return out + "        }\n";
}

/// A part's mesh. `rigging` ends it: what it says of joints, and the prims within it.
void append_mesh(std::string& out, const std::string& root, const std::string& name,
                 const RenderMesh& mesh, const std::string& rigging) {
  out += "\n    def Mesh \"" + name + "\" (\n        prepend apiSchemas = [\"MaterialBindingAPI\"";
  if (!rigging.empty()) out += ", \"SkelBindingAPI\"";
  out += "]\n    )\n    {\n        uniform bool doubleSided = 1\n        float3[] extent = ";
  Vec3 low = mesh.vertices[0], high = low;
  for (const Vec3& p : mesh.vertices)
    for (std::size_t k = 0; k < 3; ++k) {
      low[k] = std::min(low[k], p[k]);
      high[k] = std::max(high[k], p[k]);
    }
  usd::append_list(out, std::vector<Vec3>{low, high}, usd::kMetre);
  out += "\n        int[] faceVertexCounts = ";
  usd::append_integers(out, std::vector<std::int32_t>(mesh.triangles.size(), 3));
  std::vector<std::int32_t> corners;
  for (const Triangle& t : mesh.triangles) corners.insert(corners.end(), t.begin(), t.end());
  out += "\n        int[] faceVertexIndices = ";
  usd::append_integers(out, corners);
  out += "\n        rel material:binding = <" + root + "/Materials/" + name +
         ">\n        normal3f[] normals = ";
  usd::append_list(out, mesh.normals, 1);
  out += " (\n            interpolation = \"vertex\"\n        )\n        point3f[] points = ";
  usd::append_list(out, mesh.vertices, usd::kMetre);
  out += '\n';
  if (!mesh.uvs.empty()) {
    out += "        texCoord2f[] primvars:st = ";
    usd::append_list(out, mesh.uvs, 1);
    out += " (\n            interpolation = \"vertex\"\n        )\n";
  }
  out += "        uniform token subdivisionScheme = \"none\"\n" + rigging + "    }\n";
}

std::vector<NamedPart> named_parts(const MeshParts& parts) {
  const std::vector<MeshPart> list =
      parts.list.empty() ? std::vector<MeshPart>{{"face"}} : parts.list;
  std::vector<std::string> names;
  for (const MeshPart& part : list) names.push_back(part.name);
  names = usd::identifiers(names, {kMaterials, usd::Rig::kSkeleton, usd::Rig::kPose});
  std::vector<NamedPart> out;
  for (std::size_t p = 0; p < list.size(); ++p) out.push_back({names[p], list[p].roughness});
  return out;
}

std::string scene_text(const RiggedMesh& mesh, const std::string& name,
                       const TextureFiles& textures) {
  const std::string root = "/" + name;
  const usd::Rig rig(mesh, root);
  std::string out = "#usda 1.0\n(\n    defaultPrim = \"" + name +
                    "\"\n    metersPerUnit = 1\n    upAxis = \"Y\"\n)\n\ndef " +
                    (rig.empty() ? "Xform" : "SkelRoot") + " \"" + name + "\" (\n";
  if (!rig.empty()) out += "    prepend apiSchemas = [\"SkelBindingAPI\"]\n";
  out += "    kind = \"component\"\n)\n{\n";
  if (!rig.empty()) out += rig.extent() + "\n";
  out += std::string("    def Scope \"") + kMaterials + "\"\n    {\n";
  const std::vector<NamedPart> parts = named_parts(mesh.parts);
  for (const NamedPart& part : parts) out += material_text(root, part, textures);
  out += "    }\n";
  if (!rig.empty()) out += rig.skeleton();
  const std::vector<PartOfMesh> pieces = split_parts(mesh.surface, mesh.parts);
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    if (pieces[p].triangles.empty()) continue;
    const std::string& part = parts[p].name;
    append_mesh(out, root, part, part_mesh(mesh.surface, pieces[p]),
                rig.empty() ? "" : rig.binding(root + "/" + part, pieces[p]));
  }
  return out + "}\n";
}

}  // namespace

Bytes encode_usdz(const RiggedMesh& mesh, const std::string& name) {
  check(mesh);
  const RenderMesh& surface = mesh.surface;
  FGCN_CHECK(!surface.triangles.empty(), "usdz: the mesh has no triangle");
  FGCN_CHECK(!surface.textured() || !surface.uvs.empty(),
             "usdz: a texture but no texture coordinates");
  RiggedMesh whole = mesh;  // normals are made before the parts go apart
  if (surface.normals.empty()) whole.surface.normals = vertex_normals(surface.triangle_mesh());
  const std::string root = usd::identifier(name);
  TextureFiles textures;
  if (surface.textured())
    textures.color = surface.texture_png.empty() ? "albedo.jpg" : "albedo.png";
  if (surface.has_normal_map()) textures.normals = "normal.png";
  const std::string scene = scene_text(whole, root, textures);
  std::vector<io::ZipMember> members{{root + ".usda", Bytes(scene.begin(), scene.end())}};
  if (!textures.color.empty())
    members.push_back(
        {textures.color, surface.texture_png.empty() ? surface.texture_jpeg : surface.texture_png});
  if (!textures.normals.empty()) members.push_back({textures.normals, surface.normal_png});
  return io::encode_aligned_zip(members, kAlignment);
}

Bytes encode_usdz(const RenderMesh& mesh, const MeshParts& parts, const std::string& name) {
  RiggedMesh plain;
  plain.surface = mesh;
  plain.parts = parts;
  return encode_usdz(plain, name);
}

}  // namespace fgcn::mesh
