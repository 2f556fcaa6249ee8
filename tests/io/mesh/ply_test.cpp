#include "io/mesh/ply.h"

#include <doctest/doctest.h>

#include <cmath>

#include "io/mesh/normals.h"
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

TEST_CASE(
    "ply: plain triangles of plain vertices, which are read at once, are those of other forms") {
  RenderMesh mesh = example();
  mesh.normals.clear();
  mesh.uvs.clear();
  mesh.colors.clear();
  const Bytes little = encode_ply(mesh, PlyFormat::kLittleEndian);
  const RenderMesh back = parse_ply(little, "x.ply");
  CHECK(back.vertices == mesh.vertices);
  CHECK(back.triangles == mesh.triangles);
  CHECK(parse_ply(encode_ply(mesh, PlyFormat::kBigEndian), "x.ply").vertices == mesh.vertices);
  for (std::size_t n = 0; n < little.size(); ++n)
    REQUIRE_THROWS_AS(parse_ply(std::span(little).first(n), "cut"), InputError);
  const std::size_t faces = 13 * mesh.triangles.size();
  const std::size_t vertices = little.size() - faces - 12 * mesh.vertices.size();
  for (const std::size_t place : {vertices + 7, little.size() - 1}) {
    Bytes bad = little;  // a coordinate that is no number; a vertex below 0
    bad[place] = 0xff;
    if (place < little.size() - 1) bad[place - 1] = 0xff;
    CHECK_THROWS_AS(parse_ply(bad, "x.ply"), InputError);
  }
  Bytes mixed = little;  // the last face has four corners: one is missing
  mixed[little.size() - 13] = 4;
  CHECK_THROWS_AS(parse_ply(mixed, "x.ply"), InputError);
  mixed.insert(mixed.end(), {0, 0, 0, 0});
  CHECK(parse_ply(mixed, "x.ply").triangles.size() == mesh.triangles.size() + 1);
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
      head + xyz + "end_header\n0 0 0\n",
      head + xyz + "property float q\nend_header\n1 2 3\n",
      head + xyz +
          "element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0 2 0 0\n",
      head + xyz +
          "element tristrips 1\nproperty list int int vertex_indices\nend_header\n0 0 0 3 0 0 -2\n",
      head + xyz +
          "element face 1\nproperty list uchar int vertex_indices\nproperty list uchar float "
          "texcoord\nend_header\n0 0 0 3 0 0 0 5 0 0 0 0 0\n",
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
      ("ply\nformat binary_big_endian 1.0\nelement face 1\n"
       "property list uint uchar vertex_indices\nend_header\n\xff\xff\xff\xff"),
  };
  for (const std::string& text : cases) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(parse(text), doctest::Contains("x.ply: "), InputError);
  }
}

namespace {

const std::string kVertices = "0 0 0\n1 0 0\n1 1 0\n0 1 0\n";
std::string header(const std::string& rest, const std::string& more = "") {
  return "ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty float y\n"
         "property float z\n" +
         more + rest + "end_header\n";
}
const std::string kFaces = "element face 2\nproperty list uchar int vertex_indices\n";
const std::string kStrip = "element tristrips 1\nproperty list int int vertex_indices\n";
const std::vector<Triangle> kTwo{{0, 1, 2}, {0, 2, 3}};

}  // namespace

TEST_CASE("ply: strips of triangles, their turned ones and their restarts") {
  CHECK(parse(header(kStrip) + kVertices + "4 0 1 3 2\n").triangles ==
        std::vector<Triangle>{{0, 1, 3}, {3, 1, 2}});
  CHECK(parse(header(kStrip) + kVertices + "7 0 1 2 -1 0 2 3\n").triangles == kTwo);
  // Repeated vertices lead on without a triangle; the turn goes on through them.
  CHECK(parse(header(kStrip) + kVertices + "6 0 1 2 2 3 0\n").triangles ==
        std::vector<Triangle>{{0, 1, 2}, {3, 2, 0}});
  // Strips and faces together.
  CHECK(parse(header(kStrip + kFaces) + kVertices + "3 0 1 2\n3 0 2 3\n3 1 2 3\n").triangles ==
        std::vector<Triangle>{{0, 1, 2}, {0, 2, 3}, {1, 2, 3}});
}

