#include "io/mesh/mesh_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <initializer_list>
#include <map>
#include <string_view>
#include <utility>

#include "io/file.h"
#include "io/image_kind.h"
#include "io/mesh/gltf.h"
#include "io/mesh/normals.h"
#include "io/mesh/obj.h"
#include "io/mesh/off.h"
#include "io/mesh/ply.h"
#include "io/mesh/stl.h"
#include "io/mesh/tangents.h"
#include "io/mesh/text_numbers.h"
#include "io/number_text.h"
#include "io/path_kind.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostMaterialBytes = 16 << 20;
constexpr std::uint64_t kMostTextureBytes = std::uint64_t{512} << 20;
constexpr double kDecimetre = 0.1;

MeshFormat format_by_content(std::string_view text) {
  if (text.starts_with("glTF")) return MeshFormat::kGltf;
  const std::string_view start = io::trimmed(io::without_mark(text.substr(0, 4096)));
  if (start.starts_with("{")) return MeshFormat::kGltf;
  if (text.starts_with("ply\n") || text.starts_with("ply\r")) return MeshFormat::kPly;
  for (const char* word : {"OFF", "COFF", "NOFF", "CNOFF", "STOFF", "STCOFF", "STNOFF", "STCNOFF"})
    if (start.starts_with(word)) return MeshFormat::kOff;
  // The first line of an OFF file may be a comment.
  std::string_view rest = start;
  while (rest.starts_with("#")) {
    io::next_line(rest);
    rest = io::trimmed(rest);
  }
  if (rest.starts_with("OFF") || rest.starts_with("COFF")) return MeshFormat::kOff;
  if (is_ascii_stl(text)) return MeshFormat::kStl;
  const bool bytes = text.substr(0, 4096).find('\0') != std::string_view::npos;
  return bytes ? MeshFormat::kStl : MeshFormat::kObj;
}

/// What this program writes into its own files.
double unit_in(std::string_view comment) {
  if (comment.find("positions in decimetres") != std::string_view::npos) return kDecimetre;
  if (comment.find("positions in meters") != std::string_view::npos) return 1;
  constexpr std::string_view kUnit = "unit in metres ";
  const std::size_t at = comment.find(kUnit);
  if (at == std::string_view::npos) return 0;
  std::string_view rest = comment.substr(at + kUnit.size());
  return std::max(io::parse_number(io::next_word(rest)).value_or(0), 0.0);
}

/// In a comment in front of the numbers.
double unit_of_off(std::string_view text) {
  constexpr int kLines = 4;
  double out = 0;
  for (int line = 0; line < kLines && out == 0; ++line) {
    const std::string_view one = io::next_line(text);
    const std::size_t comment = one.find('#');
    if (comment != std::string_view::npos) out = unit_in(one.substr(comment));
  }
  return out;
}

/// Names of a material's images; empty: it has none.
struct MaterialImages {
  std::string texture, normals;
  bool by_bump = false;  // named as OBJ names maps of heights, too
};

/// The lines of a material file: the first images of `material`, or of the first one.
MaterialImages images_of(std::string_view text, const std::string& material) {
  std::map<std::string, std::string, std::less<>> first;  // by keyword
  bool wanted = material.empty();
  while (!text.empty()) {
    std::string_view line = io::next_line(text);
    const std::string_view keyword = io::next_word(line);
    const std::string value(io::trimmed(line));
    if (keyword == "newmtl") wanted = material.empty() || value == material;
    // With options in front (-s 1 1 1) the name is the last word, else the whole line.
    const std::size_t blank = value.rfind(' ');
    const std::string image =
        value.starts_with("-") && blank != std::string::npos ? value.substr(blank + 1) : value;
    if (wanted && !image.empty()) first.emplace(keyword, image);
  }
  const auto one_of = [&](std::initializer_list<const char*> keywords) {
    for (const char* keyword : keywords)
      if (const auto found = first.find(keyword); found != first.end()) return found->second;
    return std::string();
  };
  MaterialImages out{one_of({"map_Kd", "map_Ka"}), one_of({"norm", "map_Kn"})};
  out.by_bump = out.normals.empty();
  if (out.by_bump) out.normals = one_of({"map_Bump", "map_bump", "bump"});
  return out;
}

