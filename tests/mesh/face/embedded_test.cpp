// The embedded face: its counts, its topology, its symmetry, that it faces the viewer, and that its
// modes do what their names say.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "io/mesh/normals.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/embedded/geometry.h"

namespace fgcn::mesh {
namespace {

const FaceModel& face() {
  static const FaceModel model = make_embedded_face();
  return model;
}

double at(const std::vector<float>& xyz, std::int32_t vertex, int axis) {
  return xyz[static_cast<std::size_t>(vertex) * 3 + static_cast<std::size_t>(axis)];
}

std::vector<float> expressed(const std::string& name) {
  const FaceModel& m = face();
  std::vector<float> weights(static_cast<std::size_t>(m.expression.count), 0.0f);
  const auto found = std::find(m.expression.names.begin(), m.expression.names.end(), name);
  REQUIRE(found != m.expression.names.end());
  weights[static_cast<std::size_t>(found - m.expression.names.begin())] = 1;
  return shape(m, {}, weights);
}

std::int32_t landmark(int point) { return face().landmarks[static_cast<std::size_t>(point)]; }

using Edge = std::pair<std::int32_t, std::int32_t>;

}  // namespace

TEST_CASE("embedded face: counts that the program promises") {
  const FaceModel& m = face();
  CHECK(m.vertices() >= 5000);
  CHECK(m.vertices() <= 10000);
  CHECK(m.identity.count >= 30);
  CHECK(m.expression.count >= 20);
  CHECK(m.albedo.count >= 30);
  CHECK_NOTHROW(check(m, "embedded"));
}

TEST_CASE("embedded face: two runs give the same bits") {
  const FaceModel again = make_embedded_face();
  CHECK(again.mean_shape == face().mean_shape);
  CHECK(again.identity.data == face().identity.data);
  CHECK(again.expression.data == face().expression.data);
  CHECK(again.albedo.data == face().albedo.data);
}

TEST_CASE("embedded face: a manifold disc with consistent orientation") {
  const FaceModel& m = face();
  std::map<Edge, int> directed;
  for (const Triangle& t : m.triangles)
    for (std::size_t k = 0; k < 3; ++k) ++directed[{t[k], t[(k + 1) % 3]}];
  std::map<std::int32_t, std::int32_t> border;
  std::int64_t edges = 0;
  for (const auto& [edge, count] : directed) {
    CHECK_MESSAGE(count == 1, "edge ", edge.first, "-", edge.second, " runs twice the same way");
    const bool inner = directed.count({edge.second, edge.first}) == 1;
    if (!inner) border[edge.first] = edge.second;
    if (!inner || edge.first < edge.second) ++edges;
  }
  // Euler's formula for a disc, and one closed border.
  CHECK(m.vertices() - edges + static_cast<std::int64_t>(m.triangles.size()) == 1);
  std::size_t length = 1;
  for (std::int32_t v = border[border.begin()->first]; v != border.begin()->first; v = border[v]) {
    ++length;
    REQUIRE(length <= border.size());
  }
  CHECK(length == border.size());
}

TEST_CASE("embedded face: the mean is its own mirror image, to the bit") {
  const FaceModel& m = face();
  for (std::int32_t v = 0; v < m.vertices(); ++v) {
    const std::int32_t w = m.mirror[static_cast<std::size_t>(v)];
    REQUIRE(at(m.mean_shape, w, 0) == -at(m.mean_shape, v, 0));
    REQUIRE(at(m.mean_shape, w, 1) == at(m.mean_shape, v, 1));
    REQUIRE(at(m.mean_shape, w, 2) == at(m.mean_shape, v, 2));
    for (int c = 0; c < 3; ++c) REQUIRE(at(m.mean_albedo, w, c) == at(m.mean_albedo, v, c));
  }
}

TEST_CASE("embedded face: centred, in decimetres, nose towards the viewer") {
  const FaceModel& m = face();
  std::array<double, 3> mean{};
  for (std::int32_t v = 0; v < m.vertices(); ++v)
    for (int k = 0; k < 3; ++k) mean[static_cast<std::size_t>(k)] += at(m.mean_shape, v, k);
  for (const double sum : mean) CHECK(std::abs(sum / static_cast<double>(m.vertices())) < 1e-6);
  const double between_eyes = at(m.mean_shape, landmark(45), 0) - at(m.mean_shape, landmark(36), 0);
  CHECK(between_eyes > 0.80);
  CHECK(between_eyes < 1.00);
  CHECK(at(m.mean_shape, landmark(30), 2) > at(m.mean_shape, landmark(27), 2));
  CHECK(at(m.mean_shape, landmark(8), 1) < at(m.mean_shape, landmark(57), 1));
}

TEST_CASE("embedded face: nearly all of the mean's skin that faces the viewer is wound that way") {
  const FaceModel& m = face();
  std::size_t away = 0;
  std::size_t front = 0;
  for (const Triangle& t : m.triangles) {
    const auto side = [&](int k, int axis) {
      return at(m.mean_shape, t[static_cast<std::size_t>(k)], axis) - at(m.mean_shape, t[0], axis);
    };
    const bool skin = m.skin[static_cast<std::size_t>(t[0])] != 0;
    if (!skin || std::abs(at(m.mean_shape, t[0], 0)) > 0.5) continue;
    ++front;
    if (side(1, 0) * side(2, 1) - side(1, 1) * side(2, 0) <= 0) ++away;
  }
  CHECK(static_cast<double>(away) < 0.06 * static_cast<double>(front));
}

TEST_CASE("embedded face: landmarks pair up across the face") {
  constexpr std::array<std::array<int, 2>, 8> kPairs{
      {{0, 16}, {4, 12}, {17, 26}, {21, 22}, {36, 45}, {39, 42}, {48, 54}, {60, 64}}};
  for (const auto& [right, left] : kPairs) {
    CHECK(face().mirror[static_cast<std::size_t>(landmark(right))] == landmark(left));
    CHECK(at(face().mean_shape, landmark(right), 0) < 0);
  }
}

TEST_CASE("embedded face: expressions do what they are called") {
  const FaceModel& m = face();
  const auto gap = [](const std::vector<float>& s, int above, int below) {
    return at(s, landmark(above), 1) - at(s, landmark(below), 1);
  };
  CHECK(gap(expressed("jaw_open"), 62, 66) > 0.15);
  CHECK(gap(m.mean_shape, 62, 66) < 0.02);
  CHECK(gap(expressed("blink_right"), 37, 41) < 0.25 * gap(m.mean_shape, 37, 41));
  CHECK(gap(expressed("blink_right"), 44, 46) == doctest::Approx(gap(m.mean_shape, 44, 46)));
  CHECK(at(expressed("smile_left"), landmark(54), 1) > at(m.mean_shape, landmark(54), 1) + 0.02);
  CHECK(at(expressed("brow_inner_up_left"), landmark(22), 1) > at(m.mean_shape, landmark(22), 1));
  const std::vector<float> pucker = expressed("pucker");
  CHECK(at(pucker, landmark(54), 0) < 0.8 * at(m.mean_shape, landmark(54), 0));
}

TEST_CASE("embedded face: a broad smile bares the upper teeth, facing the viewer") {
  using embedded::Geometry;
  using embedded::Rows;
  const FaceModel& m = face();
  std::vector<float> weights(static_cast<std::size_t>(m.expression.count), 0.0F);
  for (const auto& [name, weight] : std::initializer_list<std::pair<const char*, float>>{
           {"smile_left", 0.8F}, {"smile_right", 0.8F}, {"jaw_open", 0.4F}}) {
    const auto found = std::find(m.expression.names.begin(), m.expression.names.end(), name);
    REQUIRE(found != m.expression.names.end());
    weights[static_cast<std::size_t>(found - m.expression.names.begin())] = weight;
  }
  const std::vector<float> smiling = shape(m, {}, weights);
  TriangleMesh surface{{}, m.triangles};
  for (std::size_t v = 0; v + 2 < smiling.size(); v += 3)
    surface.vertices.push_back({smiling[v], smiling[v + 1], smiling[v + 2]});
  const std::vector<Vec3> normals = vertex_normals(surface);
  for (const int away : {-12, -6, 0, 6, 12}) {  // columns: up to 15 mm from the middle
    const int column = embedded::kHalfColumns + away;
    const std::int32_t lip = Geometry::index(Rows::kUpperLip, column);
    const std::int32_t edge = Geometry::index(Rows::kUpperLip + 2, column);
    const std::int32_t below = Geometry::index(Rows::kLowerLip, column);
    CHECK(at(smiling, lip, 1) - at(smiling, edge, 1) > 0.03);
    CHECK(at(smiling, edge, 1) > at(smiling, below, 1));
    CHECK(normals[static_cast<std::size_t>(edge)][2] > 0.5);
    CHECK(at(m.mean_albedo, edge, 1) > 0.5);
  }
}

TEST_CASE("embedded face: no visor over the eyes, not even under low brows") {
  using embedded::Geometry;
  const FaceModel& m = face();
  const auto mode = std::find(m.identity.names.begin(), m.identity.names.end(), "brow_height");
  REQUIRE(mode != m.identity.names.end());
  std::vector<float> low(static_cast<std::size_t>(m.identity.count), 0.0F);
  low[static_cast<std::size_t>(mode - m.identity.names.begin())] = -1.5F;
  const std::vector<float> lowered = shape(m, low, {});
  const auto steepest = [](const std::vector<float>& s) {
    double most = 0;
    for (int column = 55; column < 90; ++column) {
      for (int row = embedded::Rows::kBrow - 1; row < embedded::Rows::kLidCrease - 2; ++row) {
        const std::int32_t a = Geometry::index(row, column);
        const std::int32_t b = Geometry::index(row + 2, column);
        if (at(s, a, 0) < 0.12 || at(s, a, 0) > 0.55) continue;
        REQUIRE(at(s, a, 1) > at(s, b, 1));
        most = std::max(most, (at(s, a, 2) - at(s, b, 2)) / (at(s, a, 1) - at(s, b, 1)));
      }
    }
    return most;
  };
  CHECK(steepest(m.mean_shape) < 1.4);
  CHECK(steepest(lowered) < 2.0);
}

TEST_CASE("embedded face: melanin reaches dark and pale skin") {
  const FaceModel& m = face();
  REQUIRE(m.albedo.names.front() == "melanin");
  const std::vector<float> dark = albedo(m, {2.5f});
  const std::vector<float> pale = albedo(m, {-2.0f});
  const std::int32_t cheek = landmark(29) + 14;
  REQUIRE(m.skin[static_cast<std::size_t>(cheek)] == 1);
  CHECK(at(dark, cheek, 0) < 0.42);
  CHECK(at(pale, cheek, 0) > 0.90);
  CHECK(at(dark, cheek, 0) > at(dark, cheek, 2));
}

}  // namespace fgcn::mesh
