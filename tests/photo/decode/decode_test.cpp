#include "photo/decode/decode.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "photo/decode/exif.h"
#include "tests/photo/decode/pixel_difference.h"
#include "tests/photo/decode/test_files.h"
#include "tests/support/shared_data.h"

namespace fgcn::photo {
namespace {

using test::ByteOrder;
using test::largest_difference;

/// The sentence with which a file is refused; empty when it is read.
std::string refusal(const Bytes& file) {
  try {
    decode_photo(file, "face.jpg");
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

TEST_CASE("each format gives the pixels that were written") {
  const Image8 image = test::colorful(45, 70);
  CHECK(largest_difference(decode_photo(encode_png(image), "a.png").rgb, image) == 0);
  CHECK(largest_difference(decode_photo(test::encode_bmp(image), "a.bmp").rgb, image) == 0);
  CHECK(largest_difference(decode_photo(test::encode_tga(image), "a.tga").rgb, image) == 0);
  // Quality 95: a few levels of quantisation on a smooth picture.
  CHECK(largest_difference(decode_photo(test::encode_jpeg(image), "a.jpg").rgb, image) <= 12);
}

TEST_CASE("a BMP with its top row first is the bottom-up one") {
  const Image8 image = test::colorful(45, 70);
  const Bytes bottom_up = test::encode_bmp(image);
  constexpr std::ptrdiff_t kHeader = 54, kRow = 212;  // 3 * 70, padded to fours
  Bytes top_down(bottom_up.begin(), bottom_up.begin() + kHeader);
  for (std::ptrdiff_t y = 44; y >= 0; --y)
    top_down.insert(top_down.end(), bottom_up.begin() + kHeader + y * kRow,
                    bottom_up.begin() + kHeader + (y + 1) * kRow);
  REQUIRE(top_down.size() == bottom_up.size());
  for (std::size_t i = 0; i < 4; ++i) top_down[22 + i] = i == 0 ? 256 - 45 : 255;  // height -45
  CHECK(largest_difference(decode_photo(top_down, "a.bmp").rgb, image) == 0);
  top_down.resize(top_down.size() - kRow);
  CHECK(refusal(top_down).find("is truncated") != std::string::npos);
}

TEST_CASE("a grey picture comes out with three equal channels") {
  Image8 grey(40, 33, 1);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    grey.pixels[i] = static_cast<std::uint8_t>(i % 251);
  const Photo photo = decode_photo(encode_png(grey), "grey.png");
  REQUIRE(photo.rgb.channels == 3);
  CHECK_FALSE(photo.alpha.has_value());
  bool equal = true;
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    for (std::size_t c = 0; c < 3; ++c) equal &= photo.rgb.pixels[3 * i + c] == grey.pixels[i];
  CHECK(equal);
}

TEST_CASE("alpha is kept where it varies and dropped where it marks nothing") {
  const Image8 image = test::colorful(40, 50);
  Image8 rgba(40, 50, 4);
  for (std::size_t i = 0; i < 40 * 50; ++i) {
    std::copy_n(image.pixels.data() + 3 * i, 3, rgba.pixels.data() + 4 * i);
    rgba.pixels[4 * i + 3] = static_cast<std::uint8_t>(i % 256);
  }
  const Photo photo = decode_photo(encode_png(rgba), "a.png");
  CHECK(largest_difference(photo.rgb, image) == 0);
  REQUIRE(photo.alpha.has_value());
  CHECK(photo.alpha->at(3, 7)[0] == (3 * 50 + 7) % 256);
  for (std::size_t i = 0; i < 40 * 50; ++i) rgba.pixels[4 * i + 3] = 255;
  CHECK_FALSE(decode_photo(encode_png(rgba), "a.png").alpha.has_value());
}

TEST_CASE("sixteen bits keep their upper eight") {
  test::RawPng png{
      .depth = 16, .color_type = 2, .width = 40, .rows = {}, .palette = {}, .transparency = {}};
  for (int y = 0; y < 35; ++y) {
    Bytes row;
    for (int x = 0; x < 40; ++x) {
      for (const int value : {x * 1600, y * 1800, 65535}) {
        row.push_back(static_cast<std::uint8_t>(value >> 8));
        row.push_back(static_cast<std::uint8_t>(value & 0xFF));
      }
    }
    png.rows.push_back(row);
  }
  const Photo photo = decode_photo(test::encode_raw_png(png), "deep.png");
  CHECK(photo.rgb.at(20, 30)[0] == 30 * 1600 / 256);
  CHECK(photo.rgb.at(20, 30)[1] == 20 * 1800 / 256);
  CHECK(photo.rgb.at(20, 30)[2] == 255);
  CHECK_FALSE(photo.alpha.has_value());
}

TEST_CASE("a palette becomes colors, its transparency alpha") {
  test::RawPng png{
      .depth = 8, .color_type = 3, .width = 32, .rows = {}, .palette = {}, .transparency = {}};
  png.palette = {10, 20, 30, 200, 100, 50, 7, 8, 9};
  for (int y = 0; y < 32; ++y) png.rows.push_back(Bytes(32, static_cast<std::uint8_t>(y % 3)));
  const Photo opaque = decode_photo(test::encode_raw_png(png), "palette.png");
  CHECK(opaque.rgb.at(4, 5)[0] == 200);
  CHECK(opaque.rgb.at(4, 5)[2] == 50);
  CHECK_FALSE(opaque.alpha.has_value());
  png.transparency = {0, 255, 128};
  const Photo clear = decode_photo(test::encode_raw_png(png), "palette.png");
  REQUIRE(clear.alpha.has_value());
  CHECK(*clear.alpha->at(3, 9) == 0);
  CHECK(*clear.alpha->at(4, 9) == 255);
  CHECK(*clear.alpha->at(5, 9) == 128);
  CHECK(clear.rgb.at(4, 5)[1] == 100);
}

TEST_CASE("all eight EXIF orientations give the same upright picture, in both byte orders") {
  const Image8 seen = test::colorful(40, 56);
  // How a camera would have stored it: the inverse of each orientation; 6 and 8 undo each other.
  for (int orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(orientation);
    const int inverse = orientation == 6 ? 8 : orientation == 8 ? 6 : orientation;
    const Image8 stored = upright(seen, inverse);
    CHECK((stored.height == 40) == (orientation <= 4));
    CHECK(largest_difference(upright(stored, orientation), seen) == 0);
    for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
      const Bytes file =
          test::with_exif(test::encode_jpeg(stored), test::exif_block(orientation, order));
      const Photo photo = decode_photo(file, "a.jpg");
      CHECK(photo.orientation == orientation);
      CHECK(largest_difference(photo.rgb, seen) <= 12);
    }
  }
}

TEST_CASE("orientation 6 turns the stored picture clockwise") {
  // Row 0 of the file is the right side of the scene, its column 0 the top.
  Image8 stored(2, 3, 1);
  stored.pixels = {1, 2, 3,  //
                   4, 5, 6};
  const Image8 seen = upright(stored, 6);
  CHECK(seen.pixels == std::vector<std::uint8_t>{4, 1,  //
                                                 5, 2,  //
                                                 6, 3});
}

TEST_CASE("the orientation is read from any whole number, and from XMP where EXIF has none") {
  const auto block = [](bool big, std::uint8_t type, const Bytes& value) {
    Bytes out = {'E', 'x', 'i', 'f', 0, 0};
    const Bytes little_head = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, type, 0, 1, 0, 0, 0};
    const Bytes big_head = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, type, 0, 0, 0, 1};
    const Bytes& head = big ? big_head : little_head;
    out.insert(out.end(), head.begin(), head.end());
    out.insert(out.end(), value.begin(), value.end());
    out.insert(out.end(), 4, 0);
    return out;
  };
  const Bytes jpeg = test::encode_jpeg(test::colorful(40, 56));
  for (const int type : {1, 3, 4, 6, 8, 9}) {  // BYTE, SHORT, LONG and the signed ones
    CAPTURE(type);
    const auto of = static_cast<std::uint8_t>(type);
    const Bytes big = type == 1 || type == 6   ? Bytes{6, 0, 0, 0}
                      : type == 3 || type == 8 ? Bytes{0, 6, 0, 0}
                                               : Bytes{0, 0, 0, 6};
    for (const Bytes& exif : {block(true, of, big), block(false, of, {6, 0, 0, 0})}) {
      CHECK(orientation_of_exif(exif) == 6);
      const Photo photo = decode_photo(test::with_exif(jpeg, exif), "a.jpg");
      CHECK(photo.orientation == 6);
      CHECK(photo.rgb.width == 40);
    }
  }
  // A fraction is no orientation.
  CHECK_FALSE(orientation_of_exif(block(false, 5, {6, 0, 0, 0})).has_value());
  CHECK(orientation_of_xmp("<d tiff:Orientation=\"6\"/>") == 6);
  CHECK(orientation_of_xmp("<tiff:Orientation>8</tiff:Orientation>") == 8);
  CHECK_FALSE(orientation_of_xmp("<d tiff:Orientation=\"16\"/>").has_value());
  CHECK_FALSE(orientation_of_xmp("<d tiff:Orientation=\"\"/> 6").has_value());
  const std::string packet = std::string("http://ns.adobe.com/xap/1.0/\0", 29) +
                             "<rdf:Description tiff:Orientation=\"6\"/>";
  const Bytes xmp(packet.begin(), packet.end());
  CHECK(orientation_of_jpeg(test::with_exif(jpeg, xmp)) == 6);
  const Bytes exif = test::exif_block(3, ByteOrder::kBig);
  CHECK(orientation_of_jpeg(test::with_exif(test::with_exif(jpeg, exif), xmp)) == 3);
  const Bytes broken = {'E', 'x', 'i', 'f', 0, 0, 'I', 'I', 42, 0};
  CHECK(orientation_of_jpeg(test::with_exif(test::with_exif(jpeg, exif), broken)) == 3);
}

TEST_CASE("malformed EXIF is passed over") {
  const Bytes jpeg = test::encode_jpeg(test::colorful(40, 40));
  const Bytes exif = test::exif_block(6, ByteOrder::kLittle);
  for (std::size_t cut = 0; cut < exif.size(); ++cut) {
    const Bytes part(exif.begin(), exif.begin() + static_cast<std::ptrdiff_t>(cut));
    // The value is the last thing read, 8 bytes from the end.
    const int expected = cut >= exif.size() - 6 ? 6 : 0;
    CHECK(orientation_of_jpeg(test::with_exif(jpeg, part)).value_or(0) == expected);
  }
  for (const int orientation : {0, 9}) {
    const Bytes block = test::exif_block(orientation, ByteOrder::kBig);
    CHECK_FALSE(orientation_of_jpeg(test::with_exif(jpeg, block)).has_value());
  }
}

TEST_CASE("what is not an image is refused with a reason") {
  CHECK(refusal({}).find("face.jpg: is empty") == 0);
  CHECK(refusal({'h', 'e', 'l', 'l', 'o'}).find("face.jpg: is not an image") == 0);
  CHECK(refusal(Bytes(10'000, 0)).find("is not an image") != std::string::npos);
  CHECK(refusal({'G', 'I', 'F', '8', '9', 'a'}).find("a GIF file") != std::string::npos);
  CHECK(refusal({0xFF, 0xD8, 0xFF}).find("is truncated") != std::string::npos);
}

TEST_CASE("a size no face fits in, or no memory, is refused before decoding") {
  CHECK(refusal(encode_png(Image8(1, 1, 3))).find("1 x 1 pixels, too small") != std::string::npos);
  CHECK(refusal(encode_png(Image8(31, 400, 3))).find("too small") != std::string::npos);
  // Reduced by two, its height would be 16.
  CHECK(refusal(encode_png(Image8(32, 20'000, 1))).find("scale it down") != std::string::npos);
  // Sizes announced in the header of a small file.
  Bytes bomb = encode_png(Image8(40, 40, 1));
  for (const auto& [side, said] : {std::pair{60'000, "400 megapixels"}, {9'000, "cannot hold"}}) {
    for (const std::size_t at : {16U, 20U}) {
      bomb[at + 2] = static_cast<std::uint8_t>(side >> 8);
      bomb[at + 3] = static_cast<std::uint8_t>(side & 0xFF);
    }
    test::mend_png(bomb);
    CHECK(refusal(bomb).find(said) != std::string::npos);
  }
}

TEST_CASE("a file cut anywhere is refused") {
  const Image8 image = test::colorful(97, 83);
  const Bytes exif = test::exif_block(3, ByteOrder::kBig);
  const Bytes files[] = {encode_png(image), test::with_exif(test::encode_jpeg(image), exif),
                         test::encode_bmp(image), test::encode_tga(image)};
  for (const Bytes& file : files) {
    CAPTURE(static_cast<int>(file[0]));
    for (std::size_t sixteenth = 0; sixteenth < 16; ++sixteenth) {
      CAPTURE(sixteenth);
      const Bytes part(file.begin(),
                       file.begin() + static_cast<std::ptrdiff_t>(file.size() * sixteenth / 16));
      CHECK_FALSE(refusal(part).empty());
    }
    CHECK(refusal(file).empty());
  }
}

TEST_CASE("flipped bytes are decoded or refused, never a crash") {
  const Image8 image = test::colorful(64, 48);
  const Bytes files[] = {encode_png(image), test::encode_jpeg(image), test::encode_bmp(image),
                         test::encode_tga(image)};
  Rng rng(7);
  int refused = 0;
  for (const Bytes& file : files) {
    for (int round = 0; round < 200; ++round) {
      Bytes damaged = file;
      for (int flips = 0; flips < 4; ++flips) {
        // Half of them in the header, where sizes are.
        const auto reach = static_cast<std::int64_t>(flips % 2 == 0 ? 64 : file.size());
        damaged[static_cast<std::size_t>(rng.below(reach))] =
            static_cast<std::uint8_t>(rng.below(256));
      }
      // Half of the PNGs with right sums, so that more than the sums is tried.
      if (file[0] == 0x89 && round % 2 == 0) test::mend_png(damaged);
      refused += refusal(damaged).empty() ? 0 : 1;
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("real photos cut at every sixteenth are refused") {
  const auto png = fgcn::test::shared_data("photos/nasa_astronaut/astronaut.png");
  const auto jpeg = fgcn::test::shared_data("photos/congress_pd/portraits450/A000367.jpg");
  if (!png || !jpeg) return;
  for (const auto& path : {*png, *jpeg}) {
    CAPTURE(path);
    const Bytes file = read_file(path);
    for (std::size_t sixteenth = 0; sixteenth < 16; ++sixteenth) {
      const Bytes part(file.begin(),
                       file.begin() + static_cast<std::ptrdiff_t>(file.size() * sixteenth / 16));
      CHECK_FALSE(refusal(part).empty());
    }
    CHECK(read_photo(path).rgb.width > 400);
  }
}

}  // namespace
}  // namespace fgcn::photo
