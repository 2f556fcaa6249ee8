#include <algorithm>
#include <utility>

#include "kernels/core/error.h"
#include "photo/decode/codec.h"
#include "photo/decode/decode.h"

namespace fgcn::photo {
namespace {

void check_least(Size size, const std::string& where) {
  if (size.width < kLeastSide || size.height < kLeastSide)
    input_error(where, ": is ", size.width, " x ", size.height,
                " pixels, too small to show a face; at least ", kLeastSide, " a side are needed");
}

[[noreturn]] void refuse_large(Size size, std::int64_t side, std::int64_t pixels,
                               const std::string& where) {
  input_error(where, ": is ", size.width, " x ", size.height, " pixels; scale it down to at most ",
              side, " a side and ", pixels / 1'000'000, " megapixels");
}

}  // namespace

bool fits(Size size) {
  return size.width <= kMostSide && size.height <= kMostSide && size.pixels() <= kMostPixels;
}

void check_size(Size size, const std::string& where) {
  check_least(size, where);
  if (!fits(size)) refuse_large(size, kMostSide, kMostPixels, where);
}

void check_size_of_library(Size size, const std::string& where) {
  check_least(size, where);
  if (!fits(size) || size.pixels() > kMostPixelsOfLibrary)
    refuse_large(size, kMostSide, kMostPixelsOfLibrary, where);
}

void check_reducible(Size size, const std::string& where) {
  check_least(size, where);
  if (size.width > kMostFileSide || size.height > kMostFileSide || size.pixels() > kMostFilePixels)
    refuse_large(size, kMostFileSide, kMostFilePixels, where);
}

void check_density(std::size_t bytes, Size size, std::int64_t most_per_byte,
                   const std::string& where) {
  if (size.pixels() / most_per_byte > static_cast<std::int64_t>(bytes))
    input_error(where, ": is damaged (", bytes, " bytes cannot hold ", size.width, " x ",
                size.height, " pixels); copy it again");
}

std::int64_t least_divisor(Size size, const std::string& where) {
  std::int64_t divisor = 1;
  const auto divided = [&] {
    return Size{(size.width + divisor - 1) / divisor, (size.height + divisor - 1) / divisor};
  };
  while (!fits(divided())) ++divisor;
  if (std::min(divided().width, divided().height) < kLeastSide)
    refuse_large(size, kMostSide, kMostPixels, where);
  return divisor;
}

void split_alpha(Image8 pixels, Stored& out) {
  const std::int64_t colors = pixels.channels < 3 ? 1 : 3;
  if (pixels.channels == colors) {
    out.color = std::move(pixels);
    return;
  }
  out.color = Image8(pixels.height, pixels.width, colors);
  out.alpha = Image8(pixels.height, pixels.width, 1);
  const std::int64_t count = pixels.height * pixels.width;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint8_t* from = pixels.pixels.data() + i * pixels.channels;
    std::copy_n(from, colors, out.color.pixels.data() + i * colors);
    out.alpha->pixels[static_cast<std::size_t>(i)] = from[colors];
  }
}

void refuse_truncated(const std::string& where) {
  input_error(where, ": is truncated (the file ends before its image does); copy it again");
}

void refuse_unbuilt(const std::string& format, const std::string& library,
                    const std::string& where) {
  input_error(where, ": is ", format, " file, and this build has no ", library,
              "; convert it to JPEG or PNG, or build with that package");
}

void refuse_damaged(const std::string& where, const std::string& reason) {
  input_error(where, ": is damaged or of an unusual kind (", reason,
              "); save it again as a plain JPEG or PNG");
}

}  // namespace fgcn::photo
