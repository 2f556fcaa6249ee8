#include "photo/mask/spectacles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "kernels/core/error.h"
#include "photo/mask/spectacles_histogram.h"
#include "photo/mask/spectacles_weights.h"
#include "photo/resample.h"

namespace fgcn::photo {
namespace {

constexpr double kLeastEyes = 8;  // px between the eyes
constexpr std::int64_t kCell = 8;
constexpr std::int64_t kHeight = kCell * kCellRows;
constexpr std::int64_t kWidth = kCell * kCellColumns;
constexpr double kEyeDistance = 40;
constexpr double kEyeRow = 23;

Point mean(const Landmarks& l, std::size_t first, std::size_t last) {
  Point sum;
  for (std::size_t i = first; i <= last; ++i) sum = {sum.x + l[i].x, sum.y + l[i].y};
  const auto n = static_cast<double>(last - first + 1);
  return {sum.x / n, sum.y / n};
}

using Cells = std::array<double, kCellRows * kCellColumns * kOrientations>;

std::size_t index(std::int64_t row, std::int64_t column, std::int64_t orientation) {
  return static_cast<std::size_t>((row * kCellColumns + column) * kOrientations + orientation);
}

/// Shares an amount between the two nearest of evenly spaced places; `at` counts from the first.
struct Split {
  std::int64_t low;
  double high_share;

  explicit Split(double at)
      : low(static_cast<std::int64_t>(std::floor(at))), high_share(at - static_cast<double>(low)) {}
  double share(int which) const { return which == 0 ? 1 - high_share : high_share; }
};

/// Gradients of the window, by length, into cells and orientations.
Cells gradient_cells(const Image8& window) {
  Cells cells{};
  const auto level = [&](std::int64_t y, std::int64_t x) {
    return *window.at(std::clamp<std::int64_t>(y, 0, kHeight - 1),
                      std::clamp<std::int64_t>(x, 0, kWidth - 1)) /
           255.0;
  };
  for (std::int64_t y = 0; y < kHeight; ++y) {
    for (std::int64_t x = 0; x < kWidth; ++x) {
      const double gx = (level(y, x + 1) - level(y, x - 1)) / 2;
      const double gy = (level(y + 1, x) - level(y - 1, x)) / 2;
      const double length = std::hypot(gx, gy);
      if (!(length > 0)) continue;
      double turn = std::atan2(gy, gx) / std::numbers::pi;  // (-1, 1]; a half turn changes nothing
      if (turn < 0) turn += 1;
      const Split orientation(turn * kOrientations - 0.5);
      const Split row((static_cast<double>(y) + 0.5) / kCell - 0.5);
      const Split column((static_cast<double>(x) + 0.5) / kCell - 0.5);
      for (int i = 0; i < 8; ++i) {
        const std::int64_t r = row.low + (i & 1);
        const std::int64_t c = column.low + (i >> 1 & 1);
        if (r < 0 || c < 0 || r >= kCellRows || c >= kCellColumns) continue;
        const std::int64_t o = (orientation.low + (i >> 2) + kOrientations) % kOrientations;
        cells[index(r, c, o)] +=
            length * row.share(i & 1) * column.share(i >> 1 & 1) * orientation.share(i >> 2);
      }
    }
  }
  return cells;
}

/// Square roots of shares: a cell's bins over the energy of the cells around it.
Cells normalised(const Cells& cells) {
  constexpr double kFlat = 0.3;  // energy (gradient summed over a cell) that counts as no edge
  std::array<double, kCellRows * kCellColumns> energy{};
  for (std::size_t i = 0; i < cells.size(); ++i) energy[i / kOrientations] += cells[i] * cells[i];
  Cells out{};
  for (std::int64_t r = 0; r < kCellRows; ++r) {
    for (std::int64_t c = 0; c < kCellColumns; ++c) {
      double around = kFlat * kFlat;
      for (std::int64_t dr = -1; dr <= 1; ++dr)
        for (std::int64_t dc = -1; dc <= 1; ++dc)
          around += energy[static_cast<std::size_t>(
              std::clamp<std::int64_t>(r + dr, 0, kCellRows - 1) * kCellColumns +
              std::clamp<std::int64_t>(c + dc, 0, kCellColumns - 1))];
      for (std::int64_t o = 0; o < kOrientations; ++o)
        out[index(r, c, o)] = std::sqrt(cells[index(r, c, o)] / std::sqrt(around));
    }
  }
  return out;
}

}  // namespace

std::optional<View> eye_window(const Image& crop, const Landmarks& landmarks, double eye_distance,
                               double eye_row, std::int64_t height, std::int64_t width) {
  const Point left = mean(landmarks, 36, 41);
  const Point right = mean(landmarks, 42, 47);
  const double dx = right.x - left.x;
  const double dy = right.y - left.y;
  const double apart = std::hypot(dx, dy);
  const Point middle{(left.x + right.x) / 2, (left.y + right.y) / 2};
  const auto w = static_cast<double>(crop.width);
  const auto h = static_cast<double>(crop.height);
  // Written so that NaN fails.
  const double far = 16 * std::max(w, h);
  for (const Point& p : landmarks)
    if (!(std::abs(p.x) <= far && std::abs(p.y) <= far)) return std::nullopt;
  if (!(apart >= kLeastEyes && apart <= std::max(w, h) && middle.x >= 0 && middle.x <= w &&
        middle.y >= 0 && middle.y <= h))
    return std::nullopt;
  View view;
  view.scale = eye_distance / apart;
  view.angle = -std::atan2(dy, dx);
  view.height = height;
  view.width = width;
  // The middle of the window is that far below the eyes, along the face.
  const double below = (static_cast<double>(height) / 2 - eye_row) / view.scale;
  view.center = {middle.x - below * dy / apart, middle.y + below * dx / apart};
  return view;
}

std::optional<SpectacleHistogram> spectacle_histogram(const Image& rgb,
                                                      const Landmarks& landmarks) {
  FGCN_CHECK(rgb.channels == 3 && rgb.height > 0 && rgb.width > 0, "spectacles: crop is ",
             rgb.height, " x ", rgb.width, " x ", rgb.channels, ", expected three channels");
  const std::optional<View> view =
      eye_window(rgb, landmarks, kEyeDistance, kEyeRow, kHeight, kWidth);
  if (!view) return std::nullopt;
  const Cells cells = normalised(gradient_cells(look(grey(to_bytes(rgb)), *view)));
  SpectacleHistogram out{};
  std::size_t i = 0;
  for (std::int64_t r = 0; r < kCellRows; ++r)
    for (std::int64_t c = 0; c < kCellColumns / 2; ++c)
      for (std::int64_t o = 0; o < kOrientations; ++o)
        out[i++] =
            (cells[index(r, c, o)] + cells[index(r, kCellColumns - 1 - c, kOrientations - 1 - o)]) /
            2;
  return out;
}

double spectacles_score(const Image& rgb, const Landmarks& landmarks) {
  const std::optional<SpectacleHistogram> histogram = spectacle_histogram(rgb, landmarks);
  if (!histogram) return -std::numeric_limits<double>::infinity();
  double score = kSpectacleBias;
  for (std::size_t i = 0; i < histogram->size(); ++i)
    score += kSpectacleWeights[i] * kSpectacleUnit * (*histogram)[i];
  return score;
}

}  // namespace fgcn::photo
