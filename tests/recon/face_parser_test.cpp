#include "recon/face_parser.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/photo_sampler.h"
#include "tests/support/published_standins.h"
#include "tests/support/rendered_photos.h"

namespace fgcn::recon {
namespace {

/// Dark at the left, bright at the right, and a bright corner at the lower left.
Image halves(std::int64_t side) {
  Image out(side, side, 3, 0.1F);
  for (std::int64_t y = 0; y < side; ++y)
    for (std::int64_t x = 0; x < side; ++x)
      if (x >= side / 2 || (x < side / 4 && y >= 3 * side / 4)) std::fill_n(out.at(y, x), 3, 0.9F);
  return out;
}

double mean(const Image& image) {
  double sum = 0;
  for (const float v : image.pixels) sum += v;
  return sum / static_cast<double>(image.pixels.size());
}

TEST_CASE("a parser's mask lies where the classes of the face are") {
  const FaceParser skin(Context(), test::brightness_parser(1), "skin");
  for (const std::int64_t side : {64, 224}) {
    CAPTURE(side);
    const Image mask = skin.mask(halves(side));
    CHECK(mask.height == side);
    CHECK(mask.width == side);
    CHECK(mask.channels == 1);
    const std::int64_t quarter = side / 4, eighth = side / 8;
    CHECK(*mask.at(quarter, quarter) == doctest::Approx(0).epsilon(1e-3));
    CHECK(*mask.at(quarter, 3 * quarter) == doctest::Approx(1).epsilon(1e-3));
    CHECK(*mask.at(side - eighth, eighth) == doctest::Approx(1).epsilon(1e-3));
    CHECK(*mask.at(eighth, eighth) == doctest::Approx(0).epsilon(1e-3));
    // A pixel of an eighth of the image, and the largest of three behind it, widen the bright
    // parts.
    CHECK(mean(mask) > 9.0 / 16 - 0.02);
    CHECK(mean(mask) < 9.0 / 16 + 0.06);
  }
  const FaceParser hair(Context(), test::brightness_parser(17), "hair");
  CHECK(mean(hair.mask(halves(64))) == 0);
}

TEST_CASE("a parser's bits do not depend on the number of threads") {
  const io::Safetensors weights = test::brightness_parser(1);
  CHECK(FaceParser(Context(Device::kCpu, 1), weights, "one").mask(halves(100)).pixels ==
        FaceParser(Context(Device::kCpu, 3), weights, "three").mask(halves(100)).pixels);
}

TEST_CASE("weights of a parser are read from a file, and other files are refused") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "bisenet.safetensors";
  io::write_safetensors(path, test::brightness_parser(1));
  CHECK(mean(FaceParser::load(Context(), path).mask(halves(64))) > 0.5);
  io::Safetensors other;
  other.tensors["weight"] = io::StoredTensor::of({2}, std::vector<float>{1.0F, 2.0F});
  io::write_safetensors(path, other);
  CHECK_THROWS_WITH_AS(FaceParser::load(Context(), path),
                       doctest::Contains("bisenet.safetensors: is not a whole set of BiSeNet's "
                                         "weights: it has no array cp.resnet.conv1.weight "
                                         "[64, 3, 7, 7]"),
                       InputError);
  CHECK_THROWS_AS(FaceParser::load(Context(), folder.path() / "missing"), InputError);
}

TEST_CASE("a sampler takes the parser's mask, and the outline where it finds no face") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const PhotoSample rendered = test::rendered_photo(model, 0);
  photo::Crop crop;
  crop.rgb = crop_colors(rendered.crop);
  crop.landmarks = rendered.landmarks;
  const std::int64_t side = crop.rgb.height;
  // The right half of the photo is bright.
  for (std::int64_t y = 0; y < side; ++y)
    for (std::int64_t x = 0; x < side; ++x)
      std::fill_n(crop.rgb.at(y, x), 3, x < side / 2 ? 0.2F : 0.8F);
  const auto finder = std::make_shared<const photo::FaceFinder>();
  const auto masked = [&](int bright, std::vector<std::string>& notes) {
    return PhotoSampler(Context(), model, finder, side,
                        std::make_shared<const FaceParser>(Context(),
                                                           test::brightness_parser(bright), "test"))
        .masked(crop, notes)
        .rgba;
  };
  std::vector<std::string> notes;
  const Image skin = masked(1, notes);
  CHECK(notes == std::vector<std::string>{"the skin mask is the face parsing network's"});
  notes.clear();
  CHECK(skin.at(side / 2, side / 4)[3] == doctest::Approx(0).epsilon(1e-3));
  CHECK(skin.at(side / 2, 3 * side / 4)[3] == doctest::Approx(1).epsilon(1e-3));
  const Image none = masked(17, notes);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("the whole face outline was taken") != std::string::npos);
  CHECK(none.at(side / 2, side / 2 - 10)[3] > 0.5F);
}

}  // namespace
}  // namespace fgcn::recon
