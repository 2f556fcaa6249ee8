#include "train/dataset/photo_data.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "io/byte_order.h"
#include "io/hash.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/fit/fit_photo.h"
#include "tests/support/synthetic_sample.h"
#include "train/dataset/photo_data_writer.h"

namespace fgcn::train {
namespace {

PhotoDataHeader header_of(const mesh::FaceModel& model, std::int64_t size) {
  PhotoDataHeader out;
  out.crop_size = size;
  out.face = mesh::fingerprint(model);
  out.face_name = model.name;
  out.predictor = 5;
  return out;
}

/// A small file of three records that no face model goes with.
PhotoDataHeader small_header() {
  PhotoDataHeader out;
  out.crop_size = 5;
  out.face.vertices = 10;
  out.face.identity = 2;
  out.face.expression = 1;
  out.face.albedo = 3;
  out.face_name = "small";
  return out;
}

PhotoRecord small_record(Rng rng) {
  PhotoRecord out;
  out.crop = Image8(5, 5, 4);
  for (std::uint8_t& p : out.crop.pixels) p = static_cast<std::uint8_t>(rng.next());
  for (photo::Point& p : out.landmarks) p = {rng.uniform(0, 5), rng.uniform(0, 5)};
  out.fit.identity = {rng.normal(), rng.normal()};
  out.fit.expression = {rng.normal()};
  out.fit.albedo = {rng.normal(), rng.normal(), rng.normal()};
  for (double& g : out.fit.sh_coefficients) g = rng.normal();
  for (std::int32_t& v : out.fit.landmark_vertices) v = static_cast<std::int32_t>(rng.below(10));
  return out;
}

Bytes small_file() {
  const TemporaryFolder folder;
  const PhotoDataHeader header = small_header();
  PhotoDataWriter writer(folder / "small.fgd", header, {{"a/1.jpg", 1}, {"a/2.jpg", 2}, {"b", 3}});
  for (std::uint64_t i = 0; i < 3; ++i) writer.add(encode_record(header, small_record(Rng(i))));
  writer.commit();
  return read_file(folder / "small.fgd");
}

void set_u64(Bytes& bytes, std::size_t offset, std::uint64_t value) {
  for (std::size_t k = 0; k < 8; ++k) bytes[offset + k] = static_cast<std::uint8_t>(value >> 8 * k);
}

void seal_header(Bytes& bytes) {
  set_u64(bytes, 248, hash64(std::span<const std::uint8_t>(bytes).first(248)));
}

/// Reads all there is; the names, to compare.
std::string read_all(const Bytes& bytes) {
  const PhotoFile file = PhotoFile::parse(bytes, "test");
  std::string out;
  for (std::int64_t i = 0; i < file.size(); ++i) {
    file.record(i);
    out += text(file.name(i), file.content_hash(i), name(file.split(i)));
  }
  return out;
}

TEST_CASE("a sample comes back as it was, with the bits of its surfaces") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const TemporaryFolder folder;
  const PhotoDataHeader header = header_of(model, 96);
  std::vector<recon::PhotoSample> samples;
  for (const std::uint64_t seed : {1, 2})
    samples.push_back(test::synthetic_sample(model, Rng(seed), 96));
  {
    PhotoDataWriter writer(folder / "two.fgd", header, {{"f/a.png", 11}, {"f/b.png", 12}});
    for (const recon::PhotoSample& s : samples)
      writer.add(encode_record(header, {to_bytes(s.crop), s.landmarks, s.fit}));
    writer.commit();
  }
  const PhotoData data = PhotoData::open(folder / "two.fgd", model);
  REQUIRE(data.size() == 2);
  CHECK(data.crop_size() == 96);
  CHECK(data.of(Split::kTrain).size() + data.of(Split::kValidation).size() +
            data.of(Split::kTest).size() ==
        2);
  for (std::int64_t i = 0; i < 2; ++i) {
    const recon::PhotoSample& before = samples[static_cast<std::size_t>(i)];
    const recon::PhotoSample after = data.sample(i);
    CHECK(after.name == (i == 0 ? "f/a.png" : "f/b.png"));
    CHECK(after.fit.identity == before.fit.identity);
    CHECK(after.fit.expression == before.fit.expression);
    CHECK(after.fit.albedo == before.fit.albedo);
    CHECK(after.fit.angles_rad == before.fit.angles_rad);
    CHECK(after.fit.translation_dm == before.fit.translation_dm);
    CHECK(after.fit.sh_coefficients == before.fit.sh_coefficients);
    CHECK(after.fit.landmark_error == before.fit.landmark_error);
    CHECK(after.fit.landmark_vertices == before.fit.landmark_vertices);
    CHECK(after.fit.vertices == before.fit.vertices);
    CHECK(after.fit.normals == before.fit.normals);
    CHECK(after.fit.screen == before.fit.screen);
    CHECK(after.fit.albedo_colors == before.fit.albedo_colors);
    CHECK(after.fit.vertex_irradiance == before.fit.vertex_irradiance);
    CHECK(after.crop.pixels == to_float(to_bytes(before.crop)).pixels);
    for (std::size_t k = 0; k < photo::kLandmarks; ++k)
      CHECK(after.landmarks[k].x == doctest::Approx(before.landmarks[k].x).epsilon(1e-6));
  }
  mesh::FaceModel other = model;
  other.identity.data[100] += 0.001F;
  CHECK_THROWS_WITH_AS(PhotoData::open(folder / "two.fgd", other),
                       doctest::Contains("face model 'embedded'"), InputError);
}

TEST_CASE("a fit's surfaces are those of its coefficients") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const recon::PhotoSample sample = test::synthetic_sample(model, Rng(9));
  recon::PhotoFitOptions few;
  few.coarse_iterations = 2;
  few.fine_iterations = 1;
  const recon::FitResult fit =
      recon::PhotoFitter(Context(), model, few).fit(sample.crop, sample.landmarks);
  recon::FitResult again = fit;
  again.vertices.clear();
  again.normals.clear();
  recon::FitSurfaces(Context(Device::kCpu, 1), model).fill(recon::crop_camera(224), again);
  CHECK(again.vertices == fit.vertices);
  CHECK(again.normals == fit.normals);
  CHECK(again.screen == fit.screen);
  CHECK(again.albedo_colors == fit.albedo_colors);
  CHECK(again.vertex_irradiance == fit.vertex_irradiance);
  CHECK(recon::landmark_error(again, sample.landmarks) == fit.landmark_error);
}

