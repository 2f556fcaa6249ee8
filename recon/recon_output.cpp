#include "recon/recon_output.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numbers>

#include "io/file.h"
#include "io/gltf.h"
#include "io/normals.h"
#include "io/obj.h"
#include "io/one_word.h"
#include "io/render_mesh.h"
#include "io/utf8.h"
#include "kernels/core/error.h"
#include "recon/fit/triangle_list.h"
#include "render/sheet.h"
#include "render/texture_bake.h"
#include "render/texture_detail.h"
#include "render/views.h"

namespace fgcn::recon {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::int64_t kTile = 336;                        // pixels per side of a sheet's picture
constexpr double kTurn = 35.0 / 180.0 * std::numbers::pi;  // of the turned views
constexpr std::array<float, 3> kBackdrop{0.16F, 0.17F, 0.19F};

std::vector<mesh::Vec3> points(const std::vector<float>& flat_values) {
  std::vector<mesh::Vec3> out(flat_values.size() / 3);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = {flat_values[3 * i], flat_values[3 * i + 1], flat_values[3 * i + 2]};
  return out;
}

/// The rows that a seam repeats, too.
std::vector<float> at_seams(const std::vector<float>& rows, std::size_t width,
                            const mesh::SeamedMesh& seamed) {
  std::vector<float> out;
  out.reserve(seamed.vertex.size() * width);
  for (const std::int32_t v : seamed.vertex) {
    const auto begin =
        rows.begin() + static_cast<std::ptrdiff_t>(v) * static_cast<std::ptrdiff_t>(width);
    out.insert(out.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
  }
  return out;
}

mesh::RenderMesh surface(const mesh::FaceModel& model, const Reconstruction& result,
                         std::int64_t texture_size) {
  const mesh::SeamedMesh seamed = mesh::cut_at_seams(model);
  mesh::RenderMesh out;
  out.vertices = points(at_seams(result.fit.vertices, 3, seamed));
  out.triangles = seamed.triangles;
  // A seam is cut into the texture, not into the surface.
  const std::vector<mesh::Vec3> normals =
      mesh::vertex_normals({points(result.fit.vertices), model.triangles});
  for (const std::int32_t v : seamed.vertex)
    out.normals.push_back(normals[static_cast<std::size_t>(v)]);
  for (std::size_t i = 0; i + 1 < seamed.uv.size(); i += 2)
    out.uvs.push_back({seamed.uv[i], seamed.uv[i + 1]});
  const std::vector<float> colors = at_seams(result.refined_albedo, 3, seamed);
  out.colors = points(colors);
  const std::vector<std::int32_t> faces = flat(seamed.triangles);
  const TexelMap map = map_texels(seamed.uv, faces, texture_size);
  Image texture = bake_texture(map, faces, colors);
  // Only with a network's colors: the coarse face does not follow the photo closely enough.
  if (result.fine_crop.height > 0 && result.refined_albedo != result.fit.albedo_colors) {
    const auto scale =
        static_cast<float>(result.fine_crop.height) / static_cast<float>(result.crop.height);
    std::vector<float> positions;
    std::vector<float> visible;
    for (const std::int32_t vertex : seamed.vertex) {
      const auto v = static_cast<std::size_t>(vertex);
      positions.push_back(result.fit.screen[3 * v] * scale);
      positions.push_back(result.fit.screen[3 * v + 1] * scale);
      visible.push_back(result.visible[v]);
    }
    add_photo_detail(texture, map, faces, positions, visible, result.fine_crop);
  }
  out.texture_png = encode_png(to_bytes(texture));
  return out;
}

std::string decibels(const std::string& label, const Agreement& agreement) {
  char out[64];
  std::snprintf(out, sizeof out, "%s  %.1f dB", label.c_str(), agreement.psnr);
  return out;
}

Image8 sheet(const mesh::FaceModel& model, const std::string& name, const Reconstruction& result) {
  const FitResult& fit = result.fit;
  const std::vector<std::int32_t> faces = flat(model.triangles);
  const ViewedMesh mesh{fit.vertices, faces};
  Camera camera;
  camera.height = kTile;
  camera.width = kTile;
  std::vector<float> lit(result.refined_albedo.size());
  for (std::size_t i = 0; i < lit.size(); ++i)
    lit[i] = std::clamp(result.refined_albedo[i] * result.refined_irradiance[i], 0.0F, 1.0F);
  const auto turned = [&](double yaw) {
    Pose pose = fit.pose();
    pose.angles[1] += yaw;
    return lay_over(render_colors(mesh, lit, pose, camera), kBackdrop);
  };
  const auto albedo = [&](const std::vector<float>& colors) {
    return lay_over(render_colors(mesh, colors, fit.pose(), camera), kBackdrop);
  };
  return make_sheet(name,
                    {
                        {"photo", result.crop},
                        {decibels("coarse", result.coarse), result.coarse_overlay},
                        {decibels("refined", result.refined), result.refined_overlay},
                        {"shape", lay_over(render_clay(mesh, fit.pose(), camera), kBackdrop)},
                        {"coarse albedo", albedo(fit.albedo_colors)},
                        {"refined albedo", albedo(result.refined_albedo)},
                        {"turned left", turned(-kTurn)},
                        {"turned right", turned(kTurn)},
                    },
                    {.columns = 4, .tile = kTile});
}

Json measures(const Agreement& agreement) {
  return {{"l1", agreement.l1}, {"psnr", agreement.psnr}, {"ssim", agreement.ssim}};
}

std::string hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x",
                  static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += digits;
  }
  return out;
}

