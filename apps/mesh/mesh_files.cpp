// fgcn_mesh info, convert, normals, simplify, subdivide
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/command_line.h"
#include "apps/mesh/mesh_commands.h"
#include "apps/mesh/mesh_source.h"
#include "io/mesh/normals.h"
#include "io/mesh/tangents.h"
#include "io/mesh/vec3.h"
#include "io/terminal.h"
#include "kernels/core/error.h"
#include "mesh/loop.h"
#include "mesh/search/nearest_vertex.h"
#include "mesh/simplify.h"
#include "mesh/topology.h"

namespace fgcn::mesh_app {
namespace {

using mesh::cross;
using mesh::MeshFile;
using mesh::norm;
using mesh::TriangleMesh;
using mesh::Vec3;
using mesh::operator+;
using mesh::operator-;
using mesh::operator*;

struct Options {
  std::vector<std::string> files;
  std::string in, out, unit, output_unit, rule = "careful", kind = "loop";
  bool json = false, weld = false, flip = false, ascii = false;
  std::int64_t vertices = 0, steps = 1;
  double factor = 0;
};

std::int64_t pieces(const TriangleMesh& mesh) {
  std::vector<std::int32_t> root(mesh.vertices.size());
  for (std::size_t v = 0; v < root.size(); ++v) root[v] = static_cast<std::int32_t>(v);
  const auto find = [&](std::int32_t v) {
    while (root[static_cast<std::size_t>(v)] != v)
      v = root[static_cast<std::size_t>(v)] =
          root[static_cast<std::size_t>(root[static_cast<std::size_t>(v)])];
    return v;
  };
  std::vector<std::uint8_t> used(root.size(), 0);
  for (const mesh::Triangle& t : mesh.triangles) {
    for (const std::int32_t v : t) {
      used[static_cast<std::size_t>(v)] = 1;
      const auto [low, high] = std::minmax({find(v), find(t[0])});
      root[static_cast<std::size_t>(high)] = low;
    }
  }
  std::int64_t out = 0;
  for (std::size_t v = 0; v < root.size(); ++v)
    out += used[v] != 0 && root[v] == static_cast<std::int32_t>(v) ? 1 : 0;
  return out;
}

Json facts(const std::string& path) {
  const MeshFile mesh = read_source(path);
  const TriangleMesh plain = mesh.geometry();
  std::int64_t borders = 0, crowded = 0, flat = 0, unused = 0;
  const std::vector<mesh::Edge> edges =
      mesh::edges(static_cast<std::int64_t>(plain.vertices.size()), plain.triangles);
  double length = 0;
  for (const mesh::Edge& e : edges) {
    borders += e.triangles == 1 ? 1 : 0;
    crowded += e.triangles > 2 ? 1 : 0;
    length += norm(plain.vertices[e.vertex[1]] - plain.vertices[e.vertex[0]]);
  }
  double area = 0;
  std::vector<std::uint8_t> used(plain.vertices.size(), 0);
  for (const auto& [a, b, c] : plain.triangles) {
    const double twice =
        norm(cross(plain.vertices[b] - plain.vertices[a], plain.vertices[c] - plain.vertices[a]));
    area += 0.5 * twice;
    flat += twice > 0 ? 0 : 1;
    used[a] = used[b] = used[c] = 1;
  }
  Vec3 low = plain.vertices.front(), high = low;
  for (std::size_t v = 0; v < plain.vertices.size(); ++v) {
    unused += used[v] == 0 ? 1 : 0;
    for (int k = 0; k < 3; ++k) {
      low[k] = std::min(low[k], plain.vertices[v][k]);
      high[k] = std::max(high[k], plain.vertices[v][k]);
    }
  }
  Json segments = Json::object(), landmarks = Json::object();
  for (const mesh::MeshSegment& s : mesh.segments) segments[s.name] = s.triangles.size();
  for (const mesh::MeshLandmark& l : mesh.landmarks) landmarks[l.name] = l.vertex;
  const auto euler = static_cast<std::int64_t>(plain.vertices.size()) - unused -
                     static_cast<std::int64_t>(edges.size()) +
                     static_cast<std::int64_t>(plain.triangles.size());
  return {{"file", path},
          {"format", is_face_model(path) ? "face model" : mesh::name(mesh.format)},
          {"unit", unit_name(mesh.metres)},
          {"vertices", plain.vertices.size()},
          {"vertices_with_seams", mesh.surface.vertices.size()},
          {"triangles", plain.triangles.size()},
          {"edges", edges.size()},
          {"border_edges", borders},
          {"edges_of_more_than_two_triangles", crowded},
          {"pieces", pieces(plain)},
          {"euler_number", euler},
          {"triangles_without_area", flat},
          {"vertices_of_no_triangle", unused},
          {"low", json_of(low)},
          {"high", json_of(high)},
          {"area", area},
          {"mean_edge", edges.empty() ? 0.0 : length / static_cast<double>(edges.size())},
          {"normals", !mesh.surface.normals.empty()},
          {"colors", !mesh.surface.colors.empty()},
          {"texture_coordinates", !mesh.surface.uvs.empty()},
          {"texture", mesh.surface.textured()},
          {"texture_name", mesh.texture_name},
          {"normal_map", mesh.surface.has_normal_map()},
          {"segments", segments},
          {"landmarks", landmarks}};
}

int info(const Options& o) {
  Json all = Json::array();
  int code = 0;
  for (const std::string& path : o.files) {
    Json one;
    try {
      one = facts(path);
    } catch (const InputError& error) {  // the other files are still told
      io::print_message("fgcn_mesh: %s\n", error.what());
      code = 2;
      continue;
    }
    if (o.json) {
      all.push_back(one);
      continue;
    }
    io::print_text("%s\n", path.c_str());
    for (const auto& [key, value] : one.items()) {
      if (key == "file") continue;
      std::string label = key;
      std::replace(label.begin(), label.end(), '_', ' ');
      const bool list = value.is_object();
      std::string said = value.is_string() ? value.get<std::string>()
                         : list            ? std::to_string(value.size())
                                           : value.dump();
      if (value.is_boolean()) said = value.get<bool>() ? "yes" : "no";
      io::print_text("  %-34s %s\n", label.c_str(), said.c_str());
      if (!list) continue;
      for (const auto& [name, number] : value.items())
        io::print_text("    %-32s %s\n", name.c_str(), number.dump().c_str());
    }
  }
  if (o.json) print(all);
  return code;
}

void scale(MeshFile& mesh, double by) {
  for (Vec3& p : mesh.surface.vertices) p = by * p;
}

int convert(const Options& o) {
  check_mesh_output(o.out, {o.in});
  MeshFile mesh = read_source(o.in);
  if (!o.unit.empty()) mesh.metres = metres_of(o.unit);
  if (!o.output_unit.empty()) {
    if (mesh.metres == 0)
      input_error("--output-unit ", o.output_unit, ": ", o.in,
                  " does not say its unit; say it with --unit");
    const double wanted = metres_of(o.output_unit);
    scale(mesh, mesh.metres / wanted);
    mesh.metres = wanted;
  }
  if (mesh::format_of(o.out) == mesh::MeshFormat::kGltf && mesh.metres == 0)
    io::print_message(
        "fgcn_mesh: %s: does not say its unit; taken for metres (%s)\n", o.in.c_str(),
        mesh.format == mesh::MeshFormat::kStl ? "an STL is mostly in mm: --unit mm" : "--unit");
  if (o.weld) mesh = welded(mesh);
  if (o.flip) {
    for (mesh::Triangle& t : mesh.surface.triangles) std::swap(t[1], t[2]);
    for (Vec3& n : mesh.surface.normals) n = -1.0 * n;
    mesh::make_frames(mesh.surface);
  }
  write_result(o.out, mesh, {.ascii = o.ascii});
  return 0;
}

int normals(const Options& o) {
  check_mesh_output(o.out, {o.in});
  MeshFile mesh = read_source(o.in);
  const std::vector<Vec3> own = vertex_normals(mesh.geometry());
  mesh.surface.normals.clear();
  for (std::size_t v = 0; v < mesh.surface.vertices.size(); ++v)
    mesh.surface.normals.push_back(
        own[mesh.repeats.empty() ? v : static_cast<std::size_t>(mesh.repeats[v])]);
  mesh::make_frames(mesh.surface);
  write_result(o.out, mesh);
  return 0;
}

/// Landmarks go to the vertices that are nearest now.
void keep_landmarks(const MeshFile& from, MeshFile& to) {
  if (from.landmarks.empty()) return;
  const mesh::NearestVertexTree tree(to.surface.vertices);
  for (const mesh::MeshLandmark& l : from.landmarks)
    to.landmarks.push_back({l.name, tree.find(from.surface.vertices[l.vertex]).vertex});
}

void say_dropped(const MeshFile& from, const char* what, bool segments) {
  std::string lost;
  if (!from.surface.uvs.empty()) lost = "texture coordinates";
  if (segments && !from.segments.empty())
    lost += (lost.empty() ? "" : " and ") + std::string("segments");
  if (!lost.empty())
    io::print_message("fgcn_mesh: %s does not keep %s; `fgcn_mesh transfer` brings a texture\n",
                      what, lost.c_str());
}

int simplify(const Options& o) {
  check_mesh_output(o.out, {o.in});
  if ((o.vertices > 0) == (o.factor > 0)) input_error("give either --vertices or --factor");
  const MeshFile mesh = read_source(o.in);
  const TriangleMesh plain = mesh.geometry();
  const auto count = static_cast<std::int64_t>(plain.vertices.size());
  const std::int64_t wanted =
      o.vertices > 0 ? o.vertices
                     : static_cast<std::int64_t>(std::ceil(o.factor * static_cast<double>(count)));
  if (wanted < 1 || wanted > count)
    input_error("--vertices ", wanted, ": ", o.in, " has ", count, "; take 1 to ", count);
  const mesh::Simplified less = mesh::simplify(
      plain, wanted,
      o.rule == "careful" ? mesh::CollapseRule::kCareful : mesh::CollapseRule::kReference);
  MeshFile out;
  out.metres = mesh.metres;
  for (const std::int32_t v : less.kept) {
    out.surface.vertices.push_back(plain.vertices[v]);
    if (!mesh.surface.colors.empty()) out.surface.colors.push_back(mesh.surface.colors[v]);
  }
  out.surface.triangles = less.triangles;
  if (out.surface.triangles.empty())
    input_error(o.in, ": has no triangle left with ", wanted, " vertices; take more");
  keep_landmarks(mesh, out);
  say_dropped(mesh, "simplify", true);
  write_result(o.out, out);
  io::print_text("%s: %zu vertices, %zu triangles\n", o.out.c_str(), out.surface.vertices.size(),
                 out.surface.triangles.size());
  return 0;
}

TriangleMesh divided(const TriangleMesh& mesh, bool loop) {
  return loop ? mesh::loop_subdivided(mesh) : mesh::centroid_subdivided(mesh);
}

int subdivide(const Options& o) {
  check_mesh_output(o.out, {o.in});
  const MeshFile mesh = read_source(o.in);
  const bool loop = o.kind == "loop";
  TriangleMesh plain = mesh.geometry();
  for (std::size_t t = 0; loop && t < plain.triangles.size(); ++t) {
    const auto& [a, b, c] = plain.triangles[t];
    if (a == b || b == c || c == a)
      input_error(o.in, ": triangle ", t,
                  " names a vertex twice; `fgcn_mesh simplify --factor 1` "
                  "leaves such triangles out");
  }
  const std::int32_t parts = loop ? 4 : 3;
  constexpr double kMost = 2e8;
  if (static_cast<double>(plain.triangles.size()) * std::pow(parts, o.steps) > kMost)
    input_error("--steps ", o.steps, ": gives more than ", kMost, " triangles; take fewer");
  MeshFile out;
  out.metres = mesh.metres;
  TriangleMesh colors{mesh.surface.colors, plain.triangles};
  colors.vertices.resize(mesh.surface.colors.empty() ? 0 : plain.vertices.size());
  out.segments = mesh.segments;
  for (std::int64_t step = 0; step < o.steps; ++step) {
    plain = divided(plain, loop);
    if (!colors.vertices.empty()) colors = divided(colors, loop);
    for (mesh::MeshSegment& s : out.segments) {
      std::vector<std::int32_t> finer;
      for (const std::int32_t t : s.triangles)
        for (std::int32_t k = 0; k < parts; ++k) finer.push_back(parts * t + k);
      s.triangles = std::move(finer);
    }
  }
  out.surface.vertices = std::move(plain.vertices);
  out.surface.triangles = std::move(plain.triangles);
  out.surface.colors = std::move(colors.vertices);
  for (const mesh::MeshLandmark& l : mesh.landmarks)  // old vertices keep their numbers
    out.landmarks.push_back({l.name, mesh.repeats.empty()
                                         ? l.vertex
                                         : mesh.repeats[static_cast<std::size_t>(l.vertex)]});
  say_dropped(mesh, "subdivide", false);
  write_result(o.out, out);
  io::print_text("%s: %zu vertices, %zu triangles\n", o.out.c_str(), out.surface.vertices.size(),
                 out.surface.triangles.size());
  return 0;
}

CLI::App* with_files(CLI::App& app, const char* name, const char* help, Options& o) {
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("in", o.in, "mesh file, face model, \"head\" or \"embedded\"")->required();
  command->add_option("out", o.out, "file to write: .obj, .ply, .glb, .stl or .off")->required();
  return command;
}

}  // namespace

std::function<int()> add_info(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("info", "Tell what mesh files hold.");
  command->add_option("files", o->files, "mesh files, face models, \"head\" or \"embedded\"")
      ->required();
  command->add_flag("--json", o->json, "print a list as JSON");
  command->footer(
      "Exit code: 0, or 2 when a file was refused.\n\n"
      "Examples:\n  fgcn_mesh info face.obj\n  fgcn_mesh info *.ply --json");
  return [o, command] { return command->parsed() ? info(*o) : 0; };
}

std::function<int()> add_convert(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = with_files(app, "convert", "Write a mesh in another format.", *o);
  command->add_option("--unit", o->unit, "the input's unit: m, dm, cm, mm, um, in or ft");
  command->add_option("--output-unit", o->output_unit, "the output's unit; else numbers stay");
  command->add_flag("--weld", o->weld,
                    "join vertices of one position; texture coordinates and normals go");
  command->add_flag("--flip", o->flip, "turn every triangle over");
  command->add_flag("--ascii", o->ascii, "PLY as text");
  command->footer(
      "Segments (g NAME), landmarks (#landmark NAME) and the texture go where the format has a\n"
      "place for them; what is left out is named. glTF is in metres.\n\n"
      "Examples:\n"
      "  fgcn_mesh convert face.obj face.glb --unit mm\n"
      "  fgcn_mesh convert scan.stl scan.ply --unit mm --output-unit dm\n"
      "  fgcn_mesh convert head head.obj");
  return [o, command] { return command->parsed() ? convert(*o) : 0; };
}

std::function<int()> add_normals(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command =
      with_files(app, "normals", "Write a mesh with vertex normals, weighted by area.", *o);
  command->footer("Example:\n  fgcn_mesh normals face.obj face.ply");
  return [o, command] { return command->parsed() ? normals(*o) : 0; };
}

std::function<int()> add_simplify(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = with_files(app, "simplify",
                                 "Fewer vertices: edges are collapsed onto one of their ends.", *o);
  command->add_option("--vertices", o->vertices, "how many to keep")->check(CLI::PositiveNumber);
  command->add_option("--factor", o->factor, "which part to keep, above 0 to 1")
      ->check(CLI::Range(1e-9, 1.0));
  command->add_option("--rule", o->rule, "careful, or reference: the one of MPI-IS/mesh")
      ->check(CLI::IsMember({"careful", "reference"}))
      ->capture_default_str();
  command->footer(
      "Colors and landmarks are kept, texture coordinates and segments are not.\n\n"
      "Examples:\n"
      "  fgcn_mesh simplify face.obj small.obj --vertices 2000\n"
      "  fgcn_mesh simplify face.obj quarter.obj --factor 0.25 --rule reference");
  return [o, command] { return command->parsed() ? simplify(*o) : 0; };
}

std::function<int()> add_subdivide(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = with_files(app, "subdivide", "More triangles.", *o);
  command->add_option("--kind", o->kind, "loop: smooth, four a triangle; centroid: flat, three")
      ->check(CLI::IsMember({"loop", "centroid"}))
      ->capture_default_str();
  command->add_option("--steps", o->steps, "how often")
      ->check(CLI::Range(1, 12))
      ->capture_default_str();
  command->footer(
      "Colors, segments and landmarks are kept, texture coordinates are not.\n\n"
      "Example:\n  fgcn_mesh subdivide face.obj smooth.obj --steps 2");
  return [o, command] { return command->parsed() ? subdivide(*o) : 0; };
}

}  // namespace fgcn::mesh_app
