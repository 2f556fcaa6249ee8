#include "recon/refine/shading_evidence.h"

#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"
#include "kernels/sh_light/sh_light_math.h"
#include "photo/polygon.h"

namespace fgcn::recon {
namespace {

using Plane = std::vector<float>;
using Color = std::array<double, 3>;

// The part of a color's logarithm that is shading, if melanin absorbs as (0.45, 0.8, 1) and blood
// as (0.15, 1, 0.7): the mean of shading given the color, with deviations of 0.1 for shading, 0.04
// for each pigment and 0.03 for every channel by itself.
constexpr Color kShadingChannel{0.75, 0.10, 0.05};
constexpr double kDark = 0.02;  // added to colors before their logarithm
constexpr double kLeastLight = 0.05;
constexpr double kCoarse = 5.5;      // pixels of a crop of 224: deviation of the mean around
constexpr double kFine = 0.45;       // below that, detail is the camera's
constexpr double kFaint = 0.03;      // of the detail: pores, and lights that harmonics do not make
constexpr double kOutlier = 0.12;    // of the detail, in the mean around
constexpr double kPaint = 0.045;     // change of red over green that halves the trust
constexpr double kOfShading = 0.25;  // such a change that shading brings about itself, of its own

struct Grid {
  std::int64_t size = 0;
  double scale = 1;  // pixels per pixel of a crop of 224
};

/// Running means down the columns, all columns at once; the window ends at the border. Written
/// transposed, so that a second call goes along the rows.
void box_transposed(const Plane& in, Plane& out, const Grid& g, std::int64_t radius) {
  const double share = 1 / static_cast<double>(2 * radius + 1);
  std::vector<double> sums(static_cast<std::size_t>(g.size), 0.0);
  const auto add = [&](std::int64_t row, double sign) {
    if (row < 0 || row >= g.size) return;
    const float* from = in.data() + row * g.size;
    for (std::size_t x = 0; x < sums.size(); ++x) sums[x] += sign * double{from[x]};
  };
  for (std::int64_t y = 0; y < radius; ++y) add(y, 1);
  for (std::int64_t y = 0; y < g.size; ++y) {
    add(y + radius, 1);
    add(y - radius - 1, -1);
    for (std::size_t x = 0; x < sums.size(); ++x)
      out[x * sums.size() + static_cast<std::size_t>(y)] = static_cast<float>(sums[x] * share);
  }
}

/// Nearly a Gaussian: three boxes (Kovesi 2010). The plane is 0 outside.
Plane blurred(Plane plane, const Grid& g, double sigma) {
  const auto radius =
      static_cast<std::int64_t>(std::lround((std::sqrt(4 * sigma * sigma + 1) - 1) / 2));
  if (radius < 1) return plane;
  Plane other(plane.size());
  for (int pass = 0; pass < 3; ++pass) {
    box_transposed(plane, other, g, radius);
    box_transposed(other, plane, g, radius);
  }
  return plane;
}

/// The mean around by weight; `fallback` where there is no weight.
Plane weighted_mean(const Plane& values, const Plane& weights, const Grid& g, double sigma) {
  Plane sums(values.size());
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = values[i] * weights[i];
  sums = blurred(std::move(sums), g, sigma);
  const Plane total = blurred(weights, g, sigma);
  for (std::size_t i = 0; i < sums.size(); ++i)
    sums[i] = total[i] > 1e-4F ? sums[i] / total[i] : 0.0F;
  return sums;
}

float ramp(double x, double none, double all) {
  return static_cast<float>(std::clamp((x - none) / (all - none), 0.0, 1.0));
}

/// 1 at eyes, brows, lips and nostrils: paint and hair, and no skin.
Plane painted(const photo::Landmarks& landmarks, const Grid& g) {
  const auto range = [&](std::size_t first, std::size_t last, double factor, double pixels) {
    return photo::grown(photo::point_range(landmarks, first, last), factor, pixels * g.scale);
  };
  std::vector<photo::Polygon> shapes{range(36, 41, 1, 3), range(42, 47, 1, 3), range(48, 59, 1, 2),
                                     range(31, 35, 1, 3)};
  for (const std::size_t first : {std::size_t{17}, std::size_t{22}}) {
    photo::Polygon brow;
    for (std::size_t k = first; k < first + 5; ++k)
      brow.push_back({landmarks[k].x, landmarks[k].y - 4 * g.scale});
    for (std::size_t k = first + 5; k-- > first;)
      brow.push_back({landmarks[k].x, landmarks[k].y + 5 * g.scale});
    shapes.push_back(photo::grown(brow, 1.1, 0));
  }
  Plane out(static_cast<std::size_t>(g.size * g.size), 0.0F);
  for (const photo::Polygon& shape : shapes) {
    const Image inside = photo::filled(shape, g.size);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::max(out[i], inside.pixels[i]);
  }
  return out;
}

std::array<double, 27> with_ambient(const std::array<double, 27>& light) {
  std::array<double, 27> out = light;
  for (std::size_t c = 0; c < 3; ++c) out[9 * c] += kernels::kAmbientOffset;
  return out;
}

Color irradiance(const double* n, const std::array<double, 27>& whole) {
  double basis[9];
  kernels::sh_basis(n, basis);
  Color out{};
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t k = 0; k < 9; ++k) out[c] += basis[k] * whole[9 * c + k];
    out[c] = std::max(out[c], kLeastLight);
  }
  return out;
}

