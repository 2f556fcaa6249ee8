#include "photo/align.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"

namespace fgcn::photo {
namespace {

Point3 mean(const std::array<Point3, kLandmarks>& points, std::size_t first, std::size_t last) {
  Point3 sum{};
  for (std::size_t i = first; i <= last; ++i) {
    for (std::size_t c = 0; c < 3; ++c)
      sum[c] += points[i][c] / static_cast<double>(last - first + 1);
  }
  return sum;
}

/// 1 where a pixel's centre lies outside the photo; empty where none does.
Image outside(const Photo& photo, const ScaleShift& to_photo, std::int64_t size) {
  Image out(size, size, 1);
  bool any = false;
  const auto width = static_cast<double>(photo.rgb.width);
  const auto height = static_cast<double>(photo.rgb.height);
  for (std::int64_t y = 0; y < size; ++y) {
    for (std::int64_t x = 0; x < size; ++x) {
      const Point p = to_photo({static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5});
      if (!(p.x < 0 || p.y < 0 || p.x > width || p.y > height)) continue;
      *out.at(y, x) = 1;
      any = true;
    }
  }
  return any ? out : Image();
}

/// Whether one color is transparent wherever it occurs and everything else is opaque.
bool is_color_key(const Photo& photo) {
  const std::vector<std::uint8_t>& alpha = photo.alpha->pixels;
  const std::uint8_t* rgb = photo.rgb.pixels.data();
  const auto first = std::find(alpha.begin(), alpha.end(), 0);
  if (first == alpha.end()) return false;
  const std::uint8_t* key = rgb + 3 * (first - alpha.begin());
  for (std::size_t i = 0; i < alpha.size(); ++i)
    if (alpha[i] != (std::equal(key, key + 3, rgb + 3 * i) ? 0 : 255)) return false;
  return true;
}

}  // namespace

FivePoints<Point3> five_points(const std::array<Point3, kLandmarks>& landmarks) {
  return {mean(landmarks, 36, 41), mean(landmarks, 42, 47), landmarks[30], landmarks[48],
          landmarks[54]};
}

FivePoints<Point> five_points(const Landmarks& landmarks) {
  std::array<Point3, kLandmarks> flat;
  for (std::size_t i = 0; i < kLandmarks; ++i) flat[i] = {landmarks[i].x, landmarks[i].y, 0};
  const FivePoints<Point3> five = five_points(flat);
  FivePoints<Point> out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = {five[i][0], five[i][1]};
  return out;
}

ScaleShift alignment(const FivePoints<Point>& points, const FivePoints<Point3>& reference,
                     std::int64_t size) {
  FGCN_CHECK(size > 0, "alignment: crop size is ", size);
  // x and y share the matrix: one [5 x 4] system with two right-hand sides.
  Eigen::Matrix<double, 5, 4> a;
  Eigen::Matrix<double, 5, 2> b;
  for (int i = 0; i < 5; ++i) {
    const auto k = static_cast<std::size_t>(i);
    a.row(i) << reference[k][0], reference[k][1], reference[k][2], 1;
    b.row(i) << points[k].x, -points[k].y;
  }
  const Eigen::Matrix<double, 4, 2> solved = a.colPivHouseholderQr().solve(b);
  const double scale = (solved.col(0).head<3>().norm() + solved.col(1).head<3>().norm()) / 2;
  constexpr double kPixelsPerDecimetre = 102.0 / 224.0;  // of a crop one pixel large
  const double resize = kPixelsPerDecimetre * static_cast<double>(size) / scale;
  const double tx = solved(3, 0);
  const double ty = -solved(3, 1);
  if (!std::isfinite(resize) || !std::isfinite(tx) || !std::isfinite(ty) || !(scale > 1e-6))
    input_error(
        "the landmarks do not form a face (eyes, nose and mouth fall together); "
        "give other landmarks or another photo");
  const double middle = static_cast<double>(size) / 2;
  return {resize, middle - resize * tx, middle - resize * ty};
}

Crop cut_crop(const Photo& photo, const Landmarks& landmarks, const ScaleShift& from_photo,
              std::int64_t size) {
  Crop crop;
  crop.from_photo = from_photo;
  crop.rgb = resample(photo.rgb, from_photo, size, size);
  crop.beyond = outside(photo, from_photo.inverse(), size);
  if (photo.alpha && !is_color_key(photo)) {
    crop.mask = resample(*photo.alpha, from_photo, size, size);
    for (std::size_t i = 0; i < crop.beyond.pixels.size(); ++i)
      if (crop.beyond.pixels[i] > 0) crop.mask.pixels[i] = 0;
  }
  for (std::size_t i = 0; i < kLandmarks; ++i) crop.landmarks[i] = from_photo(landmarks[i]);
  return crop;
}

}  // namespace fgcn::photo
