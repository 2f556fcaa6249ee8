// PNG output, read back by the decoder of photographs.
#include <doctest/doctest.h>
#include <omp.h>

#include "io/image.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "photo/decode/decode.h"

namespace fgcn {
namespace {

/// Smooth at the top, noise at the bottom: what compresses well, and what does not at all.
Image8 picture(std::int64_t height, std::int64_t width, std::int64_t channels) {
  Image8 out(height, width, channels);
  Rng rng(3);
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t i = 0; i < width * channels; ++i)
      out.at(y, 0)[i] = static_cast<std::uint8_t>(y > height / 2 ? rng.next() : y + i / 7);
  }
  return out;
}

struct Threads {
  explicit Threads(int count) { omp_set_num_threads(count); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { omp_set_num_threads(before); }
  int before = omp_get_max_threads();
};

TEST_CASE("a PNG of many compressed blocks reads back, and its bytes do not depend on threads") {
  // 128 KiB a block: less than one, one row more than one, nine.
  for (const auto& [height, width] : {std::pair{40, 33}, {131, 341}, {700, 561}}) {
    CAPTURE(height);
    const Image8 image = picture(height, width, 3);
    const std::vector<std::uint8_t> bytes = encode_png(image);
    CHECK(photo::decode_photo(bytes, "a.png").rgb.pixels == image.pixels);
    for (const int count : {1, 3}) {
      const Threads threads(count);
      CHECK(encode_png(image) == bytes);
    }
  }
}

TEST_CASE("a PNG keeps grey and alpha") {
  const Image8 grey = picture(300, 600, 1), rgba = picture(200, 300, 4);
  const photo::Photo shown = photo::decode_photo(encode_png(grey), "grey.png");
  const photo::Photo masked = photo::decode_photo(encode_png(rgba), "rgba.png");
  REQUIRE(masked.alpha.has_value());
  bool same = true;
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    same = same && shown.rgb.pixels[3 * i] == grey.pixels[i];
  for (std::size_t i = 0; i < masked.alpha->pixels.size(); ++i) {
    same = same && masked.alpha->pixels[i] == rgba.pixels[4 * i + 3];
    for (std::size_t c = 0; c < 3; ++c)
      same = same && masked.rgb.pixels[3 * i + c] == rgba.pixels[4 * i + c];
  }
  CHECK(same);
}

TEST_CASE("an image that no PNG holds is refused") {
  CHECK_THROWS_WITH_AS(encode_png(Image8(4, 4, 2)), doctest::Contains("2 channels"), Error);
  CHECK_THROWS_WITH_AS(encode_png(Image8(0, 4, 3)), doctest::Contains("4 by 0"), Error);
  CHECK_THROWS_WITH_AS(encode_png(Image8(1, 70000, 1)), doctest::Contains("70000 by 1"), Error);
}

}  // namespace
}  // namespace fgcn
