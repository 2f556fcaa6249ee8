#include "recon/refine/mouth_colors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "kernels/core/error.h"
#include "recon/fit/face_frame.h"
#include "recon/fit/inner_lips.h"
#include "recon/fit/observation.h"
#include "render/rendered_colors.h"

namespace fgcn::recon {
namespace {

constexpr double kInset = 0.5, kFull = 2, kNone = 5;  // pixels at 224

bool behind_lips(const std::string& part) {
  for (const char* word : {"teeth", "tongue", "gum"})
    if (part.find(word) != std::string::npos) return true;
  return false;
}

/// Moves a place that lies outside, or nearer to the outline than the inset, to the inset.
photo::Point moved_in(const photo::Landmarks& landmarks, photo::Point p, double depth,
                      double inset) {
  if (depth >= inset) return p;
  const photo::Point on = nearest_on_lips(landmarks, p);
  photo::Point middle{};
  for (std::size_t k = 60; k < 68; ++k) {
    middle.x += landmarks[k].x / 8;
    middle.y += landmarks[k].y / 8;
  }
  const double length = std::hypot(middle.x - on.x, middle.y - on.y);
  if (!(length > inset)) return on;
  return {on.x + inset * (middle.x - on.x) / length, on.y + inset * (middle.y - on.y) / length};
}

/// Bilinear; [S, S, 4].
std::array<float, 3> at(const Image& crop, photo::Point p) {
  const auto clamped = [](double v, std::int64_t most) {
    return std::clamp(v - 0.5, 0.0, static_cast<double>(most - 1));
  };
  const double x = clamped(p.x, crop.width), y = clamped(p.y, crop.height);
  const auto x0 = static_cast<std::int64_t>(x), y0 = static_cast<std::int64_t>(y);
  const std::int64_t x1 = std::min(x0 + 1, crop.width - 1), y1 = std::min(y0 + 1, crop.height - 1);
  const auto fx = static_cast<float>(x - static_cast<double>(x0));
  const auto fy = static_cast<float>(y - static_cast<double>(y0));
  std::array<float, 3> out{};
  for (std::size_t c = 0; c < 3; ++c) {
    const float top = crop.at(y0, x0)[c] * (1 - fx) + crop.at(y0, x1)[c] * fx;
    const float bottom = crop.at(y1, x0)[c] * (1 - fx) + crop.at(y1, x1)[c] * fx;
    out[c] = top * (1 - fy) + bottom * fy;
  }
  return out;
}

}  // namespace

MouthColors::MouthColors(const mesh::FaceModel& model)
    : inside_(static_cast<std::size_t>(model.vertices()), 0) {
  for (std::size_t v = 0; v < model.parts.part.size(); ++v)
    inside_[v] = behind_lips(model.parts.names[model.parts.part[v]]) ? 1 : 0;
  const std::vector<std::string>& names = model.regions.names;
  const auto mouth = std::find(names.begin(), names.end(), "mouth");
  if (mouth == names.end()) return;
  const auto first = static_cast<std::size_t>(mouth - names.begin()) * inside_.size();
  for (std::size_t v = 0; v < inside_.size(); ++v)
    if (model.regions.inside[first + v] != 0) inside_[v] = 1;
}

bool MouthColors::has_mouth() const {
  return std::find(inside_.begin(), inside_.end(), 1) != inside_.end();
}

MouthReading MouthColors::read(const PhotoSample& sample, const ProjectedColors& visible,
                               const std::vector<float>& pixels) const {
  if (!has_mouth()) return {};
  const std::vector<float>& screen = sample.fit.screen;
  FGCN_CHECK(screen.size() == 3 * inside_.size() && visible.visible.size() == inside_.size() &&
                 pixels.size() == inside_.size(),
             "mouth colors: a fit of ", screen.size() / 3, " vertices, ", visible.visible.size(),
             " of them judged, for a model of ", inside_.size());
  const double pixel = static_cast<double>(sample.crop.height) / 224;
  MouthReading out;
  out.color.assign(screen.size(), 0.0F);
  out.weight.assign(inside_.size(), 0.0F);
  out.detail.assign(inside_.size(), 0.0F);
  out.fitted.assign(inside_.size(), 0.0F);
  for (std::size_t v = 0; v < inside_.size(); ++v) {
    // The mask leaves out what hides the mouth: a hand, cloth, the photo's edge.
    const bool seen = visible.visible[v] > 0, colors = pixels[v] >= kLeastPixels;
    if (inside_[v] == 0 || !(seen || colors) || !(visible.mask[v] > 0.5F)) continue;
    const photo::Point place{static_cast<double>(screen[3 * v]),
                             static_cast<double>(screen[3 * v + 1])};
    const double depth = depth_within_lips(sample.landmarks, place);
    out.fitted[v] = colors ? 1.0F : 0.0F;
    out.weight[v] =
        colors ? 1.0F : static_cast<float>(smooth_step(-kNone * pixel, -kFull * pixel, depth));
    out.detail[v] = seen && depth > kInset * pixel ? 1.0F : 0.0F;
    const auto color = at(sample.crop, moved_in(sample.landmarks, place, depth, kInset * pixel));
    std::copy(color.begin(), color.end(), out.color.begin() + static_cast<std::ptrdiff_t>(3 * v));
  }
  return out;
}

void put_on(const MouthReading& mouth, const std::vector<float>& vertex_irradiance,
            std::vector<float>& albedo) {
  FGCN_CHECK(mouth.color.size() == albedo.size() && vertex_irradiance.size() == albedo.size(),
             "mouth colors: ", mouth.color.size(), " numbers and light of ",
             vertex_irradiance.size(), " for an albedo of ", albedo.size());
  for (std::size_t v = 0; v < mouth.weight.size(); ++v)
    for (std::size_t i = 3 * v; i < 3 * v + 3; ++i) {
      const float unlit =
          std::clamp(mouth.color[i] / std::max(vertex_irradiance[i], kLeastLight), 0.0F, 1.0F);
      albedo[i] += mouth.weight[v] * (unlit - albedo[i]);
    }
}

}  // namespace fgcn::recon
