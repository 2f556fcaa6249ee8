// A face of simple shapes that things may cover.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "io/image.h"
#include "kernels/core/rng.h"
#include "photo/landmarks.h"

namespace fgcn::photo::test {

using Rgb = std::array<double, 3>;

constexpr std::int64_t kSide = 224;

/// Skin with brows, eyes and lips before a ground, and its points.
struct SimpleFace {
  Image rgb{kSide, kSide, 3};
  Landmarks landmarks{};
};

inline Landmarks simple_landmarks() {
  Landmarks l;
  for (std::size_t i = 0; i < 17; ++i) {
    const double angle = std::numbers::pi * static_cast<double>(16 - i) / 16;
    l[i] = {112 + 60 * std::cos(angle), 100 + 80 * std::sin(angle)};
  }
  for (std::size_t i = 0; i < 5; ++i) {
    l[17 + i] = {66 + 8 * static_cast<double>(i), 78};
    l[22 + i] = {126 + 8 * static_cast<double>(i), 78};
    l[31 + i] = {102 + 5 * static_cast<double>(i), 132};
  }
  for (std::size_t i = 0; i < 4; ++i) l[27 + i] = {112, 96 + 10 * static_cast<double>(i)};
  for (std::size_t i = 0; i < 6; ++i) {
    const double angle = std::numbers::pi * (1 - static_cast<double>(i) / 3);
    for (std::size_t eye = 0; eye < 2; ++eye)
      l[36 + 6 * eye + i] = {84 + 56 * static_cast<double>(eye) + 12 * std::cos(angle),
                             97 - 5 * std::sin(angle)};
  }
  for (std::size_t i = 0; i < 20; ++i) {
    const double angle =
        std::numbers::pi * (1 - static_cast<double>(i < 12 ? i : i - 12) / (i < 12 ? 6.0 : 4.0));
    const double reach = i < 12 ? 22 : 16;
    l[48 + i] = {112 + reach * std::cos(angle), 152 - 0.35 * reach * std::sin(angle)};
  }
  return l;
}

/// `shade` darkens the right half of the face.
inline SimpleFace simple_face(const Rgb& skin, double shade = 1) {
  SimpleFace out;
  out.landmarks = simple_landmarks();
  Rng rng(7);
  for (std::int64_t y = 0; y < kSide; ++y)
    for (std::int64_t x = 0; x < kSide; ++x) {
      const double px = static_cast<double>(x) + 0.5;
      const double py = static_cast<double>(y) + 0.5;
      const double eye = px < 112 ? 84 : 140;
      const bool face = std::hypot((px - 112) / 62, (py - 100) / 82) < 1;
      const bool hair = !face && py < 100 && std::hypot((px - 112) / 82, (py - 90) / 88) < 1;
      Rgb color = face ? skin : hair ? Rgb{0.12, 0.08, 0.05} : Rgb{0.35, 0.45, 0.6};
      if (face && std::abs(px - eye) < 17 && py > 76 && py < 83) color = {0.14, 0.1, 0.07};
      if (face && std::hypot((px - eye) / 12, (py - 97) / 5) < 1)
        color = std::abs(px - eye) < 5 ? Rgb{0.1, 0.08, 0.07} : Rgb{0.75, 0.75, 0.75};
      if (face && std::hypot((px - 112) / 22, (py - 152) / 7.5) < 1)
        for (std::size_t c = 0; c < 3; ++c) color[c] = skin[c] * (c == 0 ? 0.95 : 0.7);
      const double noise = 0.012 * rng.normal();
      for (std::size_t c = 0; c < 3; ++c)
        out.rgb.at(y, x)[c] = static_cast<float>(
            std::clamp(color[c] * (face && px > 112 ? shade : 1) + noise, 0.0, 1.0));
    }
  return out;
}

/// Colors every pixel that `covers(x, y)`, and says which in [S, S, 1].
template <class Covers>
Image cover(Image& rgb, const Rgb& color, const Covers& covers) {
  Image out(rgb.height, rgb.width, 1);
  for (std::int64_t y = 0; y < rgb.height; ++y)
    for (std::int64_t x = 0; x < rgb.width; ++x) {
      if (!covers(static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5)) continue;
      *out.at(y, x) = 1;
      for (std::size_t c = 0; c < 3; ++c) rgb.at(y, x)[c] = static_cast<float>(color[c]);
    }
  return out;
}

/// Cloth from the bridge of the nose over cheeks and chin.
inline Image wear_cloth(Image& rgb, const Rgb& color) {
  return cover(rgb, color, [](double x, double y) {
    return y > 108 + 0.25 * std::abs(x - 112) && std::hypot((x - 112) / 60, (y - 100) / 84) < 1;
  });
}

/// Two boxy lenses and a bridge.
inline Image wear_sunglasses(Image& rgb, const Rgb& color) {
  return cover(rgb, color, [](double x, double y) {
    const double eye = x < 112 ? 84 : 140;
    const bool lens = std::pow(std::abs(x - eye) / 24, 4) + std::pow(std::abs(y - 100) / 18, 4) < 1;
    return lens || (std::abs(x - 112) < 8 && std::abs(y - 96) < 3);
  });
}

/// The fraction of `of` that `found` covers; 0 for none.
inline double fraction(const Image& found, const Image& of) {
  double sum = 0;
  double count = 1e-9;
  for (std::size_t i = 0; i < of.pixels.size(); ++i) {
    if (!(of.pixels[i] > 0)) continue;
    count += 1;
    if (!found.pixels.empty()) sum += found.pixels[i] > 0 ? 1 : 0;
  }
  return sum / count;
}

/// 1 where the image is 0.
inline Image inverse(const Image& image) {
  Image out(image.height, image.width, 1);
  for (std::size_t i = 0; i < out.pixels.size(); ++i) out.pixels[i] = image.pixels[i] > 0 ? 0 : 1;
  return out;
}

}  // namespace fgcn::photo::test
