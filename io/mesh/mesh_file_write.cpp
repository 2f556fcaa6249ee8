#include <algorithm>
#include <cstddef>
#include <map>

#include "io/file.h"
#include "io/mesh/gltf.h"
#include "io/mesh/mesh_file.h"
#include "io/mesh/off.h"
#include "io/mesh/ply.h"
#include "io/mesh/stl.h"
#include "io/mesh/text_numbers.h"
#include "io/number_text.h"
#include "io/one_word.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

namespace fs = std::filesystem;

std::string unit_text(double metres) {
  std::string out = "unit in metres ";
  io::append_number(out, metres);
  return out;
}

std::string words(const std::string& name) {
  std::string out = name;
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return out;
}

/// The image's own name where the mesh names one, else NAME_albedo.png or .jpg.
std::string texture_file(const MeshFile& mesh, const std::string& name) {
  const bool png = !mesh.surface.texture_png.empty();
  const fs::path own = fs::path(mesh.texture_name).filename();
  if (own.empty()) return name + (png ? "_albedo.png" : "_albedo.jpg");
  return io::one_word(own.stem().string()) + (png ? ".png" : ".jpg");
}

void write_obj_files(const fs::path& path, const MeshFile& mesh) {
  const std::string stem = io::one_word(path.stem().string());
  const bool textured = mesh.surface.textured() && !mesh.surface.uvs.empty();
  FileSet files(path.parent_path());
  if (textured) {
    const std::string image = texture_file(mesh, stem);
    files.add(image, mesh.surface.texture_png.empty() ? mesh.surface.texture_jpeg
                                                      : mesh.surface.texture_png);
    files.add(stem + ".mtl", "newmtl surface\nKa 1 1 1\nKd 1 1 1\nKs 0 0 0\nillum 1\nmap_Ka " +
                                 image + "\nmap_Kd " + image + "\n");
  }
  files.add(path.filename().string(), encode_mesh_obj(mesh, textured ? stem : std::string()));
  files.commit(Existing::kReplace);
}

Bytes ply_bytes(const MeshFile& mesh, bool ascii) {
  PlyOptions options{ascii ? PlyFormat::kAscii : PlyFormat::kLittleEndian,
                     !is_single_precision(mesh.surface.vertices),
                     {}};
  if (mesh.metres > 0) options.comments.push_back(unit_text(mesh.metres));
  if (!mesh.texture_name.empty()) options.comments.push_back("TextureFile " + mesh.texture_name);
  return encode_ply(mesh.surface, options);
}

Bytes glb_bytes(const MeshFile& mesh, const std::string& stem) {
  constexpr double kDecimetres = 10;  // of a metre: glTF's writer takes decimetres
  RenderMesh surface = mesh.surface;
  const double scale = kDecimetres * (mesh.metres > 0 ? mesh.metres : 1);
  for (Vec3& p : surface.vertices)
    for (double& x : p) x *= scale;
  if (surface.uvs.empty()) surface.texture_png = surface.texture_jpeg = {};
  return encode_glb(surface, {.name = stem});
}

}  // namespace