TEST_CASE("ply: texture coordinates of the faces split the seam") {
  const std::string wedge = kFaces + "property list uchar float texcoord\n";
  const RenderMesh same = parse(header(wedge,
                                       "property uchar red\nproperty uchar green\n"
                                       "property uchar blue\n") +
                                "0 0 0 255 0 0\n1 0 0 0 0 0\n1 1 0 0 0 0\n0 1 0 0 0 0\n"
                                "3 0 1 2 6 0 0 1 0 1 1\n3 0 2 3 6 .5 .25 1 1 0 1\n");
  CHECK(same.triangles == std::vector<Triangle>{{0, 1, 2}, {4, 2, 3}});
  CHECK(same.uvs == std::vector<Vec2>{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0.5, 0.25}});
  REQUIRE(same.vertices.size() == 5);
  CHECK(same.vertices[4] == same.vertices[0]);
  CHECK(same.colors[4] == same.colors[0]);
  // One face has none: none has.
  const RenderMesh partial =
      parse(header(wedge) + kVertices + "3 0 1 2 0\n3 0 2 3 6 0 0 1 1 0 1\n");
  CHECK(partial.uvs.empty());
  CHECK(partial.triangles == kTwo);
}

TEST_CASE("ply: concave faces, also before their vertices") {
  const std::string dart = "0 0 0\n2 1 0\n0 2 0\n0.5 1 0\n";
  CHECK(parse(header("element face 1\nproperty list uchar int vertex_indices\n") + dart +
              "4 0 1 2 3\n")
            .triangles == std::vector<Triangle>{{3, 0, 1}, {3, 1, 2}});
  CHECK(parse("ply\nformat ascii 1.0\nelement face 1\nproperty list uchar int vertex_indices\n"
              "element vertex 4\nproperty float x\nproperty float y\nproperty float z\n"
              "end_header\n4 0 1 2 3\n" +
              dart)
            .triangles == std::vector<Triangle>{{3, 0, 1}, {3, 1, 2}});
}

TEST_CASE("ply: colors as reals to 255, as four-byte integers, and of short names") {
  const auto color = [](const char* type, const std::string& names, const std::string& rows) {
    return parse(header(
                     kFaces,
                     "property " + std::string(type) + " " + names.substr(0, names.find(' ')) +
                         "\nproperty " + type + " " +
                         names.substr(names.find(' ') + 1, names.rfind(' ') - names.find(' ') - 1) +
                         "\nproperty " + type + " " + names.substr(names.rfind(' ') + 1) + "\n") +
                 rows + "3 0 1 2\n3 0 2 3\n")
        .colors;
  };
  const std::string rows = "0 0 0 255 51 0\n1 0 0 0 0 0\n1 1 0 0 0 0\n0 1 0 0 0 0\n";
  for (const char* type : {"float", "int", "uchar", "double"}) {
    CAPTURE(type);
    CHECK(color(type, "red green blue", rows)[0][0] == doctest::Approx(1));
    CHECK(color(type, "r g b", rows)[0][1] == doctest::Approx(0.2));
  }
  CHECK_THROWS_WITH_AS(color("float", "red green blue", "0 0 0 256 0 0\n" + rows.substr(15)),
                       doctest::Contains("x.ply: has colors"), InputError);
}

TEST_CASE("ply: numbers that nobody reads need not be finite") {
  CHECK(parse(header(kFaces, "property float quality\nproperty list uchar float more\n") +
              "0 0 0 nan 0\n1 0 0 -inf 2 nan x\n1 1 0 0 0\n0 1 0 0 0\n3 0 1 2\n3 0 2 3\n")
            .triangles == kTwo);
  CHECK_THROWS_AS(parse(header(kFaces) + "0 0 nan\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2\n3 0 2 3\n"),
                  InputError);
}

TEST_CASE("ply: a byte order mark, and line ends of every system") {
  const std::string text = header(kFaces) + kVertices + "3 0 1 2\n3 0 2 3\n";
  CHECK(parse("\xef\xbb\xbf" + text).triangles == kTwo);
  std::string returns = text, both;
  for (char& c : returns) {
    both += c == '\n' ? "\r\n" : std::string(1, c);
    if (c == '\n') c = '\r';
  }
  CHECK(parse(returns).triangles == kTwo);
  CHECK(parse(both).triangles == kTwo);
  // Binary data that begins with the byte of a line feed.
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    CAPTURE(end);
    std::string head;
    for (const char* line :
         {"ply", "format binary_little_endian 1.0", "element face 1", "property uchar flag",
          "property list uchar uchar vertex_indices", "element vertex 3", "property char x",
          "property char y", "property char z", "end_header"})
      head += line + end;
    const RenderMesh mesh =
        parse(head + std::string("\n\3\0\1\2", 5) + std::string("\0\0\0\1\0\0\1\1\0", 9));
    CHECK(mesh.triangles == std::vector<Triangle>{{0, 1, 2}});
    CHECK(mesh.vertices[2] == Vec3{1, 1, 0});
  }
}

}  // namespace fgcn::mesh
