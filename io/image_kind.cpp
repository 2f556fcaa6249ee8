#include "io/image_kind.h"

#include <cstddef>

namespace fgcn::io {

bool is_gray_png(std::span<const std::uint8_t> file) {
  constexpr std::size_t kColorType = 25;  // behind the mark, IHDR's head, two sizes and the depth
  constexpr std::uint8_t kGray = 0, kGrayAlpha = 4;
  if (file.size() <= kColorType || file[0] != 0x89 || file[12] != 'I' || file[13] != 'H')
    return false;
  return file[kColorType] == kGray || file[kColorType] == kGrayAlpha;
}

bool is_gray_jpeg(std::span<const std::uint8_t> file) {
  std::size_t at = 2;  // behind the mark of the start
  while (at + 9 < file.size() && file[at] == 0xff) {
    const std::uint8_t kind = file[at + 1];
    // Frames: C0 to CF, but for tables of codes (C4, CC) and the reserved C8.
    if (kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8 && kind != 0xcc)
      return file[at + 9] == 1;
    at += 2 + (std::size_t{file[at + 2]} << 8) + file[at + 3];
  }
  return false;
}

}  // namespace fgcn::io
