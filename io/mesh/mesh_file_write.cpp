#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <string_view>

#include "io/file.h"
#include "io/mesh/gltf.h"
#include "io/mesh/mesh_file.h"
#include "io/mesh/off.h"
#include "io/mesh/ply.h"
#include "io/mesh/stl.h"
#include "io/mesh/text_numbers.h"
#include "io/number_text.h"
#include "io/one_word.h"
#include "io/path_kind.h"
#include "io/utf8.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

namespace fs = std::filesystem;

std::string unit_text(double metres) {
  std::string out = "unit in metres ";
  io::append_number(out, metres);
  return out;
}

std::string stated_unit(const MeshFile& mesh) {
  return mesh.metres > 0 ? unit_text(mesh.metres) : std::string();
}

/// On one line, and without what steers a terminal that shows the file.
std::string words(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const std::string_view before = name;
    const char32_t code = io::next_code_point(name);
    const bool control = code != '\t' && (code < 0x20 || (code >= 0x7f && code < 0xa0));
    out += control ? " " : before.substr(0, before.size() - name.size());
  }
  return out;
}

/// The image's own name where the mesh names one, else NAME_albedo.png or .jpg.
std::string image_file(const std::string& own_name, const std::string& name, const char* kind,
                       bool png) {
  const fs::path own = fs::path(own_name).filename();
  if (own.empty()) return name + kind + (png ? ".png" : ".jpg");
  return io::one_word(own.stem().string()) + (png ? ".png" : ".jpg");
}

/// A mesh goes to a new name often in its own folder, where its material or texture may have just
/// the name that the new one's would take.
void check_not_read(const fs::path& path, std::string_view content, const MeshFile& mesh) {
  for (const fs::path& source : mesh.read_beside) {
    if (!is_same_place(path, source)) continue;
    const Bytes there = read_file(source);
    if (!std::equal(there.begin(), there.end(), content.begin(), content.end(),
                    [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }))
      input_error(path.string(),
                  ": would replace a file that the mesh was read with; write to "
                  "another folder, or give another name");
  }
}

void write_obj_files(const fs::path& path, const MeshFile& mesh) {
  const RenderMesh& surface = mesh.surface;
  const std::string stem = io::one_word(path.stem().string());
  const bool textured = surface.textured() && !surface.uvs.empty();
  FileSet files(path.parent_path());
  const auto add = [&](const std::string& name, std::string_view content) {
    check_not_read(path.parent_path() / name, content, mesh);
    files.add(name, content);
  };
  const auto add_image = [&](const std::string& name, const Bytes& png, const Bytes& jpeg) {
    const Bytes& pixels = png.empty() ? jpeg : png;
    add(name, {reinterpret_cast<const char*>(pixels.data()), pixels.size()});
  };
  std::string image, material = "newmtl surface\nKa 1 1 1\nKd 1 1 1\nKs 0 0 0\nillum 1\n";
  if (textured) {
    image = image_file(mesh.texture_name, stem, "_albedo", !surface.texture_png.empty());
    add_image(image, surface.texture_png, surface.texture_jpeg);
    material += "map_Ka " + image + "\nmap_Kd " + image + "\n";
  }
  if (surface.has_normal_map()) {
    const bool png = !surface.normal_png.empty();
    std::string normals = image_file(mesh.normal_name, stem, "_normal", png);
    if (normals == image) normals = image_file({}, stem, "_normal", png);
    add_image(normals, surface.normal_png, surface.normal_jpeg);
    material += "norm " + normals + "\n";
  }
  const bool has_material = textured || surface.has_normal_map();
  if (has_material) add(stem + ".mtl", material);
  files.add(path.filename().string(), encode_mesh_obj(mesh, has_material ? stem : std::string()));
  files.commit(Existing::kReplace);
}

/// Whether vertices that repeat another one differ from it in nothing but texture coordinates. Only
/// then a file whose faces have those can write them once.
bool only_uvs_differ(const MeshFile& mesh) {
  const RenderMesh& s = mesh.surface;
  for (std::size_t v = 0; v < mesh.repeats.size(); ++v) {
    const auto of = static_cast<std::size_t>(mesh.repeats[v]);
    if (s.vertices[v] != s.vertices[of] || (!s.normals.empty() && s.normals[v] != s.normals[of]) ||
        (!s.colors.empty() && s.colors[v] != s.colors[of]))
      return false;
  }
  return true;
}

Bytes ply_bytes(const MeshFile& mesh, bool ascii) {
  PlyOptions options{ascii ? PlyFormat::kAscii : PlyFormat::kLittleEndian,
                     !is_single_precision(mesh.surface.vertices),
                     {},
                     {}};
  if (only_uvs_differ(mesh)) options.repeats = mesh.repeats;
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

namespace {

/// STL and glTF hold single precision alone.
void check_single_precision(const fs::path& path, const MeshFile& mesh) {
  const MeshFormat format = format_of(path);
  if (format != MeshFormat::kStl && format != MeshFormat::kGltf) return;
  constexpr double kLargest = std::numeric_limits<float>::max();
  const double metres = mesh.metres > 0 ? mesh.metres : 1;
  for (const Vec3& p : mesh.surface.vertices)
    for (const double x : p)
      if (const double written = format == MeshFormat::kGltf ? x * metres : x;
          !(std::abs(written) <= 0.1 * kLargest))
        input_error(path.string(), ": the coordinate ", written, " is too large for ", name(format),
                    ", which holds single precision; give another --output-unit, or take .ply");
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
  if (s.has_normal_map() && !obj && !gltf) out.emplace_back("normal map");
  if (!s.uvs.empty() && !obj && !gltf && !ply) out.emplace_back("texture coordinates");
  if (!s.normals.empty() && !obj && !gltf && !ply) out.emplace_back("normals");
  if (!s.colors.empty() && !obj && !gltf && !ply && !off) out.emplace_back("colors");
  if (!mesh.segments.empty() && !obj) out.emplace_back("segments");
  if (!mesh.landmarks.empty() && !obj) out.emplace_back("landmarks");
  return out;
}

void write_mesh_file(const fs::path& path, const MeshFile& mesh, const MeshWriteOptions& options) {
  check(mesh);
  check_single_precision(path, mesh);
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
      write_file(path, encode_stl(mesh.geometry(), stated_unit(mesh)));
      break;
    case MeshFormat::kOff: {
      RenderMesh plain;
      TriangleMesh geometry = mesh.geometry();
      plain.vertices = std::move(geometry.vertices);
      plain.triangles = std::move(geometry.triangles);
      plain.colors = mesh.surface.colors;
      if (!plain.colors.empty()) plain.colors.resize(plain.vertices.size());
      write_file(path, std::string_view(encode_off(plain, stated_unit(mesh))));
      break;
    }
  }
}

}  // namespace fgcn::mesh