double shading_channel(const Color& logarithms) {
  double out = 0;
  for (std::size_t c = 0; c < 3; ++c) out += kShadingChannel[c] * logarithms[c];
  return out;
}

/// Skin that is seen squarely, neither burnt out nor black, with a soft edge.
Plane seen_skin(const Image& photo, const SeenSurface& surface, const photo::Landmarks& landmarks,
                const Grid& g) {
  Plane skin = painted(landmarks, g);
  for (std::size_t i = 0; i < skin.size(); ++i)
    skin[i] = (1 - skin[i]) * ramp(surface.visible.pixels[i], 0.6, 1);
  const Plane around = blurred(skin, g, 1.5 * g.scale);
  for (std::size_t i = 0; i < skin.size(); ++i) {
    const float* rgb = &photo.pixels[3 * i];
    const auto [low, high] = std::minmax({rgb[0], rgb[1], rgb[2]});
    skin[i] *= ramp(around[i], 0.6, 0.95) * ramp(surface.normals.pixels[3 * i + 2], 0.3, 0.6) *
               ramp(high, 1, 0.96) * ramp(low, 0.06, 0.2);
  }
  return skin;
}

/// Fills by_x and by_y: what a slope of the height does to the light.
void add_slopes(const SeenSurface& surface, const std::array<double, 27>& whole,
                HeightEvidence& out) {
  for (std::size_t i = 0; i < out.weight.size(); ++i) {
    if (out.inside[i] == 0) continue;
    const float* m = &surface.normals.pixels[3 * i];
    const double n[3] = {m[0], m[1], m[2]};
    const Color light = irradiance(n, whole);
    double by_x = 0, by_up = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      double gradient[3] = {0, 0, 0};
      kernels::sh_gradient(n, whole.data() + 9 * c, gradient);
      const double along = gradient[0] * n[0] + gradient[1] * n[1] + gradient[2] * n[2];
      by_x -= kShadingChannel[c] * (gradient[0] - along * n[0]) / light[c];
      by_up -= kShadingChannel[c] * (gradient[1] - along * n[1]) / light[c];
    }
    out.by_x[i] = static_cast<float>(by_x);
    out.by_y[i] = static_cast<float>(-by_up);
  }
}

struct FineColors {
  Plane shading, red_over_green;
};

/// Logarithms without their means around, in which outliers count little.
FineColors fine_colors(const std::array<Plane, 3>& logarithms, const Plane& trust, const Grid& g) {
  const std::size_t count = trust.size();
  FineColors out{Plane(count), Plane(count)};
  for (std::size_t i = 0; i < count; ++i) {
    out.shading[i] =
        static_cast<float>(shading_channel({logarithms[0][i], logarithms[1][i], logarithms[2][i]}));
    out.red_over_green[i] = logarithms[0][i] - logarithms[1][i];
  }
  Plane weights = trust;
  Plane mean = weighted_mean(out.shading, weights, g, kCoarse * g.scale);
  for (std::size_t i = 0; i < count; ++i) {
    const double off = (double{out.shading[i]} - double{mean[i]}) / kOutlier;
    weights[i] = static_cast<float>(double{trust[i]} / ((1 + off * off) * (1 + off * off)));
  }
  for (Plane* plane : {&out.shading, &out.red_over_green}) {
    mean = weighted_mean(*plane, weights, g, kCoarse * g.scale);
    Plane smooth = weighted_mean(*plane, trust, g, kFine * g.scale);
    for (std::size_t i = 0; i < count; ++i) (*plane)[i] = smooth[i] - mean[i];
  }
  out.red_over_green = weighted_mean(out.red_over_green, trust, g, g.scale);
  return out;
}