/// A file of the folder or one below it that the mesh names; empty, and a note says why, otherwise:
/// a mesh may not lead the program to any other file.
fs::path beside(const fs::path& folder, const std::string& name, const std::string& where,
                const char* what, MeshFile& out) {
  std::string slashes = name;
  std::replace(slashes.begin(), slashes.end(), '\\', '/');
  const fs::path relative = fs::path(slashes).lexically_normal();
  if (relative.empty() || relative.is_absolute() || *relative.begin() == "..") {
    out.notes.push_back(text(where, ": its ", what, " ", name,
                             " is not in the mesh's folder and is not read; copy it there"));
    return {};
  }
  fs::path path = folder / relative;
  if (path_kind(path) == PathKind::kFile) return path;
  out.notes.push_back(text(where, ": its ", what, " ", name,
                           " is not there; the mesh is read without; copy it beside the mesh"));
  return {};
}

/// Reads an image into the list of its kind.
void take_image(const fs::path& folder, const std::string& name, const std::string& where,
                const char* what, MeshFile& out, Bytes& png, Bytes& jpeg) {
  const fs::path path = beside(folder, name, where, what, out);
  if (path.empty()) return;
  Bytes bytes = read_file(path, kMostTextureBytes);
  out.read_beside.push_back(path);
  const std::string_view content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (content.starts_with("\x89PNG"))
    png = std::move(bytes);
  else if (content.starts_with("\xff\xd8\xff"))
    jpeg = std::move(bytes);
  else
    out.notes.push_back(text(where, ": its ", what, " ", name,
                             " is neither PNG nor JPEG and is left out; convert it"));
}

void take_texture(const fs::path& folder, const std::string& where, MeshFile& out) {
  take_image(folder, out.texture_name, where, "texture", out, out.surface.texture_png,
             out.surface.texture_jpeg);
}

void take_normal_map(const fs::path& folder, const std::string& where, bool by_bump,
                     MeshFile& out) {
  RenderMesh& surface = out.surface;
  take_image(folder, out.normal_name, where, "normal map", out, surface.normal_png,
             surface.normal_jpeg);
  const char* fault = nullptr;
  if (by_bump && (io::is_gray_png(surface.normal_png) || io::is_gray_jpeg(surface.normal_jpeg)))
    fault = " is in gray, a map of heights, and is left out; bake normals from it";
  else if (surface.has_normal_map() && surface.uvs.empty())
    fault = " is left out: the mesh has no texture coordinates";
  if (fault != nullptr) {
    out.notes.push_back(text(where, ": its map ", out.normal_name, fault));
    surface.normal_png = surface.normal_jpeg = {};
  }
  if (!surface.has_normal_map()) {
    out.normal_name.clear();
    return;
  }
  if (by_bump)
    out.notes.push_back(text(where, ": its bump map ", out.normal_name,
                             " has colors and is taken for a normal map"));
  // A seam is cut into the texture, not into the surface.
  if (surface.normals.empty() && !out.repeats.empty()) {
    const std::vector<Vec3> own = vertex_normals(out.geometry());
    for (const std::int32_t v : out.repeats)
      surface.normals.push_back(own[static_cast<std::size_t>(v)]);
  }
  make_frames(surface);
}

