#include "recon/scalp_color.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include "kernels/core/error.h"
#include "recon/fit/face_frame.h"
#include "recon/fit/observation.h"

namespace fgcn::recon {
namespace {

constexpr double kTurned = 0.15, kSquare = 0.45;  // cosines between which a pixel is believed
constexpr double kLeastScalp = 30;                // visible vertices
constexpr double kMostly = 0.5;                   // shares of the visible scalp
constexpr double kJoined = 0.3;                   // hair of a vertex by which hair goes on
constexpr float kFarthest = 2.5F,
                kLeastFar = 0.04F;            // distances within which a color is the skin's
constexpr double kDiffers = 0.25;             // share of what shows hair that is not of its color
constexpr float kOther = 0.2F;                // distance from the skin from which a color is hair's
constexpr float kBackground = 0.06F;          // distance within which a color is the background's
constexpr int kFillSweeps = 60, kSweeps = 8;  // of hidden foreheads; of the soft edge

/// Where a pixel of the crop lies in the picture of twice its width: most of the rest of a head is
/// above the crop.
constexpr double kWider = 0.5, kAside = 0.25, kAbove = 0.45;  // scale, and shifts in widths

constexpr double kFarAside = 0.08;  // part of its width at either side that shows no hair
constexpr std::int64_t kEvery = 4;

/// The value that half of the weight lies below; 0 without weight.
float weighted_median(std::vector<std::pair<float, double>> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  double half = 0;
  for (const auto& [value, weight] : values) half += weight / 2;
  for (const auto& [value, weight] : values)
    if ((half -= weight) <= 0) return value;
  return values.back().first;
}

/// Median color, and the median distance from it.
struct Spread {
  std::array<float, 3> median{}, distance{};

