#include "io/ply.h"

#include <doctest/doctest.h>

#include <cmath>

#include "io/normals.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "tests/mesh/shapes.h"

namespace fgcn::mesh {
namespace {

RenderMesh example() {
  Rng rng(3);
  const TriangleMesh shape = test::height_field(4, 6, 0.2);
  RenderMesh out;
  // Exact in single precision, so that a round trip must give the same numbers.
  for (const Vec3& p : shape.vertices) {
    out.vertices.push_back({static_cast<float>(p[0]), static_cast<float>(p[1]), -0.125});
    out.normals.push_back({0, 0.6f, 0.8f});
    out.uvs.push_back({static_cast<float>(rng.uniform()), 0.25});
    out.colors.push_back({rng.below(256) / 255.0, 0.0, 1.0});
  }
  out.triangles = shape.triangles;
  return out;
}

RenderMesh parse(std::string_view text) {
  return parse_ply(Bytes(text.begin(), text.end()), "x.ply");
}

}  // namespace

TEST_CASE("ply: what is written is read back, in all three formats") {
  const RenderMesh mesh = example();
  for (const PlyFormat format :
       {PlyFormat::kAscii, PlyFormat::kLittleEndian, PlyFormat::kBigEndian}) {
    const Bytes bytes = encode_ply(mesh, format);
    const RenderMesh back = parse_ply(bytes, "x.ply");
    CHECK(back.vertices == mesh.vertices);
    CHECK(back.normals == mesh.normals);
    CHECK(back.uvs == mesh.uvs);
    CHECK(back.triangles == mesh.triangles);
    REQUIRE(back.colors.size() == mesh.colors.size());
    for (std::size_t v = 0; v < mesh.colors.size(); ++v)
      CHECK(back.colors[v][0] == doctest::Approx(mesh.colors[v][0]).epsilon(1e-12));
    // Cut anywhere, it is refused; but for the line end that closes a text.
    for (std::size_t n = 0; n + 2 < bytes.size(); ++n) {
      if (format == PlyFormat::kAscii && n > bytes.size() - 5) break;  // a shorter last number
      REQUIRE_THROWS_AS(parse_ply(std::span(bytes).first(n), "cut"), InputError);
    }
  }
}

TEST_CASE("ply: polygons, unknown elements and properties, other names") {
  const RenderMesh mesh = parse(
      "ply\r\nformat ascii 1.0\ncomment x\nobj_info y\nelement camera 1\nproperty float a\n"
      "property list uint8 int16 b\nelement vertex 4\nproperty double x\nproperty double y\n"
      "property double z\nproperty list uchar float weights\nproperty float u\nproperty float v\n"
      "property ushort red\nproperty ushort green\nproperty ushort blue\nelement face 2\n"
      "property uchar flag\nproperty list uchar uint vertex_index\nelement nothing 2000000000\n"
      "end_header\n1.5 2 7 8\n0 0 0 0 .5 .25 65535 0 0\n1 0 0 2 1 1 0 0 0 0 0\n1 1\n0 0 0 0 0 0 0\n"
      "0 1 0 0 0 0 0 0 0\n9 4 0 1 2 3\n9 2 0 1\n");
  CHECK(mesh.triangles == std::vector<Triangle>{{0, 1, 2}, {0, 2, 3}});
  CHECK(mesh.uvs[0] == Vec2{0.5, 0.25});
  CHECK(mesh.colors[0][0] == doctest::Approx(1.0));
  CHECK(mesh.vertices[2] == Vec3{1, 1, 0});
  CHECK(mesh.normals.empty());
}

TEST_CASE("ply: malformed files are refused") {
  const std::string head = "ply\nformat ascii 1.0\n";
  const std::string xyz =
      "element vertex 1\nproperty float x\nproperty float y\nproperty float z\n";
  const std::string cases[] = {
      "",
      "plyx\n",
      "ply\nelement vertex 0\nend_header\n",
      "ply\nformat pdp11 1.0\nend_header\n",
      head + xyz,
      head + "property float x\nend_header\n",
      head + "element vertex -1\nend_header\n",
      head + "element vertex 99999999999\nend_header\n",
      head + "element vertex 1\nproperty float x\nend_header\n1\n",
      head + "element vertex 1\nproperty half x\nend_header\n1\n",
      head + "element vertex 1\nproperty list float int x\nend_header\n1\n",
      head + "surprise\nend_header\n",
      head + xyz + "end_header\n1 2\n",
      head + xyz + "end_header\n1 2 nan\n",
      head + xyz + "end_header\n1 2 x\n",
      head + xyz + xyz + "end_header\n1 2 3 1 2 3\n",
      head + xyz +
          "element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0 3 0 0 1\n",
      head + xyz + "element face 1\nproperty list int int vertex_indices\nend_header\n0 0 0 -3\n",
      head + xyz +
          "element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0 3 0 0 0.5\n",
      "ply\nformat binary_little_endian 1.0\n" + xyz + "end_header\n0123456789",
      "ply\nformat binary_big_endian 1.0\nelement face 1\n"
      "property list uint uchar vertex_indices\nend_header\n\xff\xff\xff\xff",
  };
  for (const std::string& text : cases) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(parse(text), doctest::Contains("x.ply: "), InputError);
  }
}

}  // namespace fgcn::mesh
