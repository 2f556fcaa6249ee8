#include "photo/mask/skin.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "kernels/core/error.h"
#include "photo/mask/color_mixture.h"
#include "photo/polygon.h"

namespace fgcn::photo {
namespace {

using Color = Eigen::Vector3d;

/// The frame of a face: where the brows are, which way is up, how far the hairline may be.
struct Frame {
  Point brows;
  Point up;           // of length 1
  double nose = 0;    // brows to the base of the nose, px
  double height = 0;  // brows to the top of the outline, px

  explicit Frame(const Landmarks& l) {
    brows = mean_point(l, 17, 26);
    const Point base = mean_point(l, 31, 35);
    nose = std::max(std::hypot(brows.x - base.x, brows.y - base.y), 1e-6);
    // The line through the outer eye corners is steadier than the nose when the head is turned.
    const Point along{l[45].x - l[36].x, l[45].y - l[36].y};
    const double length = std::max(std::hypot(along.x, along.y), 1e-6);
    up = {along.y / length, -along.x / length};
    height = 0.95 * nose;  // brows to hairline is about a third of the face, as is the nose
  }
  /// Height above the brows, px.
  double above(double x, double y) const { return (x - brows.x) * up.x + (y - brows.y) * up.y; }
};

/// Jaw, then half an ellipse over the forehead.
Polygon outline_polygon(const Landmarks& l) {
  const Frame frame(l);
  Polygon polygon = point_range(l, 0, 16);
  const Point center{(l[0].x + l[16].x) / 2, (l[0].y + l[16].y) / 2};
  const Point half{(l[16].x - l[0].x) / 2, (l[16].y - l[0].y) / 2};
  const double rise = std::max(frame.height - frame.above(center.x, center.y), 1.0);
  // Over the middle of the brows rather than of the ears: they part when the head is turned.
  const double lean =
      (frame.brows.x - center.x) * -frame.up.y + (frame.brows.y - center.y) * frame.up.x;
  constexpr int kSteps = 24;
  for (int i = 1; i < kSteps; ++i) {
    const double angle = std::numbers::pi * i / kSteps;
    const double c = std::cos(angle);
    const double s = std::sin(angle);
    const double side = 0.5 * lean * s;
    polygon.push_back({center.x + c * half.x + s * rise * frame.up.x - side * frame.up.y,
                       center.y + c * half.y + s * rise * frame.up.y + side * frame.up.x});
  }
  return polygon;
}

/// Levels 0 to 255, slightly blurred: a JPEG's chroma is coarse and sensors are noisy.
std::vector<Color> ycbcr(const Image& rgb) {
  std::vector<Color> out(static_cast<std::size_t>(rgb.height * rgb.width));
  for (std::int64_t y = 0; y < rgb.height; ++y) {
    for (std::int64_t x = 0; x < rgb.width; ++x) {
      double sum[3] = {};
      for (std::int64_t dy = -1; dy <= 1; ++dy) {
        for (std::int64_t dx = -1; dx <= 1; ++dx) {
          const float* p = rgb.at(std::clamp<std::int64_t>(y + dy, 0, rgb.height - 1),
                                  std::clamp<std::int64_t>(x + dx, 0, rgb.width - 1));
          const double weight = (dy == 0 ? 2 : 1) * (dx == 0 ? 2 : 1) * 255.0 / 16;
          for (int c = 0; c < 3; ++c) sum[c] += weight * p[c];
        }
      }
      const double luma = 0.299 * sum[0] + 0.587 * sum[1] + 0.114 * sum[2];
      out[static_cast<std::size_t>(y * rgb.width + x)] = {luma, 0.564 * (sum[2] - luma),
                                                          0.713 * (sum[0] - luma)};
    }
  }
  return out;
}

/// At most a few thousand of the pixels that `chosen` accepts, evenly over the image.
template <class Choose>
std::vector<Color> samples(const std::vector<Color>& colors, const Choose& chosen) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < colors.size(); ++i) {
    if (chosen(i)) all.push_back(i);
  }
  constexpr std::size_t kMost = 3000;
  const std::size_t step = all.size() / kMost + 1;
  std::vector<Color> out;
  for (std::size_t i = 0; i < all.size(); i += step) out.push_back(colors[all[i]]);
  return out;
}

/// Mean over (2 radius + 1)^2 pixels inside the image.
Image box_mean(const Image& image, std::int64_t radius) {
  const std::int64_t size = image.width;
  Image rows(size, size, 1);
  Image out(size, size, 1);
  for (int pass = 0; pass < 2; ++pass) {
    const Image& from = pass == 0 ? image : rows;
    Image& to = pass == 0 ? rows : out;
    for (std::int64_t i = 0; i < size; ++i) {
      for (std::int64_t j = 0; j < size; ++j) {
        const std::int64_t first = std::max<std::int64_t>(j - radius, 0);
        const std::int64_t last = std::min(j + radius, size - 1);
        double sum = 0;
        for (std::int64_t k = first; k <= last; ++k)
          sum += pass == 0 ? *from.at(i, k) : *from.at(k, i);
        (pass == 0 ? *to.at(i, j) : *to.at(j, i)) =
            static_cast<float>(sum / static_cast<double>(last - first + 1));
      }
    }
  }
  return out;
}