  bool holds(const std::array<float, 3>& color) const {
    for (std::size_t c = 0; c < 3; ++c)
      if (std::abs(color[c] - median[c]) > kFarthest * distance[c] + kLeastFar) return false;
    return true;
  }
  /// Squared distance.
  float from(const std::array<float, 3>& color) const {
    float sum = 0;
    for (std::size_t c = 0; c < 3; ++c) sum += (color[c] - median[c]) * (color[c] - median[c]);
    return sum;
  }
};

Spread spread_of(const std::vector<std::array<float, 3>>& colors,
                 const std::vector<double>& weights) {
  Spread out;
  std::vector<std::pair<float, double>> values;
  for (std::size_t c = 0; c < 3; ++c) {
    const auto median = [&](float from) {
      values.clear();
      for (std::size_t i = 0; i < colors.size(); ++i)
        if (weights[i] > 0)
          values.emplace_back(from < 0 ? colors[i][c] : std::abs(colors[i][c] - from), weights[i]);
      return weighted_median(values);
    };
    out.median[c] = median(-1);
    out.distance[c] = median(out.median[c]);
  }
  return out;
}

/// Weights of the colors that are nearer to another's median than half of the weight become 0.
void keep_farther_half(const std::vector<std::array<float, 3>>& colors, const Spread& from,
                       std::vector<double>& weights) {
  std::vector<std::pair<float, double>> distances;
  for (std::size_t i = 0; i < colors.size(); ++i)
    if (weights[i] > 0) distances.emplace_back(from.from(colors[i]), weights[i]);
  const float middle = weighted_median(std::move(distances));
  for (std::size_t i = 0; i < colors.size(); ++i)
    if (from.from(colors[i]) < middle) weights[i] = 0;
}

double total(const std::vector<double>& weights) {
  return std::accumulate(weights.begin(), weights.end(), 0.0);
}

std::vector<std::uint8_t> region(const mesh::FaceModel& face, std::string_view name) {
  const auto vertices = static_cast<std::size_t>(face.vertices());
  const auto& names = face.regions.names;
  const auto r = std::find(names.begin(), names.end(), name) - names.begin();
  if (r == std::ssize(names)) return std::vector<std::uint8_t>(vertices, 0);
  const auto begin = face.regions.inside.begin() + r * std::ssize(face.mean_shape) / 3;
  return {begin, begin + static_cast<std::ptrdiff_t>(vertices)};
}

/// Above the brows, and with regions of its own neither ear nor neck.
std::vector<std::uint8_t> forehead(const mesh::FaceModel& face) {
  const auto vertices = static_cast<std::size_t>(face.vertices());
  float brows = -1e9F;
  for (std::size_t k = 17; k < 27; ++k)
    brows = std::max(brows, face.mean_shape[3 * static_cast<std::size_t>(face.landmarks[k]) + 1]);
  std::vector<std::uint8_t> out = region(face, "skin");
  for (const char* name : {"ears", "neck", "lids"}) {
    const std::vector<std::uint8_t> other = region(face, name);
    for (std::size_t v = 0; v < vertices; ++v)
      if (other[v] != 0) out[v] = 0;
  }
  for (std::size_t v = 0; v < vertices; ++v)
    if (face.mean_shape[3 * v + 1] < brows) out[v] = 0;
  return out;
}

/// Colors of the picture beside the head and its hair, where the photo reaches so far.
template <class Beyond>
std::vector<const float*> colors_aside(const Image& picture, const Beyond& beyond) {
  std::vector<const float*> out;
  const auto side = static_cast<double>(picture.width);
  const auto margin = static_cast<std::int64_t>(kFarAside * side);
  for (std::int64_t y = 0; y < picture.height / 2; y += kEvery)
    for (std::int64_t x = 0; x < margin; x += kEvery)
      for (const std::int64_t column : {x, picture.width - 1 - x})
        if (const std::int64_t i = y * picture.width + column; !beyond(i))
          out.push_back(picture.pixels.data() + 3 * i);
  return out;
}

bool is_one_of(const std::vector<const float*>& colors, const float* color) {
  return std::any_of(colors.begin(), colors.end(), [color](const float* other) {
    float sum = 0;
    for (int c = 0; c < 3; ++c) sum += (color[c] - other[c]) * (color[c] - other[c]);
    return sum < kBackground * kBackground;
  });
}

}  // namespace

ProjectedColors colors_around(const photo::Photo& photo, const photo::Crop& cut, const Image& crop,
                              const FitResult& fit, const std::vector<std::int32_t>& faces) {
  const std::int64_t size = crop.height;
  const auto side = static_cast<double>(size);
  photo::ScaleShift wide = cut.from_photo;
  wide.scale *= kWider;
  wide.tx = kWider * wide.tx + kAside * side;
  wide.ty = kWider * wide.ty + kAbove * side;
  const photo::Crop around = photo::cut_crop(photo, cut.landmarks, wide, size);
  Image seen(size, size, 4);
  const auto at = [&](double x, double shift) {
    return std::lround((x - shift * side) / kWider);  // back to the crop's pixels
  };
  for (std::int64_t y = 0; y < size; ++y)
    for (std::int64_t x = 0; x < size; ++x) {
      const std::int64_t i = y * size + x;
      const std::int64_t cx = at(static_cast<double>(x), kAside);
      const std::int64_t cy = at(static_cast<double>(y), kAbove);
      const bool inside = cx >= 0 && cy >= 0 && cx < size && cy < size;
      std::copy_n(around.rgb.pixels.data() + 3 * i, 3, seen.pixels.data() + 4 * i);
      seen.pixels[static_cast<std::size_t>(4 * i + 3)] =
          inside ? crop.pixels[static_cast<std::size_t>(4 * (cy * size + cx) + 3)] : 0.0F;
    }
  std::vector<float> screen = fit.screen;
  for (std::size_t v = 0; v < screen.size(); v += 3) {
    screen[v] = static_cast<float>(kWider * static_cast<double>(screen[v]) + kAside * side);
    screen[v + 1] = static_cast<float>(kWider * static_cast<double>(screen[v + 1]) + kAbove * side);
  }
  ProjectedColors out = project_colors(seen, screen, fit.normals, faces);
  const auto beyond = [&](std::int64_t pixel) {
    return !around.beyond.pixels.empty() &&
           around.beyond.pixels[static_cast<std::size_t>(pixel)] > 0.5F;
  };
  const std::vector<const float*> background = colors_aside(around.rgb, beyond);
  for (std::size_t v = 0; v < out.visible.size(); ++v) {
    const auto pixel = [&](float x) {
      return std::clamp<std::int64_t>(std::lround(x), 0, size - 1);
    };
    if (!(out.visible[v] > 0)) continue;
    const bool outside = !(out.mask[v] > 0) && is_one_of(background, &out.color[3 * v]);
    if (outside || beyond(pixel(screen[3 * v + 1]) * size + pixel(screen[3 * v])))
      out.visible[v] = 0;
  }
  return out;
}

ScalpPainter::ScalpPainter(const mesh::FaceModel& face) {
  const auto vertices = static_cast<std::size_t>(face.vertices());
  place_.assign(vertices, -1);
  const std::vector<std::uint8_t> scalp = region(face, "scalp");
  if (std::find(scalp.begin(), scalp.end(), 1) != scalp.end()) {
    const std::vector<std::uint8_t> front = forehead(face);
    for (std::size_t v = 0; v < vertices; ++v)
      if (scalp[v] != 0 || front[v] != 0) {
        place_[v] = static_cast<std::int32_t>(area_.size());
        area_.push_back(static_cast<std::int32_t>(v));
        scalp_.push_back(scalp[v]);
      }
  }
  std::vector<std::set<std::int32_t>> neighbors(area_.size());
  for (const mesh::Triangle& t : face.triangles)
    for (const std::int32_t v : t)
      if (const std::int32_t at = place_[static_cast<std::size_t>(v)]; at >= 0)
        for (const std::int32_t other : t)
          if (other != v) neighbors[static_cast<std::size_t>(at)].insert(other);
  begin_.push_back(0);
  for (const auto& of_one : neighbors) {
    neighbor_.insert(neighbor_.end(), of_one.begin(), of_one.end());
    begin_.push_back(static_cast<std::int32_t>(neighbor_.size()));
  }
}

bool ScalpPainter::operator()(const FitResult& fit, const ProjectedColors& seen,
                              const std::vector<float>& irradiance,
                              std::vector<float>& albedo) const {
  FGCN_CHECK(albedo.size() == 3 * place_.size() && irradiance.size() == albedo.size() &&
                 seen.visible.size() == place_.size() && fit.normals.size() == albedo.size(),
             "scalp: an array is not of ", place_.size(), " vertices");
  const std::size_t count = area_.size();
  std::vector<double> believed(count), hair(count);  // the pixel, and that it shows hair
  for (std::size_t i = 0; i < count; ++i) {
    const auto v = static_cast<std::size_t>(area_[i]);
    const auto facing = static_cast<double>(fit.normals[3 * v + 2]);
    believed[i] = static_cast<double>(seen.visible[v]) * smooth_step(kTurned, kSquare, facing);
    hair[i] = believed[i] * (1 - static_cast<double>(seen.mask[v]));
  }
  drop_what_no_scalp_joins(hair);
  const std::vector<Color> own = unlit(seen, irradiance);

  // The skin mask keeps a distance from the hair, so the forehead's skin is among it: told apart by
  // color where enough is of another.
  std::vector<double> skin(count), other = hair;
  for (std::size_t i = 0; i < count; ++i)
    skin[i] = believed[i] * static_cast<double>(seen.mask[static_cast<std::size_t>(area_[i])]);
  const Spread of_skin = spread_of(own, skin);
  for (std::size_t i = 0; i < count; ++i)
    if (of_skin.holds(own[i])) other[i] = 0;
  const bool enough = total(skin) > 0 && total(other) > kDiffers * total(hair);
  // Of what is no skin, the half that is least like it: the rest are gleams, shades and rims.
  if (enough) keep_farther_half(own, of_skin, other);
  const Spread farther = spread_of(own, other);
  const bool differs = enough && of_skin.from(farther.median) > kOther * kOther;
  const Spread color = differs ? farther : spread_of(own, hair);
  double scalp_weight = 0, hair_weight = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (differs && color.from(own[i]) > of_skin.from(own[i])) hair[i] = 0;
    scalp_weight += scalp_[i] != 0 ? believed[i] : hair[i];
    hair_weight += hair[i];
  }
  if (!(scalp_weight >= kLeastScalp) || hair_weight < kMostly * scalp_weight) return false;

