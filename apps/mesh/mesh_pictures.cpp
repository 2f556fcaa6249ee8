// fgcn_mesh transfer, snapshot, compare
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <numbers>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/command_line.h"
#include "apps/mesh/mesh_commands.h"
#include "apps/mesh/mesh_source.h"
#include "io/file.h"
#include "io/mesh/vec3.h"
#include "io/output_folder.h"
#include "io/terminal.h"
#include "io/writable.h"
#include "kernels/core/error.h"
#include "mesh/compare.h"
#include "mesh/search/nearest_vertex.h"
#include "mesh/transfer.h"
#include "recon/mesh_picture.h"
#include "render/sheet.h"
#include "render/views.h"

namespace fgcn::mesh_app {
namespace {

namespace fs = std::filesystem;
using mesh::MeshFile;
using mesh::Vec3;
using mesh::operator+;
using mesh::operator*;

constexpr std::array<float, 3> kGround{1, 1, 1};
constexpr double kMillimetres = 1000;  // of a metre

struct Options {
  std::string from, to, out, align = "auto", show = "auto", view = "front", angles, unit;
  std::int64_t texture_size = 1024, width = 720, height = 720;
  double zoom = 1, full = 0;
  bool json = false, both_sides = false;
};

/// Landmarks of one name in both meshes.
struct Pairs {
  std::vector<Vec3> from, to;
};
Pairs landmark_pairs(const MeshFile& from, const MeshFile& to) {
  std::map<std::string, std::int32_t> named;
  for (const mesh::MeshLandmark& l : from.landmarks) named.emplace(l.name, l.vertex);
  Pairs out;
  for (const mesh::MeshLandmark& l : to.landmarks) {
    const auto found = named.find(l.name);
    if (found == named.end()) continue;
    out.from.push_back(from.surface.vertices[found->second]);
    out.to.push_back(to.surface.vertices[l.vertex]);
  }
  return out;
}

/// Where the target's vertices are in the source's frame.
std::vector<Vec3> placed(const Options& o, const MeshFile& from, const MeshFile& to) {
  std::vector<Vec3> out = to.surface.vertices;
  const Pairs pairs = landmark_pairs(from, to);
  constexpr std::size_t kFewest = 3;
  if (o.align == "landmarks" && pairs.to.size() < kFewest)
    input_error("--align landmarks: ", o.from, " and ", o.to, " share ", pairs.to.size(),
                " landmark names, 3 are needed; name them with `fgcn_mesh landmarks`");
  if (o.align == "none" || pairs.to.size() < kFewest) {
    // Files that say their units differ are brought together by those.
    if (from.metres > 0 && to.metres > 0)
      for (Vec3& p : out) p = (to.metres / from.metres) * p;
    return out;
  }
  for (const auto& [points, name] : {std::pair(&pairs.from, o.from), std::pair(&pairs.to, o.to)})
    if (mesh::lie_in_one_line(*points))
      input_error("--align ", o.align, ": the ", points->size(), " landmarks of ", name,
                  " that both name lie in one line; name others, or give --align none");
  const mesh::Similarity move = mesh::similarity(pairs.to, pairs.from);
  for (Vec3& p : out) p = move(p);
  io::print_message("fgcn_mesh: aligned by %zu landmarks\n", pairs.to.size());
  return out;
}

int transfer(const Options& o) {
  check_mesh_output(o.out, {o.from, o.to});
  const MeshFile from = read_source(o.from);
  MeshFile to = read_source(o.to);
  to.read_beside.insert(to.read_beside.end(), from.read_beside.begin(), from.read_beside.end());
  const bool colored = !from.surface.colors.empty();
  const bool textured = from.surface.textured() && !from.surface.uvs.empty();
  if (!colored && !textured && from.segments.empty() && from.landmarks.empty())
    input_error(o.from, ": has no texture, colors, segments or landmarks to be transferred");
  const std::vector<Vec3> place = placed(o, from, to);
  const mesh::ClosestPointTree tree(from.surface.triangle_mesh());
  const std::vector<mesh::ClosestPoint> at = tree.find(place);
  std::vector<double> distances;
  distances.reserve(at.size());
  for (const mesh::ClosestPoint& p : at) distances.push_back(std::sqrt(p.distance_squared));
  if (colored || textured) {
    const std::optional<Image8> texture = recon::decoded_texture(from);
    to.surface.colors.clear();
    for (const mesh::ClosestPoint& p : at) {
      const auto rgb = recon::surface_color(from, texture, p);
      to.surface.colors.push_back({rgb[0], rgb[1], rgb[2]});
    }
    if (!to.surface.uvs.empty()) {
      const Image baked = recon::transferred_texture(from, to, place, o.texture_size);
      to.surface.texture_png = encode_png(to_bytes(baked));
      to.surface.texture_jpeg = {};
      to.texture_name.clear();
    }
  }
  if (!from.landmarks.empty() && to.landmarks.empty()) {
    const std::size_t own = to.geometry().vertices.size();
    const mesh::NearestVertexTree vertices{std::span(place).first(own)};
    for (const mesh::MeshLandmark& l : from.landmarks)
      to.landmarks.push_back({l.name, vertices.find(from.surface.vertices[l.vertex]).vertex});
  }
  if (!from.segments.empty() && to.segments.empty()) {
    std::vector<std::int32_t> segment(from.surface.triangles.size(), -1);
    for (std::size_t s = 0; s < from.segments.size(); ++s) {
      to.segments.push_back({from.segments[s].name, {}});
      for (const std::int32_t t : from.segments[s].triangles)
        segment[static_cast<std::size_t>(t)] = static_cast<std::int32_t>(s);
    }
    std::vector<Vec3> middles;
    for (const auto& [a, b, c] : to.surface.triangles)
      middles.push_back((1.0 / 3) * (place[a] + place[b] + place[c]));
    const std::vector<mesh::ClosestPoint> found = tree.find(middles);
    for (std::size_t t = 0; t < found.size(); ++t) {
      const std::int32_t s = segment[static_cast<std::size_t>(found[t].triangle)];
      if (s >= 0) to.segments[s].triangles.push_back(static_cast<std::int32_t>(t));
    }
    std::erase_if(to.segments, [](const mesh::MeshSegment& s) { return s.triangles.empty(); });
  }
  write_result(o.out, to);
  const mesh::DistanceSummary s = mesh::summary(distances);
  io::print_text("%s: %zu vertices, from the source: median %.6g, 95 %% %.6g, largest %.6g\n",
                 o.out.c_str(), at.size(), s.median, s.percentile_95, s.largest);
  return 0;
}

std::array<double, 3> angles_of(const Options& o) {
  constexpr double kDegree = std::numbers::pi / 180;
  if (!o.angles.empty()) {
    const std::vector<double> n = numbers_of("--angles", o.angles, 3);
    return {kDegree * n[0], kDegree * n[1], kDegree * n[2]};
  }
  const std::map<std::string, double> turns{{"front", 0},  {"left", -90},      {"right", 90},
                                            {"back", 180}, {"half-left", -45}, {"half-right", 45}};
  return {0, kDegree * turns.at(o.view), 0};
}

recon::PictureOptions picture_options(const Options& o) {
  recon::PictureOptions out;
  out.height = o.height;
  out.width = o.width;
  out.angles = angles_of(o);
  out.zoom = o.zoom;
  out.both_sides = o.both_sides;
  return out;
}

int snapshot(const Options& o) {
  check_output(o.out, {o.from});
  check_ending("--output", o.out, ".png", "a PNG");
  const MeshFile mesh = read_source(o.from);
  recon::PictureOptions options = picture_options(o);
  const bool textured = mesh.surface.textured() && !mesh.surface.uvs.empty();
  const bool colored = !mesh.surface.colors.empty();
  const std::string show = o.show != "auto" ? o.show
                           : textured       ? "texture"
                           : colored        ? "colors"
                                            : "clay";
  if ((show == "texture" && !textured) || (show == "colors" && !colored))
    input_error("--show ", show, ": ", o.from, " has none; take clay");
  options.surface = show == "texture"   ? recon::Surface::kTexture
                    : show == "colors"  ? recon::Surface::kColors
                    : show == "normals" ? recon::Surface::kNormals
                                        : recon::Surface::kClay;
  write_png(o.out, to_bytes(lay_over(picture_of(mesh, options), kGround)));
  return 0;
}

Json json_of(const mesh::DistanceSummary& s, double to_mm) {
  return {{"mean", to_mm * s.mean},
          {"root_mean_square", to_mm * s.root_mean_square},
          {"median", to_mm * s.median},
          {"percentile_95", to_mm * s.percentile_95},
          {"largest", to_mm * s.largest}};
}

/// Both meshes seen from the front and half from each side, and the colors' scale.
Image8 heat_sheet(const Options& o, const std::vector<std::pair<std::string, MeshFile>>& meshes,
                  double full, const std::string& unit) {
  std::vector<SheetTile> tiles;
  constexpr double kTurn = 0.7;  // radians
  for (const auto& [label, mesh] : meshes) {
    for (const auto& [view, turn] :
         {std::pair("front", 0.0), std::pair("left", -kTurn), std::pair("right", kTurn)}) {
      recon::PictureOptions options = picture_options(o);
      options.surface = recon::Surface::kColors;
      options.angles = {0, turn, 0};
      options.both_sides = true;
      tiles.push_back({label + ", " + view, lay_over(picture_of(mesh, options), kGround)});
    }
  }
  Image scale(48, 480, 3);
  for (std::int64_t y = 0; y < scale.height; ++y) {
    for (std::int64_t x = 0; x < scale.width; ++x) {
      const Vec3 c = mesh::jet_color((static_cast<double>(x) + 0.5) / 480);
      for (int k = 0; k < 3; ++k) scale.at(y, x)[k] = static_cast<float>(c[k]);
    }
  }
  char text[64];
  std::snprintf(text, sizeof text, "0 to %.4g %s", full, unit.c_str());
  tiles.push_back({text, scale});
  return make_sheet("distance to the other surface", tiles, {.columns = 3, .tile = 360});
}

int compare(const Options& o) {
  std::optional<OutputFolder> folder;
  if (!o.out.empty()) {
    folder.emplace("--output", o.out);
    for (const char* name : {"first.ply", "second.ply", "heat.png", "distances.json"})
      check_output(folder->path() / name, {o.from, o.to});
  }
  MeshFile first = read_source(o.from), second = read_source(o.to);
  const double stated = o.unit.empty() ? 0 : metres_of(o.unit);
  for (MeshFile* mesh : {&first, &second})
    if (mesh->metres == 0) mesh->metres = stated;
  const bool known = first.metres > 0 && second.metres > 0;
  if ((first.metres > 0) != (second.metres > 0))
    input_error("one of ", o.from, " and ", o.to, " does not say its unit; say it with --unit");
  if (known) {
    for (Vec3& p : second.surface.vertices) p = (second.metres / first.metres) * p;
    second.metres = first.metres;
  } else {
    io::print_message("fgcn_mesh: no unit is known, distances are in the files' own (--unit)\n");
  }
  if (o.align == "landmarks") second.surface.vertices = placed(o, first, second);
  const double to_mm = known ? kMillimetres * first.metres : 1;
  const std::string unit = known ? "mm" : "units";
  const mesh::MeshDistances d = mesh::mesh_distances(first.geometry(), second.geometry());
  const mesh::DistanceSummary there = mesh::summary(d.to_second), back = mesh::summary(d.to_first),
                              same = mesh::summary(d.same_vertex);
  Json out{{"first", o.from},
           {"second", o.to},
           {"unit", unit},
           {"first_to_second", json_of(there, to_mm)},
           {"second_to_first", json_of(back, to_mm)},
           {"hausdorff", to_mm * std::max(there.largest, back.largest)}};
  if (!d.same_vertex.empty()) out["same_vertex"] = json_of(same, to_mm);
  if (o.json) {
    print(out);
  } else {
    io::print_text("%-18s %10s %10s %10s %10s %10s\n", unit.c_str(), "mean", "rms", "median",
                   "95 %", "largest");
    const auto line = [&](const char* label, const mesh::DistanceSummary& s) {
      io::print_text("%-18s %10.4f %10.4f %10.4f %10.4f %10.4f\n", label, to_mm * s.mean,
                     to_mm * s.root_mean_square, to_mm * s.median, to_mm * s.percentile_95,
                     to_mm * s.largest);
    };
    line("first to second", there);
    line("second to first", back);
    if (!d.same_vertex.empty()) line("same vertex", same);
  }
  if (o.out.empty()) return 0;
  double full = o.full > 0 ? o.full / to_mm : std::max(there.percentile_95, back.percentile_95);
  if (!(full > 0)) full = 1;
  std::vector<std::pair<std::string, MeshFile>> colored;
  const auto paint = [&](const char* label, const MeshFile& mesh, const std::vector<double>& list) {
    MeshFile out_mesh = mesh;
    const std::vector<Vec3> heat = mesh::heat_colors(list, full);
    out_mesh.surface.colors.clear();
    for (std::size_t v = 0; v < mesh.surface.vertices.size(); ++v)
      out_mesh.surface.colors.push_back(
          heat[mesh.repeats.empty() ? v : static_cast<std::size_t>(mesh.repeats[v])]);
    out_mesh.surface.texture_png = out_mesh.surface.texture_jpeg = {};
    out_mesh.surface.normal_png = out_mesh.surface.normal_jpeg = {};
    out_mesh.surface.tangents.clear();
    out_mesh.texture_name.clear();
    mesh::write_mesh_file(fs::path(o.out) / (std::string(label) + ".ply"), out_mesh);
    colored.emplace_back(label, std::move(out_mesh));
  };
  paint("first", first, d.to_second);
  paint("second", second, d.to_first);
  write_png(fs::path(o.out) / "heat.png", heat_sheet(o, colored, to_mm * full, unit));
  write_file(fs::path(o.out) / "distances.json",
             std::string_view(out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"));
  return 0;
}

}  // namespace

std::function<int()> add_transfer(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "transfer", "Carry texture, colors, landmarks and segments to a mesh of another topology.");
  command->add_option("from", o->from, "mesh file, face model, \"head\" or \"embedded\"")
      ->required();
  command->add_option("to", o->to, "the mesh that gets them")->required();
  command->add_option("-o,--output", o->out, "file to write")->required();
  command
      ->add_option("--texture-size", o->texture_size,
                   "pixels per side, where TO has texture coordinates")
      ->check(CLI::Range(16, 8192))
      ->capture_default_str();
  command
      ->add_option(
          "--align", o->align,
          "landmarks: by those of one name; none: as they lie; auto: landmarks if there are 3")
      ->check(CLI::IsMember({"auto", "landmarks", "none"}))
      ->capture_default_str();
  command->footer(
      "Each vertex and texel takes the source's closest point. Face models bring their 68 "
      "landmarks.\n\n"
      "Examples:\n"
      "  fgcn_mesh transfer painted.obj remeshed.obj -o result.obj --texture-size 2048\n"
      "  fgcn_mesh transfer head ict.safetensors -o ict_painted.glb\n"
      "  fgcn_mesh transfer out/photo.glb ict.safetensors -o ict_photo.glb --align none");
  return [o, command] { return command->parsed() ? transfer(*o) : 0; };
}

namespace {

void add_picture_options(CLI::App& command, Options& o) {
  command.add_option("--width", o.width, "pixels")
      ->check(CLI::Range(16, 8192))
      ->capture_default_str();
  command.add_option("--height", o.height, "pixels")
      ->check(CLI::Range(16, 8192))
      ->capture_default_str();
}

}  // namespace

std::function<int()> add_snapshot(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("snapshot", "A picture of a mesh, without a window.");
  command->add_option("mesh", o->from, "mesh file, face model, \"head\" or \"embedded\"")
      ->required();
  command->add_option("-o,--output", o->out, "PNG to write")->required();
  command
      ->add_option("--show", o->show, "auto: the first of texture, colors and clay that is there")
      ->check(CLI::IsMember({"auto", "texture", "colors", "clay", "normals"}))
      ->capture_default_str();
  command->add_option("--view", o->view, "from where; +z looks at the camera in front")
      ->check(CLI::IsMember({"front", "left", "right", "back", "half-left", "half-right"}))
      ->capture_default_str();
  command->add_option("--angles", o->angles, "instead: degrees about x, y and z, as 10,-30,0");
  command->add_option("--zoom", o->zoom, "1: the mesh fits")
      ->check(CLI::Range(0.01, 1000.0))
      ->capture_default_str();
  add_picture_options(*command, *o);
  command->add_flag("--both-sides", o->both_sides, "show triangles from behind too");
  command->footer(
      "Examples:\n"
      "  fgcn_mesh snapshot face.glb -o face.png\n"
      "  fgcn_mesh snapshot head -o side.png --show clay --view half-left");
  return [o, command] { return command->parsed() ? snapshot(*o) : 0; };
}

std::function<int()> add_compare(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  o->align = "none";
  CLI::App* command =
      app.add_subcommand("compare", "How far two surfaces are from each other, both ways.");
  command->add_option("first", o->from, "mesh file")->required();
  command->add_option("second", o->to, "mesh file")->required();
  command->add_option(
      "-o,--output", o->out,
      "folder for heat.png, first.ply and second.ply in heat colors, distances.json");
  command->add_option("--unit", o->unit,
                      "of a file that does not say it: m, dm, cm, mm, um, in, ft");
  command->add_option("--align", o->align, "landmarks: move the second by landmarks of one name")
      ->check(CLI::IsMember({"none", "landmarks"}))
      ->capture_default_str();
  command->add_option("--full", o->full, "distance of the last color, mm; 0: the larger 95 %")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  add_picture_options(*command, *o);
  command->add_flag("--json", o->json, "print as JSON");
  command->footer(
      "Distances go from each vertex to the other surface, in mm where the unit is known.\n\n"
      "Examples:\n"
      "  fgcn_mesh compare result.obj scan.obj --unit mm -o difference\n"
      "  fgcn_mesh compare a.glb b.glb --json");
  return [o, command] { return command->parsed() ? compare(*o) : 0; };
}

}  // namespace fgcn::mesh_app
