// JPEG files that are odd, cut, damaged or hostile.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "photo/decode/decode.h"
#include "tests/photo/decode/test_files.h"
#include "tests/photo/decode/test_jpeg.h"

namespace fgcn::photo {
namespace {

using test::JpegKind;
using test::write_jpeg;

constexpr JpegKind kKinds[] = {JpegKind::kBaseline, JpegKind::kOptimised, JpegKind::kProgressive,
                               JpegKind::kSeparateScans};

/// Noise on a smooth picture: no block is empty.
Image8 busy(std::int64_t height, std::int64_t width, std::int64_t channels) {
  Image8 out(height, width, channels);
  Rng rng(5);
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < channels; ++c)
        out.at(y, x)[c] = static_cast<std::uint8_t>(100 + 60 * c / 3 + 2 * x % 60 + rng.below(20));
  return out;
}

std::string refusal(const Bytes& file) {
  try {
    decode_photo(file, "face.jpg");
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

bool refused_with(const Bytes& file, const char* words) {
  const std::string said = refusal(file);
  CAPTURE(said);
  return said.find(words) != std::string::npos;
}

Bytes without_end(Bytes file, std::size_t bytes) {
  file.resize(file.size() - bytes);
  return file;
}

TEST_CASE("a JPEG without its end mark, or with other bytes in its place, keeps every pixel") {
  const Image8 image = busy(75, 90, 3);
  for (const JpegKind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    const Bytes whole = write_jpeg(image, {.kind = kind, .profile = {}});
    const Image8 expected = decode_photo(whole, "whole").rgb;
    const Bytes open = without_end(whole, 2);
    CHECK(decode_photo(open, "open").rgb.pixels == expected.pixels);
    Bytes maker = open;
    for (const char c : std::string("\0\0\1\12Image_UTC_Data1500000000000", 31))
      maker.push_back(static_cast<std::uint8_t>(c));
    maker.resize(maker.size() + 40);
    CHECK(decode_photo(maker, "maker").rgb.pixels == expected.pixels);
    Bytes behind = whole;
    behind.insert(behind.end(), 1000, 'P');
    CHECK(decode_photo(behind, "behind").rgb.pixels == expected.pixels);
  }
}

TEST_CASE("a JPEG that lacks rows is refused, with and without an end mark") {
  const Image8 image = busy(75, 90, 3);
  for (const JpegKind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    const Bytes whole = write_jpeg(image, {.kind = kind, .profile = {}});
    for (const std::size_t missing : {std::size_t{40}, whole.size() / 4, whole.size() / 2}) {
      CAPTURE(missing);
      Bytes part = without_end(whole, missing);
      CHECK_FALSE(refusal(part).empty());
      part.insert(part.end(), {0xFF, 0xD9});
      CHECK_FALSE(refusal(part).empty());
    }
  }
}

TEST_CASE("a JPEG of several scans that ends between two of them is refused") {
  for (const JpegKind kind : {JpegKind::kProgressive, JpegKind::kSeparateScans}) {
    CAPTURE(static_cast<int>(kind));
    const Bytes whole = write_jpeg(busy(75, 90, 3), {.kind = kind, .profile = {}});
    std::size_t scans = 0;
    while (test::find_marker(whole, 0xDA, scans) != std::string::npos) ++scans;
    REQUIRE(scans >= 3);
    for (std::size_t nth = 1; nth < scans; ++nth) {
      const std::size_t at = test::find_marker(whole, 0xDA, nth);
      CHECK(refused_with(without_end(whole, whole.size() - at), "is truncated"));
    }
  }
}

TEST_CASE("a JPEG whose scans name a table that the file lacks is refused") {
  const Image8 image = busy(64, 64, 3);
  for (const JpegKind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    const Bytes whole = write_jpeg(image, {.kind = kind, .profile = {}});
    const Bytes no_codes =
        test::filter_segments(whole, [](int marker, std::size_t) { return marker != 0xC4; });
    REQUIRE(no_codes.size() < whole.size());
    CHECK(refused_with(no_codes, "which the file lacks"));
    const Bytes no_steps =
        test::filter_segments(whole, [](int marker, std::size_t) { return marker != 0xDB; });
    REQUIRE(no_steps.size() < whole.size());
    CHECK(refused_with(no_steps, "Quantization table 0x00 was not defined"));
  }
  // One of four tables.
  const Bytes whole = write_jpeg(image);
  for (std::size_t missing = 0; missing < 4; ++missing) {
    CAPTURE(missing);
    const Bytes file = test::filter_segments(
        whole, [&](int marker, std::size_t nth) { return marker != 0xC4 || nth != missing; });
    REQUIRE(file.size() < whole.size());
    CHECK(refused_with(file, "which the file lacks"));
  }
}

TEST_CASE("a JPEG code table of more symbols than there are is refused") {
  Bytes bad = write_jpeg(busy(64, 48, 3));
  const std::size_t table = test::find_marker(bad, 0xC4);
  REQUIRE(table != std::string::npos);
  for (std::size_t k = 0; k < 16; ++k) bad[table + 5 + k] = 17;  // 272 in all
  CHECK(refused_with(bad, "Bogus Huffman table"));
  // A segment that ends within its table.
  Bytes cut = write_jpeg(busy(64, 48, 3));
  const Bytes stub = {0xFF, 0xC4, 0, 4, 0x00, 1};
  cut.insert(cut.begin() + 2, stub.begin(), stub.end());
  CHECK(refused_with(cut, "is damaged"));
}

TEST_CASE("a JPEG of more scans than any camera writes is refused") {
  const Bytes many = write_jpeg(busy(64, 64, 1), {.kind = JpegKind::kManyScans, .profile = {}});
  CHECK(refused_with(many, "more than 64 JPEG scans"));
}

TEST_CASE("an arithmetic JPEG is refused, since nothing shows where its data end") {
  const Bytes file = write_jpeg(busy(64, 64, 3), {.kind = JpegKind::kArithmetic, .profile = {}});
  CHECK(refused_with(file, "arithmetic codes"));
}

TEST_CASE("a JPEG of wrong codes is refused, not filled with grey") {
  const Bytes whole = write_jpeg(busy(96, 96, 3), {.kind = JpegKind::kOptimised, .profile = {}});
  const std::size_t scan = test::find_marker(whole, 0xDA);
  Bytes bad = whole;
  for (std::size_t i = scan + 200; i < scan + 260; ++i) bad[i] = 0xFE;
  CHECK_FALSE(refusal(bad).empty());
}

TEST_CASE("ink becomes light: CMYK and YCCK, Adobe's and plain") {
  Image8 ink(40, 48, 4);
  for (std::int64_t y = 0; y < 40; ++y)
    for (std::int64_t x = 0; x < 48; ++x) {
      const int values[] = {static_cast<int>(4 * x), static_cast<int>(5 * y), 60, 30};
      for (int c = 0; c < 4; ++c) ink.at(y, x)[c] = static_cast<std::uint8_t>(values[c]);
    }
  Image8 paper = ink;
  for (std::uint8_t& value : paper.pixels) value = static_cast<std::uint8_t>(255 - value);
  const Image8 plain =
      decode_photo(write_jpeg(ink, {.quality = 100, .adobe_ink = false, .profile = {}}), "plain")
          .rgb;
  const Image8 adobe =
      decode_photo(write_jpeg(paper, {.quality = 100, .profile = {}}), "adobe").rgb;
  int worst = 0;
  for (std::int64_t y = 0; y < 40; ++y)
    for (std::int64_t x = 0; x < 48; ++x)
      for (int c = 0; c < 3; ++c) {
        const double light = (255.0 - ink.at(y, x)[c]) * (255.0 - 30) / 255.0;
        for (const Image8* image : {&plain, &adobe})
          worst = std::max(
              worst, std::abs(int{image->at(y, x)[c]} - static_cast<int>(std::lround(light))));
      }
  CHECK(worst <= 4);  // quality 100 rounds coefficients to whole numbers
}

TEST_CASE("a JPEG of more than 100 megapixels is reduced while it is decoded") {
  // Wide rather than large, so that the test is quick: 16,384 a side is a limit, too.
  const Image8 image = busy(64, 20'000, 1);
  const Photo photo = decode_photo(write_jpeg(image), "wide.jpg");
  CHECK(photo.scale == doctest::Approx(6.0 / 8));
  REQUIRE(photo.notes.size() == 1);
  CHECK(photo.notes[0].find("reduced to 15000 x 48 pixels") != std::string::npos);
  CHECK(photo.rgb.width == 15'000);
  CHECK(photo.rgb.height == 48);
  CHECK(decode_photo(write_jpeg(busy(64, 90, 1)), "small.jpg").scale == doctest::Approx(1));
  // Means over the picture agree: it is a reduction, not a part.
  const auto mean = [](const Image8& of) {
    double sum = 0;
    for (const std::uint8_t value : of.pixels) sum += value;
    return sum / static_cast<double>(of.pixels.size());
  };
  CHECK(mean(photo.rgb) == doctest::Approx(mean(image)).epsilon(0.01));
}

}  // namespace
}  // namespace fgcn::photo