std::string encode_mesh_obj(const MeshFile& mesh, const std::string& material) {
  check(mesh);
  const RenderMesh& surface = mesh.surface;
  const TriangleMesh plain = mesh.geometry();
  std::string out;
  if (mesh.metres > 0) out += "# " + unit_text(mesh.metres) + "\n";
  if (!material.empty()) out += "mtllib " + material + ".mtl\n";
  std::multimap<std::int32_t, const std::string*> named;
  for (const MeshLandmark& l : mesh.landmarks) {
    const bool repeated = !mesh.repeats.empty();
    named.emplace(repeated ? mesh.repeats[static_cast<std::size_t>(l.vertex)] : l.vertex, &l.name);
  }
  const bool single = is_single_precision(plain.vertices);
  for (std::size_t v = 0; v < plain.vertices.size(); ++v) {
    const auto [first, last] = named.equal_range(static_cast<std::int32_t>(v));
    for (auto l = first; l != last; ++l) out += "#landmark " + words(*l->second) + "\n";
    out += "v ";
    append_row(out, plain.vertices[v], single);
    if (!surface.colors.empty()) {
      out += ' ';
      append_row(out, surface.colors[v], true);
    }
    out += '\n';
  }
  for (const Vec2& uv : surface.uvs) {
    out += "vt ";
    append_row(out, uv, false);
    out += '\n';
  }
  for (const Vec3& n : surface.normals) {
    out += "vn ";
    append_row(out, n, true);
    out += '\n';
  }
  // A triangle's segment; of several the first.
  std::vector<std::int32_t> segment(surface.triangles.size(), -1);
  for (std::size_t s = mesh.segments.size(); s-- > 0;)
    for (const std::int32_t t : mesh.segments[s].triangles)
      segment[static_cast<std::size_t>(t)] = static_cast<std::int32_t>(s);
  if (!material.empty()) out += "usemtl surface\n";
  std::int32_t current = -1;
  for (std::size_t t = 0; t < surface.triangles.size(); ++t) {
    if (segment[t] != current) {
      current = segment[t];
      out += current < 0 ? "g\n" : "g " + io::one_word(mesh.segments[current].name) + "\n";
    }
    out += 'f';
    for (int k = 0; k < 3; ++k) {
      out += ' ';
      io::append_integer(out, plain.triangles[t][k] + std::int64_t{1});
      if (surface.uvs.empty() && surface.normals.empty()) continue;
      out += '/';
      if (!surface.uvs.empty()) io::append_integer(out, surface.triangles[t][k] + std::int64_t{1});
      if (surface.normals.empty()) continue;
      out += '/';
      io::append_integer(out, surface.triangles[t][k] + std::int64_t{1});
    }
    out += '\n';
  }
  return out;
}

std::vector<std::string> left_out(const MeshFile& mesh, MeshFormat format) {
  const RenderMesh& s = mesh.surface;
  const bool obj = format == MeshFormat::kObj, gltf = format == MeshFormat::kGltf,
             ply = format == MeshFormat::kPly, off = format == MeshFormat::kOff;
  std::vector<std::string> out;
  if (s.textured() && !obj && !(gltf && !s.uvs.empty())) out.emplace_back("texture");
  if (!s.uvs.empty() && !obj && !gltf && !ply) out.emplace_back("texture coordinates");
  if (!s.normals.empty() && !obj && !gltf && !ply) out.emplace_back("normals");
  if (!s.colors.empty() && !obj && !gltf && !ply && !off) out.emplace_back("colors");
  if (!mesh.segments.empty() && !obj) out.emplace_back("segments");
  if (!mesh.landmarks.empty() && !obj) out.emplace_back("landmarks");
  return out;
}

void write_mesh_file(const fs::path& path, const MeshFile& mesh, const MeshWriteOptions& options) {
  check(mesh);
  switch (format_of(path)) {
    case MeshFormat::kObj:
      write_obj_files(path, mesh);
      break;
    case MeshFormat::kPly:
      write_file(path, ply_bytes(mesh, options.ascii));
      break;
    case MeshFormat::kGltf:
      write_file(path, glb_bytes(mesh, path.stem().string()));
      break;
    case MeshFormat::kStl:
      write_file(path, encode_stl(mesh.geometry()));
      break;
    case MeshFormat::kOff: {
      RenderMesh plain;
      TriangleMesh geometry = mesh.geometry();
      plain.vertices = std::move(geometry.vertices);
      plain.triangles = std::move(geometry.triangles);
      plain.colors = mesh.surface.colors;
      if (!plain.colors.empty()) plain.colors.resize(plain.vertices.size());
      write_file(path, std::string_view(encode_off(plain)));
      break;
    }
  }
}

}  // namespace fgcn::mesh
