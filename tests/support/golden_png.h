// The golden pictures, for programs that do not link the photo room.
#pragma once

#include <zlib.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "io/file.h"
#include "kernels/core/error.h"

namespace fgcn::test {

/// Pixels [H, W, 3] of a PNG of 8-bit colors, not interlaced, as the golden pictures are.
inline Bytes golden_png(const std::filesystem::path& path, std::size_t height, std::size_t width) {
  const Bytes file = read_file(path);
  const auto number = [&](std::size_t at) {
    FGCN_CHECK(at + 4 <= file.size(), path.string(), " is cut");
    return std::size_t{file[at]} << 24 | std::size_t{file[at + 1]} << 16 |
           std::size_t{file[at + 2]} << 8 | std::size_t{file[at + 3]};
  };
  Bytes packed;
  for (std::size_t at = 8; at + 12 <= file.size(); at += number(at) + 12) {
    const std::size_t size = number(at);
    FGCN_CHECK(size <= file.size() - at - 12, path.string(), " is cut");
    const std::uint8_t* data = file.data() + at + 8;
    if (std::memcmp(data - 4, "IHDR", 4) == 0)
      FGCN_CHECK(number(at + 8) == width && number(at + 12) == height && data[8] == 8 &&
                     data[9] == 2 && data[12] == 0,
                 path.string(), " is another kind of PNG");
    if (std::memcmp(data - 4, "IDAT", 4) == 0) packed.insert(packed.end(), data, data + size);
  }
  const std::size_t row = 3 * width;
  Bytes raw(height * (row + 1));
  auto count = static_cast<uLongf>(raw.size());
  FGCN_CHECK(
      uncompress(raw.data(), &count, packed.data(), static_cast<uLong>(packed.size())) == Z_OK &&
          count == raw.size(),
      path.string(), " does not unpack");
  Bytes out(height * row);
  for (std::size_t y = 0; y < height; ++y) {
    const std::uint8_t* from = raw.data() + y * (row + 1);
    std::uint8_t* to = out.data() + y * row;
    for (std::size_t i = 0; i < row; ++i) {
      const int left = i < 3 ? 0 : to[i - 3], up = y == 0 ? 0 : *(to + i - row);
      const int corner = i < 3 || y == 0 ? 0 : *(to + i - row - 3);
      const int guess = left + up - corner;  // Paeth's
      const int to_left = std::abs(guess - left), to_up = std::abs(guess - up);
      const int to_corner = std::abs(guess - corner);
      const int paeth = to_left <= to_up && to_left <= to_corner ? left
                        : to_up <= to_corner                     ? up
                                                                 : corner;
      const std::array<int, 5> filters{0, left, up, (left + up) / 2, paeth};
      FGCN_CHECK(from[0] < filters.size(), path.string(), ": an unknown filter");
      to[i] = static_cast<std::uint8_t>(from[i + 1] + filters[from[0]]);
    }
  }
  return out;
}

}  // namespace fgcn::test
