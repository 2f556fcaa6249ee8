#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/mesh/obj.h"
#include "io/number_text.h"
#include "io/one_word.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

constexpr double kMetre = 0.1;  // decimetre

void append_line(std::string& out, const char* keyword, std::span<const double> numbers) {
  out += keyword;
  for (const double n : numbers) {
    out += ' ';
    io::append_number(out, static_cast<float>(n));
  }
  out += '\n';
}

/// The end of the name of a mesh's texture.
const char* texture_ending(const RenderMesh& mesh) {
  return mesh.texture_png.empty() ? "_albedo.jpg" : "_albedo.png";
}

const char* normal_ending(const RenderMesh& mesh) {
  return mesh.normal_png.empty() ? "_normal.jpg" : "_normal.png";
}

void append_triangle(std::string& out, const Triangle& triangle, bool uv, bool normal) {
  out += 'f';
  for (const std::int32_t v : triangle) {
    out += ' ';
    io::append_integer(out, v + std::int64_t{1});
    if (!uv && !normal) continue;
    out += '/';
    if (uv) io::append_integer(out, v + std::int64_t{1});
    if (!normal) continue;
    out += '/';
    io::append_integer(out, v + std::int64_t{1});
  }
  out += '\n';
}

/// Phong's exponent that makes a highlight about as wide as a roughness does.
std::string shine(double roughness) {
  const double alpha = roughness * roughness;
  std::string out;
  io::append_number(out, static_cast<float>(std::clamp(2 / (alpha * alpha) - 2, 0.0, 1000.0)));
  return out;
}

std::string materials_text(const std::vector<MeshPart>& parts, const std::string& texture,
                           const std::string& normals) {
  std::string out;
  for (const MeshPart& part : parts) {
    const bool glossy = part.roughness < 0.5;
    out += "newmtl " + part.name + "\nKa 0 0 0\nKd 1 1 1\n";
    out += glossy ? "Ks 0.2 0.2 0.2\nNs " + shine(part.roughness) + "\nillum 2\n"
                  : std::string("Ks 0 0 0\nillum 1\n");
    out += "map_Kd " + texture + "\n";
    if (!normals.empty()) out += "norm " + normals + "\n";
  }
  return out;
}

}  // namespace

ObjText encode_obj(const RenderMesh& mesh, const std::string& name, const MeshParts& parts) {
  check(mesh);
  check(parts, mesh);
  const bool textured = mesh.textured() && !mesh.uvs.empty();
  ObjText text;
  std::string& out = text.obj;
  out = "# positions in meters, colors sRGB-encoded\n";
  if (textured) out += "mtllib " + name + ".mtl\n";
  out += "o " + name + "\n";
  std::vector<double> numbers;
  for (std::size_t v = 0; v < mesh.vertices.size(); ++v) {
    numbers.clear();
    for (const double x : mesh.vertices[v]) numbers.push_back(kMetre * x);
    if (!mesh.colors.empty())
      numbers.insert(numbers.end(), mesh.colors[v].begin(), mesh.colors[v].end());
    append_line(out, "v", numbers);
  }
  for (const Vec2& uv : mesh.uvs) append_line(out, "vt", uv);
  for (const Vec3& n : mesh.normals) append_line(out, "vn", n);
  std::vector<MeshPart> list = parts.list;
  if (list.empty()) list.push_back({.name = "face"});
  for (std::size_t p = 0; p < list.size(); ++p) {
    list[p].name = io::one_word(list[p].name);
    if (!parts.list.empty()) out += "g " + list[p].name + "\n";
    if (textured) out += "usemtl " + list[p].name + "\n";
    for (std::size_t t = 0; t < mesh.triangles.size(); ++t)
      if (parts.list.empty() || parts.triangles[t] == p)
        append_triangle(out, mesh.triangles[t], !mesh.uvs.empty(), !mesh.normals.empty());
  }
  if (textured)
    text.mtl = materials_text(list, name + texture_ending(mesh),
                              mesh.has_normal_map() ? name + normal_ending(mesh) : std::string());
  return text;
}

void write_obj(const std::filesystem::path& path, const RenderMesh& mesh) {
  const std::string name = io::one_word(path.stem().string());
  const ObjText text = encode_obj(mesh, name);
  FileSet files(path.parent_path());
  if (!text.mtl.empty()) {
    files.add(name + texture_ending(mesh),
              mesh.texture_png.empty() ? mesh.texture_jpeg : mesh.texture_png);
    if (mesh.has_normal_map())
      files.add(name + normal_ending(mesh),
                mesh.normal_png.empty() ? mesh.normal_jpeg : mesh.normal_png);
    files.add(name + ".mtl", text.mtl);
  }
  files.add(path.filename().string(), text.obj);
  files.commit(Existing::kReplace);
}

}  // namespace fgcn::mesh