void take_obj(std::span<const std::uint8_t> bytes, const std::string& where, const fs::path& folder,
              MeshFile& out) {
  const ObjFile file = parse_obj(bytes, where);
  out.surface = render_mesh(file);
  if (file.vertices.size() != out.surface.vertices.size()) {
    const TriangleMesh plain = triangle_mesh(file);
    out.repeats.resize(out.surface.vertices.size());
    for (std::size_t v = 0; v < out.repeats.size(); ++v)
      out.repeats[v] = static_cast<std::int32_t>(v);
    for (std::size_t t = 0; t < plain.triangles.size(); ++t)
      for (int k = 0; k < 3; ++k) out.repeats[out.surface.triangles[t][k]] = plain.triangles[t][k];
  }
  std::int32_t next = 0;  // triangle
  std::size_t group = 0;
  MeshSegment* segment = nullptr;
  std::map<std::string, std::size_t> places;
  for (std::int64_t f = 0; f < file.faces(); ++f) {
    while (group < file.groups.size() && file.groups[group].first_face == f) {
      const std::string& name = file.groups[group++].name;
      const auto [at, added] = places.emplace(name, out.segments.size());
      if (added) out.segments.push_back({name, {}});
      segment = &out.segments[at->second];
    }
    const auto triangles =
        static_cast<std::int32_t>(file.face_begin[f + 1] - file.face_begin[f] - 2);
    for (std::int32_t k = 0; k < triangles; ++k, ++next)
      if (segment != nullptr) segment->triangles.push_back(next);
  }
  std::erase_if(out.segments, [](const MeshSegment& s) { return s.triangles.empty(); });
  for (const ObjLandmark& l : file.landmarks) out.landmarks.push_back({l.name, l.vertex});
  if (folder.empty() || file.material_file.empty()) return;
  const fs::path path = beside(folder, file.material_file, where, "material file", out);
  if (path.empty()) return;
  const Bytes text = read_file(path, kMostMaterialBytes);
  out.read_beside.push_back(path);
  MaterialImages images =
      images_of({reinterpret_cast<const char*>(text.data()), text.size()}, file.material);
  out.texture_name = std::move(images.texture);
  out.normal_name = std::move(images.normals);
  if (!out.texture_name.empty()) take_texture(folder, where, out);
  if (!out.normal_name.empty()) take_normal_map(folder, where, images.by_bump, out);
}

void take_ply(std::span<const std::uint8_t> bytes, const std::string& where, const fs::path& folder,
              MeshFile& out) {
  out.surface = parse_ply(bytes, where, out.repeats);
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (std::string_view line = io::next_line(text); !text.empty() && line != "end_header";
       line = io::next_line(text)) {
    if (io::next_word(line) != "comment") continue;
    if (out.metres == 0) out.metres = unit_in(line);
    if (io::next_word(line) == "TextureFile" && out.texture_name.empty())
      out.texture_name = io::trimmed(line);
  }
  if (!folder.empty() && !out.texture_name.empty()) take_texture(folder, where, out);
}

void take_stl(std::span<const std::uint8_t> bytes, const std::string& where, MeshFile& out) {
  StlFile file = parse_stl(bytes, where);
  out.metres = unit_in(file.header);
  out.surface.vertices = std::move(file.mesh.vertices);
  out.surface.triangles = std::move(file.mesh.triangles);
  if (file.solids.size() < 2) return;
  const auto count = static_cast<std::int64_t>(out.surface.triangles.size());
  for (std::size_t s = 0; s < file.solids.size(); ++s) {
    const std::int64_t end = s + 1 < file.solids.size() ? file.solids[s + 1].first_triangle : count;
    MeshSegment segment{file.solids[s].name, {}};
    for (std::int64_t t = file.solids[s].first_triangle; t < end; ++t)
      segment.triangles.push_back(static_cast<std::int32_t>(t));
    if (segment.name.empty()) segment.name = text("solid", s + 1);
    if (!segment.triangles.empty()) out.segments.push_back(std::move(segment));
  }
}

void take_gltf(std::span<const std::uint8_t> bytes, const std::string& where, MeshFile& out) {
  out.surface = parse_gltf(bytes, where, out.notes);
  out.metres = 1;
  // Single-precision metres in the file, mostly: the same number again.
  for (Vec3& p : out.surface.vertices)
    for (double& x : p) x = rounded_to_single(kDecimetre * x);
}

}  // namespace