  // How much of a vertex is painted: what it shows itself; all of a hidden scalp; of a forehead
  // that is hidden, beyond the photo for one, what its surroundings are.
  std::vector<double> paint = hair;
  std::vector<std::uint8_t> unknown(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    if (scalp_[i] != 0)
      paint[i] += 1 - believed[i];
    else
      unknown[i] = believed[i] > 0 ? 0 : 1;
  }
  soften(paint, unknown, kFillSweeps);
  soften(paint, std::vector<std::uint8_t>(count, 1), kSweeps);
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t c = 0; c < 3; ++c) {
      float& to = albedo[3 * static_cast<std::size_t>(area_[i]) + c];
      const auto pixel = static_cast<float>(hair[i]);
      const float painted = pixel * own[i][c] + (1 - pixel) * color.median[c];
      to += static_cast<float>(paint[i]) * (painted - to);
    }
  return true;
}

std::vector<ScalpPainter::Color> ScalpPainter::unlit(const ProjectedColors& seen,
                                                     const std::vector<float>& irradiance) const {
  std::vector<Color> out(area_.size(), Color{});
  for (std::size_t i = 0; i < out.size(); ++i)
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t at = 3 * static_cast<std::size_t>(area_[i]) + c;
      out[i][c] = std::clamp(seen.color[at] / std::max(irradiance[at], kLeastLight), 0.0F, 1.0F);
    }
  return out;
}

