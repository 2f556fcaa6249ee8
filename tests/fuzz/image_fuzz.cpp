// libFuzzer: any bytes through the photo reader, the EXIF parser and the landmarks reader.
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/core/error.h"
#include "photo/decode.h"
#include "photo/exif.h"
#include "photo/landmarks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  const int orientation = fgcn::photo::orientation_of_jpeg(bytes).value_or(1);
  if (orientation < 1 || orientation > 8) __builtin_trap();
  try {
    const fgcn::photo::Photo photo = fgcn::photo::decode_photo(bytes, "fuzz");
    if (photo.rgb.pixels.size() != static_cast<std::size_t>(photo.rgb.height * photo.rgb.width * 3))
      __builtin_trap();
  } catch (const fgcn::InputError&) {
    // refused with a sentence, as it should be
  }
  try {
    fgcn::photo::parse_landmarks(bytes, 640, 480, "fuzz");
  } catch (const fgcn::InputError&) {
    // refused with a sentence, as it should be
  }
  return 0;
}
