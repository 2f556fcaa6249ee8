#include "photo/regressor_crop.h"

#include <cmath>

#include "kernels/core/error.h"
#include "photo/resize_bytes.h"

namespace fgcn::photo {
namespace {

constexpr std::int64_t kSide = 224;

Point3 middle(const Point3& a, const Point3& b) {
  return {(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2};
}

}  // namespace

FivePoints<Point3> regressor_points(const std::array<Point3, kLandmarks>& landmarks) {
  return {middle(landmarks[36], landmarks[39]), middle(landmarks[42], landmarks[45]), landmarks[30],
          landmarks[48], landmarks[54]};
}

FivePoints<Point> regressor_points(const Landmarks& landmarks) {
  std::array<Point3, kLandmarks> flat;
  for (std::size_t i = 0; i < kLandmarks; ++i) flat[i] = {landmarks[i].x, landmarks[i].y, 0};
  const FivePoints<Point3> five = regressor_points(flat);
  FivePoints<Point> out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = {five[i][0], five[i][1]};
  return out;
}

RegressorView regressor_view(const FivePoints<Point>& points, const FivePoints<Point3>& reference,
                             std::int64_t photo_width, std::int64_t photo_height) {
  const ScaleShift map = alignment(points, reference, kSide);
  const double half = static_cast<double>(kSide) / 2, s = map.scale;
  const auto width = static_cast<double>(photo_width), height = static_cast<double>(photo_height);
  const double tx = (half - map.tx) / s;
  const double ty = height - 1 - (half - map.ty) / s;  // upwards
  // Whatever the landmarks are, sizes stay far from the range of integers.
  constexpr double kMost = 1e9;
  const double wide = std::trunc(width * s), tall = std::trunc(height * s);
  const double left = wide / 2 - half + (tx - width / 2) * s;
  const double top = tall / 2 - half + (height / 2 - ty) * s;
  if (!(wide >= 1 && tall >= 1 && wide <= kMost && tall <= kMost && std::abs(left) <= kMost &&
        std::abs(top) <= kMost))
    input_error("the landmarks ask for a photo of ", wide, " x ", tall,
                " pixels; give landmarks of a face in the photo");
  const auto whole = [](double v) { return static_cast<std::int64_t>(v); };
  return {whole(wide), whole(tall), whole(left), whole(top), s};
}

Image8 regressor_crop(const Image8& photo, const RegressorView& view) {
  FGCN_CHECK(photo.channels == 3, "regressor_crop: a photo of ", photo.channels, " channels");
  return resize_bytes(photo, {view.height, view.width, view.top, view.left, kSide, kSide},
                      ResizeFilter::kBicubic);
}

}  // namespace fgcn::photo
