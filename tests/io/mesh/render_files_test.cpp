#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "io/byte_order.h"
#include "io/mesh/gltf.h"
#include "io/mesh/normals.h"
#include "io/mesh/obj.h"
#include "io/srgb.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "tests/mesh/shapes.h"
#include "tests/support/shared_data.h"

namespace fgcn::mesh {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A PNG only by its first bytes: the writers do not look further.
const Bytes kPng{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 1, 2, 3};

RenderMesh example() {
  Rng rng(4);
  RenderMesh out;
  const TriangleMesh shape = test::height_field(5, 4, 0.3);
  out.vertices = shape.vertices;
  out.triangles = shape.triangles;
  out.normals = vertex_normals(shape);
  for (std::size_t v = 0; v < out.vertices.size(); ++v) {
    out.uvs.push_back({rng.uniform(), rng.uniform()});
    out.colors.push_back({rng.uniform(), rng.uniform(), v == 0 ? 0.0 : 1.0});
  }
  out.texture_png = kPng;
  return out;
}

template <std::size_t N>
double largest_difference(const std::vector<std::array<double, N>>& a,
                          const std::vector<std::array<double, N>>& b) {
  if (a.size() != b.size()) return std::nan("");
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t k = 0; k < N; ++k) {
      const double d = std::abs(a[i][k] - b[i][k]);
      worst = !(d <= worst) ? d : worst;
    }
  return worst;
}

Bytes bytes_of(std::string_view text) { return Bytes(text.begin(), text.end()); }
ObjFile parse(std::string_view text) { return parse_obj(bytes_of(text), "x.obj"); }

json json_of(const Bytes& glb) {
  const auto length = io::load_le<std::uint32_t>(glb, 12);
  return json::parse(glb.begin() + 20, glb.begin() + 20 + length);
}

/// A .glb of the given JSON and binary chunk.
Bytes glb_of(std::string header, const Bytes& binary) {
  header.resize((header.size() + 3) / 4 * 4, ' ');
  Bytes out = bytes_of("glTF");
  io::append_le(out, std::uint32_t{2});
  io::append_le(out, static_cast<std::uint32_t>(28 + header.size() + binary.size()));
  io::append_le(out, static_cast<std::uint32_t>(header.size()));
  out.insert(out.end(), {'J', 'S', 'O', 'N'});
  out.insert(out.end(), header.begin(), header.end());
  io::append_le(out, static_cast<std::uint32_t>(binary.size()));
  out.insert(out.end(), {'B', 'I', 'N', 0});
  out.insert(out.end(), binary.begin(), binary.end());
  return out;
}

}  // namespace

TEST_CASE("obj: polygons, relative indices, comments, continued lines") {
  const ObjFile file = parse(
      "# comment\r\nv 0 0 0\r\nv +1 0 0 # here too\nv 1 1e0 0\nv 0 1 -0.5\nvt 0.25\nvt 0.5 0.75\n"
      "vn 0 0 1\nmtllib a.mtl\ng x\ns 1\nf 1/1/1 2/2/1 3/1/1 \\\n 4/2/1\nf -4//-1 -3//-1 -1//-1\n");
  CHECK(file.vertices.size() == 4);
  CHECK(file.vertices[3] == Vec3{0, 1, -0.5});
  CHECK(file.uvs == std::vector<Vec2>{{0.25, 0}, {0.5, 0.75}});
  CHECK(file.faces() == 2);
  const TriangleMesh mesh = triangle_mesh(file);
  CHECK(mesh.triangles == std::vector<Triangle>{{0, 1, 2}, {0, 2, 3}, {0, 1, 3}});
  // One face has no texture coordinates: none are given. All have normals.
  const RenderMesh render = render_mesh(file);
  CHECK(render.uvs.empty());
  CHECK(render.normals.size() == 4);
}

TEST_CASE("obj: a seam repeats vertices behind the last, the others keep their numbers") {
  const RenderMesh mesh =
      render_mesh(parse("v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0.5 0.5\n"
                        "f 1/1 2/2 3/3\nf 1/4 3/3 4/4\nf 1/4 2/2 4/4\n"));
  CHECK(mesh.vertices.size() == 5);
  CHECK(mesh.vertices[4] == mesh.vertices[0]);
  CHECK(mesh.triangles == std::vector<Triangle>{{0, 1, 2}, {4, 2, 3}, {4, 1, 3}});
  CHECK(mesh.uvs[0] == Vec2{0, 0});
  CHECK(mesh.uvs[4] == Vec2{0.5, 0.5});
}

