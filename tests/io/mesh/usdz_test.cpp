// USDZ: an archive that a viewer can map, and a scene whose numbers are the mesh's.
#include "io/mesh/usdz.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "io/archive/zip.h"
#include "io/byte_order.h"
#include "io/mesh/normals.h"
#include "kernels/core/error.h"
#include "tests/mesh/shapes.h"

namespace fgcn::mesh {
namespace {

const Bytes kPng{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 1, 2, 3};

/// Two pieces, one behind the other.
RenderMesh pieces(MeshParts& parts) {
  RenderMesh out;
  parts.list = {{"skin", 0.7}, {"2nd eye", 0.125}};
  const TriangleMesh shape = test::height_field(4, 3, 0.25);
  for (int copy = 0; copy < 2; ++copy) {
    const auto base = static_cast<std::int32_t>(out.vertices.size());
    for (const Vec3& p : shape.vertices) {
      out.vertices.push_back({p[0], p[1], p[2] - copy});
      out.uvs.push_back({p[0] / 4, p[1] / 4});
    }
    for (const Triangle& t : shape.triangles) {
      out.triangles.push_back({base + t[0], base + t[1], base + t[2]});
      parts.triangles.push_back(static_cast<std::uint8_t>(copy));
    }
  }
  out.texture_png = kPng;
  return out;
}

/// The numbers of the first list that follows `key` after `from`.
std::vector<double> numbers(const std::string& scene, const std::string& key, std::size_t from) {
  const std::size_t begin = scene.find(key + " = [", from);
  REQUIRE(begin != std::string::npos);
  const std::size_t open = begin + key.size() + 3, close = scene.find(']', open);
  std::string list = scene.substr(open + 1, close - open - 1);
  for (char& c : list)
    if (c == '(' || c == ')' || c == ',') c = ' ';
  std::istringstream in(list);
  std::vector<double> out;
  for (double x; in >> x;) out.push_back(x);
  return out;
}

std::string scene_of(const Bytes& archive, const std::string& name) {
  const Bytes text = io::parse_zip(archive, "x.usdz").at(name);
  return {text.begin(), text.end()};
}

}  // namespace

TEST_CASE("usdz: the scene stands first, nothing is packed, and data begin at multiples of 64") {
  MeshParts parts;
  const RenderMesh mesh = pieces(parts);
  const Bytes archive = encode_usdz(mesh, parts, "head");
  CHECK(encode_usdz(mesh, parts, "head") == archive);
  std::vector<std::string> names;
  for (std::size_t at = 0; io::load_le<std::uint32_t>(archive, at) == 0x04034b50;) {
    CHECK(io::load_le<std::uint16_t>(archive, at + 8) == 0);  // stored
    const std::size_t packed = io::load_le<std::uint32_t>(archive, at + 18);
    CHECK(packed == io::load_le<std::uint32_t>(archive, at + 22));
    const std::size_t name = io::load_le<std::uint16_t>(archive, at + 26);
    const std::size_t extra = io::load_le<std::uint16_t>(archive, at + 28);
    names.emplace_back(archive.begin() + static_cast<std::ptrdiff_t>(at + 30),
                       archive.begin() + static_cast<std::ptrdiff_t>(at + 30 + name));
    const std::size_t data = at + 30 + name + extra;
    CHECK(data % 64 == 0);
    if (extra > 0) CHECK(io::load_le<std::uint16_t>(archive, at + 32 + name) == extra - 4);
    at = data + packed;
  }
  CHECK(names == std::vector<std::string>{"head.usda", "albedo.png"});
  CHECK(io::parse_zip(archive, "x.usdz").at("albedo.png") == kPng);
}

TEST_CASE("usdz: metres, y up, a mesh and a material for each part") {
  MeshParts parts;
  const RenderMesh mesh = pieces(parts);
  const std::string scene = scene_of(encode_usdz(mesh, parts, "3 heads"), "_3_heads.usda");
  CHECK(scene.starts_with("#usda 1.0\n"));
  CHECK(scene.find("defaultPrim = \"_3_heads\"") != std::string::npos);
  CHECK(scene.find("metersPerUnit = 1\n") != std::string::npos);
  CHECK(scene.find("upAxis = \"Y\"") != std::string::npos);
  CHECK(scene.find("asset inputs:file = @albedo.png@") != std::string::npos);
  CHECK(scene.find("rel material:binding = </_3_heads/Materials/_2nd_eye>") != std::string::npos);
  CHECK(scene.find("float inputs:roughness = 0.125\n") != std::string::npos);
  const std::vector<Vec3> normals = vertex_normals(mesh.triangle_mesh());
  const std::size_t half = mesh.vertices.size() / 2;
  std::size_t at = 0;
  for (const std::string part : {"skin", "_2nd_eye"}) {
    CAPTURE(part);
    at = scene.find("def Mesh \"" + part + "\"", at);
    REQUIRE(at != std::string::npos);
    const std::size_t first = part == "skin" ? 0 : half;
    const std::vector<double> points = numbers(scene, "point3f[] points", at);
    const std::vector<double> turned = numbers(scene, "normal3f[] normals", at);
    const std::vector<double> st = numbers(scene, "texCoord2f[] primvars:st", at);
    const std::vector<double> extent = numbers(scene, "float3[] extent", at);
    REQUIRE(points.size() == 3 * half);
    REQUIRE(turned.size() == 3 * half);
    REQUIRE(st.size() == 2 * half);
    REQUIRE(extent.size() == 6);
    for (std::size_t v = 0; v < half; ++v) {
      for (std::size_t k = 0; k < 3; ++k) {
        CHECK(points[3 * v + k] == doctest::Approx(0.1 * mesh.vertices[first + v][k]));
        CHECK(turned[3 * v + k] == doctest::Approx(normals[first + v][k]));
        CHECK(points[3 * v + k] >= extent[k] - 1e-9);
        CHECK(points[3 * v + k] <= extent[3 + k] + 1e-9);
      }
      CHECK(st[2 * v + 1] == doctest::Approx(mesh.uvs[first + v][1]));  // v up, as here
    }
    const std::vector<double> corners = numbers(scene, "int[] faceVertexIndices", at);
    REQUIRE(corners.size() == 3 * mesh.triangles.size() / 2);
    for (std::size_t t = 0; t < corners.size() / 3; ++t)
      for (std::size_t k = 0; k < 3; ++k) CHECK(corners[3 * t + k] == mesh.triangles[t][k]);
    CHECK(numbers(scene, "int[] faceVertexCounts", at).size() == mesh.triangles.size() / 2);
  }
}

TEST_CASE("usdz: a mesh without parts and texture, and bad calls") {
  MeshParts parts;
  RenderMesh mesh = pieces(parts);
  RenderMesh bare;
  bare.vertices = mesh.vertices;
  bare.triangles = mesh.triangles;
  const std::string scene = scene_of(encode_usdz(bare, {}, "x"), "x.usda");
  CHECK(scene.find("def Mesh \"face\"") != std::string::npos);
  CHECK(scene.find("UsdUVTexture") == std::string::npos);
  CHECK(scene.find("primvars:st") == std::string::npos);
  mesh.uvs.clear();
  CHECK_THROWS_WITH_AS(encode_usdz(mesh, parts, "x"), doctest::Contains("no texture coordinates"),
                       Error);
  parts.triangles.pop_back();
  CHECK_THROWS_AS(encode_usdz(mesh, parts, "x"), Error);
  bare.triangles.clear();
  CHECK_THROWS_AS(encode_usdz(bare, {}, "x"), Error);
}

}  // namespace fgcn::mesh