const char* name(MeshFormat format) {
  constexpr std::array kNames{"OBJ", "PLY", "glTF", "STL", "OFF"};
  return kNames[static_cast<std::size_t>(format)];
}

TriangleMesh MeshFile::geometry() const {
  if (repeats.empty()) return surface.triangle_mesh();
  TriangleMesh out{surface.vertices, surface.triangles};
  std::size_t count = 0;
  while (count < repeats.size() && repeats[count] == static_cast<std::int32_t>(count)) ++count;
  out.vertices.resize(count);
  for (Triangle& t : out.triangles)
    for (std::int32_t& v : t) v = repeats[static_cast<std::size_t>(v)];
  return out;
}

void check(const MeshFile& mesh) {
  check(mesh.surface);
  const auto vertices = static_cast<std::int32_t>(mesh.surface.vertices.size());
  const auto triangles = static_cast<std::int32_t>(mesh.surface.triangles.size());
  FGCN_CHECK(mesh.repeats.empty() || mesh.repeats.size() == mesh.surface.vertices.size(),
             "mesh file: ", mesh.repeats.size(), " repeats for ", vertices, " vertices");
  bool own = true;  // until the first that repeats another
  for (std::size_t v = 0; v < mesh.repeats.size(); ++v) {
    const std::int32_t of = mesh.repeats[v];
    const bool itself = of == static_cast<std::int32_t>(v);
    own = own && itself;
    FGCN_CHECK(of >= 0 && static_cast<std::size_t>(of) <= v && itself == own &&
                   mesh.repeats[static_cast<std::size_t>(of)] == of,
               "mesh file: vertex ", v, " repeats vertex ", of);
  }
  for (const MeshSegment& s : mesh.segments)
    for (const std::int32_t t : s.triangles)
      FGCN_CHECK(t >= 0 && t < triangles, "mesh file: segment ", s.name, " names triangle ", t,
                 " of ", triangles);
  for (const MeshLandmark& l : mesh.landmarks)
    FGCN_CHECK(l.vertex >= 0 && l.vertex < vertices, "mesh file: landmark ", l.name,
               " names vertex ", l.vertex, " of ", vertices);
}

MeshFile parse_mesh_file(std::span<const std::uint8_t> bytes, const std::string& where,
                         const fs::path& folder) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (io::trimmed(text.substr(0, 4096)).empty() && text.size() <= 4096)
    input_error(where, ": is empty; expected an OBJ, PLY, glTF, STL or OFF file");
  MeshFile out;
  out.format = format_by_content(text);
  switch (out.format) {
    case MeshFormat::kObj:
      if (text.starts_with('#')) out.metres = unit_in(text.substr(0, 256));
      take_obj(bytes, where, folder, out);
      break;
    case MeshFormat::kPly:
      take_ply(bytes, where, folder, out);
      break;
    case MeshFormat::kGltf:
      take_gltf(bytes, where, out);
      break;
    case MeshFormat::kStl:
      take_stl(bytes, where, out);
      break;
    case MeshFormat::kOff:
      out.surface = parse_off(bytes, where);
      out.metres = unit_of_off(text);
      break;
  }
  return out;
}

MeshFile read_mesh_file(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  return parse_mesh_file(read_file(path), path.string(), folder);
}

MeshFormat format_of(const fs::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (ending == ".obj") return MeshFormat::kObj;
  if (ending == ".ply") return MeshFormat::kPly;
  if (ending == ".glb") return MeshFormat::kGltf;
  if (ending == ".stl") return MeshFormat::kStl;
  if (ending == ".off") return MeshFormat::kOff;
  input_error(path.string(),
              ": its ending names no format that is written; take .obj, .ply, .glb, ",
              ".stl or .off");
}

}  // namespace fgcn::mesh
