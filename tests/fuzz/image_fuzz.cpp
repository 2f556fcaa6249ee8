// libFuzzer: any bytes through the photo reader, the readers of orientation and the landmarks
// reader.
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/core/error.h"
#include "photo/decode/decode.h"
#include "photo/decode/exif.h"
#include "photo/landmarks.h"

namespace {

using Span = std::span<const std::uint8_t>;

/// Writes the right sum behind each chunk of a PNG: nearly no change would go further than they do.
std::vector<std::uint8_t> with_sums(Span file) {
  std::vector<std::uint8_t> out(file.begin(), file.end());
  constexpr std::string_view kSignature = "\x89PNG\r\n\x1A\n";
  if (out.size() < kSignature.size() || out[0] != 0x89 || out[1] != 'P') return out;
  for (std::size_t at = kSignature.size(); at + 12 <= out.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | out[at + i];
    if (length > out.size() - at - 12) break;
    const auto sum = crc32(0, out.data() + at + 4, static_cast<uInt>(length + 4));
    for (std::size_t i = 0; i < 4; ++i)
      out[at + 8 + length + i] = static_cast<std::uint8_t>(sum >> (24 - 8 * i) & 0xFF);
    at += 12 + length;
  }
  return out;
}

void check_orientation(std::optional<int> found) {
  if (found && (*found < 1 || *found > 8)) __builtin_trap();
}

void decode(Span bytes) {
  try {
    const fgcn::photo::Photo photo = fgcn::photo::decode_photo(bytes, "fuzz");
    const fgcn::Image8& rgb = photo.rgb;
    if (rgb.channels != 3 ||
        rgb.pixels.size() != static_cast<std::size_t>(rgb.height * rgb.width * 3))
      __builtin_trap();
    if (photo.alpha && (photo.alpha->height != rgb.height || photo.alpha->width != rgb.width))
      __builtin_trap();
    if (rgb.height > fgcn::photo::kMostSide || rgb.width > fgcn::photo::kMostSide) __builtin_trap();
    if (!(photo.scale > 0 && photo.scale <= 1)) __builtin_trap();
  } catch (const fgcn::InputError&) {
    // refused with a sentence, as it should be
  }
}

}  // namespace

/// Read by the leak sanitizer: dav1d, called by libheif, keeps a little memory of a damaged
/// picture.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer's name
extern "C" const char* __lsan_default_suppressions() { return "leak:libdav1d\n"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Span bytes(data, size);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_orientation(fgcn::photo::orientation_of_jpeg(bytes));
  check_orientation(fgcn::photo::orientation_of_exif(bytes));
  check_orientation(fgcn::photo::orientation_of_xmp(text));
  check_orientation(fgcn::photo::orientation_of_raw_profile(text));
  decode(with_sums(bytes));
  try {
    fgcn::photo::parse_landmarks(bytes, 640, 480, "fuzz");
  } catch (const fgcn::InputError&) {
    // refused with a sentence, as it should be
  }
  return 0;
}
