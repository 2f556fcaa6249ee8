#include "recon/result_sheet.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <iterator>
#include <numbers>
#include <utility>
#include <vector>

#include "kernels/core/parallel_failure.h"
#include "recon/face_rig.h"
#include "recon/fit/triangle_list.h"
#include "render/sheet.h"
#include "render/views.h"

namespace fgcn::recon {
namespace {

constexpr std::int64_t kTile = 336;                        // pixels per side of a sheet's picture
constexpr double kTurn = 35.0 / 180.0 * std::numbers::pi;  // of the turned views
constexpr double kRoom = 1.05;                             // around a whole head
constexpr std::array<float, 3> kBackdrop{0.16F, 0.17F, 0.19F};

std::string decibels(const std::string& label, const Agreement& agreement) {
  char out[64];
  std::snprintf(out, sizeof out, "%s  %.1f dB", label.c_str(), agreement.psnr);
  return out;
}

struct Tile {
  std::string label;
  std::function<Image()> picture;
};

/// A thread a picture: most of a small picture's time is not in a kernel.
std::vector<SheetTile> rendered(const std::vector<Tile>& tiles) {
  std::vector<SheetTile> out(tiles.size());
  ParallelFailure failure;
#pragma omp parallel for schedule(dynamic)
  for (std::size_t i = 0; i < tiles.size(); ++i)
    failure.keep([&] { out[i] = {tiles[i].label, tiles[i].picture()}; });
  failure.rethrow();
  return out;
}

std::vector<float> lit_colors(const Reconstruction& result) {
  std::vector<float> lit(result.refined_albedo.size());
  for (std::size_t i = 0; i < lit.size(); ++i)
    lit[i] = std::clamp(result.refined_albedo[i] * result.refined_irradiance[i], 0.0F, 1.0F);
  return lit;
}

std::vector<SheetTile> usual_tiles(const mesh::FaceModel& model, const Reconstruction& result) {
  const FitResult& fit = result.fit;
  const std::vector<std::int32_t> faces = flat(model.triangles);
  const ViewedMesh mesh{fit.vertices, faces};
  Camera camera;
  camera.height = kTile;
  camera.width = kTile;
  const std::vector<float> lit = lit_colors(result);
  const auto turned = [&](double yaw) {
    Pose pose = fit.pose();
    pose.angles[1] += yaw;
    return lay_over(render_colors(mesh, lit, pose, camera), kBackdrop);
  };
  const auto albedo = [&](const std::vector<float>& colors) {
    return lay_over(render_colors(mesh, colors, fit.pose(), camera), kBackdrop);
  };
  return rendered(
      {{"photo", [&] { return result.crop; }},
       {decibels("coarse", result.coarse), [&] { return result.coarse_overlay; }},
       {decibels("refined", result.refined), [&] { return result.refined_overlay; }},
       {"shape", [&] { return lay_over(render_clay(mesh, fit.pose(), camera), kBackdrop); }},
       {"coarse albedo", [&] { return albedo(fit.albedo_colors); }},
       {"refined albedo", [&] { return albedo(result.refined_albedo); }},
       {"turned left", [&] { return turned(-kTurn); }},
       {"turned right", [&] { return turned(kTurn); }}});
}

/// A camera that sees all of a head, and the head upright before it.
class HeadView {
 public:
  explicit HeadView(const std::vector<float>& vertices) {
    std::array<float, 3> low{}, high{};
    for (std::size_t i = 0; i < vertices.size(); ++i) {
      const std::size_t k = i % 3;
      low[k] = i < 3 ? vertices[i] : std::min(low[k], vertices[i]);
      high[k] = i < 3 ? vertices[i] : std::max(high[k], vertices[i]);
    }
    double side = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      middle_[k] = (static_cast<double>(low[k]) + static_cast<double>(high[k])) / 2;
      side = std::max(side, static_cast<double>(high[k]) - static_cast<double>(low[k]));
    }
    camera.height = kTile;
    camera.width = kTile;
    // The head's nearest point is half a side before the middle.
    camera.field_of_view = 2 * std::atan(kRoom * side / 2 / (camera.distance - side / 2));
  }

  Pose pose(double yaw) const {
    Pose out;
    out.angles[1] = yaw;
    const std::array<double, 3> at = to_camera_space(out, middle_);
    for (std::size_t k = 0; k < 3; ++k) out.translation[k] = -at[k];
    return out;
  }

  Camera camera;

 private:
  std::array<double, 3> middle_{};
};

/// The neutral face with some units at their full weight.
std::vector<float> with_units(const mesh::FaceModel& model, std::vector<float> neutral,
                              const std::vector<std::string>& units) {
  for (std::size_t e = 0; e < model.expression.names.size(); ++e) {
    if (std::find(units.begin(), units.end(), model.expression.names[e]) == units.end()) continue;
    const float* moves = model.expression.data.data() + e * neutral.size();
    for (std::size_t i = 0; i < neutral.size(); ++i) neutral[i] += moves[i];
  }
  return neutral;
}

std::vector<SheetTile> head_tiles(const mesh::FaceModel& model, const Reconstruction& result,
                                  const Image& texture) {
  const std::vector<std::int32_t> faces = flat(model.triangles);
  const std::vector<float> lit = lit_colors(result);
  const std::vector<float> neutral = neutral_vertices(model, result.fit);
  const HeadView view(result.fit.vertices);
  constexpr double kProfile = std::numbers::pi / 2;
  const auto seen = [&](const std::vector<float>& vertices, double yaw) {
    return lay_over(render_colors({vertices, faces}, lit, view.pose(yaw), view.camera), kBackdrop);
  };
  const auto moved = [&](const std::vector<std::string>& units) {
    return seen(with_units(model, neutral, units), 0);
  };
  const std::vector<float>& fitted = result.fit.vertices;
  return rendered({{"profile left", [&] { return seen(fitted, -kProfile); }},
                   {"profile right", [&] { return seen(fitted, kProfile); }},
                   {"shape in profile",
                    [&] {
                      return lay_over(
                          render_clay({fitted, faces}, view.pose(kProfile), view.camera),
                          kBackdrop);
                    }},
                   {"baked texture", [&] { return texture; }},
                   {"neutral", [&] { return moved({}); }},
                   {"jaw open", [&] { return moved({"jawOpen"}); }},
                   {"eyes shut",
                    [&] {
                      return moved({"eyeBlinkLeft", "eyeBlinkRight"});
                    }},
                   {"smile", [&] {
                      return moved({"mouthSmileLeft", "mouthSmileRight"});
                    }}});
}

}  // namespace

Image8 result_sheet(const mesh::FaceModel& model, const std::string& name,
                    const Reconstruction& result, const Image& texture) {
  std::vector<SheetTile> tiles = usual_tiles(model, result);
  if (has_arkit_units(model)) {
    std::vector<SheetTile> more = head_tiles(model, result, texture);
    std::move(more.begin(), more.end(), std::back_inserter(tiles));
  }
  return make_sheet(name, tiles, {.columns = 4, .tile = kTile});
}

}  // namespace fgcn::recon
