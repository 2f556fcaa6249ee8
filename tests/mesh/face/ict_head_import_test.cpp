// The whole head of the ICT-FaceKit, out of the kit's own files where they are at hand.
#include "mesh/face/ict_head_import.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "io/file.h"
#include "io/mesh/obj.h"
#include "io/mesh/vec3.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "tests/support/shared_data.h"

namespace fgcn::mesh {
namespace {

constexpr const char* kNeutral = "generic_neutral_mesh.obj";

/// The kit with two identities and two expressions; false, with a message, where it is not.
bool unpack_kit(const std::filesystem::path& to) {
  for (const char* name :
       {"generic_neutral_mesh", "identity000", "identity001", "jawOpen", "mouthSmile_L"}) {
    const std::string file = std::string(name) + ".obj";
    const auto packed = test::shared_data("meshes/ict_facekit/" + file + ".xz");
    if (!packed) return false;
    const std::string command =
        "xz -dc '" + packed->string() + "' > '" + (to / file).string() + "'";
    if (std::system(command.c_str()) != 0) {  // NOLINT(cert-env33-c): a test's own fixed words
      MESSAGE("skipped: xz does not unpack the kit's meshes");
      return false;
    }
  }
  const auto index = test::shared_data("meshes/ict_facekit/vertex_indices.json");
  if (!index) return false;
  const Bytes bytes = read_file(*index);
  auto json = nlohmann::json::parse(bytes.begin(), bytes.end());
  json["expressions"] = {"jawOpen", "mouthSmile_L"};
  std::ofstream(to / "vertex_indices.json") << json;
  return true;
}

Vec3 at(const FaceModel& m, std::size_t v) {
  const float* p = &m.mean_shape[3 * v];
  return {p[0], p[1], p[2]};
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

void write_lines(const std::filesystem::path& path, const std::vector<std::string>& lines) {
  std::ofstream out(path);
  for (const std::string& line : lines) out << line << '\n';
}

}  // namespace

TEST_CASE("ICT head: parts, pairs, texture and shapes of the whole kit; what is wrong is named") {
  const TemporaryFolder folder;
  if (!unpack_kit(folder.path())) return;
  const FaceModel m = import_ict_head(folder.path());
  CHECK(m.vertices() == 22991);
  CHECK(m.parts.names ==
        std::vector<std::string>{"skin", "left_eye", "right_eye", "gums_and_tongue", "teeth"});
  CHECK(m.identity.names == std::vector<std::string>{"identity000", "identity001"});
  CHECK(m.expression.names == std::vector<std::string>{"jawOpen", "mouthSmile_L"});
  std::vector<std::size_t> count(5, 0);
  for (std::size_t v = 0; v < 22991; ++v) {
    const std::uint8_t part = m.parts.part[v];
    ++count[part];
    if (part == 1) REQUIRE(at(m, v)[0] > 0.1);  // the subject's left is the image's right
    const auto pair = static_cast<std::size_t>(m.mirror[v]);
    REQUIRE(norm(at(m, pair) - Vec3{-at(m, v)[0], at(m, v)[1], at(m, v)[2]}) < 0.005);
    REQUIRE(m.parts.part[pair] == (part == 1 ? 2 : part == 2 ? 1 : part));
    if (part != 0) REQUIRE(m.skin[v] == 0);
  }
  CHECK(count == std::vector<std::size_t>{14062, 770, 770, 2977, 4412});
  // Triangles of the parts that were kept, cut from the kit's polygons: its README counts them.
  std::vector<std::size_t> triangles(5, 0);
  for (const Triangle& t : m.triangles) ++triangles[m.parts.part[static_cast<std::size_t>(t[0])]];
  CHECK(triangles[1] == triangles[2]);
  CHECK(triangles[0] > 2 * 13700);
  CHECK(triangles[4] > 8500);
  // The face's tile takes two thirds of the width, and seams divide it from the others.
  std::vector<std::set<std::int32_t>> rows(22991);
  float right = 0;
  for (std::size_t t = 0; t < m.triangles.size(); ++t)
    for (std::size_t k = 0; k < 3; ++k) {
      const std::int32_t v = m.triangles[t][k], row = m.uv_triangles[t][k];
      rows[static_cast<std::size_t>(v)].insert(row);
      if (m.triangles[t][0] < 9000 && m.triangles[t][1] < 9000 && m.triangles[t][2] < 9000 &&
          m.uv[2 * static_cast<std::size_t>(row)] < 0.7f)
        right = std::max(right, m.uv[2 * static_cast<std::size_t>(row)]);
    }
  CHECK(right > 0.65f);
  CHECK(std::any_of(rows.begin(), rows.end(), [](const auto& r) { return r.size() == 2; }));
  // An open jaw takes the lower teeth down and leaves the upper ones.
  double lowest = 0, least = 1;
  for (std::size_t v = 0; v < 22991; ++v) {
    if (m.parts.part[v] != 4) continue;
    const double down = static_cast<double>(m.expression.data[3 * v + 1]);
    lowest = std::min(lowest, down);
    least = std::min(least, std::abs(down));
  }
  CHECK(lowest < -0.1);
  CHECK(least < 1e-4);
  // Numbers of vertices agree with the kit's up to the left eye; the balls inside are left out.
  const ObjFile neutral = read_obj(folder / kNeutral),
                smile = read_obj(folder / "mouthSmile_L.obj");
  for (const auto& [kit, own] : {std::pair{m.landmarks[54], m.landmarks[54]},
                                 {12000, 12000},
                                 {20000, 20000},
                                 {23100, 22300}})
    for (std::size_t c = 0; c < 3; ++c) {
      const auto k = static_cast<std::size_t>(kit), v = static_cast<std::size_t>(own);
      CAPTURE(kit);
      CHECK(m.expression.data[3 * (22991 + v) + c] ==
            doctest::Approx(0.1 * (smile.vertices[k][c] - neutral.vertices[k][c])).epsilon(1e-4));
      CHECK(at(m, v)[c] - at(m, 0)[c] ==
            doctest::Approx(0.1 * (neutral.vertices[k][c] - neutral.vertices[0][c])).epsilon(1e-4));
    }
  // Eyes are white beside and dark in front; the back of the head is plain skin.
  std::size_t front = 0, back = 0;
  for (std::size_t v = 0; v < 22991; ++v) {
    if (m.parts.part[v] == 1 && (m.parts.part[front] != 1 || at(m, v)[2] > at(m, front)[2]))
      front = v;
    if (at(m, v)[2] < at(m, back)[2]) back = v;
  }
  CHECK(m.mean_albedo[3 * front] < 0.1f);
  CHECK(m.mean_albedo[3 * back] > 0.5f);
  CHECK(m.skin[back] == 1);

  const std::vector<std::string> good = lines_of(folder / kNeutral);
  const auto first = static_cast<std::size_t>(
      std::find_if(good.begin(), good.end(), [](const auto& l) { return l.rfind("v ", 0) == 0; }) -
      good.begin());
  std::vector<std::string> bad = good;
  bad[first + 15000] = "v 0.5 -3 9";  // a vertex of the gums
  write_lines(folder / kNeutral, bad);
  CHECK_THROWS_WITH_AS(import_ict_head(folder.path()), doctest::Contains("not symmetric, vertex"),
                       InputError);
  bad = good;
  for (std::string& line : bad)
    if (line.rfind("f ", 0) == 0) line = "f 1 2 3";
  write_lines(folder / kNeutral, bad);
  CHECK_THROWS_WITH_AS(import_ict_head(folder.path()),
                       doctest::Contains("face 0 has no texture coordinates"), InputError);
  bad.assign(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(first) + 20000);
  bad.emplace_back("f 1 2 3");
  write_lines(folder / kNeutral, bad);
  CHECK_THROWS_WITH_AS(import_ict_head(folder.path()),
                       doctest::Contains("20000 vertices, a mesh of the ICT-FaceKit"), InputError);
  write_lines(folder / kNeutral, good);
  std::filesystem::remove(folder / "identity000.obj");
  CHECK_THROWS_WITH_AS(import_ict_head(folder.path()), doctest::Contains("no identity000.obj"),
                       InputError);
}

TEST_CASE("ICT head: a file is no folder of the kit, an empty folder lacks the kit") {
  const TemporaryFolder folder;
  std::ofstream(folder / "region.npz") << "PK";
  CHECK_THROWS_WITH_AS(import_ict_head(folder / "region.npz"), doctest::Contains("is no folder"),
                       InputError);
  CHECK_THROWS_WITH_AS(import_ict_head(folder.path()), doctest::Contains("vertex_indices.json"),
                       InputError);
}

}  // namespace fgcn::mesh