/// The mask as a local linear function of brightness: smooth, with the photo's edges.
/// Source: He, Sun and Tang, ECCV 2010 (guided filter).
Image guided(const Image& mask, const std::vector<Color>& colors) {
  const std::int64_t size = mask.width;
  const std::int64_t radius = std::max<std::int64_t>(size * 3 / 224, 1);
  constexpr float kFlat = 0.02F * 0.02F;  // variance of brightness that counts as no edge
  Image light(size, size, 1);
  Image light2(size, size, 1);
  Image product(size, size, 1);
  for (std::size_t i = 0; i < colors.size(); ++i) {
    const auto v = static_cast<float>(colors[i][0] / 255);
    light.pixels[i] = v;
    light2.pixels[i] = v * v;
    product.pixels[i] = v * mask.pixels[i];
  }
  const Image mean_light = box_mean(light, radius);
  const Image mean_light2 = box_mean(light2, radius);
  const Image mean_mask = box_mean(mask, radius);
  const Image mean_product = box_mean(product, radius);
  Image slope(size, size, 1);
  Image offset(size, size, 1);
  for (std::size_t i = 0; i < colors.size(); ++i) {
    const float m = mean_light.pixels[i];
    const float variance = std::max(mean_light2.pixels[i] - m * m, 0.0F);
    slope.pixels[i] = (mean_product.pixels[i] - m * mean_mask.pixels[i]) / (variance + kFlat);
    offset.pixels[i] = mean_mask.pixels[i] - slope.pixels[i] * m;
  }
  const Image mean_slope = box_mean(slope, radius);
  const Image mean_offset = box_mean(offset, radius);
  Image out(size, size, 1);
  for (std::size_t i = 0; i < colors.size(); ++i)
    out.pixels[i] =
        std::clamp(mean_slope.pixels[i] * light.pixels[i] + mean_offset.pixels[i], 0.0F, 1.0F);
  return out;
}

/// Where in the outline skin is likely before its color is seen: the forehead may be hair, the
/// lower face is a face even under a beard.
double prior(const Frame& frame, double x, double y) {
  const double above = frame.above(x, y);
  if (above > 0) return 0.9 - 0.5 * std::min(above / frame.height, 1.0);
  return above > -frame.nose ? 0.97 : 0.995;
}

/// Eyes, brows and mouth have other colors than skin but belong to the face. Each takes the mean of
/// the ring around it, so that sunglasses, fringes and hands stay out.
void fill_features(Image& mask, const Landmarks& l) {
  const std::int64_t size = mask.width;
  const double pixel = static_cast<double>(size) / 224;
  const Point up = Frame(l).up;
  const auto brow = [&](std::size_t first) {
    // The points run along the middle of the brow or its upper edge.
    Polygon band;
    for (std::size_t i = first; i < first + 5; ++i)
      band.push_back({l[i].x + 3 * pixel * up.x, l[i].y + 3 * pixel * up.y});
    for (std::size_t i = first + 5; i-- > first;)
      band.push_back({l[i].x - 8 * pixel * up.x, l[i].y - 8 * pixel * up.y});
    return band;
  };
  const Polygon features[] = {brow(17), brow(22), point_range(l, 36, 41), point_range(l, 42, 47),
                              point_range(l, 48, 59)};
  for (const Polygon& feature : features) {
    const Image inner = filled(grown(feature, 1, 3 * pixel), size);
    const Image ring = filled(grown(feature, 1, 9 * pixel), size);
    double sum = 0;
    double count = 1e-6;
    for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
      const double weight = ring.pixels[i] - inner.pixels[i];
      if (!(weight > 0)) continue;
      sum += weight * mask.pixels[i];
      count += weight;
    }
    // From 0.25 (covered) to 0.5 (bare) of skin around it.
    const auto fill = static_cast<float>(std::clamp((sum / count - 0.25) / 0.25, 0.0, 1.0));
    for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
      if (inner.pixels[i] > 0) mask.pixels[i] = std::max(mask.pixels[i], fill);
    }
  }
}

}  // namespace

Image face_outline(const Landmarks& landmarks, std::int64_t size) {
  FGCN_CHECK(size > 0, "face_outline: size is ", size);
  return filled(outline_polygon(landmarks), size);
}