/// Content of NAME.json; `files` holds the sizes of the others.
std::string result_json(const std::string& name, const Json& files, const mesh::FaceModel& model,
                        const Reconstruction& result, const OutputOptions& options) {
  const FitResult& fit = result.fit;
  const StageTimes& times = result.times;
  Json json{
      {"input", result.input},
      {"name", name},
      {"files", files},
      {"face", result.face},
      {"faces", result.faces},
      {"face_model", options.face_model},
      {"weights", options.weights},
      {"vertices", model.vertices()},
      {"triangles", model.triangles.size()},
      {"coefficients",
       {{"identity", fit.identity},
        {"expression", fit.expression},
        {"albedo", fit.albedo},
        {"angles_rad", fit.angles_rad},
        {"light", fit.sh_coefficients},
        {"refined_light", result.refined_light},
        {"translation_dm", fit.translation_dm}}},
      {"landmark_error", fit.landmark_error},
      {"coarse", measures(result.coarse)},
      {"projected", measures(result.projected)},
      {"refined", measures(result.refined)},
      {"notes", result.notes},
      {"timing_ms",
       {{"decode", times.decode},
        {"detect", times.detect},
        {"fit", times.fit},
        {"refine", times.refine},
        {"render", times.render},
        {"write", times.write},
        {"total", times.total}}},
  };
  // The text of such a path does not lead back to the photo.
  if (io::valid_utf8(result.input) != result.input) json["input_bytes"] = hex(result.input);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string write_reconstruction(const fs::path& folder, const std::string& name,
                                 const mesh::FaceModel& model, Reconstruction& result,
                                 const OutputOptions& options) {
  FGCN_CHECK(name == io::one_word(name), "write_reconstruction: the name '", name,
             "' is not one word; io::one_word makes it one");
  const auto start = std::chrono::steady_clock::now();
  const mesh::RenderMesh mesh = surface(model, result, options.texture_size);
  mesh::GlbOptions glb;
  glb.name = name;
  const Bytes glb_file = mesh::encode_glb(mesh, glb);
  const mesh::ObjText obj = mesh::encode_obj(mesh, name);
  const Bytes compared = encode_png(sheet(model, name, result));
  // From here on nothing is computed: what ends the program there leaves no file.
  FileSet set(folder);
  Json files = Json::object();
  const auto add = [&](const std::string& end, const auto& data) {
    set.add(name + end, data);
    files[name + end] = data.size();
  };
  add(".glb", glb_file);
  if (!obj.mtl.empty()) {
    add("_albedo.png", mesh.texture_png);
    add(".mtl", obj.mtl);
  }
  add(".obj", obj.obj);
  add("_compare.png", compared);
  set.flush();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  result.times.write = took.count();
  result.times.total += took.count();
  std::string json = result_json(name, files, model, result, options);
  set.add(name + ".json", json);
  set.commit(options.existing);
  return json;
}

}  // namespace fgcn::recon
