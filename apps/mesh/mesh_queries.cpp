// fgcn_mesh closest, visibility, intersect, landmarks
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/command_line.h"
#include "apps/mesh/mesh_commands.h"
#include "apps/mesh/mesh_source.h"
#include "io/file.h"
#include "io/mesh/landmark_file.h"
#include "io/mesh/normals.h"
#include "io/mesh/vec3.h"
#include "io/number_text.h"
#include "io/terminal.h"
#include "io/writable.h"
#include "kernels/core/error.h"
#include "mesh/compare.h"
#include "mesh/search/along_normal.h"
#include "mesh/search/intersections.h"
#include "mesh/search/landmark_points.h"
#include "mesh/search/nearest_vertex.h"
#include "mesh/search/visibility.h"

namespace fgcn::mesh_app {
namespace {

using mesh::MeshFile;
using mesh::norm;
using mesh::TriangleMesh;
using mesh::Vec3;
using mesh::operator-;

struct Options {
  std::string mesh, other, out, mode = "surface", sensor;
  std::vector<std::string> cameras, occluders;
  double weight = mesh::kNormalWeight, min_distance = 0, threshold = -2;
  bool json = false;
};

/// A row of the table of `closest`.
struct Row {
  std::int32_t triangle = -1, vertex = -1;
  std::int32_t part = -1;
  double distance = 0;
  Vec3 point{};
  std::array<double, 3> barycentric{};
};

Row row_of(const mesh::ClosestPoint& at) {
  return {at.triangle,
          -1,
          static_cast<std::int32_t>(at.part),
          std::sqrt(at.distance_squared),
          at.point,
          at.barycentric};
}

std::vector<Row> search(const Options& o, const TriangleMesh& surface, const QueryPoints& query) {
  std::vector<Row> out;
  if (o.mode == "vertices") {
    for (const mesh::NearestVertex& at :
         mesh::NearestVertexTree(surface.vertices).find(query.points))
      out.push_back({-1, at.vertex, -1, at.distance, surface.vertices[at.vertex], {}});
    return out;
  }
  const mesh::ClosestPointTree tree(surface);
  if (o.mode == "surface") {
    for (const mesh::ClosestPoint& at : tree.find(query.points)) out.push_back(row_of(at));
    return out;
  }
  if (query.normals.empty())
    input_error("--by ", o.mode, ": ", o.other, " has no normals; give a mesh file");
  std::vector<Vec3> points, normals;
  std::vector<std::size_t> place;
  for (std::size_t i = 0; i < query.points.size(); ++i) {
    if (!(norm(query.normals[i]) > 0)) continue;  // a vertex of no triangle has no normal
    points.push_back(query.points[i]);
    normals.push_back(query.normals[i]);
    place.push_back(i);
  }
  out.resize(query.points.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = {-1, -1, -1, INFINITY, query.points[i], {}};
  if (o.mode == "normals") {
    const auto found = mesh::nearest_with_normal(tree, points, normals, o.weight);
    for (std::size_t i = 0; i < found.size(); ++i) out[place[i]] = row_of(found[i].at);
  } else {
    const auto found = mesh::nearest_along_normal(tree, points, normals);
    for (std::size_t i = 0; i < found.size(); ++i)
      out[place[i]] = {found[i].triangle, -1, -1, found[i].distance, found[i].point, {}};
  }
  return out;
}

void append(std::string& out, double x) {
  out += ',';
  if (std::isfinite(x)) io::append_number(out, x);
}

/// A name as a field of a CSV (RFC 4180): within quotes where it holds what would end one.
std::string field_of(const std::string& name) {
  if (name.find_first_of(",\"\r\n") == std::string::npos) return name;
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += c;
    out += c;
  }
  return out + '"';
}

int closest(const Options& o) {
  if (!o.out.empty()) {
    check_output(o.out, {o.mesh, o.other});
    check_ending("--output", o.out, ".csv", "a table");
  }
  constexpr double kHeaviest = 1e60;
  if (!(o.weight <= kHeaviest))
    input_error("--weight ", o.weight, ": is beyond ", kHeaviest, "; give a length");
  const TriangleMesh surface = read_source(o.mesh).geometry();
  const QueryPoints query = read_points(o.other);
  const std::vector<Row> rows = search(o, surface, query);
  std::vector<double> distances;
  std::string table = "name,triangle,part,vertex,distance,x,y,z,a,b,c\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& r = rows[i];
    if (std::isfinite(r.distance)) distances.push_back(r.distance);
    if (o.out.empty()) continue;
    table += query.names.empty() ? std::to_string(i) : field_of(query.names[i]);
    for (const std::int32_t n : {r.triangle, r.part, r.vertex}) {
      table += ',';
      if (n >= 0) io::append_integer(table, n);
    }
    append(table, r.distance);
    for (const double x : r.point) append(table, x);
    for (const double x : r.barycentric) append(table, x);
    table += '\n';
  }
  if (!o.out.empty()) write_file(o.out, std::string_view(table));
  const mesh::DistanceSummary s = mesh::summary(distances);
  if (o.json) {
    print({{"points", rows.size()},
           {"found", distances.size()},
           {"mean", s.mean},
           {"median", s.median},
           {"percentile_95", s.percentile_95},
           {"largest", s.largest}});
  } else {
    io::print_text("%zu points, %zu found: mean %.6g, median %.6g, 95 %% %.6g, largest %.6g\n",
                   rows.size(), distances.size(), s.mean, s.median, s.percentile_95, s.largest);
  }
  return 0;
}

int visibility(const Options& o) {
  std::vector<std::filesystem::path> inputs{o.mesh};
  inputs.insert(inputs.end(), o.occluders.begin(), o.occluders.end());
  if (!o.out.empty()) check_mesh_output(o.out, inputs);
  if (o.cameras.empty()) input_error("--camera: give one at least, as X,Y,Z");
  MeshFile file = read_source(o.mesh);
  const TriangleMesh plain = file.geometry();
  std::vector<Vec3> cameras;
  for (const std::string& text : o.cameras) {
    const std::vector<double> n = numbers_of("--camera", text, 3);
    cameras.push_back({n[0], n[1], n[2]});
  }
  mesh::VisibilityOptions options;
  Vec3 low = plain.vertices.front(), high = low;
  for (const Vec3& p : plain.vertices) {
    for (int k = 0; k < 3; ++k) {
      low[k] = std::min(low[k], p[k]);
      high[k] = std::max(high[k], p[k]);
    }
  }
  options.min_distance = o.min_distance > 0 ? o.min_distance : 1e-4 * norm(high - low);
  if (!o.sensor.empty()) {
    const std::vector<double> n = numbers_of("--sensor", o.sensor, 9);
    options.sensors.assign(cameras.size(),
                           {{n[0], n[1], n[2]}, {n[3], n[4], n[5]}, {n[6], n[7], n[8]}});
    if (!(norm(options.sensors.front().z) > 0))
      input_error("--sensor ", o.sensor, ": its last three numbers, the focal length, are 0");
  }
  for (const std::string& path : o.occluders) {
    const TriangleMesh one = read_source(path).geometry();
    const auto first = static_cast<std::int32_t>(options.occluders.vertices.size());
    options.occluders.vertices.insert(options.occluders.vertices.end(), one.vertices.begin(),
                                      one.vertices.end());
    for (const auto& [a, b, c] : one.triangles)
      options.occluders.triangles.push_back({a + first, b + first, c + first});
  }
  const mesh::Visibility seen =
      mesh::visible_vertices(plain, cameras, vertex_normals(plain), options);
  const std::size_t vertices = plain.vertices.size();
  std::vector<double> share(vertices, 0);
  Json list = Json::array();
  for (std::size_t c = 0; c < cameras.size(); ++c) {
    std::vector<std::int32_t> which;
    for (std::size_t v = 0; v < vertices; ++v) {
      const std::size_t at = c * vertices + v;
      if (seen.visible[at] == 0 || !(seen.facing[at] > o.threshold)) continue;
      which.push_back(static_cast<std::int32_t>(v));
      share[v] += 1.0 / static_cast<double>(cameras.size());
    }
    list.push_back(
        {{"camera", json_of(cameras[c])}, {"visible", which.size()}, {"vertices", which}});
    if (!o.json)
      io::print_text("camera %s: %zu of %zu vertices visible\n", o.cameras[c].c_str(), which.size(),
                     vertices);
  }
  if (o.json) print({{"min_distance", options.min_distance}, {"cameras", list}});
  if (o.out.empty()) return 0;
  file.surface.colors.clear();
  for (std::size_t v = 0; v < file.surface.vertices.size(); ++v) {
    const double part = share[file.repeats.empty() ? v : static_cast<std::size_t>(file.repeats[v])];
    file.surface.colors.push_back({1 - 0.7 * part, 0.3 + 0.6 * part, 0.3});
  }
  write_result(o.out, file);
  return 0;
}

int intersect(const Options& o) {
  if (!o.out.empty()) check_mesh_output(o.out, {o.mesh, o.other});
  const TriangleMesh first = read_source(o.mesh).geometry();
  MeshFile second = read_source(o.other);
  const std::vector<std::int32_t> met =
      mesh::intersecting_triangles(mesh::ClosestPointTree(first), second.geometry());
  if (o.json) {
    print({{"triangles_of", o.other},
           {"that_meet", o.mesh},
           {"count", met.size()},
           {"triangles", met}});
  } else {
    io::print_text("%zu of the %zu triangles of %s meet %s\n", met.size(),
                   second.surface.triangles.size(), o.other.c_str(), o.mesh.c_str());
  }
  if (o.out.empty()) return 0;
  second.surface.colors.assign(second.surface.vertices.size(), {0.8, 0.8, 0.8});
  for (const std::int32_t t : met)
    for (const std::int32_t v : second.surface.triangles[t])
      second.surface.colors[v] = {0.9, 0.1, 0.1};
  write_result(o.out, second);
  return 0;
}

int landmarks(const Options& o) {
  const bool table = o.out.ends_with(".json");
  if (!o.out.empty() && table) check_output(o.out, {o.mesh, o.other});
  if (!o.out.empty() && !table) check_mesh_output(o.out, {o.mesh, o.other});
  MeshFile file = read_source(o.mesh);
  const TriangleMesh plain = file.geometry();
  std::vector<mesh::NamedPoint> named;
  if (o.other.empty()) {
    for (const mesh::MeshLandmark& l : file.landmarks)
      named.push_back({l.name, file.surface.vertices[l.vertex]});
    if (named.empty()) input_error(o.mesh, ": has no landmarks; give a file of points");
  } else {
    named = read_named_points(o.other);
  }
  std::vector<Vec3> points;
  points.reserve(named.size());
  for (const mesh::NamedPoint& p : named) points.push_back(p.point);
  const std::vector<mesh::PointOnMesh> found = mesh::points_on_mesh(plain, points);
  Json all = Json::object();
  file.landmarks.clear();
  for (std::size_t i = 0; i < named.size(); ++i) {
    const mesh::PointOnMesh& at = found[i];
    const Vec3 on = point_of(at, plain.vertices);
    const double vertex_distance = norm(plain.vertices[at.nearest_vertex] - points[i]);
    file.landmarks.push_back({named[i].name, at.nearest_vertex});
    all[named[i].name] = {
        {"point", json_of(points[i])},
        {"nearest_vertex", at.nearest_vertex},
        {"vertex_distance", vertex_distance},
        {"corners", {at.corners[0], at.corners[1], at.corners[2]}},
        {"coefficients", {at.coefficients[0], at.coefficients[1], at.coefficients[2]}},
        {"on_surface", json_of(on)}};
    if (!o.json)
      io::print_text("%-24s vertex %8d  distance %.6g, of the surface %.6g\n",
                     named[i].name.c_str(), at.nearest_vertex, vertex_distance,
                     norm(on - points[i]));
  }
  if (o.json) print(all);
  if (o.out.empty()) return 0;
  if (table) {
    write_file(o.out,
               std::string_view(all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"));
  } else {
    write_result(o.out, file);
  }
  return 0;
}

}  // namespace

std::function<int()> add_closest(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("closest", "For each point, the nearest of a mesh.");
  command->add_option("mesh", o->mesh, "mesh to search in")->required();
  command->add_option("points", o->other, "mesh, whose vertices ask, or file of points")
      ->required();
  command->add_option("-o,--output", o->out, "table to write (CSV)");
  command
      ->add_option("--by", o->mode,
                   "surface; vertices; along: the line along the normal; normals: distance plus "
                   "weight (1 - n.n)")
      ->check(CLI::IsMember({"surface", "vertices", "along", "normals"}))
      ->capture_default_str();
  command->add_option("--weight", o->weight, "of --by normals, a length in the mesh's unit")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_flag("--json", o->json, "print the summary as JSON");
  command->footer(
      "part: 0 inside, 1 to 3 the sides ab, bc, ca, 4 to 6 the corners.\n\n"
      "Examples:\n"
      "  fgcn_mesh closest face.obj scan.ply -o nearest.csv\n"
      "  fgcn_mesh closest face.obj scan.ply --by along --json");
  return [o, command] { return command->parsed() ? closest(*o) : 0; };
}

std::function<int()> add_visibility(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("visibility", "Which vertices cameras see.");
  command->add_option("mesh", o->mesh, "mesh file")->required();
  add_list(*command, "--camera", o->cameras, "X,Y,Z of a camera; again for more");
  add_list(*command, "--occluder", o->occluders,
           "mesh that hides this one besides; again for more");
  command->add_option("--sensor", o->sensor,
                      "nine numbers: half extents x and y, and z from the camera to the scene");
  command
      ->add_option("--min-distance", o->min_distance,
                   "where rays begin before a vertex; 0: a ten-thousandth of the diagonal")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--threshold", o->threshold, "least cosine of normal and ray; -2: any")
      ->capture_default_str();
  command->add_option("-o,--output", o->out, "mesh to write, visible vertices green, others red");
  command->add_flag("--json", o->json, "print the visible vertices as JSON");
  command->footer(
      "Examples:\n"
      "  fgcn_mesh visibility head --camera 0,0,10 -o seen.ply\n"
      "  fgcn_mesh visibility face.obj --camera 0,0,500 --occluder glasses.stl --json");
  return [o, command] { return command->parsed() ? visibility(*o) : 0; };
}

std::function<int()> add_intersect(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("intersect", "The triangles of one mesh that meet another.");
  command->add_option("mesh", o->mesh, "mesh to search in")->required();
  command->add_option("other", o->other, "mesh whose triangles are listed")->required();
  command->add_option("-o,--output", o->out, "mesh to write: the other one, triangles met in red");
  command->add_flag("--json", o->json, "print the triangles as JSON");
  command->footer("Example:\n  fgcn_mesh intersect face.obj glasses.stl -o touching.ply");
  return [o, command] { return command->parsed() ? intersect(*o) : 0; };
}

std::function<int()> add_landmarks(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("landmarks", "Fix named points to a mesh.");
  command->add_option("mesh", o->mesh, "mesh file")->required();
  command->add_option("points", o->other,
                      "landmarks: .pp of MeshLab, .lmrk, .json or text; else the mesh's own");
  command->add_option("-o,--output", o->out, "file to write: .json, or .obj with #landmark lines");
  command->add_flag("--json", o->json, "print them as JSON");
  command->footer(
      "Each point gets its nearest vertex, and the surface's nearest point as a combination of\n"
      "three vertices. Points at 0 0 0 are not set and are left out.\n\n"
      "Example:\n  fgcn_mesh landmarks face.obj picked.pp -o face_named.obj");
  return [o, command] { return command->parsed() ? landmarks(*o) : 0; };
}

}  // namespace fgcn::mesh_app
