#include "photo/view.h"

#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"
#include "photo/resample.h"

namespace fgcn::photo {
namespace {

Point half(const View& view) {
  return {static_cast<double>(view.width) / 2, static_cast<double>(view.height) / 2};
}

/// `image` about its centre, seen turned, in a window of the view's size.
Image8 turned(const Image8& image, const View& view) {
  const double c = std::cos(view.angle);
  const double s = std::sin(view.angle);
  const Point middle = half(view);
  Image8 out(view.height, view.width, 1);
  for (std::int64_t y = 0; y < out.height; ++y) {
    for (std::int64_t x = 0; x < out.width; ++x) {
      const double u = static_cast<double>(x) + 0.5 - middle.x;
      const double v = static_cast<double>(y) + 0.5 - middle.y;
      const auto right = static_cast<double>(image.width - 1);
      const auto bottom = static_cast<double>(image.height - 1);
      const double px =
          std::clamp(c * u + s * v + static_cast<double>(image.width) / 2 - 0.5, 0.0, right);
      const double py =
          std::clamp(-s * u + c * v + static_cast<double>(image.height) / 2 - 0.5, 0.0, bottom);
      const auto x0 = std::min(static_cast<std::int64_t>(px), image.width - 2);
      const auto y0 = std::min(static_cast<std::int64_t>(py), image.height - 2);
      const double fx = px - static_cast<double>(x0);
      const double fy = py - static_cast<double>(y0);
      const double above = *image.at(y0, x0) * (1 - fx) + *image.at(y0, x0 + 1) * fx;
      const double below = *image.at(y0 + 1, x0) * (1 - fx) + *image.at(y0 + 1, x0 + 1) * fx;
      *out.at(y, x) = static_cast<std::uint8_t>(std::lround(above * (1 - fy) + below * fy));
    }
  }
  return out;
}

}  // namespace

Point View::to_image(const Point& p) const {
  const Point middle = half(*this);
  const double u = (p.x - middle.x) / scale;
  const double v = (p.y - middle.y) / scale;
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  return {center.x + c * u + s * v, center.y - s * u + c * v};
}

Point View::from_image(const Point& p) const {
  const Point middle = half(*this);
  const double u = (p.x - center.x) * scale;
  const double v = (p.y - center.y) * scale;
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  return {middle.x + c * u - s * v, middle.y + s * u + c * v};
}

Image8 look(const Image8& grey, const View& view) {
  FGCN_CHECK(grey.channels == 1, "look: ", grey.channels, " channels, expected 1");
  const bool straight = view.angle == 0;
  // A turned window needs an upright one around it; two more pixels for the interpolation.
  const double c = std::abs(std::cos(view.angle));
  const double s = std::abs(std::sin(view.angle));
  const auto w = static_cast<double>(view.width);
  const auto h = static_cast<double>(view.height);
  const auto width = straight ? view.width : static_cast<std::int64_t>(c * w + s * h) + 2;
  const auto height = straight ? view.height : static_cast<std::int64_t>(s * w + c * h) + 2;
  const ScaleShift map{view.scale, static_cast<double>(width) / 2 - view.scale * view.center.x,
                       static_cast<double>(height) / 2 - view.scale * view.center.y};
  const Image8 upright = to_bytes(resample(grey, map, height, width));
  return straight ? upright : turned(upright, view);
}

}  // namespace fgcn::photo
