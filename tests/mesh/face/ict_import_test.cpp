// Importing the ICT-FaceKit: from the region's archive, from a folder of OBJ files written here out
// of it, and messages for folders that do not hold the kit.
#include "mesh/face/ict_import.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/arrays/npz.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "mesh/face/color_transfer.h"
#include "mesh/face/embedded/embedded_face.h"
#include "tests/support/shared_data.h"

namespace fgcn::mesh {
namespace {

constexpr const char* kArchive = "meshes/ict_facekit/ict_face_region_f32c.npz";

double at(const std::vector<float>& xyz, std::size_t vertex, std::size_t axis) {
  return xyz[vertex * 3 + axis];
}

// The neutral face plus one difference, as the kit writes it, with a vertex and a polygon of the
// head behind the face.
void write_obj_of(const std::filesystem::path& path, const io::Npz& kit, const float* delta) {
  const std::vector<double> xyz = kit.at("neutral").doubles();
  const std::vector<double> uv = kit.at("uv").doubles();
  const std::vector<std::int32_t> quads = kit.at("quads").ints();
  const std::vector<std::int32_t> quads_uv = kit.at("quads_uv").ints();
  std::ofstream out(path);
  out.precision(9);
  for (std::size_t i = 0; i < xyz.size(); i += 3) {
    out << 'v';
    for (std::size_t k = 0; k < 3; ++k)
      out << ' ' << xyz[i + k] + (delta != nullptr ? static_cast<double>(delta[i + k]) : 0.0);
    out << '\n';
  }
  out << "v 0 0 -9\n";
  for (std::size_t i = 0; i < uv.size(); i += 2) out << "vt " << uv[i] << ' ' << uv[i + 1] << '\n';
  for (std::size_t q = 0; q < quads.size(); q += 4) {
    out << 'f';
    for (std::size_t k = 0; k < 4; ++k)
      out << ' ' << quads[q + k] + 1 << '/' << quads_uv[q + k] + 1;
    out << '\n';
  }
  out << "f 1/1 2/1 " << xyz.size() / 3 + 1 << "/1\n";
}

void write_index_file(const std::filesystem::path& folder, const io::Npz& kit,
                      const std::string& expressions) {
  std::ofstream out(folder / "vertex_indices.json");
  out << "{\"expressions\": " << expressions << ", \"idx_to_landmark_verts\": [";
  const std::vector<std::int32_t> landmarks = kit.at("landmarks68").ints();
  for (std::size_t i = 0; i < landmarks.size(); ++i) out << (i > 0 ? ", " : "") << landmarks[i];
  out << "]}";
}

}  // namespace

TEST_CASE("ICT import: the face region's archive") {
  const auto path = test::shared_data(kArchive);
  if (!path) return;
  const FaceModel m = import_ict(*path);
  CHECK(m.vertices() == 9409);
  CHECK(m.triangles.size() == 18460);
  CHECK(m.identity.count == 100);
  CHECK(m.expression.count == 53);
  CHECK(m.albedo.count >= 30);
  CHECK(m.identity.names.back() == "identity099");
  std::array<double, 3> mean{};
  std::size_t skin = 0;
  for (std::size_t v = 0; v < 9409; ++v) {
    for (std::size_t k = 0; k < 3; ++k) mean[k] += at(m.mean_shape, v, k) / 9409;
    skin += m.skin[v];
  }
  for (const double value : mean) CHECK(std::abs(value) < 1e-5);
  CHECK(skin > 8500);
  CHECK(skin < 9409);
  // Centimetres became decimetres: the outer corners of the eyes are 89 mm apart.
  const auto left = static_cast<std::size_t>(m.landmarks[45]);
  const auto right = static_cast<std::size_t>(m.landmarks[36]);
  CHECK(at(m.mean_shape, left, 0) - at(m.mean_shape, right, 0) ==
        doctest::Approx(0.89).epsilon(0.02));
  CHECK(m.mirror[left] == static_cast<std::int32_t>(right));
}

TEST_CASE("ICT import: colors land where they belong") {
  const auto path = test::shared_data(kArchive);
  if (!path) return;
  const FaceModel m = import_ict(*path);
  const auto color = [&](int point, std::size_t channel) {
    return at(m.mean_albedo, static_cast<std::size_t>(m.landmarks[static_cast<std::size_t>(point)]),
              channel);
  };
  const auto redness = [&](int point) { return color(point, 0) - color(point, 1); };
  // The tip of the nose is skin; the brows are dark; the lower lip is redder than the nose's
  // bridge.
  CHECK(color(30, 0) > 0.6);
  for (const int point : {19, 24}) {
    // The landmark lies on the brow's upper edge, the hair 4 mm below it.
    const auto edge = static_cast<std::size_t>(m.landmarks[static_cast<std::size_t>(point)]);
    std::size_t brow = 0;
    double nearest = std::numeric_limits<double>::infinity();
    for (std::size_t v = 0; v < static_cast<std::size_t>(m.vertices()); ++v) {
      const double d = std::hypot(at(m.mean_shape, v, 0) - at(m.mean_shape, edge, 0),
                                  at(m.mean_shape, v, 1) - at(m.mean_shape, edge, 1) + 0.04,
                                  at(m.mean_shape, v, 2) - at(m.mean_shape, edge, 2));
      if (d < nearest) {
        nearest = d;
        brow = v;
      }
    }
    CHECK(at(m.mean_albedo, brow, 0) < color(30, 0) - 0.2);
  }
  CHECK(redness(57) > redness(28) + 0.03);
}

TEST_CASE("ICT import: a folder of OBJ files gives the archive's model") {
  const auto path = test::shared_data(kArchive);
  if (!path) return;
  const io::Npz kit = io::read_npz(*path);
  const TemporaryFolder folder;
  const std::size_t stride = 9409 * 3;
  const auto floats = [&](const char* name, std::size_t i) {
    const std::vector<double> all = kit.at(name).doubles();
    return std::vector<float>(all.begin() + static_cast<std::ptrdiff_t>(i * stride),
                              all.begin() + static_cast<std::ptrdiff_t>((i + 1) * stride));
  };
  write_obj_of(folder / "generic_neutral_mesh.obj", kit, nullptr);
  write_obj_of(folder / "identity000.obj", kit, floats("id_delta", 0).data());
  write_obj_of(folder / "identity001.obj", kit, floats("id_delta", 1).data());
  write_obj_of(folder / "jawOpen.obj", kit, floats("exp_delta", 26).data());
  write_index_file(folder.path(), kit, "[\"jawOpen\"]");
  const FaceModel a = import_ict(*path);
  const FaceModel b = import_ict(folder.path());
  CHECK(b.triangles == a.triangles);
  CHECK(b.landmarks == a.landmarks);
  CHECK(b.mirror == a.mirror);
  CHECK(b.identity.count == 2);
  CHECK(b.expression.names == std::vector<std::string>{"jawOpen"});
  double worst = 0;
  for (std::size_t i = 0; i < stride; ++i) {
    worst = std::max(worst, std::abs(double{b.mean_shape[i]} - a.mean_shape[i]));
    worst = std::max(worst,
                     std::abs(double{b.identity.data[stride + i]} - a.identity.data[stride + i]));
    worst = std::max(worst,
                     std::abs(double{b.expression.data[i]} - a.expression.data[26 * stride + i]));
  }
  CHECK(worst < 1e-6);  // nine digits of a coordinate in centimetres
  for (std::size_t i = 0; i < a.uv.size(); ++i) REQUIRE(b.uv[i] == doctest::Approx(a.uv[i]));

  std::filesystem::remove(folder / "jawOpen.obj");
  CHECK_THROWS_WITH_AS(import_ict(folder.path()), doctest::Contains("jawOpen.obj"), InputError);
  write_index_file(folder.path(), kit, "[\"../jawOpen\"]");
  CHECK_THROWS_WITH_AS(import_ict(folder.path()), doctest::Contains("plain name"), InputError);
}

TEST_CASE("ICT import: says what is missing or malformed") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(import_ict(folder.path()),
                       (folder.path().string() +
                        ": has no vertex_indices.json; give the ICT-FaceKit's folder FaceXModel")
                           .c_str(),
                       InputError);
  // The kit's own folder holds the one that is meant.
  std::filesystem::create_directory(folder / "FaceXModel");
  std::ofstream(folder / "FaceXModel" / "vertex_indices.json") << "{}";
  CHECK_THROWS_WITH_AS(import_ict(folder.path()),
                       doctest::Contains(("; give " + (folder / "FaceXModel").string()).c_str()),
                       InputError);
  std::ofstream(folder / "vertex_indices.json") << "[1, 2";
  CHECK_THROWS_WITH_AS(import_ict(folder.path()), doctest::Contains("JSON"), InputError);
  std::ofstream(folder / "vertex_indices.json")
      << "{\"expressions\": [], \"idx_to_landmark_verts\": [1, 2]}";
  CHECK_THROWS_WITH_AS(import_ict(folder.path()), doctest::Contains("68"), InputError);
  CHECK_THROWS_AS(import_ict(folder / "nothing.npz"), InputError);
  io::Npz npz;
  const std::vector<float> three{0, 1, 2};
  npz["neutral"] = io::NpyArray::of({3}, three);
  io::write_npz(folder / "wrong.npz", npz);
  CHECK_THROWS_WITH_AS(import_ict(folder / "wrong.npz"), doctest::Contains("neutral"), InputError);
}