TEST_CASE("obj: malformed files are refused with the line") {
  const char* cases[] = {
      "v 1 2\n",
      "v 1 2 x\n",
      "v 1 2 nan\n",
      "v 1 2 1e999\n",
      "v 1 2 3 4 5 6 7 8 9\n",
      "vn 1 2\n",
      "vt\n",
      "v 0 0 0\nf 1 1\n",
      "v 0 0 0\nf 1 1 2\n",
      "v 0 0 0\nf 1 1 0\n",
      "v 0 0 0\nf 1 1 -2\n",
      "v 0 0 0\nf 1 1 99999999999999999999\n",
      "v 0 0 0\nf 1/1 1/1 1/1\n",
      "v 0 0 0\nf 1//1 1//1 1//1\n",
      "v 0 0 0\nf 1/1/1/1 1 1\n",
      "v 0 0 0\nf a b c\n",
  };
  for (const char* text : cases) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(parse(text), doctest::Contains("x.obj: "), InputError);
  }
  CHECK_THROWS_WITH_AS(parse("v 0 0 0\n\nv 1 2\n"), doctest::Contains("line 3"), InputError);
  CHECK(parse("v 1 2 1e-999\nf 1 1 1").vertices[0][2] == 0);
}

TEST_CASE("obj: what is written is read back, with its material and texture") {
  const TemporaryFolder folder;
  const RenderMesh mesh = example();
  write_obj(folder / "a face.obj", mesh);
  const RenderMesh back = render_mesh(read_obj(folder / "a face.obj"));
  CHECK(back.triangles == mesh.triangles);
  std::vector<Vec3> metres;
  for (const Vec3& p : mesh.vertices) metres.push_back({p[0] / 10, p[1] / 10, p[2] / 10});
  CHECK(largest_difference(back.vertices, metres) <= 1e-7);
  CHECK(largest_difference(back.normals, mesh.normals) <= 1e-7);
  CHECK(largest_difference(back.uvs, mesh.uvs) <= 1e-7);
  CHECK(largest_difference(back.colors, mesh.colors) <= 1e-7);
  CHECK(read_file(folder / "a_face_albedo.png") == mesh.texture_png);
  const Bytes material = read_file(folder / "a_face.mtl");
  CHECK(std::string(material.begin(), material.end()).find("map_Kd a_face_albedo.png\n") !=
        std::string::npos);
  const Bytes file = read_file(folder / "a face.obj");
  CHECK(std::string(file.begin(), file.end()).find("mtllib a_face.mtl\n") != std::string::npos);

  RenderMesh bare;
  bare.vertices = mesh.vertices;
  bare.triangles = mesh.triangles;
  write_obj(folder / "bare.obj", bare);
  CHECK(render_mesh(read_obj(folder / "bare.obj")).triangles == mesh.triangles);
  CHECK_FALSE(fs::exists(folder / "bare.mtl"));
  bare.uvs.resize(3);
  CHECK_THROWS_AS(write_obj(folder / "bad.obj", bare), Error);
  CHECK_THROWS_AS(write_obj(folder / "nowhere" / "a.obj", mesh), InputError);
}

TEST_CASE("obj: the shared meshes") {
  if (const auto path = test::shared_data("meshes/jitter_sphere/jitter_sphere.obj")) {
    const TriangleMesh mesh = triangle_mesh(read_obj(*path));
    const auto folder = test::shared_data("golden/jitter_sphere");
    REQUIRE(folder);
    const test::GoldenLevel golden = test::golden_level(*folder, 0);
    CHECK(mesh.vertices == golden.mesh.vertices);
    CHECK(mesh.triangles == golden.mesh.triangles);
  }
  if (const auto path = test::shared_data("meshes/mediapipe/canonical_face_model.obj")) {
    const RenderMesh mesh = render_mesh(read_obj(*path));
    CHECK(mesh.vertices.size() == 468);
    CHECK(mesh.triangles.size() == 898);
    CHECK(mesh.uvs.size() == mesh.vertices.size());
  }
}

