#include "render/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/core/error.h"

namespace fgcn {
namespace {

constexpr std::int64_t kRadius = 5;
constexpr double kSigma = 1.5;
constexpr double kC1 = 0.01 * 0.01;
constexpr double kC2 = 0.03 * 0.03;

/// Separable Gaussian sum of a plane, zero outside.
std::vector<double> blurred(const std::vector<double>& plane, std::int64_t height,
                            std::int64_t width) {
  double weight[2 * kRadius + 1];
  for (std::int64_t k = -kRadius; k <= kRadius; ++k)
    weight[k + kRadius] = std::exp(-static_cast<double>(k * k) / (2 * kSigma * kSigma));
  std::vector<double> rows(plane.size(), 0.0), out(plane.size(), 0.0);
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t k = std::max(-kRadius, -x); k <= std::min(kRadius, width - 1 - x); ++k)
        rows[y * width + x] += weight[k + kRadius] * plane[y * width + x + k];
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t k = std::max(-kRadius, -y); k <= std::min(kRadius, height - 1 - y); ++k)
      for (std::int64_t x = 0; x < width; ++x)
        out[y * width + x] += weight[k + kRadius] * rows[(y + k) * width + x];
  return out;
}

}  // namespace

ImageError compare(const Image& a, const Image& b, const Image& mask) {
  FGCN_CHECK(a.height == b.height && a.width == b.width && a.channels >= 3 && b.channels >= 3,
             "compare: pictures of ", a.height, " x ", a.width, " x ", a.channels, " and ",
             b.height, " x ", b.width, " x ", b.channels);
  FGCN_CHECK(mask.height == a.height && mask.width == a.width && mask.channels == 1,
             "compare: the mask is ", mask.height, " x ", mask.width, " x ", mask.channels);
  const std::int64_t pixels = a.height * a.width;
  std::vector<double> inside(static_cast<std::size_t>(pixels));
  ImageError out;
  for (std::int64_t i = 0; i < pixels; ++i) {
    inside[i] = mask.pixels[i] > 0.5F ? 1 : 0;
    out.pixels += mask.pixels[i] > 0.5F;
  }
  FGCN_CHECK(out.pixels > 0, "compare: the mask is empty");
  const std::vector<double> total = blurred(inside, a.height, a.width);
  double squared = 0;
  for (int c = 0; c < 3; ++c) {
    std::vector<double> pa(inside.size()), pb(inside.size()), aa(inside.size()), bb(inside.size()),
        ab(inside.size());
    for (std::int64_t i = 0; i < pixels; ++i) {
      pa[i] = inside[i] * static_cast<double>(a.pixels[i * a.channels + c]);
      pb[i] = inside[i] * static_cast<double>(b.pixels[i * b.channels + c]);
      aa[i] = pa[i] * pa[i];
      bb[i] = pb[i] * pb[i];
      ab[i] = pa[i] * pb[i];
      out.l1 += std::abs(pa[i] - pb[i]);
      squared += (pa[i] - pb[i]) * (pa[i] - pb[i]);
    }
    for (auto* plane : {&pa, &pb, &aa, &bb, &ab}) *plane = blurred(*plane, a.height, a.width);
    for (std::int64_t i = 0; i < pixels; ++i) {
      if (inside[i] == 0) continue;
      const double ma = pa[i] / total[i], mb = pb[i] / total[i];
      const double va = aa[i] / total[i] - ma * ma, vb = bb[i] / total[i] - mb * mb;
      const double cov = ab[i] / total[i] - ma * mb;
      out.ssim +=
          (2 * ma * mb + kC1) * (2 * cov + kC2) / ((ma * ma + mb * mb + kC1) * (va + vb + kC2));
    }
  }
  const double count = 3.0 * static_cast<double>(out.pixels);
  out.l1 /= count;
  out.ssim /= count;
  out.psnr =
      squared > 0 ? -10 * std::log10(squared / count) : std::numeric_limits<double>::infinity();
  return out;
}

}  // namespace fgcn
