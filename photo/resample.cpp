#include "photo/resample.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/core/error.h"

namespace fgcn::photo {
namespace {

double cubic(double x) {
  constexpr double kA = -0.5;
  const double t = std::abs(x);
  if (t < 1) return ((kA + 2) * t - (kA + 3)) * t * t + 1;
  if (t < 2) return ((kA * t - 5 * kA) * t + 8 * kA) * t - 4 * kA;
  return 0;
}

/// The source pixels that one target row or column takes, from `first` on.
struct Taps {
  std::int64_t first = 0;
  std::vector<float> weights;  // sum to one
};

/// Taps that fall outside are folded onto the border pixel: the border repeats.
std::vector<Taps> taps_along(std::int64_t target, std::int64_t source, double scale, double shift) {
  const double stretch = std::max(1.0, 1 / scale);
  std::vector<Taps> out(static_cast<std::size_t>(target));
  for (std::int64_t i = 0; i < target; ++i) {
    const double center = (static_cast<double>(i) + 0.5 - shift) / scale;
    const auto begin = static_cast<std::int64_t>(std::floor(center - 2 * stretch));
    const auto end = static_cast<std::int64_t>(std::ceil(center + 2 * stretch));
    const std::int64_t first = std::clamp<std::int64_t>(begin, 0, source - 1);
    const std::int64_t last = std::clamp<std::int64_t>(end, 0, source - 1);
    std::vector<double> weights(static_cast<std::size_t>(last - first + 1), 0.0);
    double sum = 0;
    for (std::int64_t j = begin; j <= end; ++j) {
      const double weight = cubic((static_cast<double>(j) + 0.5 - center) / stretch);
      weights[static_cast<std::size_t>(std::clamp(j, first, last) - first)] += weight;
      sum += weight;
    }
    Taps& taps = out[static_cast<std::size_t>(i)];
    taps.first = first;
    for (const double weight : weights) taps.weights.push_back(static_cast<float>(weight / sum));
  }
  return out;
}

}  // namespace

Image resample(const Image8& source, const ScaleShift& map, std::int64_t height,
               std::int64_t width) {
  FGCN_CHECK(source.height > 0 && source.width > 0 && source.channels > 0, "resample: source is ",
             source.height, " x ", source.width, " x ", source.channels);
  FGCN_CHECK(
      map.scale > 0 && std::isfinite(map.scale) && std::isfinite(map.tx) && std::isfinite(map.ty),
      "resample: scale ", map.scale, ", shift ", map.tx, ", ", map.ty);
  const std::vector<Taps> columns = taps_along(width, source.width, map.scale, map.tx);
  const std::vector<Taps> rows = taps_along(height, source.height, map.scale, map.ty);
  const std::int64_t channels = source.channels;

  // Columns first, on the source rows that are needed at all.
  std::int64_t top = source.height;
  std::int64_t bottom = 0;
  for (const Taps& taps : rows) {
    top = std::min(top, taps.first);
    bottom = std::max(bottom, taps.first + static_cast<std::int64_t>(taps.weights.size()));
  }
  Image narrow(std::max<std::int64_t>(bottom - top, 0), width, channels);
#pragma omp parallel for
  for (std::int64_t y = 0; y < narrow.height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      const Taps& taps = columns[static_cast<std::size_t>(x)];
      float* out = narrow.at(y, x);
      const std::uint8_t* in = source.at(top + y, taps.first);
      for (const float weight : taps.weights) {
        for (std::int64_t c = 0; c < channels; ++c)
          out[c] += weight * static_cast<float>(in[c]) / 255.0F;
        in += channels;
      }
    }
  }
  Image out(height, width, channels);
#pragma omp parallel for
  for (std::int64_t y = 0; y < height; ++y) {
    const Taps& taps = rows[static_cast<std::size_t>(y)];
    float* to = out.at(y, 0);
    for (std::size_t t = 0; t < taps.weights.size(); ++t) {
      const float* from = narrow.at(taps.first - top + static_cast<std::int64_t>(t), 0);
      for (std::int64_t i = 0; i < width * channels; ++i) to[i] += taps.weights[t] * from[i];
    }
    for (std::int64_t i = 0; i < width * channels; ++i) to[i] = std::clamp(to[i], 0.0F, 1.0F);
  }
  return out;
}

Image8 grey(const Image8& rgb) {
  FGCN_CHECK(rgb.channels == 3, "grey: ", rgb.channels, " channels, expected 3");
  Image8 out(rgb.height, rgb.width, 1);
  for (std::size_t i = 0; i < out.pixels.size(); ++i) {
    const std::uint8_t* p = rgb.pixels.data() + 3 * i;
    out.pixels[i] = static_cast<std::uint8_t>((299 * p[0] + 587 * p[1] + 114 * p[2] + 500) / 1000);
  }
  return out;
}

}  // namespace fgcn::photo