Grid grid_of(std::int64_t size) { return {size, static_cast<double>(size) / 224}; }

void check(const Image& photo, const SeenSurface& surface) {
  FGCN_CHECK(photo.channels == 3 && photo.height == photo.width, "shaded_normals: the crop is ",
             photo.height, " x ", photo.width, " x ", photo.channels,
             ", expected a square of 3 channels");
  for (const Image* image : {&surface.normals, &surface.usual, &surface.albedo, &surface.visible})
    FGCN_CHECK(image->height == photo.height && image->width == photo.width,
               "shaded_normals: the surface is ", image->height, " x ", image->width,
               " pixels, the crop ", photo.height, " x ", photo.width);
}

}  // namespace

ShadingEvidence shading_evidence(const Image& photo, const SeenSurface& surface,
                                 const std::array<double, 27>& light,
                                 const photo::Landmarks& landmarks) {
  check(photo, surface);
  const Grid g = grid_of(photo.width);
  const std::array<double, 27> whole = with_ambient(light);
  ShadingEvidence out;
  HeightEvidence& heights = out.heights;
  heights.height = heights.width = g.size;
  heights.weight = seen_skin(photo, surface, landmarks, g);
  const std::size_t count = heights.weight.size();
  heights.by_x.assign(count, 0);
  heights.by_y = heights.by_x;
  heights.inside.assign(count, 0);
  std::array<Plane, 3> logarithms;
  logarithms.fill(heights.by_x);
  const Plane near = blurred(heights.weight, g, g.scale);
  for (std::size_t i = 0; i < count; ++i) {
    heights.inside[i] = near[i] > 1e-3F && surface.visible.pixels[i] > 0 ? 1 : 0;
    if (heights.inside[i] == 0) continue;
    const float* m = &surface.normals.pixels[3 * i];
    const double n[3] = {m[0], m[1], m[2]};
    const Color lit = irradiance(n, whole);
    for (std::size_t c = 0; c < 3; ++c)
      logarithms[c][i] = static_cast<float>(
          std::log((double{photo.pixels[3 * i + c]} + kDark) /
                   (lit[c] * std::max(double{surface.usual.pixels[3 * i + c]}, kDark) + kDark)));
  }
  add_slopes(surface, whole, heights);
  out.trust = heights.weight;
  const FineColors fine = fine_colors(logarithms, out.trust, g);
  heights.detail.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double d = double{fine.shading[i]}, own = kOfShading * std::abs(d);
    heights.detail[i] = static_cast<float>(d * d * d / (d * d + kFaint * kFaint));
    const double paint = std::max(0.0, std::abs(double{fine.red_over_green[i]}) - own) / kPaint;
    heights.weight[i] = static_cast<float>(double{heights.weight[i]} / (1 + paint * paint));
  }
  return out;
}

std::vector<float> fine_detail(const Image& colors, std::size_t channel,
                               const ShadingEvidence& evidence) {
  const Grid g = grid_of(colors.width);
  Plane out(evidence.trust.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<float>(std::log(double{colors.pixels[3 * i + channel]} + kDark));
  const Plane mean = weighted_mean(out, evidence.trust, g, kCoarse * g.scale);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] -= mean[i];
  return out;
}

double shading_change(const float* normal, const float* tilt, const std::array<double, 27>& light) {
  const std::array<double, 27> whole = with_ambient(light);
  const double n[3] = {normal[0], normal[1], normal[2]};
  double turned[3] = {n[0] + double{tilt[0]}, n[1] + double{tilt[1]}, n[2] + double{tilt[2]}};
  const double length =
      std::sqrt(turned[0] * turned[0] + turned[1] * turned[1] + turned[2] * turned[2]);
  if (!(length > 0)) return 0;
  for (double& x : turned) x /= length;
  const Color before = irradiance(n, whole), after = irradiance(turned, whole);
  return shading_channel({std::log(after[0] / before[0]), std::log(after[1] / before[1]),
                          std::log(after[2] / before[2])});
}

}  // namespace fgcn::recon