bool is_skin_mask(const Image& alpha, const Image& beyond, const Landmarks& landmarks) {
  const Polygon outline = outline_polygon(landmarks);
  const Image face = filled(grown(outline, 1.12, 0), alpha.width);
  const Image head = filled(grown(outline, 1.25, 0), alpha.width);
  double sum = 0;
  double count = 0;
  for (std::size_t i = 0; i < alpha.pixels.size(); ++i) {
    if (face.pixels[i] > 0 || !(head.pixels[i] > 0)) continue;
    if (!beyond.pixels.empty() && beyond.pixels[i] > 0) continue;
    sum += alpha.pixels[i];
    count += 1;
  }
  return sum < 0.5 * count;
}

Image skin_mask(const Image& rgb, const Landmarks& landmarks, const Image& hidden) {
  FGCN_CHECK(rgb.channels == 3 && rgb.height == rgb.width && rgb.width > 0, "skin_mask: crop is ",
             rgb.height, " x ", rgb.width, " x ", rgb.channels,
             ", expected square with 3 channels");
  const std::int64_t size = rgb.width;
  FGCN_CHECK(hidden.pixels.empty() ||
                 (hidden.width == size && hidden.height == size && hidden.channels == 1),
             "skin_mask: hidden is ", hidden.height, " x ", hidden.width, " x ", hidden.channels,
             " on a crop of ", size, " x ", size);
  const auto seen = [&](std::size_t i) { return hidden.pixels.empty() || !(hidden.pixels[i] > 0); };
  const Landmarks& l = landmarks;
  const Frame frame(l);
  const std::vector<Color> colors = ycbcr(rgb);
  const Image outline = face_outline(l, size);

  // Skin for certain: cheeks, nose and the skin between and under the eyes.
  Polygon middle = {l[1], l[2], l[3], l[4], l[12], l[13], l[14], l[15]};
  middle.insert(middle.end(), {mean_point(l, 22, 26), mean_point(l, 17, 21)});
  const Image inside = filled(grown(middle, 0.85, 0), size);
  const double pixel = static_cast<double>(size) / 224;
  const Image eyes[] = {filled(grown(point_range(l, 36, 41), 1, 4 * pixel), size),
                        filled(grown(point_range(l, 42, 47), 1, 4 * pixel), size)};
  const Image mouth = filled(grown(point_range(l, 48, 59), 1, 3 * pixel), size);
  const Image around = filled(grown(outline_polygon(l), 1.12, 0), size);

  const Color floor(5, 2.5, 2.5);
  ColorMixture skin(samples(colors,
                            [&](std::size_t i) {
                              return seen(i) && inside.pixels[i] > 0 && eyes[0].pixels[i] == 0 &&
                                     eyes[1].pixels[i] == 0 && mouth.pixels[i] == 0;
                            }),
                    3, floor);
  // Pixels around the head are not skin. Neck and ears lie there too, so colors that the skin
  // explains well are left out.
  constexpr double kSkinlike = -13;  // about three standard deviations of a broad skin
  const ColorMixture other(
      samples(colors,
              [&](std::size_t i) {
                const std::int64_t row = static_cast<std::int64_t>(i) / size;
                const double y = static_cast<double>(row) + 0.5;
                const double x = static_cast<double>(static_cast<std::int64_t>(i) % size) + 0.5;
                return seen(i) && around.pixels[i] == 0 && frame.above(x, y) > -frame.nose &&
                       skin.log_density(colors[i]) < kSkinlike;
              }),
      4, floor);
  constexpr double kAnyColor = 1.0 / (255.0 * 100 * 100);  // of a color that occurs nowhere else

  Image mask(size, size, 1);
  constexpr int kRounds = 2;
  for (int round = 0; round < kRounds; ++round) {
    for (std::int64_t y = 0; y < size; ++y) {
      for (std::int64_t x = 0; x < size; ++x) {
        const auto i = static_cast<std::size_t>(y * size + x);
        if (outline.pixels[i] == 0) continue;
        const double before =
            prior(frame, static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5);
        const double yes = before * std::exp(skin.log_density(colors[i]));
        const double no =
            (1 - before) * (0.9 * std::exp(other.log_density(colors[i])) + 0.1 * kAnyColor);
        mask.pixels[i] = static_cast<float>(yes / (yes + no));
      }
    }
    if (round + 1 == kRounds) break;
    skin = ColorMixture(samples(colors,
                                [&](std::size_t i) {
                                  return seen(i) && mask.pixels[i] > 0.5F && mouth.pixels[i] == 0;
                                }),
                        4, floor);
  }
  mask = guided(mask, colors);
  fill_features(mask, l);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i)
    mask.pixels[i] *= seen(i) ? outline.pixels[i] : 0;
  return mask;
}

}  // namespace fgcn::photo
