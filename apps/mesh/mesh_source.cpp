#include "apps/mesh/mesh_source.h"

#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "io/file.h"
#include "io/mesh/landmark_file.h"
#include "io/mesh/normals.h"
#include "io/mesh/weld.h"
#include "io/number_text.h"
#include "io/terminal.h"
#include "io/writable.h"
#include "kernels/core/error.h"
#include "mesh/face/named_face.h"
#include "mesh/face/whole_head.h"

namespace fgcn::mesh_app {
namespace {

namespace fs = std::filesystem;
using mesh::MeshFile;
using mesh::Vec3;

constexpr double kDecimetre = 0.1;

MeshFile mesh_of(const mesh::FaceModel& model) {
  MeshFile out;
  const mesh::SeamedMesh cut = mesh::cut_at_seams(model);
  out.metres = kDecimetre;
  for (const std::int32_t v : cut.vertex) {
    const auto at = 3 * static_cast<std::size_t>(v);
    out.surface.vertices.push_back(
        {model.mean_shape[at], model.mean_shape[at + 1], model.mean_shape[at + 2]});
    if (!model.mean_albedo.empty())
      out.surface.colors.push_back(
          {model.mean_albedo[at], model.mean_albedo[at + 1], model.mean_albedo[at + 2]});
  }
  for (std::size_t i = 0; i + 1 < cut.uv.size(); i += 2)
    out.surface.uvs.push_back({cut.uv[i], cut.uv[i + 1]});
  out.surface.triangles = cut.triangles;
  if (cut.vertex.size() != static_cast<std::size_t>(model.vertices())) out.repeats = cut.vertex;
  for (std::size_t i = 0; i < model.landmarks.size(); ++i)
    out.landmarks.push_back({std::to_string(i), model.landmarks[i]});
  return out;
}

constexpr double kLargest = 1e60;  // of coordinates: their products stay finite

void check_range(const MeshFile& mesh, const std::string& where) {
  for (const Vec3& p : mesh.surface.vertices)
    for (const double x : p)
      if (!(std::abs(x) <= kLargest))
        input_error(where, ": has a coordinate of ", x, ", beyond ", kLargest,
                    "; export it in another unit");
}

struct Unit {
  const char* name;
  double metres;
};
constexpr std::array kUnits{Unit{"m", 1},      Unit{"dm", 0.1},  Unit{"cm", 0.01},
                            Unit{"mm", 1e-3},  Unit{"um", 1e-6}, Unit{"in", 0.0254},
                            Unit{"ft", 0.3048}};

}  // namespace

bool is_face_model(const std::string& name) {
  if (name == "head" || name == "embedded") return !std::filesystem::exists(name);
  return name.ends_with(".safetensors");
}

MeshFile read_source(const std::string& name) {
  if (is_face_model(name)) return mesh_of(mesh::named_face(name).model);
  MeshFile out = mesh::read_mesh_file(name);
  check_range(out, name);
  for (const std::string& note : out.notes) io::print_message("fgcn_mesh: %s\n", note.c_str());
  return out;
}

MeshFile welded(const MeshFile& mesh) {
  MeshFile out;
  out.format = mesh.format;
  out.metres = mesh.metres;
  out.segments = mesh.segments;
  const mesh::Welded joined = mesh::weld(mesh.surface.vertices);
  out.surface.vertices = joined.points;
  if (!mesh.surface.colors.empty()) {
    out.surface.colors.resize(joined.points.size());
    for (std::size_t v = joined.place.size(); v-- > 0;)
      out.surface.colors[static_cast<std::size_t>(joined.place[v])] = mesh.surface.colors[v];
  }
  for (mesh::Triangle t : mesh.surface.triangles) {
    for (std::int32_t& v : t) v = joined.place[static_cast<std::size_t>(v)];
    out.surface.triangles.push_back(t);
  }
  for (const mesh::MeshLandmark& l : mesh.landmarks)
    out.landmarks.push_back({l.name, joined.place[static_cast<std::size_t>(l.vertex)]});
  return out;
}

void write_result(const std::string& path, const MeshFile& mesh,
                  const mesh::MeshWriteOptions& options) {
  const mesh::MeshFormat format = mesh::format_of(path);
  mesh::write_mesh_file(path, mesh, options);
  // The format has no unit of its own. Programs that print take millimetres.
  const std::string unit = unit_name(mesh.metres);
  if (format == mesh::MeshFormat::kStl && mesh.metres > 0 && unit != "mm")
    io::print_message(
        "fgcn_mesh: %s: is in %s; programs that print take STL for mm (fgcn_mesh convert "
        "--output-unit mm)\n",
        path.c_str(), unit.c_str());
  std::string lost;
  for (const std::string& part : mesh::left_out(mesh, format))
    lost += (lost.empty() ? "" : ", ") + part;
  if (!lost.empty())
    io::print_message("fgcn_mesh: %s: %s cannot hold %s; left out\n", path.c_str(),
                      mesh::name(format), lost.c_str());
}

void check_mesh_output(const std::string& path, const std::vector<fs::path>& inputs) {
  check_output(path, inputs);
  mesh::format_of(path);
}

void check_ending(const std::string& option, const std::string& path, const std::string& ending,
                  const char* what) {
  std::string own = fs::path(path).extension().string();
  for (char& c : own) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (own != ending)
    input_error(option, " ", path, ": ", what, " is written; give a name that ends in ", ending);
}

double metres_of(const std::string& unit) {
  std::string known;
  for (const Unit& u : kUnits) {
    if (unit == u.name) return u.metres;
    known += (known.empty() ? "" : ", ") + std::string(u.name);
  }
  input_error("--unit ", unit, ": is not a unit; take one of ", known);
}

std::string unit_name(double metres) {
  if (metres == 0) return "unknown";
  for (const Unit& u : kUnits)
    if (std::abs(metres / u.metres - 1) < 1e-9) return u.name;
  std::string out;
  io::append_number(out, metres);
  return out + " m";
}

void print(const Json& json) {
  io::print_json(json.dump(2, ' ', false, Json::error_handler_t::replace));
}

Json json_of(const Vec3& p) { return Json::array({p[0], p[1], p[2]}); }

std::vector<double> numbers_of(const std::string& option, const std::string& text,
                               std::size_t count) {
  std::vector<double> out;
  std::string_view rest = text;
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    more = comma != std::string_view::npos;
    const auto value = io::parse_number(io::trimmed(rest.substr(0, comma)));
    if (!value) input_error(option, " ", text, ": is not ", count, " numbers with commas between");
    if (!(std::abs(*value) <= kLargest))
      input_error(option, " ", text, ": has a number beyond ", kLargest, "; take smaller ones");
    out.push_back(*value);
    if (more) rest.remove_prefix(comma + 1);
  }
  if (out.size() != count)
    input_error(option, " ", text, ": has ", out.size(), " numbers, expected ", count);
  return out;
}

std::vector<mesh::NamedPoint> read_named_points(const std::string& path) {
  std::vector<mesh::NamedPoint> out = mesh::read_landmarks(path);
  for (const mesh::NamedPoint& p : out)
    for (const double x : p.point)
      if (!(std::abs(x) <= kLargest))
        input_error(path, ": landmark ", p.name, " has a coordinate of ", x, ", beyond ", kLargest,
                    "; export it in another unit");
  return out;
}

QueryPoints read_points(const std::string& path) {
  QueryPoints out;
  bool is_mesh = is_face_model(path);
  if (!is_mesh) {
    const std::string ending = std::filesystem::path(path).extension().string();
    for (const char* known : {".obj", ".ply", ".glb", ".gltf", ".stl", ".off"})
      is_mesh = is_mesh || ending == known;
  }
  if (is_mesh) {
    const mesh::TriangleMesh geometry = read_source(path).geometry();
    out.normals = mesh::vertex_normals(geometry);
    out.points = geometry.vertices;
    return out;
  }
  for (mesh::NamedPoint& p : read_named_points(path)) {
    out.names.push_back(std::move(p.name));
    out.points.push_back(p.point);
  }
  return out;
}

}  // namespace fgcn::mesh_app