TEST_CASE("glb: what is written is read back") {
  for (const GlbColors colors : {GlbColors::kBesideTexture, GlbColors::kColor0}) {
    for (const bool textured : {true, false}) {
      CAPTURE(textured);
      RenderMesh mesh = example();
      if (!textured) mesh.texture_png.clear();
      const Bytes glb = encode_glb(mesh, {.colors = colors});
      CHECK(glb == encode_glb(mesh, {.colors = colors}));
      const RenderMesh back = parse_gltf(glb, "a.glb");
      CHECK(back.triangles == mesh.triangles);
      CHECK(largest_difference(back.vertices, mesh.vertices) <= 1e-7);
      CHECK(largest_difference(back.normals, mesh.normals) <= 1e-7);
      CHECK(largest_difference(back.uvs, mesh.uvs) <= 1e-7);
      CHECK(largest_difference(back.colors, mesh.colors) <= 1e-6);
      CHECK(back.texture_png == mesh.texture_png);
    }
  }
}

TEST_CASE("glb: the rules of the format that viewers rely on") {
  const RenderMesh mesh = example();
  const Bytes glb = encode_glb(mesh, {.name = "a \"face\"", .shading = GlbShading::kUnlit});
  CHECK(io::load_le<std::uint32_t>(glb, 0) == 0x46546c67);
  CHECK(io::load_le<std::uint32_t>(glb, 8) == glb.size());
  const auto json_bytes = io::load_le<std::uint32_t>(glb, 12);
  CHECK(json_bytes % 4 == 0);
  const auto binary_bytes = io::load_le<std::uint32_t>(glb, 20 + json_bytes);
  CHECK(binary_bytes % 4 == 0);
  CHECK(28 + json_bytes + binary_bytes == glb.size());

  const json root = json_of(glb);
  CHECK(root["scenes"][0]["nodes"] == json::array({0}));
  CHECK(root["nodes"][0]["mesh"] == 0);
  CHECK(root["nodes"][0]["name"] == "a \"face\"");
  CHECK(root["extensionsUsed"] == json::array({"KHR_materials_unlit"}));
  CHECK(root["materials"][0]["extensions"]["KHR_materials_unlit"] == json::object());
  CHECK(root["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]["index"] == 0);
  CHECK(root["images"][0]["mimeType"] == "image/png");
  const json& primitive = root["meshes"][0]["primitives"][0];
  const json& attributes = primitive["attributes"];
  const std::size_t binary_begin = 28 + json_bytes;
  for (const json& view : root["bufferViews"]) {
    CHECK(view["byteOffset"].get<std::size_t>() % 4 == 0);
    CHECK(view["byteOffset"].get<std::size_t>() + view["byteLength"].get<std::size_t>() <=
          root["buffers"][0]["byteLength"].get<std::size_t>());
  }
  CHECK(root["buffers"][0]["byteLength"].get<std::size_t>() <= binary_bytes);
  CHECK(binary_bytes - root["buffers"][0]["byteLength"].get<std::size_t>() < 4);

  const auto begin_of = [&](const json& accessor) {
    const json& view = root["bufferViews"][accessor["bufferView"].get<std::size_t>()];
    return binary_begin + view["byteOffset"].get<std::size_t>();
  };
  const json& position = root["accessors"][attributes["POSITION"].get<std::size_t>()];
  CHECK(position["componentType"] == 5126);
  CHECK(position["type"] == "VEC3");
  for (std::size_t k = 0; k < 3; ++k) {
    float low = 1e30f, high = -1e30f;
    for (std::size_t v = 0; v < mesh.vertices.size(); ++v) {
      const auto x = io::load_le<float>(glb, begin_of(position) + 12 * v + 4 * k);
      CHECK(x == doctest::Approx(mesh.vertices[v][k] / 10.0));
      low = std::min(low, x);
      high = std::max(high, x);
    }
    CHECK(position["min"][k].get<float>() == low);
    CHECK(position["max"][k].get<float>() == high);
  }
  // The texture is not multiplied by the colors, which are there all the same, linear.
  const json& white = root["accessors"][attributes["COLOR_0"].get<std::size_t>()];
  CHECK(white["normalized"] == true);
  for (std::size_t v = 0; v < mesh.vertices.size(); ++v)
    CHECK(io::load_le<std::uint32_t>(glb, begin_of(white) + 4 * v) == 0xffffffff);
  const json& color = root["accessors"][attributes["COLOR_1"].get<std::size_t>()];
  CHECK(io::load_le<float>(glb, begin_of(color)) ==
        doctest::Approx(linear_from_srgb(mesh.colors[0][0])));
  const json& uv = root["accessors"][attributes["TEXCOORD_0"].get<std::size_t>()];
  CHECK(io::load_le<float>(glb, begin_of(uv) + 4) == doctest::Approx(1.0 - mesh.uvs[0][1]));
  CHECK(root["bufferViews"][root["accessors"][primitive["indices"].get<std::size_t>()]["bufferView"]
                                .get<std::size_t>()]["target"] == 34963);
}

TEST_CASE("glb: normals are made where there are none, and are never of length zero") {
  RenderMesh mesh = example();
  const std::vector<Vec3> normals = mesh.normals;
  mesh.normals.clear();
  mesh.texture_png.clear();
  mesh.vertices.push_back({0, 0, 0});  // no triangle
  mesh.uvs.clear();
  mesh.colors.clear();
  const RenderMesh back = parse_gltf(encode_glb(mesh, {}), "a.glb");
  CHECK(back.normals.back() == Vec3{0, 0, 1});
  CHECK(largest_difference(std::vector<Vec3>(back.normals.begin(), back.normals.end() - 1),
                           normals) <= 1e-7);
  CHECK(back.colors.empty());
}

TEST_CASE("glb: a mesh of more than 65,535 vertices") {
  RenderMesh mesh;
  const TriangleMesh shape = test::height_field(300, 220);
  mesh.vertices = shape.vertices;
  mesh.triangles = shape.triangles;
  CHECK(parse_gltf(encode_glb(mesh, {}), "a.glb").triangles == mesh.triangles);
}

TEST_CASE("glb: bad calls are refused") {
  RenderMesh mesh = example();
  mesh.uvs.clear();
  CHECK_THROWS_WITH_AS(encode_glb(mesh, {}), doctest::Contains("no texture coordinates"), Error);
  mesh = example();
  mesh.vertices[2][1] = std::nan("");
  CHECK_THROWS_AS(encode_glb(mesh, {}), Error);
  mesh = example();
  mesh.triangles[0][0] = 20;
  CHECK_THROWS_AS(encode_glb(mesh, {}), Error);
  mesh.triangles.clear();
  CHECK_THROWS_AS(encode_glb(mesh, {}), Error);
  // Bytes of a file's name that are no UTF-8 become the replacement character.
  const std::vector<std::uint8_t> named = encode_glb(example(), {.name = "caf\xe9"});
  CHECK(std::string(named.begin(), named.end()).find("caf\xef\xbf\xbd\"") != std::string::npos);
}

TEST_CASE("gltf: nodes place their meshes, and an embedded buffer is decoded") {
  // Three vertices and 16-bit indices: 36 + 6 bytes, all coordinates 0 or 1.
  const std::string file = R"({"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],
    "nodes":[{"children":[1,2],"translation":[0,0,1]},{"mesh":0,"scale":[2,2,2],
    "rotation":[0,0,0.7071067811865476,0.7071067811865476]},
    {"mesh":0,"matrix":[-1,0,0,0, 0,1,0,0, 0,0,1,0, 5,0,0,1]}],
    "meshes":[{"primitives":[{"attributes":{"POSITION":0},"indices":1}]}],
    "accessors":[{"bufferView":0,"componentType":5126,"count":3,"type":"VEC3"},
    {"bufferView":1,"componentType":5123,"count":3,"type":"SCALAR"}],
    "bufferViews":[{"buffer":0,"byteLength":36},{"buffer":0,"byteOffset":36,"byteLength":6}],
    "buffers":[{"byteLength":42,"uri":"data:application/octet-stream;base64,)"
                           "AAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAgD8AAAAAAAABAAIA"
                           R"("}]})";
  const RenderMesh mesh = parse_gltf(bytes_of(file), "a.gltf");
  REQUIRE(mesh.vertices.size() == 6);
  // Turned by a quarter about z, doubled, moved up by 1 m; in decimetres.
  CHECK(largest_difference(std::vector<Vec3>(mesh.vertices.begin(), mesh.vertices.begin() + 3),
                           {{0, 0, 10}, {0, 20, 10}, {-20, 0, 10}}) <= 1e-6);
  CHECK(largest_difference(std::vector<Vec3>(mesh.vertices.begin() + 3, mesh.vertices.end()),
                           {{50, 0, 10}, {40, 0, 10}, {50, 10, 10}}) <= 1e-6);
  // A mirrored placement turns the triangle, so that it still faces the same way.
  CHECK(mesh.triangles == std::vector<Triangle>{{0, 1, 2}, {3, 5, 4}});
}

