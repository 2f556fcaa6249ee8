// Face-model files: a round trip to the bit, and a message instead of a crash for each way in which
// a file can be wrong.
#include "mesh/face/face_model.h"

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/arrays/safetensors.h"
#include "io/file.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"

namespace fgcn::mesh {
namespace {

// The embedded face's landmarks, two triangles, one identity mode, two expressions, no albedo
// modes.
FaceModel small_model() {
  static const FaceModel whole = make_embedded_face();
  FaceModel m;
  m.name = "68 points";
  std::array<float, 3> mean{};
  for (const std::int32_t v : whole.landmarks)
    for (std::size_t c = 0; c < 3; ++c)
      mean[c] += whole.mean_shape[3 * static_cast<std::size_t>(v) + c] / 68;
  for (std::int32_t k = 0; k < 68; ++k) {
    const auto v = static_cast<std::size_t>(whole.landmarks[static_cast<std::size_t>(k)]);
    for (std::size_t c = 0; c < 3; ++c)
      m.mean_shape.push_back(whole.mean_shape[3 * v + c] - mean[c]);
    m.landmarks.push_back(k);
    m.mirror.push_back(k);
  }
  m.mirror[0] = 16;
  m.mirror[16] = 0;
  m.mean_albedo.assign(68 * 3, 0.4f);
  m.identity = {1, std::vector<float>(68 * 3, 0.0625f), {"all"}};
  m.expression = {2, std::vector<float>(2 * 68 * 3, -0.5f), {}};
  m.albedo = {0, {}, {}};
  m.expression_low = {0, -1};
  m.expression_high = {1, 1};
  m.triangles = {{27, 31, 35}, {48, 8, 54}};
  m.uv.assign(68 * 2, 0.5f);
  m.skin.assign(68, 1);
  m.skin[2] = 0;
  return m;
}

void scale(std::vector<float>& values, float by) {
  for (float& value : values) value *= by;
}

void shift(FaceModel& m, std::size_t axis, float by) {
  for (std::size_t i = axis; i < m.mean_shape.size(); i += 3) m.mean_shape[i] += by;
}

void exchange(FaceModel& m, std::size_t a, std::size_t b) {
  for (std::size_t i = 0; i < m.mean_shape.size(); i += 3)
    std::swap(m.mean_shape[i + a], m.mean_shape[i + b]);
}

}  // namespace

TEST_CASE("face model: a file keeps every bit, and writing it again gives the same bytes") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "face.safetensors";
  const FaceModel m = small_model();
  write_face_model(path, m);
  const Bytes first = read_file(path);
  const FaceModel back = read_face_model(path);
  CHECK(back.name == m.name);
  CHECK(back.mean_shape == m.mean_shape);
  CHECK(back.mean_albedo == m.mean_albedo);
  CHECK(back.identity.data == m.identity.data);
  CHECK(back.identity.names == m.identity.names);
  CHECK(back.expression.count == 2);
  CHECK(back.expression.names.empty());
  CHECK(back.albedo.count == 0);
  CHECK(back.expression_low == m.expression_low);
  CHECK(back.expression_high == m.expression_high);
  CHECK(back.triangles == m.triangles);
  CHECK(back.uv == m.uv);
  CHECK(back.landmarks == m.landmarks);
  CHECK(back.mirror == m.mirror);
  CHECK(back.skin == m.skin);
  write_face_model(path, back);
  CHECK(read_file(path) == first);
}

TEST_CASE("face model: modes add up, albedo is clipped, missing coefficients are zero") {
  FaceModel m = small_model();
  const std::vector<float> s = shape(m, {2.0f}, {1.0f});
  CHECK(s[0] == doctest::Approx(m.mean_shape[0] + 0.125f - 0.5f));
  CHECK(shape(m, {}, {}) == m.mean_shape);
  m.albedo = {1, std::vector<float>(68 * 3, 1.0f), {}};
  CHECK(albedo(m, {1.0f})[0] == 1.0f);
  CHECK(albedo(m, {-1.0f})[0] == 0.0f);
  CHECK_THROWS_AS(shape(m, {1, 1}, {}), Error);
}

