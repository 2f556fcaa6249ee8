#include "photo/face_chip.h"

#include <dlib/array2d.h>
#include <dlib/image_processing/full_object_detection.h>
#include <dlib/image_transforms/interpolation.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "kernels/core/error.h"

namespace fgcn::photo {
namespace {

constexpr double kFarthest = 1e6;  // pixels
constexpr std::int64_t kMostSide = 4096;

// dlib's landmarks are whole pixels, so it is given an image that many times as large.
constexpr double kFractions = 1024;

View view_for(std::span<const Point> points, const ChipOptions& options) {
  FGCN_CHECK(options.side >= 2 && options.side <= kMostSide && options.padding >= 0 &&
                 options.padding <= 10,
             "face chip: a side of ", options.side, " and a padding of ", options.padding);
  std::vector<dlib::point> parts;
  for (const Point& p : points) {
    if (!(std::abs(p.x) <= kFarthest) || !(std::abs(p.y) <= kFarthest))
      input_error("a landmark is not finite, or a million pixels away; give other landmarks");
    // In dlib's coordinates the centre of the first pixel is (0, 0).
    parts.emplace_back(std::lround((p.x - 0.5) * kFractions),
                       std::lround((p.y - 0.5) * kFractions));
  }
  const dlib::chip_details chip =
      dlib::get_face_chip_details(dlib::full_object_detection(dlib::rectangle(), parts),
                                  static_cast<unsigned long>(options.side), options.padding);
  // The rectangle covers `width` pixels; its corners, which dlib puts on the centres of the chip's
  // corner pixels, are a pixel nearer.
  const double width = chip.rect.width() / kFractions;
  const auto center = dlib::center(chip.rect);
  if (!std::isfinite(center.x()) || !std::isfinite(center.y()) || !std::isfinite(chip.angle) ||
      !(width >= 2) || !(width <= kFarthest))
    input_error(
        "the landmarks do not form a face (they fall together); "
        "give other landmarks or another photo");
  View view;
  view.center = {center.x() / kFractions + 0.5, center.y() / kFractions + 0.5};
  view.scale = static_cast<double>(options.side - 1) / (width - 1);
  view.angle = -chip.angle;
  view.height = view.width = options.side;
  return view;
}

}  // namespace

EyesAndNose eyes_and_nose(const Landmarks& landmarks) {
  return {landmarks[45], landmarks[42], landmarks[36], landmarks[39], landmarks[33]};
}

View face_chip_view(const Landmarks& landmarks, const ChipOptions& options) {
  return view_for(landmarks, options);
}

View face_chip_view(const EyesAndNose& points, const ChipOptions& options) {
  return view_for(points, options);
}

Image8 cut_face_chip(const Image8& rgb, const View& view) {
  FGCN_CHECK(rgb.channels == 3 && rgb.height > 0 && rgb.width > 0, "face chip: the image is ",
             rgb.height, " x ", rgb.width, " x ", rgb.channels, ", expected three channels");
  FGCN_CHECK(view.height == view.width && view.width >= 2 && view.width <= kMostSide &&
                 std::abs(view.center.x) <= 2 * kFarthest &&
                 std::abs(view.center.y) <= 2 * kFarthest && std::isfinite(view.angle) &&
                 static_cast<double>(view.width) <= view.scale * kFarthest,
             "face chip: a window of ", view.height, " x ", view.width, " about ", view.center.x,
             ", ", view.center.y, ", enlarged by ", view.scale);
  dlib::array2d<dlib::rgb_pixel> photo(rgb.height, rgb.width), chip;
  for (std::int64_t y = 0; y < rgb.height; ++y)
    for (std::int64_t x = 0; x < rgb.width; ++x) {
      const std::uint8_t* p = rgb.at(y, x);
      photo[y][x] = {p[0], p[1], p[2]};
    }
  const double half = static_cast<double>(view.width - 1) / view.scale / 2;
  const double x = view.center.x - 0.5, y = view.center.y - 0.5;
  const auto side = static_cast<unsigned long>(view.width);
  dlib::extract_image_chip(
      photo,
      dlib::chip_details(dlib::drectangle(x - half, y - half, x + half, y + half),
                         dlib::chip_dims(side, side), -view.angle),
      chip);
  Image8 out(view.height, view.width, 3);
  for (std::int64_t row = 0; row < out.height; ++row)
    for (std::int64_t column = 0; column < out.width; ++column) {
      const dlib::rgb_pixel& p = chip[row][column];
      const std::uint8_t values[] = {p.red, p.green, p.blue};
      std::copy_n(values, 3, out.at(row, column));
    }
  return out;
}

}  // namespace fgcn::photo
