// Data sets of photos that published networks saw, and of the original system's own photos.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/byte_order.h"
#include "io/file.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "photo/decode/decode.h"
#include "recon/photo_sampler.h"
#include "recon/reconstruct.h"
#include "tests/support/published_standins.h"
#include "tests/support/shared_data.h"
#include "train/dataset/packed_photo.h"
#include "train/dataset/photo_data.h"
#include "train/dataset/photo_list.h"
#include "train/dataset/prepare_photos.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;

/// A portrait with one face, or nothing where the data beside the project is missing.
std::optional<fs::path> portrait() {
  const auto folder = test::shared_data("photos/congress_pd/portraits225");
  if (!folder) return std::nullopt;
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(*folder))
    if (entry.path().extension() == ".jpg") all.push_back(entry.path());
  return *std::min_element(all.begin(), all.end());
}

PrepareReport prepared(const mesh::FaceModel& model, PrepareOptions options) {
  options.device = {Device::kCpu, 0};
  options.threads = 1;
  options.progress = ProgressBar::Visible::kNo;
  const std::atomic<bool> stop{false};
  return prepare_photos(model, options, stop);
}

std::vector<std::uint8_t> mask_of(const Image& rgba) {
  const Image8 bytes = to_bytes(rgba);
  std::vector<std::uint8_t> out;
  for (std::size_t i = 3; i < bytes.pixels.size(); i += 4) out.push_back(bytes.pixels[i]);
  return out;
}

TEST_CASE("a data set has the mask and the fit that reconstruction makes with the same networks") {
  const std::optional<fs::path> photo = portrait();
  if (!photo) return;
  const mesh::FaceModel& model = test::face_of_many_modes();
  const TemporaryFolder folder;
  fs::create_directories(folder / "photos");
  fs::copy_file(*photo, folder / "photos/one.jpg");
  const fs::path parser = folder / "bisenet.safetensors", rnet = folder / "rnet.safetensors";
  io::write_safetensors(parser, test::brightness_parser(1));
  std::vector<double> numbers(257, 0.0);
  for (std::size_t i = 0; i < 80; ++i) numbers[i] = i % 3 == 0 ? 0.5 : -0.25;
  io::write_safetensors(rnet, test::constant_regressor(numbers));
  PrepareOptions options;
  options.folders = {folder / "photos"};
  options.out = folder / "both.fgd";
  options.parser = parser;
  options.regressor = rnet;
  CHECK(prepared(model, options).total == 1);
  const recon::PhotoSample sample = PhotoData::open(options.out, model).sample(0);

  recon::ReconstructOptions wanted{.size = 224, .weights = {}, .predictor = {}, .identity = {}};
  wanted.parser = parser;
  wanted.regressor = rnet;
  const Context ctx(Device::kCpu, 2);
  const recon::Reconstruction face =
      recon::Reconstructor(ctx, model, wanted).run(*photo, std::nullopt);
  CHECK(face.mask == recon::SkinMaker::kParser);
  CHECK(face.origin == recon::FitOrigin::kRegressor);
  CHECK(sample.fit.identity == face.fit.identity);
  CHECK(sample.fit.albedo == face.fit.albedo);
  CHECK(sample.fit.angles_rad == face.fit.angles_rad);
  CHECK(sample.fit.sh_coefficients == face.fit.sh_coefficients);

  const auto masked = [&](std::shared_ptr<const recon::FaceParser> by) {
    const recon::PhotoSampler sampler(
        ctx, model, std::make_shared<const photo::FaceFinder>(), 224, std::move(by),
        std::make_shared<const recon::FaceRegressor>(recon::FaceRegressor::load(ctx, rnet, model)));
    std::vector<std::string> notes;
    return mask_of(
        sampler.masked(sampler.cut(photo::read_photo(*photo), face.landmarks, 224), notes).rgba);
  };
  const std::vector<std::uint8_t> mask = mask_of(sample.crop);
  CHECK(mask ==
        masked(std::make_shared<const recon::FaceParser>(recon::FaceParser::load(ctx, parser))));
  CHECK(mask != masked(nullptr));

  // Without them mask and fit are others, and the two kinds do not share a file.
  PrepareOptions plain = options;
  plain.parser.clear();
  plain.regressor.clear();
  CHECK_THROWS_WITH_AS(prepared(model, plain),
                       doctest::Contains("made with another landmark model, --parser or"),
                       InputError);
  plain.out = folder / "plain.fgd";
  CHECK(prepared(model, plain).total == 1);
  const recon::PhotoSample without = PhotoData::open(plain.out, model).sample(0);
  CHECK(without.fit.identity != sample.fit.identity);
  CHECK(mask_of(without.crop) != mask);
  // A photo that is there is not made again.
  CHECK(prepared(model, options).kept == 1);

  CHECK_THROWS_WITH_AS(
      prepared(mesh::make_embedded_face(), options),
      doctest::Contains("rnet.safetensors: speaks of a face model with 80 identities"), InputError);
  PrepareOptions swapped = options;
  swapped.out = folder / "swapped.fgd";
  std::swap(swapped.parser, swapped.regressor);
  CHECK_THROWS_WITH_AS(prepared(model, swapped), doctest::Contains("is not a whole set of"),
                       InputError);
}

/// A crop [224, 224, 4] as the original packs it: color / 127.5 - 1, mask / 255, float32.
Bytes packed(const Image8& rgba) {
  Bytes out;
  for (std::size_t i = 0; i < rgba.pixels.size(); ++i) {
    const auto v = static_cast<float>(rgba.pixels[i]);
    io::append_le(out, i % 4 == 3 ? v / 255.0F : v / 127.5F - 1.0F);
  }
  return out;
}

