// Tangents, and the normal map in the files of a mesh.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "io/archive/zip.h"
#include "io/mesh/gltf.h"
#include "io/mesh/normals.h"
#include "io/mesh/obj.h"
#include "io/mesh/rigged_mesh.h"
#include "io/mesh/tangents.h"
#include "io/mesh/usdz.h"
#include "io/mesh/vec3.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "tests/mesh/shapes.h"
#include "tests/support/glb_check.h"

namespace fgcn::mesh {
namespace {

const Bytes kColors{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 1, 2, 3};
const Bytes kNormals{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 9, 8, 7, 6};

/// A bumpy sheet; its texture lies along x and y, turned over where `mirrored`.
RenderMesh sheet(bool mirrored = false) {
  const TriangleMesh shape = test::height_field(9, 7, 0.2);
  RenderMesh out;
  out.vertices = shape.vertices;
  out.triangles = shape.triangles;
  out.normals = vertex_normals(shape);
  for (const Vec3& p : shape.vertices)
    out.uvs.push_back({mirrored ? 1 - p[0] : p[0], 0.3 + 0.5 * p[1]});
  return out;
}

RenderMesh mapped_sheet() {
  RenderMesh out = sheet();
  out.tangents = vertex_tangents(out);
  out.texture_png = kColors;
  out.normal_png = kNormals;
  return out;
}

Vec3 direction(const std::array<double, 4>& tangent) {
  return {tangent[0], tangent[1], tangent[2]};
}

TEST_CASE("a tangent runs along u on the surface, and w says on which side v lies") {
  for (const bool mirrored : {false, true}) {
    CAPTURE(mirrored);
    const RenderMesh mesh = sheet(mirrored);
    const std::vector<std::array<double, 4>> tangents = vertex_tangents(mesh);
    REQUIRE(tangents.size() == mesh.vertices.size());
    for (std::size_t v = 0; v < tangents.size(); ++v) {
      const Vec3 t = direction(tangents[v]);
      const Vec3 along = tangents[v][3] * cross(mesh.normals[v], t);
      REQUIRE(norm(t) == doctest::Approx(1));
      REQUIRE(dot(t, mesh.normals[v]) == doctest::Approx(0).epsilon(1e-9));
      REQUIRE(tangents[v][3] == (mirrored ? -1 : 1));
      // u grows along x and v along y wherever the sheet lies, and the sheet is a function of both.
      REQUIRE((mirrored ? -t[0] : t[0]) > 0.6);
      REQUIRE(along[1] > 0.6);
      REQUIRE(std::abs(along[0]) < 0.3);
    }
  }
}

TEST_CASE("a flat vertex has the tangent of its texture, exactly") {
  RenderMesh quad;
  quad.vertices = {{0, 0, 0}, {2, 0, 0}, {2, 2, 0}, {0, 2, 0}};
  quad.triangles = {{0, 1, 2}, {0, 2, 3}};
  quad.normals.assign(4, {0, 0, 1});
  quad.uvs = {{0, 0}, {0, 1}, {1, 1}, {1, 0}};  // u runs along y, v along x
  for (const std::array<double, 4>& t : vertex_tangents(quad)) {
    CHECK(t[0] == doctest::Approx(0));
    CHECK(t[1] == doctest::Approx(1));
    CHECK(t[3] == -1);
  }
  quad.uvs.assign(4, {0.5, 0.5});  // no area in the texture
  for (const std::array<double, 4>& t : vertex_tangents(quad)) {
    CHECK(norm(direction(t)) == doctest::Approx(1));
    CHECK(t[2] == doctest::Approx(0));
    CHECK(t[3] == 1);
  }
  quad.uvs.clear();
  CHECK_THROWS_WITH_AS(vertex_tangents(quad),
                       doctest::Contains("4 normals and 0 texture coordinates for 4 vertices"),
                       Error);
}

TEST_CASE("a GLB holds tangents of length 1 with w of 1 or -1, and the map's bytes") {
  RiggedMesh mesh;
  mesh.surface = mapped_sheet();
  mesh.surface.tangents[3][3] = -1;
  mesh.parts.list = {{"skin", 0.7}, {"eye", 0.1}};
  for (std::size_t t = 0; t < mesh.surface.triangles.size(); ++t)
    mesh.parts.triangles.push_back(t % 3 == 0 ? 1 : 0);
  const test::Glb glb(encode_glb(mesh, {}));
  const nlohmann::json& root = glb.root;
  const std::vector<PartOfMesh> parts = split_parts(mesh.surface, mesh.parts);
  REQUIRE(root["meshes"][0]["primitives"].size() == 2);
  std::size_t turned = 0;
  for (std::size_t p = 0; p < 2; ++p) {
    const nlohmann::json& primitive = root["meshes"][0]["primitives"][p];
    test::check_primitive(glb, root["meshes"][0], primitive, 0);
    const std::size_t accessor = primitive["attributes"]["TANGENT"];
    CHECK(root["accessors"][accessor]["type"] == "VEC4");
    CHECK(root["accessors"][accessor]["componentType"] == 5126);
    const std::vector<double> tangents = glb.accessor(accessor);
    for (std::size_t i = 0; i < parts[p].vertices.size(); ++i) {
      const auto& given = mesh.surface.tangents[static_cast<std::size_t>(parts[p].vertices[i])];
      const double* t = tangents.data() + 4 * i;
      REQUIRE(std::hypot(t[0], t[1], t[2]) == doctest::Approx(1).epsilon(1e-6));
      REQUIRE(std::abs(t[3]) == 1);
      turned += t[3] < 0 ? 1 : 0;
      for (std::size_t c = 0; c < 4; ++c) REQUIRE(t[c] == doctest::Approx(given[c]).epsilon(1e-6));
    }
    const nlohmann::json& material = root["materials"][primitive["material"].get<std::size_t>()];
    CHECK(material["pbrMetallicRoughness"]["baseColorTexture"]["index"] == 0);
    const std::size_t texture = material["normalTexture"]["index"];
    const nlohmann::json& image =
        root["images"].at(root["textures"].at(texture)["source"].get<std::size_t>());
    CHECK(image["mimeType"] == "image/png");
    const nlohmann::json& view = root["bufferViews"].at(image["bufferView"].get<std::size_t>());
    const auto begin = glb.binary.begin() + view["byteOffset"].get<std::ptrdiff_t>();
    CHECK(Bytes(begin, begin + view["byteLength"].get<std::ptrdiff_t>()) == kNormals);
  }
  CHECK(turned >= 1);
  CHECK(parse_gltf(encode_glb(mesh, {}), "x.glb").texture_png == kColors);
}

TEST_CASE("without a normal map no file says a word of one") {
  RenderMesh mesh = mapped_sheet();
  mesh.tangents.clear();
  mesh.normal_png.clear();
  const test::Glb glb(encode_glb(mesh, {}));
  CHECK(glb.root["images"].size() == 1);
  CHECK_FALSE(glb.root["materials"][0].contains("normalTexture"));
  CHECK_FALSE(glb.root["meshes"][0]["primitives"][0]["attributes"].contains("TANGENT"));
  CHECK(encode_obj(mesh, "x").mtl.find("norm") == std::string::npos);
  CHECK(io::parse_zip(encode_usdz(mesh, {}, "x"), "x.usdz").size() == 2);
  mesh.normal_png = kNormals;
  CHECK_THROWS_WITH_AS(encode_glb(mesh, {}), doctest::Contains("a normal map without tangents"),
                       Error);
}

TEST_CASE("OBJ and USDZ name the map and bring it along") {
  const RenderMesh mesh = mapped_sheet();
  CHECK(encode_obj(mesh, "x").mtl.find("\nmap_Kd x_albedo.png\nnorm x_normal.png\n") !=
        std::string::npos);
  const TemporaryFolder folder;
  write_obj(folder / "x.obj", mesh);
  CHECK(read_file(folder / "x_normal.png") == kNormals);
  const auto archive = io::parse_zip(encode_usdz(mesh, {}, "x"), "x.usdz");
  CHECK(archive.at("normal.png") == kNormals);
  const std::string scene(archive.at("x.usda").begin(), archive.at("x.usda").end());
  const std::size_t shader = scene.find("def Shader \"Normals\"");
  REQUIRE(shader != std::string::npos);
  CHECK(scene.find("inputs:normal.connect = </x/Materials/face/Normals.outputs:rgb>") < shader);
  CHECK(scene.find("@normal.png@", shader) != std::string::npos);
  CHECK(scene.find("sourceColorSpace = \"raw\"", shader) != std::string::npos);
  CHECK(scene.find("inputs:scale = (2, 2, 2, 1)", shader) != std::string::npos);
  CHECK(scene.find("inputs:bias = (-1, -1, -1, 0)", shader) != std::string::npos);
}

}  // namespace
}  // namespace fgcn::mesh