TEST_CASE("ICT import: nonsense is refused by name, before colors are painted") {
  const auto path = test::shared_data(kArchive);
  if (!path) return;
  const io::Npz kit = io::read_npz(*path);
  const TemporaryFolder folder;
  const auto refused = [&](const char* why, const std::string& field, const io::NpyArray& array) {
    CAPTURE(why);
    io::Npz bad;
    for (const char* name : {"neutral", "quads", "quads_uv", "uv", "landmarks68"})
      bad[name] = kit.at(name);
    const std::vector<float> zero(9409 * 3, 0.0f);
    bad["id_delta"] = io::NpyArray::of({1, 9409, 3}, zero);
    bad["exp_delta"] = io::NpyArray::of({1, 9409, 3}, zero);
    bad[field] = array;
    io::write_npz(folder / "bad.npz", bad, io::ZipMethod::kStored);
    const auto start = std::chrono::steady_clock::now();
    CHECK_THROWS_WITH_AS(import_ict(folder / "bad.npz"), doctest::Contains(why), InputError);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
  };
  const std::vector<std::int32_t> right = kit.at("landmarks68").ints();
  const auto landmarks = [](const std::vector<std::int32_t>& values) {
    return io::NpyArray::of({68}, std::span(values));
  };
  refused("landmarks: the points 0 and 1 are both vertex 0", "landmarks68",
          landmarks(std::vector<std::int32_t>(68, 0)));
  std::vector<std::int32_t> wrong = right;
  wrong[40] = wrong[7];
  refused("landmarks: the points 7 and 40 are both vertex", "landmarks68", landmarks(wrong));
  wrong = right;
  wrong[3] = 9409;
  refused("landmarks68 holds 9409", "landmarks68", landmarks(wrong));
  wrong = right;
  std::reverse(wrong.begin(), wrong.end());
  refused("mean_shape: landmark", "landmarks68", landmarks(wrong));
  for (std::int32_t k = 0; k < 68; ++k) wrong[static_cast<std::size_t>(k)] = k;
  refused("mean_shape: ", "landmarks68", landmarks(wrong));
  std::vector<double> scaled = kit.at("neutral").doubles();
  for (double& x : scaled) x *= 10;
  refused("mean_shape: its landmarks span 14.7", "neutral",
          io::NpyArray::of({9409, 3}, std::span<const double>(scaled)));
  std::vector<std::int32_t> turned = kit.at("quads").ints();
  for (std::size_t q = 0; q < turned.size(); q += 4) std::swap(turned[q + 1], turned[q + 3]);
  refused("triangles: they are clockwise", "quads",
          io::NpyArray::of(kit.at("quads").shape, std::span<const std::int32_t>(turned)));
}

