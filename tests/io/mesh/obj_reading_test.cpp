// OBJ files as other programs write them: marks, comments, continued lines, colors, polygons.
#include <doctest/doctest.h>

#include <string>

#include "io/mesh/obj.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

ObjFile parse(const std::string& text) {
  return parse_obj(Bytes(text.begin(), text.end()), "x.obj");
}

const std::string kQuad = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n";
const std::vector<Vec3> kQuadVertices{{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}};

void check_quad(const std::string& text) {
  CAPTURE(text);
  const TriangleMesh mesh = triangle_mesh(parse(text));
  REQUIRE(mesh.vertices.size() >= 4);
  CHECK(std::vector<Vec3>(mesh.vertices.begin(), mesh.vertices.begin() + 4) == kQuadVertices);
  CHECK(mesh.triangles == std::vector<Triangle>{{0, 1, 2}, {0, 2, 3}});
}

}  // namespace

TEST_CASE("obj: a byte order mark before the first vertex") {
  check_quad("\xef\xbb\xbf" + kQuad + "v 5 5 5\nf 1 2 3 4\n");
  check_quad("\xef\xbb\xbf# comment\n" + kQuad + "f 1 2 3 4\n");
}

TEST_CASE("obj: comments and names are never continued, vertices and faces are") {
  check_quad("# exported from C:\\models\\\n" + kQuad + "v 5 5 5\nf 1 2 3 4\n");
  check_quad("usemtl dir\\\n" + kQuad + "v 5 5 5\nf 1 2 3 4\n");
  check_quad("mtllib C:\\a\\\ng group\\\no C:\\\ns off\\\n" + kQuad + "f 1 2 3 4\n");
  check_quad("v 0 0 0 # C:\\\nv 1 0 0#x\\\nv 1 1 0\nv 0 1 0\nf 1 2 3 4 # D:\\");
  check_quad(kQuad + "f 1 2 \\\n3 4\n");
  check_quad(kQuad + "f 1 2 \\ \t\n3 \\\r\n4\n");
  check_quad(kQuad + "f 1 2 3 4\\");
  check_quad("v 0 \\\n0 0\nv 1 0 0\nv 1 1 \\\n 0 \nv 0 1 0\nf 1 2 3 4");
}

TEST_CASE("obj: line ends of every system") {
  std::string returns = kQuad + "f 1 2 3 4\n";
  for (char& c : returns)
    if (c == '\n') c = '\r';
  check_quad(returns);
  check_quad("v 0 0 0\r\nv 1 0 0\r\nv 1 1 0\r\r\nv 0 1 0\n\nf 1 2 3 4\r\n");
}

TEST_CASE("obj: a concave face is cut without a turned triangle") {
  const std::string dart = "v 0 0 0\nv 2 1 0\nv 0 2 0\nv 0.5 1 0\nf 1 2 3 4\n";
  CHECK(triangle_mesh(parse(dart)).triangles == std::vector<Triangle>{{3, 0, 1}, {3, 1, 2}});
  const RenderMesh mesh =
      render_mesh(parse("v 0 0 0\nv 2 1 0\nv 0 2 0\nv 0.5 1 0\nvt 0 0\nvt 1 .5\nvt 0 1\nvt .2 .5\n"
                        "f 1/1 2/2 3/3 4/4\nf 1/4 2/3 3/2\n"));
  CHECK(mesh.triangles == std::vector<Triangle>{{3, 0, 1}, {3, 1, 2}, {4, 5, 6}});
  CHECK(mesh.vertices[4] == mesh.vertices[0]);
  std::string comb, face = "f";
  for (int i = 0; i < 1500; ++i) {
    comb += "v " + std::to_string(i) + (i % 2 == 0 ? " 5 0\n" : " 0 0\n");
    face += " " + std::to_string(1500 - i);
  }
  CHECK_THROWS_WITH_AS(parse(comb + "v 1500 -1 0\nv 0 -1 0\n" + face + " 1502 1501\n"),
                       doctest::Contains("concave face of more than 1024"), InputError);
}

TEST_CASE("obj: colors of 0 to 255 become 0 to 1, those of 0 to 1 stay") {
  const std::string rest = "v 1 1 0 0 0 0\nf 1 2 3\n";
  CHECK(parse("v 0 0 0 255 128 0\nv 1 0 0 51 0 0\n" + rest).colors ==
        std::vector<Vec3>{{1, 128.0 / 255, 0}, {0.2, 0, 0}, {0, 0, 0}});
  CHECK(parse("v 0 0 0 1 .5 0\nv 1 0 0 1.001 0 0\n" + rest).colors[0] == Vec3{1, 0.5, 0});
  CHECK(parse("v 0 0 0 1 .5 0\nv 1 0 0 1.001 0 0\n" + rest).colors[1] == Vec3{1.001, 0, 0});
  for (const char* color : {"300 0 0", "1.5 0 0", "-1 0 0", "-3 255 0"}) {
    CAPTURE(color);
    CHECK_THROWS_WITH_AS(parse(std::string("v 0 0 0 ") + color + "\nv 1 0 0 0 0 0\n" + rest),
                         doctest::Contains("x.obj: has colors from"), InputError);
  }
  // One vertex without a color: none has one, and none is judged.
  CHECK(parse("v 0 0 0 900 0 0\nv 1 0 0\n" + rest).colors.empty());
}

TEST_CASE("obj: a file without a face is refused") {
  for (const char* text : {"", "v 0 0 0\n", "V 0 0 0\nV 1 0 0\nV 1 1 0\nF 1 2 3\n",
                           "v 0 0 0\nv 1 0 0\nv 1 1 0\nfo 1 2 3\n"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(parse(text), doctest::Contains("x.obj: holds no face"), InputError);
  }
}

TEST_CASE("obj: indices from the end, faces before vertices, further numbers") {
  CHECK(triangle_mesh(parse("v 0 0 0\nv 1 0 0\nv 1 1 0\nf -3 -2 -1\n")).triangles ==
        std::vector<Triangle>{{0, 1, 2}});
  CHECK(triangle_mesh(parse("f 1 2 3\nv 0 0 0\nv 1 0 0\nv 1 1 0\n")).triangles ==
        std::vector<Triangle>{{0, 1, 2}});
  CHECK(parse("v 0 0 0 1\nv 1 0 0 1\nv 1 1 0 1\nf 1 2 3\n").colors.empty());
  CHECK(parse("v 0 0 0 1 .5 0 1\nv 1 0 0 1 .5 0 1\nv 1 1 0 0 0 0 1\nf 1 2 3\n").colors[0] ==
        Vec3{1, 0.5, 0});
}

}  // namespace fgcn::mesh
