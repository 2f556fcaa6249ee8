#include "render/metrics.h"

#include <doctest/doctest.h>

#include <cmath>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"

namespace fgcn {
namespace {

Image noise(std::int64_t height, std::int64_t width, Rng& rng) {
  Image out(height, width, 3);
  for (float& v : out.pixels) v = static_cast<float>(rng.uniform());
  return out;
}

/// Structural similarity by its definition: a whole window a pixel.
double similarity(const Image& a, const Image& b, const Image& mask) {
  double sum = 0;
  int count = 0;
  for (std::int64_t y = 0; y < a.height; ++y)
    for (std::int64_t x = 0; x < a.width; ++x)
      for (int c = 0; c < 3; ++c) {
        if (!(*mask.at(y, x) > 0.5F)) continue;
        double w = 0, ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
        for (int pass = 0; pass < 2; ++pass) {
          for (std::int64_t i = y - 5; i <= y + 5; ++i)
            for (std::int64_t j = x - 5; j <= x + 5; ++j) {
              if (i < 0 || j < 0 || i >= a.height || j >= a.width || !(*mask.at(i, j) > 0.5F))
                continue;
              const double g =
                  std::exp(-static_cast<double>((i - y) * (i - y) + (j - x) * (j - x)) / 4.5);
              const double va = a.at(i, j)[c], vb = b.at(i, j)[c];
              if (pass == 0) {
                w += g;
                ma += g * va;
                mb += g * vb;
              } else {
                aa += g * (va - ma) * (va - ma) / w;
                bb += g * (vb - mb) * (vb - mb) / w;
                ab += g * (va - ma) * (vb - mb) / w;
              }
            }
          if (pass == 0) {
            ma /= w;
            mb /= w;
          }
        }
        sum += (2 * ma * mb + 1e-4) * (2 * ab + 9e-4) /
               ((ma * ma + mb * mb + 1e-4) * (aa + bb + 9e-4));
        ++count;
      }
  return sum / count;
}

TEST_CASE("compare gives L1, PSNR and SSIM by their definitions, over the mask only") {
  Rng rng(1);
  const Image a = noise(17, 23, rng);
  Image b = noise(17, 23, rng);
  for (std::size_t i = 0; i < b.pixels.size(); ++i)
    b.pixels[i] = 0.7F * a.pixels[i] + 0.3F * b.pixels[i];
  Image mask(17, 23, 1);
  double l1 = 0, squared = 0;
  int count = 0;
  for (std::int64_t i = 0; i < 17 * 23; ++i) {
    mask.pixels[i] = rng.uniform() < 0.6 ? 1.0F : 0.4F;
    for (int c = 0; c < 3 && mask.pixels[i] > 0.5F; ++c) {
      const double d = static_cast<double>(a.pixels[3 * i + c]) - b.pixels[3 * i + c];
      l1 += std::abs(d);
      squared += d * d;
      ++count;
    }
  }
  const ImageError error = compare(a, b, mask);
  CHECK(error.pixels * 3 == count);
  CHECK(error.l1 == doctest::Approx(l1 / count).epsilon(1e-9));
  CHECK(error.psnr == doctest::Approx(-10 * std::log10(squared / count)).epsilon(1e-9));
  CHECK(error.ssim == doctest::Approx(similarity(a, b, mask)).epsilon(1e-8));
}

TEST_CASE("equal pictures are equal, and an empty mask or another size is refused") {
  Rng rng(2);
  const Image a = noise(12, 12, rng);
  const Image all(12, 12, 1, 1.0F), none(12, 12, 1, 0.0F), other(12, 11, 1, 1.0F);
  const ImageError error = compare(a, a, all);
  CHECK(error.l1 == 0);
  CHECK(std::isinf(error.psnr));
  CHECK(error.ssim == doctest::Approx(1).epsilon(1e-9));
  CHECK_THROWS_WITH_AS(compare(a, a, none), doctest::Contains("mask is empty"), Error);
  CHECK_THROWS_WITH_AS(compare(a, a, other), doctest::Contains("mask is 12 x 11"), Error);
}

}  // namespace
}  // namespace fgcn