TEST_CASE("gltf: hostile files are refused") {
  const std::string head = R"({"asset":{"version":"2.0"},"meshes":[{"primitives":[)";
  const std::string one = R"({"attributes":{"POSITION":0}}]}],"bufferViews":[)";
  const std::string cases[] = {
      "",
      "{}",
      "[]",
      R"({"asset":{"version":"1.0"}})",
      R"({"asset":{"version":"2.0"},"extensionsRequired":["KHR_draco_mesh_compression"]})",
      R"({"asset":{"version":"2.0"},"scenes":[{"nodes":[0]}],"nodes":[{"children":[0]}]})",
      R"({"asset":{"version":"2.0"},"scenes":[{"nodes":[0,1]}],"nodes":[{"children":[1]},{}]})",
      R"({"asset":{"version":"2.0"},"scenes":[{"nodes":[7]}]})",
      R"({"asset":{"version":"2.0"},"scenes":[{"nodes":[0]}],"nodes":[{"scale":[1,2]}]})",
      head + R"({"attributes":{}}]}]})",
      head + R"({"attributes":{"POSITION":3}}]}]})",
      head + R"({"mode":1,"attributes":{"POSITION":0}}]}]})",
      head + one + R"({"buffer":0,"byteLength":12}],"buffers":[{"byteLength":12}],"accessors":[
        {"bufferView":0,"componentType":5126,"count":2,"type":"VEC3"}]})",
      head + one + R"({"buffer":0,"byteLength":13}],"buffers":[{"byteLength":12}],"accessors":[
        {"bufferView":0,"componentType":5126,"count":1,"type":"VEC3"}]})",
      head + one + R"({"buffer":0,"byteLength":12}],"buffers":[{"byteLength":99}],"accessors":[
        {"bufferView":0,"componentType":5126,"count":1,"type":"VEC3"}]})",
      head + one +
          R"({"buffer":0,"byteLength":12,"byteStride":0}],"buffers":[{"byteLength":12}],
        "accessors":[{"bufferView":0,"componentType":5126,"count":1099511627776,"type":"VEC3"}]})",
      head + one + R"({"buffer":0,"byteLength":12}],"buffers":[{"byteLength":12}],"accessors":[
        {"bufferView":0,"componentType":5126,"count":-1,"type":"VEC3"}]})",
      head + one + R"({"buffer":0,"byteLength":12}],"buffers":[{"byteLength":12}],"accessors":[
        {"bufferView":0,"componentType":9999,"count":1,"type":"VEC3"}]})",
      head + one + R"({"buffer":0,"byteLength":12}],"buffers":[{"byteLength":12}],"accessors":[
        {"bufferView":0,"byteOffset":1099511627776,"componentType":5126,"count":1,"type":"VEC3"}]})",
      head + one + R"({"buffer":0,"byteLength":12}],"buffers":[{"byteLength":12,"uri":"a.bin"}]})",
  };
  for (const std::string& header : cases) {
    CAPTURE(header);
    CHECK_THROWS_AS(parse_gltf(bytes_of(header), "a.gltf"), InputError);
    CHECK_THROWS_AS(parse_gltf(glb_of(header, Bytes(12, 0)), "a.glb"), InputError);
  }
  CHECK_THROWS_AS(parse_gltf(bytes_of(std::string(100000, '[')), "a.gltf"), InputError);

  const Bytes good = encode_glb(example(), {});
  for (std::size_t n = 0; n < good.size(); ++n)
    REQUIRE_THROWS_AS(parse_gltf(std::span(good).first(n), "cut"), InputError);
}

}  // namespace fgcn::mesh
