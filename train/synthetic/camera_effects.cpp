#include "train/synthetic/camera_effects.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

constexpr std::int64_t kBlock = 8;

float clamp01(double v) { return static_cast<float>(std::clamp(v, 0.0, 1.0)); }

/// The cosines of the 8-point transform, orthonormal.
std::array<std::array<float, 8>, 8> cosines() {
  std::array<std::array<float, 8>, 8> out{};
  for (std::size_t k = 0; k < 8; ++k) {
    const double scale = k == 0 ? std::sqrt(1.0 / 8) : std::sqrt(2.0 / 8);
    for (std::size_t n = 0; n < 8; ++n) {
      out[k][n] =
          static_cast<float>(scale * std::cos(std::numbers::pi * (static_cast<double>(n) + 0.5) *
                                              static_cast<double>(k) / 8));
    }
  }
  return out;
}

using Block = std::array<std::array<float, 8>, 8>;

/// c b c^T: the transform when c holds the cosines, its inverse when c is their transpose.
Block transform(const Block& c, const Block& b) {
  Block half{};
  Block out{};
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t k = 0; k < 8; ++k) {
      for (std::size_t j = 0; j < 8; ++j) half[i][j] += c[i][k] * b[k][j];
    }
  }
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t k = 0; k < 8; ++k) {
      for (std::size_t j = 0; j < 8; ++j) {
        out[i][j] += half[i][k] * c[j][k];
      }
    }
  }
  return out;
}

}  // namespace

void blur(Image& image, double sigma) {
  if (sigma < 0.2) return;
  const auto radius = static_cast<std::int64_t>(std::ceil(2.5 * sigma));
  std::vector<float> kernel;
  float sum = 0;
  for (std::int64_t i = -radius; i <= radius; ++i) {
    kernel.push_back(
        static_cast<float>(std::exp(-0.5 * static_cast<double>(i * i) / (sigma * sigma))));
    sum += kernel.back();
  }
  for (float& k : kernel) k /= sum;
  const auto pass = [&](const Image& from, Image& to, std::int64_t step_y, std::int64_t step_x) {
    for (std::int64_t y = 0; y < from.height; ++y) {
      for (std::int64_t x = 0; x < from.width; ++x) {
        float* out = to.at(y, x);
        std::fill_n(out, from.channels, 0.0f);
        for (std::int64_t i = -radius; i <= radius; ++i) {
          const float* in = from.at(std::clamp<std::int64_t>(y + i * step_y, 0, from.height - 1),
                                    std::clamp<std::int64_t>(x + i * step_x, 0, from.width - 1));
          const float k = kernel[static_cast<std::size_t>(i + radius)];
          for (std::int64_t c = 0; c < from.channels; ++c) out[c] += k * in[c];
        }
      }
    }
  };
  Image middle(image.height, image.width, image.channels);
  pass(image, middle, 0, 1);
  pass(middle, image, 1, 0);
}

void sharpen(Image& image, double amount) {
  Image soft = image;
  blur(soft, 1.0);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = clamp01(image.pixels[i] + amount * (image.pixels[i] - soft.pixels[i]));
  }
}

void sensor_noise(Image& image, double amount, Rng& rng) {
  // Sums of uniform numbers: near enough to a normal, and much cheaper than its logarithm.
  const auto draw = [&rng] {
    const std::uint64_t bits = rng.next();
    double sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<double>((bits >> (16 * i)) & 0xffff);
    return (sum / 65536 - 2) * 1.732;
  };
  const std::int64_t coarse_width = image.width / 2 + 1;
  std::vector<float> coarse(static_cast<std::size_t>((image.height / 2 + 1) * coarse_width));
  for (float& v : coarse) v = static_cast<float>(draw());
  for (std::int64_t y = 0; y < image.height; ++y) {
    for (std::int64_t x = 0; x < image.width; ++x) {
      const double shared = coarse[static_cast<std::size_t>(y / 2 * coarse_width + x / 2)];
      float* pixel = image.at(y, x);
      for (std::int64_t c = 0; c < 3; ++c) {
        const double strength = amount * std::sqrt(0.3 + 1.4 * static_cast<double>(pixel[c]));
        pixel[c] = clamp01(pixel[c] + strength * (0.8 * draw() + 0.6 * shared));
      }
    }
  }
}

void block_compression(Image& image, double quality) {
  FGCN_CHECK(image.height % kBlock == 0 && image.width % kBlock == 0 && image.channels >= 3,
             "block_compression: the image is ", image.height, " x ", image.width, " x ",
             image.channels, ", expected multiples of 8 and three channels");
  const Block cosine = cosines();
  Block inverse{};
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t j = 0; j < 8; ++j) inverse[i][j] = cosine[j][i];
  }
  const double scale = quality < 50 ? 50 / std::max(quality, 1.0) : 2 - quality / 50;
  for (std::int64_t by = 0; by < image.height; by += kBlock) {
    for (std::int64_t bx = 0; bx < image.width; bx += kBlock) {
      Block plane[3];
      for (std::size_t i = 0; i < 8; ++i) {
        for (std::size_t j = 0; j < 8; ++j) {
          const float* p =
              image.at(by + static_cast<std::int64_t>(i), bx + static_cast<std::int64_t>(j));
          const float luma = 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
          plane[0][i][j] = luma;
          plane[1][i][j] = 0.564f * (p[2] - luma);
          plane[2][i][j] = 0.713f * (p[0] - luma);
        }
      }
      for (std::size_t c = 0; c < 3; ++c) {
        Block f = transform(cosine, plane[c]);
        for (std::size_t i = 0; i < 8; ++i) {
          for (std::size_t j = 0; j < 8; ++j) {
            // A smooth stand-in for the standard's tables: 10 at the mean, 100 at the finest.
            const double base = c == 0 ? 10 + 5.5 * static_cast<double>(i + j)
                                       : 16 + 10.0 * static_cast<double>(i + j);
            const auto step = static_cast<float>(std::max(base * scale, 1.0) / 255);
            f[i][j] = step * std::round(f[i][j] / step);
          }
        }
        plane[c] = transform(inverse, f);
      }
      for (std::size_t i = 0; i < 8; ++i) {
        for (std::size_t j = 0; j < 8; ++j) {
          float* p = image.at(by + static_cast<std::int64_t>(i), bx + static_cast<std::int64_t>(j));
          const float luma = plane[0][i][j];
          const float blue = luma + plane[1][i][j] / 0.564f;
          const float red = luma + plane[2][i][j] / 0.713f;
          p[0] = clamp01(red);
          p[1] = clamp01((luma - 0.299f * red - 0.114f * blue) / 0.587f);
          p[2] = clamp01(blue);
        }
      }
    }
  }
}

void camera_effects(Image& image, Rng rng) {
  if (rng.uniform() < 0.5) blur(image, std::abs(rng.normal()) * 0.7);
  const double gamma = std::exp(0.08 * rng.normal());
  const double contrast = 1 + 0.08 * rng.normal();
  const double lift = 0.02 * rng.normal();
  for (float& v : image.pixels) {
    const double curved = std::pow(std::clamp(static_cast<double>(v), 0.0, 1.0), gamma);
    v = clamp01(0.5 + contrast * (curved - 0.5) + lift);
  }
  if (rng.uniform() < 0.8) sensor_noise(image, rng.uniform(0.002, 0.03) * rng.uniform(), rng);
  if (rng.uniform() < 0.4) sharpen(image, rng.uniform(0.1, 0.8));
  if (rng.uniform() < 0.6) block_compression(image, rng.uniform(35, 95));
}

}  // namespace fgcn::train