TEST_CASE("face model: check names the field that is wrong") {
  struct Case {
    const char* field;
    void (*spoil)(FaceModel&);
  };
  const Case cases[] = {
      {"mean_albedo", [](FaceModel& m) { m.mean_albedo.pop_back(); }},
      {"mean_shape",
       [](FaceModel& m) { m.mean_shape[3] = std::numeric_limits<float>::quiet_NaN(); }},
      {"identity", [](FaceModel& m) { m.identity.data.pop_back(); }},
      {"identity",
       [](FaceModel& m) { m.identity.data[0] = std::numeric_limits<float>::infinity(); }},
      {"expression_low", [](FaceModel& m) { m.expression_low.clear(); }},
      {"expression 1", [](FaceModel& m) { m.expression_low[1] = 2; }},
      {"triangles", [](FaceModel& m) { m.triangles[1][2] = 68; }},
      {"triangles", [](FaceModel& m) { m.triangles[0][0] = -1; }},
      {"no triangles", [](FaceModel& m) { m.triangles.clear(); }},
      {"uv", [](FaceModel& m) { m.uv.resize(6); }},
      {"uv", [](FaceModel& m) { m.uv[7] = std::numeric_limits<float>::quiet_NaN(); }},
      {"mean_albedo",
       [](FaceModel& m) { m.mean_albedo[7] = std::numeric_limits<float>::quiet_NaN(); }},
      {"landmarks", [](FaceModel& m) { m.landmarks.pop_back(); }},
      {"landmarks", [](FaceModel& m) { m.landmarks[5] = 99; }},
      {"mirror", [](FaceModel& m) { m.mirror[0] = 1; }},
      {"skin", [](FaceModel& m) { m.skin[0] = 2; }},
  };
  CHECK_NOTHROW(check(small_model(), "here"));
  for (const Case& k : cases) {
    CAPTURE(k.field);
    FaceModel m = small_model();
    k.spoil(m);
    CHECK_THROWS_WITH_AS(check(m, "here"), doctest::Contains(k.field), InputError);
  }
}

TEST_CASE("face model: a reader refuses files of another kind, version or shape") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "face.safetensors";
  write_face_model(path, small_model());
  const io::Safetensors good = io::read_safetensors(path);
  const auto refuse = [&](const io::Safetensors& file, const char* word) {
    io::write_safetensors(path, file);
    CHECK_THROWS_WITH_AS(read_face_model(path), doctest::Contains(word), InputError);
  };
  io::Safetensors file = good;
  file.metadata.erase("format");
  refuse(file, "not a face model");
  file = good;
  file.metadata.at("version").assign("99");
  refuse(file, "version");
  file = good;
  file.tensors.erase("uv");
  refuse(file, "uv");
  file = good;
  file.tensors["mirror"] = io::StoredTensor::of(
      {2, 2}, std::span<const std::int32_t>(std::vector<std::int32_t>{1, 0, 2, 3}));
  refuse(file, "mirror");
  file = good;
  file.metadata["identity_names"].assign("[1]");
  refuse(file, "names");
  file = good;
  file.tensors["skin"] =
      io::StoredTensor::of({68}, std::span<const std::int32_t>(std::vector<std::int32_t>(68, 300)));
  refuse(file, "skin");
}

