// Face-model files: a round trip to the bit, and a message instead of a crash for each way in which
// a file can be wrong.
#include "mesh/face/face_model.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/safetensors.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

// Two triangles, one identity mode, two expressions, no albedo modes.
FaceModel small_model() {
  FaceModel m;
  m.name = "two triangles";
  m.mean_shape = {-1, 0, 0, 1, 0, 0, 0, 1, 0.5f, 0, -1, 0.25f};
  m.mean_albedo = {0.1f, 0.2f, 0.3f, 0.1f, 0.2f, 0.3f, 0.9f, 0.8f, 0.7f, 0.5f, 0.5f, 0.5f};
  m.identity = {1, std::vector<float>(12, 0.125f), {"all"}};
  m.expression = {2, std::vector<float>(24, -0.5f), {}};
  m.albedo = {0, {}, {}};
  m.expression_low = {0, -1};
  m.expression_high = {1, 1};
  m.triangles = {{0, 1, 2}, {1, 0, 3}};
  m.uv = {0, 0.5f, 1, 0.5f, 0.5f, 1, 0.5f, 0};
  m.landmarks.assign(68, 2);
  m.mirror = {1, 0, 2, 3};
  m.skin = {1, 1, 0, 1};
  return m;
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
  CHECK(s[0] == doctest::Approx(-1 + 0.25 - 0.5));
  CHECK(shape(m, {}, {}) == m.mean_shape);
  m.albedo = {1, std::vector<float>(12, 1.0f), {}};
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
      {"triangles", [](FaceModel& m) { m.triangles[1][2] = 4; }},
      {"triangles", [](FaceModel& m) { m.triangles[0][0] = -1; }},
      {"no triangles", [](FaceModel& m) { m.triangles.clear(); }},
      {"uv", [](FaceModel& m) { m.uv.resize(6); }},
      {"landmarks", [](FaceModel& m) { m.landmarks.pop_back(); }},
      {"landmarks", [](FaceModel& m) { m.landmarks[5] = 99; }},
      {"mirror",
       [](FaceModel& m) {
         m.mirror = {1, 2, 0, 3};
       }},
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
  file.tensors["skin"] = io::StoredTensor::of(
      {4}, std::span<const std::int32_t>(std::vector<std::int32_t>{1, 1, 300, 1}));
  refuse(file, "skin");
}

}  // namespace fgcn::mesh
