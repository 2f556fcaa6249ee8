// PNG files that are odd, cut, damaged or hostile.
#include <doctest/doctest.h>
#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "kernels/core/error.h"
#include "photo/decode/decode.h"
#include "tests/photo/decode/test_files.h"

namespace fgcn::photo {
namespace {

std::string refusal(const Bytes& file) {
  try {
    decode_photo(file, "face.png");
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

Bytes deflated(const Bytes& raw) {
  uLongf size = compressBound(static_cast<uLong>(raw.size()));
  Bytes out(size);
  REQUIRE(compress2(out.data(), &size, raw.data(), static_cast<uLong>(raw.size()), 9) == Z_OK);
  out.resize(size);
  return out;
}

struct Header {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint8_t depth = 8;
  std::uint8_t color_type = 2;
  std::uint8_t interlaced = 0;
};

/// A PNG of the given image data, with further chunks before and behind it.
Bytes png_of(const Header& header, const Bytes& data, const Bytes& before = {},
             const Bytes& behind = {}) {
  Bytes out = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  const auto add = [&](const Bytes& bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); };
  Bytes ihdr = test::big_endian(header.width);
  const Bytes height = test::big_endian(header.height);
  ihdr.insert(ihdr.end(), height.begin(), height.end());
  ihdr.insert(ihdr.end(), {header.depth, header.color_type, 0, 0, header.interlaced});
  add(test::png_chunk("IHDR", ihdr));
  add(before);
  add(test::png_chunk("IDAT", data));
  add(behind);
  add(test::png_chunk("IEND", {}));
  return out;
}

/// Rows of an image with the filter byte before each.
Bytes rows_of(const Image8& image) {
  Bytes out;
  for (std::int64_t y = 0; y < image.height; ++y) {
    out.push_back(0);
    out.insert(out.end(), image.at(y, 0), image.at(y, 0) + image.width * image.channels);
  }
  return out;
}

Bytes plain(const Image8& image, const Bytes& before = {}, const Bytes& behind = {}) {
  const Header header{.width = static_cast<std::uint32_t>(image.width),
                      .height = static_cast<std::uint32_t>(image.height)};
  return png_of(header, deflated(rows_of(image)), before, behind);
}

TEST_CASE("a PNG of which only the end mark is missing keeps every pixel") {
  const Image8 image = test::colorful(40, 56);
  const Bytes whole = plain(image);
  for (std::size_t missing = 1; missing <= 12; ++missing) {
    CAPTURE(missing);
    const Bytes part(whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(missing));
    CHECK(decode_photo(part, "a.png").rgb.pixels == image.pixels);
  }
  // The sum of the image data lacks a byte.
  const Bytes part(whole.begin(), whole.end() - 13);
  CHECK(refusal(part).find("is truncated") != std::string::npos);
}

TEST_CASE("every flipped bit of a PNG is refused or leaves the picture as it is") {
  const Image8 image = test::colorful(32, 40);
  const Bytes whole = plain(image);
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    Bytes damaged = whole;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    if (refusal(damaged).empty()) {
      CAPTURE(bit);
      CHECK(decode_photo(damaged, "a.png").rgb.pixels == image.pixels);
    } else {
      ++refused;
    }
  }
  // The length of the chunk behind the last row says that the file is cut; nothing is lost.
  CHECK(refused >= 8 * whole.size() - 32);
}

TEST_CASE("a wrong sum of the unpacked image data is refused") {
  const Image8 image = test::colorful(40, 56);
  Bytes data = deflated(rows_of(image));
  data.back() ^= 1U;
  const Header header{.width = 56, .height = 40};
  CHECK(refusal(png_of(header, data)).find("incorrect data check") != std::string::npos);
  // In a chunk of its own libpng only warns of it, behind the last row.
  const Bytes sum(data.end() - 4, data.end());
  data.resize(data.size() - 4);
  CHECK(refusal(png_of(header, data, {}, test::png_chunk("IDAT", sum)))
            .find("incorrect data check") != std::string::npos);
}

TEST_CASE("image data that go on behind the last row are not unpacked to their end") {
  // 256 MiB of zeros in 256 KiB. A file of 512 MiB would take half an hour.
  const std::size_t size = std::size_t{1} << 28;
  Bytes packed;
  z_stream stream{};
  REQUIRE(deflateInit(&stream, 9) == Z_OK);
  const Bytes zeros(std::size_t{1} << 20, 0);
  Bytes buffer(std::size_t{1} << 16);
  for (std::size_t done = 0; done <= size; done += zeros.size()) {
    stream.next_in = const_cast<Bytef*>(zeros.data());  // zlib does not write to it
    stream.avail_in = static_cast<uInt>(zeros.size());
    do {
      stream.next_out = buffer.data();
      stream.avail_out = static_cast<uInt>(buffer.size());
      deflate(&stream, done == size ? Z_FINISH : Z_NO_FLUSH);
      packed.insert(packed.end(), buffer.data(), stream.next_out);
    } while (stream.avail_out == 0);
  }
  deflateEnd(&stream);
  const Bytes bomb = png_of({.width = 256, .height = 256}, packed);
  CHECK(refusal(bomb).find("go on behind the last row") != std::string::npos);
  // A few bytes too many are no attack.
  const Image8 image = test::colorful(40, 56);
  Bytes raw = rows_of(image);
  raw.resize(raw.size() + 1000);
  const Bytes longer = png_of({.width = 56, .height = 40}, deflated(raw));
  CHECK(decode_photo(longer, "a.png").rgb.pixels == image.pixels);
}

TEST_CASE("an interlaced PNG of 16 bits gives the pixels of the plain one") {
  constexpr int kWidth = 45, kHeight = 37;
  const auto level = [](int x, int y, int c) { return static_cast<std::uint8_t>(x * 5 + y * c); };
  Bytes raw;
  constexpr int kFirstX[] = {0, 4, 0, 2, 0, 1, 0}, kFirstY[] = {0, 0, 4, 0, 2, 0, 1};
  constexpr int kStepX[] = {8, 8, 4, 4, 2, 2, 1}, kStepY[] = {8, 8, 8, 4, 4, 2, 2};
  for (int pass = 0; pass < 7; ++pass)
    for (int y = kFirstY[pass]; y < kHeight; y += kStepY[pass]) {
      raw.push_back(0);
      for (int x = kFirstX[pass]; x < kWidth; x += kStepX[pass])
        for (int c = 0; c < 3; ++c) {
          raw.push_back(level(x, y, c));
          raw.push_back(static_cast<std::uint8_t>(x));  // the lower eight bits
        }
    }
  const Header header{.width = kWidth, .height = kHeight, .depth = 16, .interlaced = 1};
  const Photo photo = decode_photo(png_of(header, deflated(raw)), "a.png");
  bool same = photo.rgb.width == kWidth && photo.rgb.height == kHeight;
  for (int y = 0; same && y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      for (int c = 0; c < 3; ++c) same = same && photo.rgb.at(y, x)[c] == level(x, y, c);
  CHECK(same);
}

TEST_CASE("the orientation of a PNG is found in each place where programs write it") {
  const Image8 image = test::colorful(40, 56);
  const Bytes exif = test::exif_block(6, test::ByteOrder::kBig);
  const Bytes tiff(exif.begin() + 6, exif.end());
  const auto orientation = [&](const Bytes& before, const Bytes& behind) {
    const Photo photo = decode_photo(plain(image, before, behind), "a.png");
    CHECK(photo.rgb.width == (photo.orientation == 6 ? 40 : 56));
    return photo.orientation;
  };
  CHECK(orientation({}, {}) == 1);
  CHECK(orientation(test::png_chunk("eXIf", tiff), {}) == 6);
  CHECK(orientation({}, test::png_chunk("eXIf", tiff)) == 6);

  std::string hex = "\nexif\n      " + std::to_string(exif.size()) + "\n";
  for (const std::uint8_t byte : exif) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
    if (hex.size() % 73 == 0) hex += '\n';
  }
  const std::string key("Raw profile type exif\0", 22);
  Bytes raw(key.begin(), key.end());
  Bytes text = raw;
  text.insert(text.end(), hex.begin(), hex.end());
  CHECK(orientation(test::png_chunk("tEXt", text), {}) == 6);
  const Bytes packed = deflated(Bytes(hex.begin(), hex.end()));
  raw.push_back(0);
  raw.insert(raw.end(), packed.begin(), packed.end());
  CHECK(orientation(test::png_chunk("zTXt", raw), {}) == 6);
  CHECK(orientation({}, test::png_chunk("zTXt", raw)) == 6);

  const std::string xmp("XML:com.adobe.xmp\0\0\0\0\0<r tiff:Orientation=\"6\"/>", 47);
  CHECK(orientation(test::png_chunk("iTXt", Bytes(xmp.begin(), xmp.end())), {}) == 6);
}

TEST_CASE("linear light that the file announces becomes sRGB") {
  Image8 linear(40, 64, 3);
  for (std::size_t i = 0; i < linear.pixels.size(); ++i)
    linear.pixels[i] = static_cast<std::uint8_t>(i / 3 % 64 * 4);
  const Photo photo =
      decode_photo(plain(linear, test::png_chunk("gAMA", test::big_endian(100'000))), "a.png");
  int worst = 0;
  for (std::size_t i = 0; i < linear.pixels.size(); ++i) {
    // libpng brings light to the power of 2.2, which sRGB's curve is near.
    const double expected = 255 * std::pow(linear.pixels[i] / 255.0, 1 / 2.2);
    worst =
        std::max(worst, std::abs(static_cast<int>(std::lround(expected)) - photo.rgb.pixels[i]));
  }
  CHECK(worst <= 1);
  const Bytes usual = test::png_chunk("gAMA", test::big_endian(45'455));
  CHECK(decode_photo(plain(linear, usual), "a.png").rgb.pixels == linear.pixels);
}

TEST_CASE("a PNG beyond the limits of a photo is reduced row by row to means of squares") {
  Image8 wide(70, 20'001, 3);
  for (std::int64_t y = 0; y < wide.height; ++y)
    for (std::int64_t x = 0; x < wide.width; ++x)
      for (int c = 0; c < 3; ++c)
        wide.at(y, x)[c] = static_cast<std::uint8_t>((x / 100 + 11 * (y % 2) + 40 * c) % 200);
  const Photo photo = decode_photo(plain(wide), "wide.png");
  CHECK(photo.scale == doctest::Approx(0.5));
  REQUIRE(photo.rgb.width == 10'001);
  REQUIRE(photo.rgb.height == 35);
  int worst = 0;
  for (std::int64_t y = 0; y < 35; ++y)
    for (std::int64_t x = 0; x < 10'001; ++x)
      for (int c = 0; c < 3; ++c) {
        double sum = 0;
        const std::int64_t columns = x == 10'000 ? 1 : 2;  // the last one stands alone
        for (std::int64_t i = 0; i < columns; ++i)
          sum += wide.at(2 * y, 2 * x + i)[c] + wide.at(2 * y + 1, 2 * x + i)[c];
        const double mean = sum / (2.0 * static_cast<double>(columns));
        worst = std::max(
            worst, std::abs(static_cast<int>(std::floor(mean + 0.5)) - photo.rgb.at(y, x)[c]));
      }
  CHECK(worst == 0);
}

TEST_CASE("a chunk that announces two gigabytes is refused, a long text passed over") {
  const Image8 image = test::colorful(40, 56);
  const Bytes head = {0x74, 0, 0, 0, 'z', 'T', 'X', 't', 'a', 0, 0};
  CHECK(refusal(plain(image, head)).find("a chunk of more than 64 MiB") != std::string::npos);
  const Bytes text = test::png_chunk("tEXt", Bytes(std::size_t{20} << 20, 'a'));
  CHECK(decode_photo(plain(image, text), "a.png").rgb.pixels == image.pixels);
}

TEST_CASE("a hundred thousand empty chunks are passed over") {
  const Image8 image = test::colorful(64, 64);
  Bytes many;
  const Bytes one = test::png_chunk("tEXt", Bytes{});
  for (int i = 0; i < 100'000; ++i) many.insert(many.end(), one.begin(), one.end());
  CHECK(decode_photo(plain(image, many), "a.png").rgb.pixels == image.pixels);
}

}  // namespace
}  // namespace fgcn::photo