TEST_CASE(
    "face model: other units, axes and ranges are refused with the field and the right value") {
  struct Case {
    const char* sentence;
    void (*spoil)(FaceModel&);
  };
  const Case cases[] = {
      {"mean_shape: its landmarks span 146.52 dm, a face in decimetres 1 to 2.5",
       [](FaceModel& m) { scale(m.mean_shape, 100); }},
      {"mean_shape: its landmarks span 0.14652 dm",
       [](FaceModel& m) { scale(m.mean_shape, 0.1f); }},
      {"mean_shape: its mean is (", [](FaceModel& m) { shift(m, 1, 17); }},
      {"mean_shape: landmark 16 lies to the right",
       [](FaceModel& m) {
         for (std::size_t i = 0; i < m.mean_shape.size(); i += 3) m.mean_shape[i] *= -1;
       }},
      {"mean_shape: landmark 27 (nose) lies above landmark 8 (chin)",
       [](FaceModel& m) {
         for (std::size_t i = 1; i < m.mean_shape.size(); i += 3) m.mean_shape[i] *= -1;
       }},
      {"mean_shape: landmark 30 (nose) lies before 0 and 16",
       [](FaceModel& m) {
         for (std::size_t i = 2; i < m.mean_shape.size(); i += 3) m.mean_shape[i] *= -1;
       }},
      {"mean_shape: landmark", [](FaceModel& m) { exchange(m, 0, 1); }},
      {"mean_shape: landmark", [](FaceModel& m) { exchange(m, 1, 2); }},
      {"triangles: they are clockwise",
       [](FaceModel& m) {
         for (Triangle& t : m.triangles) std::swap(t[0], t[2]);
       }},
      {"triangles: none meets the landmarks",
       [](FaceModel& m) { m.triangles.erase(m.triangles.begin()); }},
      {"landmarks: its 68 points are 1 vertices", [](FaceModel& m) { m.landmarks.assign(68, 0); }},
      {"landmarks: its 68 points are 33 vertices",
       [](FaceModel& m) {
         for (std::size_t k = 33; k < 68; ++k) m.landmarks[k] = m.landmarks[k - 33];
         for (std::size_t k = 66; k < 68; ++k) m.landmarks[k] = 5;
       }},
      {"mean_albedo: holds 102, expected 0 to 1", [](FaceModel& m) { scale(m.mean_albedo, 255); }},
      {"mean_albedo: holds -0.4", [](FaceModel& m) { scale(m.mean_albedo, -1); }},
      {"identity: its modes move vertices by", [](FaceModel& m) { scale(m.identity.data, 100); }},
      {"expression: holds -5, expected -2 to 2",
       [](FaceModel& m) { scale(m.expression.data, 10); }},
      {"expression_high: holds 100", [](FaceModel& m) { scale(m.expression_high, 100); }},
      {"expression_low: holds -100", [](FaceModel& m) { scale(m.expression_low, 100); }},
      {"albedo: its modes change colors by",
       [](FaceModel& m) {
         m.albedo = {1, std::vector<float>(68 * 3, 20), {}};
       }},
      {"uv: holds 50, expected 0 to 1", [](FaceModel& m) { scale(m.uv, 100); }},
  };
  for (const Case& k : cases) {
    CAPTURE(k.sentence);
    FaceModel m = small_model();
    k.spoil(m);
    CHECK_THROWS_WITH_AS(check(m, "here"), doctest::Contains(k.sentence), InputError);
  }
  CHECK_NOTHROW(check(make_embedded_face(), "here"));
}

TEST_CASE("face model: a file's changed byte is refused, and so is a large file of another kind") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "face.safetensors";
  write_face_model(path, small_model());
  Bytes bytes = read_file(path);
  bytes[bytes.size() - 200] ^= 1;
  write_file(path, bytes);
  CHECK_THROWS_WITH_AS(read_face_model(path), doctest::Contains("checksum"), InputError);
  std::string header =
      R"({"__metadata__":{"format":"other"},"a":{"dtype":"U8","shape":[3000000000],)"
      R"("data_offsets":[0,3000000000]}})";
  const std::uint64_t length = header.size();
  Bytes head(8);
  std::memcpy(head.data(), &length, 8);
  head.insert(head.end(), header.begin(), header.end());
  write_file(path, head);
  std::filesystem::resize_file(path, head.size() + 3000000000u);  // sparse
  CHECK_THROWS_WITH_AS(read_face_model(path), doctest::Contains("not a face model"), InputError);
}

}  // namespace fgcn::mesh
