// Files of named points of every kind, and what is refused.
#include "io/mesh/landmark_file.h"

#include <doctest/doctest.h>

#include <string_view>

#include "io/file.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

std::vector<NamedPoint> parse(std::string_view text, bool lmrk = false) {
  return parse_landmarks(Bytes(text.begin(), text.end()), "x", lmrk);
}
void check_point(const NamedPoint& found, const char* name, const Vec3& point) {
  CHECK(found.name == name);
  CHECK(found.point == point);
}

}  // namespace

TEST_CASE("landmark files: each kind gives names and points, and (0, 0, 0) is not set") {
  const auto picked = parse(
      "<!DOCTYPE PickedPoints>\n<PickedPoints>\n <point x=\"1\" y=\"2.5\" name=\"nose\" z=\"-3\" "
      "active=\"1\"/>\n<point active=\"0\" x=\"9\" y=\"9\" z=\"9\" name=\"no\"/><point x='0' y='0' "
      "z='0' name='unset'/><point x='4' y='5' z='6'/></PickedPoints>");
  REQUIRE(picked.size() == 2);
  check_point(picked[0], "nose", {1, 2.5, -3});
  check_point(picked[1], "2", {4, 5, 6});
  const auto lmrk = parse("_scale 2\nnose 3 1 2\n\n7 6 4 5\n", true);
  REQUIRE(lmrk.size() == 2);
  check_point(lmrk[0], "nose", {1, 2, 3});
  check_point(lmrk[1], "7", {4, 5, 6});
  const auto json = parse(R"( {"a": [1, 2, 3], "b": {"x": 4, "y": 5, "z": 6}, "c": [0, 0, 0]})");
  REQUIRE(json.size() == 2);
  check_point(json[0], "a", {1, 2, 3});
  check_point(json[1], "b", {4, 5, 6});
  // As fgcn_mesh landmarks writes them.
  const auto own = parse(R"( {"nose": {"point": [7, 8, 9], "nearest_vertex": 3}})");
  REQUIRE(own.size() == 1);
  check_point(own[0], "nose", {7, 8, 9});
  check_point(parse("[[0,0,0],[1,2,3]]")[0], "1", {1, 2, 3});
  const auto text = parse("# x y z\n1 2 3\nchin 4 5 6 # below\n");
  REQUIRE(text.size() == 2);
  check_point(text[0], "0", {1, 2, 3});
  check_point(text[1], "chin", {4, 5, 6});
}

TEST_CASE("landmark files: what is none of the kinds is refused with its line or place") {
  for (const char* bad :
       {"", "1 2\n", "a b c d\n", "1 2 3 4\n", "a 1 2 nan\n", "<point x='1' y='2'/>",
        "<point x='1'", "<point x='1' y='2' z='inf'/>", "{\"a\": [1, 2]}", "{\"a\": 1}",
        "{\"a\": ", "[[1,2,\"3\"]]", "[1,2,3]", "0 0 0\n", "{}"})
    CHECK_THROWS_AS(parse(bad), InputError);
  CHECK_THROWS_AS(parse(std::string(100000, '[')), InputError);
  CHECK_THROWS_AS(parse("<point " + std::string(10000, ' ') + ">"), InputError);
  std::string many;
  for (int i = 0; i < 100001; ++i) many += "1 2 3\n";
  CHECK_THROWS_WITH_AS(parse(many), doctest::Contains("more than 100000 points"), InputError);
  CHECK_THROWS_WITH_AS(parse("1 2 3\n4 5\n"), doctest::Contains("line 2"), InputError);
}

}  // namespace fgcn::mesh
