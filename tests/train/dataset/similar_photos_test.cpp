#include "train/dataset/similar_photos.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "kernels/core/rng.h"

namespace fgcn::train {
namespace {

/// Smooth enough that blocks differ from picture to picture.
Image8 picture(std::uint64_t seed) {
  Rng rng(seed);
  Image8 out(64, 64, 4, 255);
  std::array<int, 64> level{};
  for (int& l : level) l = static_cast<int>(rng.below(256));
  for (std::int64_t y = 0; y < 64; ++y)
    for (std::int64_t x = 0; x < 64; ++x)
      for (std::int64_t c = 0; c < 3; ++c)
        out.at(y, x)[c] = static_cast<std::uint8_t>(
            level[static_cast<std::size_t>(y / 8 * 8 + x / 8)] * (3 - c) / 3);
  return out;
}

Image8 noisy(Image8 image, std::uint64_t seed) {
  Rng rng(seed);
  for (std::uint8_t& p : image.pixels)
    p = static_cast<std::uint8_t>(std::clamp<int>(p + static_cast<int>(rng.below(11)) - 5, 0, 255));
  return image;
}

TEST_CASE("a picture is kept once a key, and its noisy copies under other keys are named") {
  std::vector<PictureSignature> photos;
  std::vector<std::string> keys;
  const auto add = [&](const Image8& image, const std::string& key) {
    photos.push_back(picture_signature(image));
    keys.push_back(key);
  };
  for (std::uint64_t i = 0; i < 30; ++i) add(picture(i), "p" + std::to_string(i));
  add(noisy(picture(7), 1), "copy");  // 30: of 7
  add(noisy(picture(7), 2), "p7");    // 31: another size of 7, the same person's
  add(noisy(picture(7), 3), "copy");  // 32: of 7, not of 30, which is gone
  add(noisy(picture(40), 4), "new");  // 33: stays
  const std::vector<std::int64_t> same = same_pictures(photos, keys, 4);
  for (std::size_t i = 0; i < photos.size(); ++i) {
    CAPTURE(i);
    CHECK(same[i] == (i == 30 || i == 32 ? 7 : -1));
  }
  for (const std::int64_t i : same_pictures(photos, keys, 0)) CHECK(i == -1);
}

}  // namespace
}  // namespace fgcn::train
