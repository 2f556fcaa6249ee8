#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "kernels/core/error.h"
#include "photo/mask/spectacles.h"
#include "photo/mask/spectacles_lines.h"
#include "photo/resample.h"

namespace fgcn::photo {
namespace {

// Lengths below are pixels of the window.
constexpr double kEyes = kRimsEyes;
constexpr std::int64_t kHeight = kRimsHeight;
constexpr std::int64_t kWidth = kRimsWidth;
constexpr double kEyeRow = kRimsEyeRow;
constexpr Point kMiddle[] = {{kWidth / 2.0 - kEyes / 2, kEyeRow},
                             {kWidth / 2.0 + kEyes / 2, kEyeRow}};

float bilinear(const Image& image, double x, double y) {
  const double px = std::clamp(x - 0.5, 0.0, static_cast<double>(image.width - 1));
  const double py = std::clamp(y - 0.5, 0.0, static_cast<double>(image.height - 1));
  const auto x0 = std::min(static_cast<std::int64_t>(px), image.width - 2);
  const auto y0 = std::min(static_cast<std::int64_t>(py), image.height - 2);
  const auto fx = static_cast<float>(px - static_cast<double>(x0));
  const auto fy = static_cast<float>(py - static_cast<double>(y0));
  const float above = *image.at(y0, x0) * (1 - fx) + *image.at(y0, x0 + 1) * fx;
  const float below = *image.at(y0 + 1, x0) * (1 - fx) + *image.at(y0 + 1, x0 + 1) * fx;
  return above * (1 - fy) + below * fy;
}

constexpr std::int64_t kAngles = 72;
constexpr std::int64_t kRadii = 32;

/// A lens's rim lies between an ellipse around the eye and the nose, the brow and the cheek.
/// `outward` is -1 for the eye at the left, whose nose side is at its right.
Point place(std::int64_t eye, std::int64_t angle, std::int64_t radius) {
  const double outward = eye == 0 ? -1 : 1;
  const double a = 2 * std::numbers::pi * static_cast<double>(angle) / kAngles;
  const double c = std::cos(a);  // 1 away from the nose
  const double s = std::sin(a);  // 1 down
  const double t = static_cast<double>(radius) / (kRadii - 1);
  const double across = c > 0 ? 0.30 + t * (0.56 - 0.30) : 0.26 + t * (0.46 - 0.26);
  const double along = s > 0 ? 0.16 + t * (0.60 - 0.16) : 0.12 + t * (0.40 - 0.12);
  // Superellipse: lenses are rounder than boxes and boxier than ellipses.
  const double p = 2.5;
  const double r =
      kEyes / std::pow(std::pow(std::abs(c) / across, p) + std::pow(std::abs(s) / along, p), 1 / p);
  return {kMiddle[eye].x + outward * r * c, kMiddle[eye].y + r * s};
}

using Path = std::array<std::int64_t, kAngles>;  // radius at each angle

/// The closed path of most line around both eyes.
std::array<Path, 2> lens_paths(const Image& strength) {
  constexpr float kEnough = 0.15F;  // a stronger line counts no more
  constexpr float kBend = 0.05F;    // cost of a step in radius
  constexpr float kFar = 0.01F;     // of the largest radius against the least
  constexpr std::int64_t kSteepest = 2;
  constexpr std::int64_t kAlike = 4;  // steps of radius the eyes may differ by
  std::array<std::array<std::array<float, kRadii>, kAngles>, 2> own{};
  for (std::size_t e = 0; e < 2; ++e)
    for (std::int64_t a = 0; a < kAngles; ++a)
      for (std::int64_t r = 0; r < kRadii; ++r) {
        const Point p = place(static_cast<std::int64_t>(e), a, r);
        own[e][a][r] = std::min(bilinear(strength, p.x, p.y), kEnough);
      }
  std::array<Path, 2> out{};
  for (std::size_t e = 0; e < 2; ++e) {
    const auto gain = [&](std::int64_t a, std::int64_t r) {
      float other = 0;
      for (std::int64_t q = std::max<std::int64_t>(r - kAlike, 0);
           q <= std::min(r + kAlike, kRadii - 1); ++q)
        other = std::max(other, own[1 - e][a][q]);
      return own[e][a][r] + other - kFar * static_cast<float>(r) / (kRadii - 1);
    };
    // Twice around; the second half of the first turn and the first of the second close.
    std::vector<std::array<float, kRadii>> sum(2 * kAngles);
    std::vector<std::array<std::int64_t, kRadii>> from(2 * kAngles);
    for (std::int64_t i = 0; i < 2 * kAngles; ++i) {
      for (std::int64_t r = 0; r < kRadii; ++r) {
        float best = i == 0 ? 0.0F : -1e30F;
        std::int64_t before = r;
        if (i > 0)
          for (std::int64_t q = std::max<std::int64_t>(r - kSteepest, 0);
               q <= std::min(r + kSteepest, kRadii - 1); ++q) {
            const float value = sum[i - 1][q] - kBend * static_cast<float>(std::abs(q - r));
            if (value > best) {
              best = value;
              before = q;
            }
          }
        sum[i][r] = best + gain(i % kAngles, r);
        from[i][r] = before;
      }
    }
    const auto& last = sum[2 * kAngles - 1];
    std::int64_t r = std::max_element(last.begin(), last.end()) - last.begin();
    for (std::int64_t i = 2 * kAngles; i-- > 0;) {
      if (i >= kAngles / 2 && i < kAngles / 2 + kAngles) out[e][i % kAngles] = r;
      r = from[i][r];
    }
  }
  return out;
}

constexpr float kFaint = 0.05F;   // a line along a lens that is there at all
constexpr float kSure = 0.13F;    // one from which it is followed
constexpr float kFollow = 0.09F;  // as long as it is that strong
constexpr double kBeside = 4.5;   // px from a lens's path within which lines are its rim

void paint(Image& image, const Point& p, double radius) {
  const auto clamped = [](double v, std::int64_t size) {
    return std::lround(std::clamp(v, 0.0, static_cast<double>(size - 1)));
  };
  for (std::int64_t y = clamped(p.y - radius, kHeight); y <= clamped(p.y + radius, kHeight); ++y)
    for (std::int64_t x = clamped(p.x - radius, kWidth); x <= clamped(p.x + radius, kWidth); ++x)
      if (std::hypot(static_cast<double>(x) + 0.5 - p.x, static_cast<double>(y) + 0.5 - p.y) <=
          radius)
        *image.at(y, x) = 1;
}

/// How far to believe that a line belongs to spectacles: wholly beside the paths, between them, and
/// outside of them at the height of the eyes; in part where else a lens may reach.
Image believed(const std::array<Path, 2>& paths) {
  constexpr float kElsewhere = 0.45F;
  Image out(kHeight, kWidth, 1);
  for (std::int64_t e = 0; e < 2; ++e)
    for (std::int64_t a = 0; a < kAngles; ++a)
      for (std::int64_t r = 0; r < kRadii; ++r) paint(out, place(e, a, r), 1.5);
  for (float& v : out.pixels) v *= kElsewhere;
  const auto fill = [&](double left, double top, double right, double bottom) {
    for (std::int64_t y = 0; y < kHeight; ++y)
      for (std::int64_t x = 0; x < kWidth; ++x)
        if (static_cast<double>(x) >= left && static_cast<double>(x) < right &&
            static_cast<double>(y) >= top && static_cast<double>(y) < bottom)
          *out.at(y, x) = 1;
  };
  const Point inner[] = {place(0, kAngles / 2, paths[0][kAngles / 2]),
                         place(1, kAngles / 2, paths[1][kAngles / 2])};
  const Point outer[] = {place(0, 0, paths[0][0]), place(1, 0, paths[1][0])};
  fill(inner[0].x, kEyeRow - 0.35 * kEyes, inner[1].x, kEyeRow + 0.35 * kEyes);
  fill(0, kEyeRow - 0.4 * kEyes, outer[0].x, kEyeRow + 0.2 * kEyes);
  fill(outer[1].x, kEyeRow - 0.4 * kEyes, static_cast<double>(kWidth), kEyeRow + 0.2 * kEyes);
  for (std::int64_t e = 0; e < 2; ++e)
    for (std::int64_t a = 0; a < kAngles; ++a) paint(out, place(e, a, paths[e][a]), kBeside);
  return out;
}

/// Takes lines away where lids and lashes are, and in the brows: a rim over a brow does not show,
/// and the brow would be lost. The points run along a brow's upper edge or its middle. The dark
/// pixels below them are the brow, unless they are as thin as a rim.
void leave_features(Lines& lines, const Landmarks& l) {
  constexpr double kLid = 4;     // px around an eye
  constexpr int kLeastBrow = 4;  // px of a brow's height
  constexpr int kMostBrow = 6;
  constexpr float kDark = 0.15F;  // darker than skin
  Image features(kHeight, kWidth, 1);
  const auto stroke = [&](const Point& a, const Point& b, const auto& mark) {
    for (int step = 0; step <= 10; ++step)
      mark(Point{a.x + step / 10.0 * (b.x - a.x), a.y + step / 10.0 * (b.y - a.y)});
  };
  for (std::size_t eye = 36; eye < 48; eye += 6)
    for (std::size_t i = eye; i < eye + 6; ++i)
      for (std::size_t j = eye; j < i; ++j)
        stroke(l[i], l[j], [&](const Point& p) { paint(features, p, kLid); });
  const auto dark = [&](double x, double y) { return bilinear(lines.darkness, x, y) >= kDark; };
  for (std::size_t brow = 17; brow < 27; brow += 5)
    for (std::size_t i = brow; i < brow + 4; ++i)
      stroke(l[i], l[i + 1], [&](const Point& p) {
        int top = -2;
        while (top < 3 && !dark(p.x, p.y + top)) ++top;
        int height = 0;
        while (height < kMostBrow && dark(p.x, p.y + top + height)) ++height;
        if (height < kLeastBrow) return;
        for (int down = 0; down < height; ++down) paint(features, {p.x, p.y + top + down}, 1.5);
      });
  for (std::size_t i = 0; i < features.pixels.size(); ++i)
    if (features.pixels[i] > 0) lines.strength.pixels[i] = 0;
}

/// Lines that touch a lens's path where it is sure, or are long; and the path between.
Image rims_in_window(Image strength) {
  constexpr double kLong = 0.2 * kEyes;  // to the side
  const std::array<Path, 2> paths = lens_paths(strength);
  const Image belief = believed(paths);
  for (std::size_t i = 0; i < strength.pixels.size(); ++i) strength.pixels[i] *= belief.pixels[i];
  Image path(kHeight, kWidth, 1);
  Image out(kHeight, kWidth, 1);
  for (std::int64_t e = 0; e < 2; ++e)
    for (std::int64_t a = 0; a < kAngles; ++a) {
      const Point p = place(e, a, paths[e][a]);
      const float here = bilinear(strength, p.x, p.y);
      paint(path, p, 1);
      if (here >= kFaint) paint(out, p, 1.5);
    }
  std::vector<bool> seen(out.pixels.size());
  std::vector<std::int64_t> part;
  for (std::int64_t start = 0; start < kHeight * kWidth; ++start) {
    part.assign(1, start);
    bool sure = false, touches = false;
    std::int64_t first = kWidth, last = 0;
    for (std::size_t k = 0; k < part.size(); ++k) {
      const std::int64_t i = part[k];
      if (seen[i] || !(strength.pixels[i] >= kFollow)) {
        part[k] = -1;
        continue;
      }
      seen[i] = true;
      const std::int64_t y0 = i / kWidth, x0 = i % kWidth;
      sure = sure || strength.pixels[i] >= kSure;
      touches = touches || (path.pixels[i] > 0 && strength.pixels[i] >= kSure);
      first = std::min(first, x0);
      last = std::max(last, x0);
      for (std::int64_t y = std::max<std::int64_t>(y0 - 1, 0); y <= std::min(y0 + 1, kHeight - 1);
           ++y)
        for (std::int64_t x = std::max<std::int64_t>(x0 - 1, 0); x <= std::min(x0 + 1, kWidth - 1);
             ++x)
          if (!seen[y * kWidth + x]) part.push_back(y * kWidth + x);
    }
    if (touches || (sure && static_cast<double>(last - first) >= kLong))
      for (const std::int64_t i : part)
        if (i >= 0) out.pixels[i] = 1;
  }
  Image wide(kHeight, kWidth, 1);
  for (std::int64_t y = 0; y < kHeight; ++y)
    for (std::int64_t x = 0; x < kWidth; ++x)
      if (*out.at(y, x) > 0)
        paint(wide, {static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5}, 1.5);
  return wide;
}

}  // namespace

Image spectacle_rims(const Image& rgb, const Landmarks& landmarks) {
  Image out(rgb.height, rgb.width, 1);
  if (!(spectacles_score(rgb, landmarks) > kWorn)) return out;
  const std::optional<View> view = eye_window(rgb, landmarks, kEyes, kEyeRow, kHeight, kWidth);
  if (!view) return out;
  Lines lines = find_lines(look(grey(to_bytes(rgb)), *view));
  Landmarks points;
  std::transform(landmarks.begin(), landmarks.end(), points.begin(),
                 [&](const Point& p) { return view->from_image(p); });
  leave_features(lines, points);
  const Image rims = rims_in_window(std::move(lines.strength));
  for (std::int64_t y = 0; y < out.height; ++y)
    for (std::int64_t x = 0; x < out.width; ++x) {
      const Point p =
          view->from_image({static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5});
      if (p.x > 0 && p.y > 0 && p.x < kWidth && p.y < kHeight)
        *out.at(y, x) = bilinear(rims, p.x, p.y);
    }
  return out;
}

Image without_rims(Image mask, const Image& rgb, const Landmarks& landmarks) {
  FGCN_CHECK(mask.height == rgb.height && mask.width == rgb.width && mask.channels == 1,
             "without_rims: mask is ", mask.height, " x ", mask.width, " x ", mask.channels,
             " on a crop of ", rgb.height, " x ", rgb.width);
  const Image rims = spectacle_rims(rgb, landmarks);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) mask.pixels[i] *= 1 - rims.pixels[i];
  return mask;
}

}  // namespace fgcn::photo