TEST_CASE("every cut and every changed byte is refused, or changes nothing") {
  const Bytes whole = small_file();
  const std::string content = read_all(whole);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_THROWS_AS(read_all(cut), InputError);
  }
  std::size_t harmless = 0, refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes changed = whole;
    changed[at] ^= 0x41;
    try {
      const std::string read = read_all(changed);
      CHECK(read == content);
      ++harmless;  // between names and records
    } catch (const InputError&) {
      ++refused;
    }
  }
  CHECK(harmless < 64);
  CHECK(harmless + refused == whole.size());
  Bytes longer = whole;
  longer.push_back(0);
  CHECK_THROWS_AS(read_all(longer), InputError);
}

TEST_CASE("wild sizes are refused even when the checksums are right") {
  const Bytes whole = small_file();
  for (std::size_t at = 8; at < 248; at += 4) {
    for (const std::uint64_t value :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0x7fffffff}, std::uint64_t{1} << 32,
          std::uint64_t{1} << 62, ~std::uint64_t{0}, std::uint64_t{0x7ff8000000000000}}) {
      Bytes changed = whole;
      if (io::load_le<std::uint64_t>(changed, at) == value) continue;
      set_u64(changed, at, value);
      seal_header(changed);
      CAPTURE(at);
      CAPTURE(value);
      try {
        read_all(changed);  // fingerprints, shares and names may be anything
        CHECK(at >= 68);
      } catch (const InputError&) {
        CHECK(true);
      }
    }
  }
  // Names that overlap, leave the names' part or are out of order.
  const std::uint64_t index_bytes = 3 * kPhotoIndexBytes + 15;
  for (const std::size_t at : {256 + 8, 256 + 16, 256 + 24 + 8, 256 + 24 + 16, 256 + 72}) {
    for (const std::uint64_t value :
         {std::uint64_t{0x78}, ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
      Bytes changed = whole;
      set_u64(changed, at, value);
      set_u64(changed, 48,
              hash64(std::span<const std::uint8_t>(changed).subspan(256, index_bytes)));
      seal_header(changed);
      CAPTURE(at);
      CHECK_THROWS_AS(read_all(changed), InputError);
    }
  }
  // Values of a record that cannot be.
  const PhotoDataHeader header = small_header();
  PhotoRecord record = small_record(Rng(1));
  record.fit.sh_coefficients[3] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(decode_record(header, encode_record(header, record), "r"), InputError);
  record = small_record(Rng(1));
  record.fit.landmark_vertices[7] = 10;
  CHECK_THROWS_AS(decode_record(header, encode_record(header, record), "r"), InputError);
  record = small_record(Rng(1));
  record.landmarks[1].y = 1e30;
  CHECK_THROWS_AS(decode_record(header, encode_record(header, record), "r"), InputError);
}

