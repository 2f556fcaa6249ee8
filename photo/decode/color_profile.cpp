#include "photo/decode/color_profile.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <numeric>
#include <utility>

#include "kernels/core/error.h"

#ifdef FGCN_LCMS
#include <lcms2.h>
#endif

namespace fgcn::photo {
namespace {

Image8 repeat_grey(const Image8& grey) {
  Image8 out(grey.height, grey.width, 3);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    std::fill_n(out.pixels.data() + 3 * i, 3, grey.pixels[i]);
  return out;
}

Image8 paper_without_ink(const Image8& cmyk) {
  Image8 out(cmyk.height, cmyk.width, 3);
  const std::size_t pixels = out.pixels.size() / 3;
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t* ink = cmyk.pixels.data() + 4 * i;
    for (std::size_t c = 0; c < 3; ++c)
      out.pixels[3 * i + c] =
          static_cast<std::uint8_t>(((255 - ink[c]) * (255 - ink[3]) + 127) / 255);
  }
  return out;
}

Image8 without_profile(Image8 color) {
  FGCN_CHECK(color.channels == 1 || color.channels == 3 || color.channels == 4,
             "to_srgb: ", color.channels, " channels, expected 1, 3 or 4");
  if (color.channels == 1) return repeat_grey(color);
  if (color.channels == 4) return paper_without_ink(color);
  return color;
}

#ifdef FGCN_LCMS
struct CloseProfile {
  void operator()(void* profile) const { cmsCloseProfile(profile); }
};
struct DeleteTransform {
  void operator()(void* transform) const { cmsDeleteTransform(transform); }
};
struct FreeCurve {
  void operator()(cmsToneCurve* curve) const { cmsFreeToneCurve(curve); }
};
using Profile = std::unique_ptr<void, CloseProfile>;
using Transform = std::unique_ptr<void, DeleteTransform>;

/// Channels of the pixels that a profile describes; 0: none that a photo has.
std::int64_t channels_of(const Profile& profile) {
  switch (cmsGetColorSpace(profile.get())) {
    case cmsSigGrayData:
      return 1;
    case cmsSigRgbData:
      return 3;
    case cmsSigCmykData:
      return 4;
    default:
      return 0;
  }
}

Transform transform_to_srgb(const Profile& from, std::int64_t channels) {
  const Profile srgb(cmsCreate_sRGBProfile());
  const cmsUInt32Number layout = channels == 1   ? TYPE_GRAY_8
                                 : channels == 3 ? TYPE_RGB_8
                                                 : TYPE_CMYK_8;
  // A table of 33 values would miss the steep part of a curve of grey. It is applied 256 times.
  const cmsUInt32Number exact = channels == 1 ? cmsFLAGS_NOOPTIMIZE : cmsFLAGS_HIGHRESPRECALC;
  return Transform(cmsCreateTransform(from.get(), layout, srgb.get(), TYPE_RGB_8,
                                      INTENT_RELATIVE_COLORIMETRIC,
                                      cmsFLAGS_BLACKPOINTCOMPENSATION | exact));
}

/// Whether a transform of RGB leaves a grid of colors where they are.
bool changes_nothing(const Transform& transform) {
  constexpr int kMostLevels = 2;
  for (int i = 0; i < 9 * 9 * 9; ++i) {
    const std::uint8_t before[3] = {static_cast<std::uint8_t>(i % 9 * 255 / 8),
                                    static_cast<std::uint8_t>(i / 9 % 9 * 255 / 8),
                                    static_cast<std::uint8_t>(i / 81 * 255 / 8)};
    std::uint8_t after[3] = {};
    cmsDoTransform(transform.get(), before, after, 1);
    for (int c = 0; c < 3; ++c)
      if (std::abs(int{before[c]} - int{after[c]}) > kMostLevels) return false;
  }
  return true;
}

Image8 transformed_grey(const Image8& grey, const Transform& transform) {
  std::array<std::uint8_t, 256> levels{};
  std::iota(levels.begin(), levels.end(), std::uint8_t{0});
  std::array<std::uint8_t, 3 * levels.size()> colors{};
  cmsDoTransform(transform.get(), levels.data(), colors.data(), levels.size());
  Image8 out(grey.height, grey.width, 3);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    std::copy_n(colors.data() + 3 * std::size_t{grey.pixels[i]}, 3, out.pixels.data() + 3 * i);
  return out;
}

/// Row by row, so that lcms counts pixels in 32 bits. RGB is converted in its place.
Image8 transformed(Image8 color, const Transform& transform) {
  if (color.channels == 1) return transformed_grey(color, transform);
  Image8 other;
  if (color.channels != 3) other = Image8(color.height, color.width, 3);
  Image8& out = color.channels == 3 ? color : other;
  for (std::int64_t y = 0; y < color.height; ++y)
    cmsDoTransform(transform.get(), color.at(y, 0), out.at(y, 0),
                   static_cast<cmsUInt32Number>(color.width));
  return std::move(out);
}
#endif

}  // namespace

Image8 to_srgb(Image8 color, const Bytes& profile, std::vector<std::string>& notes) {
  if (profile.empty()) return without_profile(std::move(color));
#ifdef FGCN_LCMS
  const Profile opened(
      cmsOpenProfileFromMem(profile.data(), static_cast<cmsUInt32Number>(profile.size())));
  if (opened != nullptr) {
    const std::int64_t channels = channels_of(opened);
    // Programs that take the color out of a photo often leave its RGB profile in.
    if (color.channels == 1 && channels == 3) color = repeat_grey(color);
    if (channels == color.channels) {
      const Transform transform = transform_to_srgb(opened, channels);
      if (transform != nullptr)
        return channels == 3 && changes_nothing(transform)
                   ? color
                   : transformed(std::move(color), transform);
    }
  }
  notes.emplace_back(
      "the color profile is damaged or of another kind than the pixels; the colors are taken "
      "without it");
#else
  notes.emplace_back(
      "the color profile is not applied by this build without lcms2; the colors are taken without "
      "it");
#endif
  return without_profile(std::move(color));
}

Bytes profile_of_primaries([[maybe_unused]] int number) {
#ifdef FGCN_LCMS
  const cmsCIExyY white{0.3127, 0.3290, 1};
  const cmsCIExyYTRIPLE p3{{0.680, 0.320, 1}, {0.265, 0.690, 1}, {0.150, 0.060, 1}};
  const cmsCIExyYTRIPLE bt2020{{0.708, 0.292, 1}, {0.170, 0.797, 1}, {0.131, 0.046, 1}};
  if (number != 9 && number != 12) return {};
  // IEC 61966-2-1: power, and the line near black.
  const cmsFloat64Number curve[] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
  const std::unique_ptr<cmsToneCurve, FreeCurve> tone(
      cmsBuildParametricToneCurve(nullptr, 4, curve));
  cmsToneCurve* const curves[] = {tone.get(), tone.get(), tone.get()};
  const Profile profile(cmsCreateRGBProfile(&white, number == 12 ? &p3 : &bt2020, curves));
  cmsUInt32Number size = 0;
  if (profile == nullptr || cmsSaveProfileToMem(profile.get(), nullptr, &size) == 0)
    throw std::bad_alloc();
  Bytes out(size);
  if (cmsSaveProfileToMem(profile.get(), out.data(), &size) == 0) throw std::bad_alloc();
  return out;
#else
  return {};
#endif
}

}  // namespace fgcn::photo