TEST_CASE("ICT import: a crowd of vertices in one place, and too many, are refused") {
  const auto path = test::shared_data(kArchive);
  if (!path) return;
  const io::Npz kit = io::read_npz(*path);
  const TemporaryFolder folder;
  const auto refused = [&](const char* why, std::int64_t vertices) {
    CAPTURE(why);
    io::Npz bad;
    for (const char* name : {"quads", "quads_uv", "uv", "landmarks68"}) bad[name] = kit.at(name);
    std::vector<double> neutral = kit.at("neutral").doubles();
    neutral.resize(3 * static_cast<std::size_t>(vertices), 0.1);
    bad["neutral"] = io::NpyArray::of({vertices, 3}, std::span<const double>(neutral));
    for (const char* name : {"id_delta", "exp_delta"})
      bad[name] = io::NpyArray::of({1, vertices, 3}, std::vector<float>(neutral.size(), 0.0F));
    io::write_npz(folder / "bad.npz", bad, io::ZipMethod::kStored);
    CHECK_THROWS_WITH_AS(import_ict(folder / "bad.npz"), doctest::Contains(why), InputError);
  };
  refused("more than 200 vertices within 2.5 mm", 100'000);
  refused("the array neutral has 100001 vertices, expected at most 100000", 100'001);
}

TEST_CASE("color transfer: the same face gives its own colors, but for eyes and mouth") {
  const FaceModel from = make_embedded_face();
  FaceModel to = from;
  transfer_colors(from, to);
  double worst = 0;
  for (std::size_t v = 0; v < static_cast<std::size_t>(from.vertices()); ++v) {
    if (from.skin[v] == 0) continue;
    CHECK(to.skin[v] == 1);
    for (std::size_t c = 0; c < 3; ++c)
      worst = std::max(worst, std::abs(at(to.mean_albedo, v, c) - at(from.mean_albedo, v, c)));
  }
  CHECK(worst < 1e-4);
  CHECK(to.albedo.data.size() == from.albedo.data.size());
}

}  // namespace fgcn::mesh
