#include "photo/resize_bytes.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/core/error.h"

namespace fgcn::photo {
namespace {

constexpr int kBits = 22;  // behind the point of a weight

double radius(ResizeFilter filter) { return filter == ResizeFilter::kBilinear ? 1.0 : 2.0; }

double value(ResizeFilter filter, double x) {
  x = std::abs(x);
  if (filter == ResizeFilter::kBilinear) return x < 1 ? 1 - x : 0;
  constexpr double kA = -0.5;
  if (x < 1) return ((kA + 2) * x - (kA + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * kA;
  return 0;
}

/// The source pixels that one pixel of the result is made of.
struct Taps {
  std::int64_t first = 0;
  std::vector<std::int32_t> weight;
};

/// Of pixel i of `to` pixels along an axis of `from` pixels.
Taps taps_of(std::int64_t i, std::int64_t from, std::int64_t to, ResizeFilter filter) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double stretch = std::max(scale, 1.0);
  const double reach = radius(filter) * stretch;
  const double center = (static_cast<double>(i) + 0.5) * scale;
  Taps out;
  // A pixel belongs to where its middle lies.
  const auto pixel_at = [](double edge) {
    return static_cast<std::int64_t>(std::floor(edge + 0.5));
  };
  out.first = std::max<std::int64_t>(0, pixel_at(center - reach));
  const std::int64_t end = std::min(from, pixel_at(center + reach));
  std::vector<double> weights;
  double sum = 0;
  for (std::int64_t x = out.first; x < end; ++x) {
    weights.push_back(value(filter, (static_cast<double>(x) - center + 0.5) * (1 / stretch)));
    sum += weights.back();
  }
  for (double w : weights) {
    if (sum != 0) w /= sum;
    const double scaled = w * (1 << kBits);
    out.weight.push_back(static_cast<std::int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5));
  }
  return out;
}

std::uint8_t rounded(std::int64_t sum) {
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(sum >> kBits, 0, 255));
}

}  // namespace

Image8 resize_bytes(const Image8& source, const ResizeWindow& window, ResizeFilter filter) {
  FGCN_CHECK(source.height >= 1 && source.width >= 1 && source.channels >= 1 &&
                 window.height >= 1 && window.width >= 1 && window.rows >= 1 && window.columns >= 1,
             "resize_bytes: ", source.height, " x ", source.width, " pixels to ", window.height,
             " x ", window.width, ", of them ", window.rows, " x ", window.columns);
  const std::int64_t channels = source.channels;
  Image8 out(window.rows, window.columns, channels);
  // The part of the window that lies in the image.
  const std::int64_t y0 = std::max<std::int64_t>(window.top, 0);
  const std::int64_t y1 = std::min(window.top + window.rows, window.height);
  const std::int64_t x0 = std::max<std::int64_t>(window.left, 0);
  const std::int64_t x1 = std::min(window.left + window.columns, window.width);
  if (y0 >= y1 || x0 >= x1) return out;
  std::vector<Taps> rows, columns;
  for (std::int64_t y = y0; y < y1; ++y)
    rows.push_back(taps_of(y, source.height, window.height, filter));
  for (std::int64_t x = x0; x < x1; ++x)
    columns.push_back(taps_of(x, source.width, window.width, filter));
  const std::int64_t first = rows.front().first;
  const std::int64_t last =
      rows.back().first + static_cast<std::int64_t>(rows.back().weight.size());
  constexpr std::int64_t kHalf = std::int64_t{1} << (kBits - 1);
  Image8 wide(last - first, x1 - x0, channels);
  for (std::int64_t y = first; y < last; ++y) {
    for (std::size_t x = 0; x < columns.size(); ++x) {
      const std::uint8_t* from = source.at(y, columns[x].first);
      for (std::int64_t c = 0; c < channels; ++c) {
        std::int64_t sum = kHalf;
        for (std::size_t t = 0; t < columns[x].weight.size(); ++t)
          sum += std::int64_t{columns[x].weight[t]} *
                 from[static_cast<std::int64_t>(t) * channels + c];
        wide.at(y - first, static_cast<std::int64_t>(x))[c] = rounded(sum);
      }
    }
  }
  for (std::int64_t y = y0; y < y1; ++y) {
    const Taps& taps = rows[static_cast<std::size_t>(y - y0)];
    for (std::int64_t x = x0; x < x1; ++x) {
      for (std::int64_t c = 0; c < channels; ++c) {
        std::int64_t sum = kHalf;
        for (std::size_t t = 0; t < taps.weight.size(); ++t)
          sum += std::int64_t{taps.weight[t]} *
                 wide.at(taps.first - first + static_cast<std::int64_t>(t), x - x0)[c];
        out.at(y - window.top, x - window.left)[c] = rounded(sum);
      }
    }
  }
  return out;
}

Image8 resize_bytes(const Image8& source, std::int64_t height, std::int64_t width,
                    ResizeFilter filter) {
  return resize_bytes(source, {height, width, 0, 0, height, width}, filter);
}

}  // namespace fgcn::photo