TEST_CASE("with persons a photo's split is the one that its entry says, and damage is refused") {
  const TemporaryFolder folder;
  PhotoDataHeader header = small_header();
  header.rule = {"stem", 0.25, 0.25, 0.3, 77};
  // Hashes of u = 0.1, 0.4 and 0.9.
  const auto hash_at = [](double u) { return static_cast<std::uint64_t>(u * 0x1.0p53) << 11; };
  PhotoDataWriter writer(
      folder / "x.fgd", header,
      {{"a/1.jpg", 1, hash_at(0.1)}, {"a/2.jpg", 2, hash_at(0.4)}, {"b", 3, hash_at(0.9)}});
  for (std::uint64_t i = 0; i < 3; ++i) writer.add(encode_record(header, small_record(Rng(i))));
  writer.commit();
  const Bytes whole = read_file(folder / "x.fgd");
  const PhotoFile file = PhotoFile::parse(whole, "test");
  CHECK(file.header().rule.same_person == 0.3);
  CHECK(file.header().rule.identity == 77);
  CHECK(file.split(0) == Split::kTest);
  CHECK(file.split(1) == Split::kValidation);
  CHECK(file.split(2) == Split::kTrain);
  CHECK(file.name(1) == "a/2.jpg");
  CHECK(file.content_hash(2) == 3);
  CHECK(file.record(2).fit.identity == small_record(Rng(2)).fit.identity);
  CHECK(read_all(whole).find("a/1.jpg") == 0);
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{0x7ff8000000000000},
                                    std::uint64_t{0xbff0000000000000}, ~std::uint64_t{0}}) {
    Bytes changed = whole;
    set_u64(changed, 224, value);  // the distance: 0, not a number, -1
    seal_header(changed);
    CAPTURE(value);
    CHECK_THROWS_AS(read_all(changed), InputError);
  }
  Bytes changed = whole;
  changed[8] = 1;  // the version without them
  seal_header(changed);
  CHECK_THROWS_AS(read_all(changed), InputError);
  for (std::size_t length = 0; length < whole.size(); length += 37)
    CHECK_THROWS_AS(PhotoFile::parse(std::span<const std::uint8_t>(whole).first(length), "test"),
                    InputError);
}

TEST_CASE("a photo's split depends on its person alone") {
  SplitRule rule;
  rule.validation = 0.1;
  rule.test = 0.2;
  std::array<int, 3> count{};
  for (int i = 0; i < 4000; ++i) {
    const std::string person = "P" + std::to_string(i);
    const Split split = rule.split("large/" + person + ".jpg");
    CHECK(rule.split("small/deep/" + person + ".png") == split);
    ++count[static_cast<std::size_t>(split)];
  }
  CHECK(std::abs(count[0] - 2800) < 120);
  CHECK(std::abs(count[1] - 400) < 80);
  CHECK(std::abs(count[2] - 800) < 100);
  CHECK(rule.key("a/b.c/Ada.Lovelace.jpg") == "Ada.Lovelace");
  CHECK(rule.key("a/.x") == ".x");
  rule.by = "folder";
  CHECK(rule.key("lfw/Ada/1.jpg") == "lfw/Ada");
  CHECK(rule.key("1.jpg") == "1");
  rule.by = "before:_";
  CHECK(rule.key("lfw/Ada_Lovelace_0001.jpg") == "Ada_Lovelace");
  CHECK(rule.key("lfw/Ada.jpg") == "Ada");
  for (const char* by : {"", "person", "before:", "before:a text that is longer than its field"}) {
    rule.by = by;
    CHECK_THROWS_AS(rule.check(), InputError);
  }
  rule = {"stem", 0.7, 0.4};
  CHECK_THROWS_AS(rule.check(), InputError);
  rule = {"stem", 0.1, 0.1, -0.1};
  CHECK_THROWS_AS(rule.check(), InputError);
}

}  // namespace
}  // namespace fgcn::train