TEST_CASE("a packed record gives back every byte of its crop") {
  Image8 rgba(kPackedSide, kPackedSide, 4);
  for (std::size_t i = 0; i < rgba.pixels.size(); ++i)
    rgba.pixels[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  const Bytes record = packed(rgba);
  REQUIRE(static_cast<std::int64_t>(record.size()) == kPackedBytes);
  const photo::Photo photo = decode_packed(record);
  REQUIRE(photo.alpha);
  std::int64_t wrong = 0;
  for (std::size_t i = 0; i < photo.alpha->pixels.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c)
      wrong += photo.rgb.pixels[3 * i + c] != rgba.pixels[4 * i + c];
    wrong += photo.alpha->pixels[i] != rgba.pixels[4 * i + 3];
  }
  CHECK(wrong == 0);

  for (std::size_t i = 3; i < rgba.pixels.size(); i += 4) rgba.pixels[i] = 255;
  CHECK(!decode_packed(packed(rgba)).alpha);  // no mask
  const auto refused = [&](std::size_t at, float value, const char* sentence) {
    Bytes bad = record;
    Bytes number;
    io::append_le(number, value);
    std::copy(number.begin(), number.end(), bad.begin() + static_cast<std::ptrdiff_t>(4 * at));
    CHECK_THROWS_WITH_AS(decode_packed(bad), doctest::Contains(sentence), InputError);
  };
  refused(0, 1.02F, "has a value of 1.02 in channel 0, expected -1 to 1");
  refused(3, -0.5F, "in channel 3, expected 0 to 1");
  refused(9, std::nanf(""), "has a value of nan in channel 1");
  CHECK_THROWS_WITH_AS(decode_packed(std::span(record).first(100)),
                       doctest::Contains("has 100 bytes, expected 802816"), InputError);
}

// The original's program counts bytes in 32 bits.
TEST_CASE("records behind the first two gigabytes of a packed file are read") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "p");
  const fs::path path = folder / "p/many.bin";
  Image8 rgba(kPackedSide, kPackedSide, 4, 77);
  rgba.pixels[3] = 0;
  constexpr std::int64_t kLast = 2700;
  static_assert(kLast * kPackedBytes > (std::int64_t{1} << 31));
  write_file(path, Bytes());
  fs::resize_file(path, static_cast<std::uintmax_t>((kLast + 1) * kPackedBytes));  // sparse
  {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    const Bytes record = packed(rgba);
    file.seekp(kLast * kPackedBytes);
    file.write(reinterpret_cast<const char*>(record.data()), kPackedBytes);
    REQUIRE(file.good());
  }
  const PhotoList list = list_photos({folder / "p"});
  REQUIRE(static_cast<std::int64_t>(list.photos.size()) == kLast + 1);
  const ListedPhoto& last = list.photos.back();
  CHECK(last.name == "p/many-00002700.bin");
  const photo::Photo photo = decode_listed(last, read_listed(last));
  CHECK(photo.rgb.pixels == std::vector<std::uint8_t>(photo.rgb.pixels.size(), 77));
  REQUIRE(photo.alpha);
  CHECK(photo.alpha->pixels[0] == 0);
}

TEST_CASE("the original's RGBA crop and its packed record become the same sample, mask kept") {
  const std::optional<fs::path> photo = portrait();
  if (!photo) return;
  const mesh::FaceModel model = mesh::make_embedded_face();
  const recon::PhotoSampler sampler(Context(), model, std::make_shared<const photo::FaceFinder>(),
                                    224);
  const photo::Photo read = photo::read_photo(*photo);
  std::vector<std::string> notes;
  int faces = 0;
  const auto found = sampler.find(read, notes, faces);
  REQUIRE(found);
  Image8 rgba = to_bytes(sampler.masked(sampler.cut(read, found->landmarks, 224), notes).rgba);
  // A mask that no color would give: nothing of the face's left half.
  for (std::int64_t y = 0; y < 224; ++y)
    for (std::int64_t x = 0; x < 112; ++x) rgba.at(y, x)[3] = 0;
  const TemporaryFolder folder;
  fs::create_directories(folder / "celeba");
  write_png(folder / "celeba/000001.png", rgba);
  write_file(folder / "celeba/faces.bin", packed(rgba));
  PrepareOptions options;
  options.folders = {folder / "celeba"};
  options.out = folder / "faces.fgd";
  options.same_picture = 0;
  const PrepareReport report = prepared(model, options);
  CHECK(report.total == 2);
  const PhotoData data = PhotoData::open(options.out, model);
  REQUIRE(data.size() == 2);
  const recon::PhotoSample png = data.sample(0), bin = data.sample(1);
  CHECK(png.name == "celeba/000001.png");
  CHECK(bin.name == "celeba/faces-00000000.bin");
  CHECK(png.crop.pixels == bin.crop.pixels);
  CHECK(png.fit.identity == bin.fit.identity);
  double left = 0, right = 0;
  for (std::int64_t y = 0; y < 224; ++y)
    for (std::int64_t x = 0; x < 100; ++x) {
      left += png.crop.at(y, x)[3];
      right += png.crop.at(y, 223 - x)[3];
    }
  MESSAGE("masked pixels: left " << left << ", right " << right);
  CHECK(right > 2000);
  CHECK(left < 0.02 * right);
}

}  // namespace
}  // namespace fgcn::train