std::span<const std::int32_t> ScalpPainter::neighbors(std::size_t i) const {
  const auto begin = static_cast<std::size_t>(begin_[i]);
  return std::span(neighbor_).subspan(begin, static_cast<std::size_t>(begin_[i + 1]) - begin);
}

void ScalpPainter::drop_what_no_scalp_joins(std::vector<double>& hair) const {
  std::vector<std::uint8_t> joined = scalp_;
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < joined.size(); ++i)
    if (joined[i] != 0) open.push_back(i);
  while (!open.empty()) {
    const std::size_t from = open.back();
    open.pop_back();
    for (const std::int32_t v : neighbors(from)) {
      const std::int32_t place = place_[static_cast<std::size_t>(v)];
      if (place < 0) continue;
      const auto i = static_cast<std::size_t>(place);
      if (joined[i] != 0 || hair[i] < kJoined) continue;
      joined[i] = 1;
      open.push_back(i);
    }
  }
  for (std::size_t i = 0; i < joined.size(); ++i)
    if (joined[i] == 0) hair[i] = 0;
}

void ScalpPainter::soften(std::vector<double>& paint, const std::vector<std::uint8_t>& where,
                          int sweeps) const {
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    std::vector<double> next = paint;
    for (std::size_t i = 0; i < paint.size(); ++i) {
      if (where[i] == 0) continue;
      double sum = paint[i], weight = 1;
      for (const std::int32_t v : neighbors(i)) {
        const std::int32_t place = place_[static_cast<std::size_t>(v)];
        sum += place < 0 ? 0 : paint[static_cast<std::size_t>(place)];
        ++weight;
      }
      next[i] = sum / weight;
    }
    paint = std::move(next);
  }
}

}  // namespace fgcn::recon
