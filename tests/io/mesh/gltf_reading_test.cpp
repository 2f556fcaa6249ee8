// glTF files as other programs write them: sets and moves of texture coordinates, JPEG, skins,
// accessors without bytes.
#include <doctest/doctest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string>

#include "io/byte_order.h"
#include "io/mesh/gltf.h"
#include "io/mesh/obj.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

using nlohmann::json;

const Bytes kPng{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 1, 2, 3};
const Bytes kJpeg{0xff, 0xd8, 0xff, 0xe0, 1, 2, 3};

/// A triangle (0, 0, 0), (1, 0, 0), (1, 1, 0) dm with two sets of texture coordinates and a
/// texture.
struct Scene {
  json root;
  Bytes data;

  explicit Scene(const Bytes& image = kPng) {
    root = {{"asset", {{"version", "2.0"}}},
            {"scene", 0},
            {"scenes", {{{"nodes", {0}}}}},
            {"nodes", {{{"mesh", 0}}}},
            {"accessors", json::array()},
            {"bufferViews", json::array()},
            {"materials", {{{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}}}},
            {"textures", {{{"source", 0}}}}};
    const std::size_t position = add("VEC3", {0, 0, 0, 0.1f, 0, 0, 0.1f, 0.1f, 0});
    const std::size_t first = add("VEC2", {0, 0, 0, 0, 0, 0});
    const std::size_t second = add("VEC2", {0.25f, 0.75f, 1, 0, 1, 1});
    root["meshes"] = json::array(
        {{{"primitives",
           json::array({{{"attributes",
                          {{"POSITION", position}, {"TEXCOORD_0", first}, {"TEXCOORD_1", second}}},
                         {"material", 0}}})}}});
    root["bufferViews"].push_back(
        {{"buffer", 0}, {"byteOffset", data.size()}, {"byteLength", image.size()}});
    root["images"] = json::array({{{"bufferView", root["bufferViews"].size() - 1}}});
    data.insert(data.end(), image.begin(), image.end());
    data.resize((data.size() + 3) / 4 * 4, 0);
  }

  std::size_t add(const char* type, std::initializer_list<float> values) {
    root["bufferViews"].push_back(
        {{"buffer", 0}, {"byteOffset", data.size()}, {"byteLength", 4 * values.size()}});
    for (const float v : values) io::append_le(data, v);
    root["accessors"].push_back({{"bufferView", root["bufferViews"].size() - 1},
                                 {"componentType", 5126},
                                 {"count", 3},
                                 {"type", type}});
    return root["accessors"].size() - 1;
  }
  json& texture() { return root["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]; }
  json& primitive() { return root["meshes"][0]["primitives"][0]; }

  RenderMesh read() const {
    json complete = root;
    complete["buffers"] = json::array({{{"byteLength", data.size()}}});
    std::string header = complete.dump();
    header.resize((header.size() + 3) / 4 * 4, ' ');
    Bytes out{'g', 'l', 'T', 'F'};
    io::append_le(out, std::uint32_t{2});
    io::append_le(out, static_cast<std::uint32_t>(28 + header.size() + data.size()));
    io::append_le(out, static_cast<std::uint32_t>(header.size()));
    out.insert(out.end(), {'J', 'S', 'O', 'N'});
    out.insert(out.end(), header.begin(), header.end());
    io::append_le(out, static_cast<std::uint32_t>(data.size()));
    out.insert(out.end(), {'B', 'I', 'N', 0});
    out.insert(out.end(), data.begin(), data.end());
    return parse_gltf(out, "x.glb");
  }
  void refused(const char* why) const {
    CAPTURE(why);
    CHECK_THROWS_WITH_AS(read(), doctest::Contains(why), InputError);
  }
};

void check_uv(const Scene& scene, double u, double v) {
  const RenderMesh mesh = scene.read();
  REQUIRE(mesh.uvs.size() == 3);
  CHECK(mesh.uvs[0][0] == doctest::Approx(u).epsilon(1e-6));
  CHECK(mesh.uvs[0][1] == doctest::Approx(v).epsilon(1e-6));
}

}  // namespace

TEST_CASE("gltf: texture coordinates are of the set that the base color names") {
  Scene scene;
  check_uv(scene, 0, 1);
  scene.texture()["texCoord"] = 1;
  check_uv(scene, 0.25, 0.25);
  scene.texture()["texCoord"] = 2;
  CHECK(scene.read().uvs.empty());
  scene.texture()["texCoord"] = -1;
  scene.refused("texCoord");
}

TEST_CASE("gltf: KHR_texture_transform moves, scales and turns texture coordinates") {
  Scene scene;
  scene.root["extensionsRequired"] = {"KHR_texture_transform"};
  json& moved = scene.texture()["extensions"]["KHR_texture_transform"];
  moved = {{"texCoord", 1}, {"offset", {0.5, 0}}, {"scale", {0.5, 0.5}}};
  check_uv(scene, 0.625, 0.625);
  moved = {{"texCoord", 1}};
  check_uv(scene, 0.25, 0.25);
  // A quarter counter-clockwise as the picture is seen, v downwards: (u, v) -> (v, -u).
  moved["rotation"] = std::numbers::pi / 2;
  check_uv(scene, 0.75, 1.25);
  // First scaled, then turned, then moved.
  moved = {{"texCoord", 1},
           {"offset", {0.125, 0.5}},
           {"scale", {2, 1}},
           {"rotation", std::numbers::pi / 2}};
  check_uv(scene, 0.875, 1);
  moved["scale"] = {1};
  scene.refused("malformed scale");
  moved = {{"rotation", "quarter"}};
  scene.refused("rotation");
  moved = {{"offset", {1e300, 0}}};
  scene.refused("offset");
}

TEST_CASE("gltf: a JPEG texture is kept, and written to glTF and OBJ") {
  const RenderMesh mesh = Scene(kJpeg).read();
  CHECK(mesh.texture_png.empty());
  CHECK(mesh.texture_jpeg == kJpeg);
  const Bytes glb = encode_glb(mesh, {});
  CHECK(parse_gltf(glb, "again.glb").texture_jpeg == kJpeg);
  CHECK(std::string(glb.begin(), glb.end()).find("\"image/jpeg\"") != std::string::npos);
  const TemporaryFolder folder;
  write_obj(folder / "a.obj", mesh);
  CHECK(read_file(folder / "a_albedo.jpg") == kJpeg);
  const Bytes material = read_file(folder / "a.mtl");
  CHECK(std::string(material.begin(), material.end()).find("map_Kd a_albedo.jpg\n") !=
        std::string::npos);
  CHECK(Scene(kPng).read().texture_png == kPng);
  RenderMesh both = mesh;
  both.texture_png = kPng;
  CHECK_THROWS_WITH_AS(encode_glb(both, {}), doctest::Contains("two textures"), Error);
}

TEST_CASE("gltf: a texture of another kind or in another file is refused, not dropped") {
  Scene(Bytes{'R', 'I', 'F', 'F', 0, 0, 0, 0, 'W', 'E', 'B', 'P'}).refused("neither PNG nor JPEG");
  Scene scene;
  scene.root["images"][0] = {{"uri", "skin.png"}};
  scene.refused("another file");
  scene.root["images"][0] = json::object();
  scene.refused("without bytes");
  scene.root["textures"][0] = {{"extensions", {{"EXT_texture_webp", {{"source", 0}}}}}};
  scene.refused("neither PNG nor JPEG");
  scene.root["materials"][0] = json::object();
  CHECK(scene.read().texture_png.empty());
}

TEST_CASE("gltf: the place of a skinned mesh's node is ignored, that of another is not") {
  Scene scene;
  scene.root["nodes"] = json::array({{{"mesh", 0}, {"translation", {10, 0, 0}}}});
  CHECK(scene.read().vertices[0][0] == doctest::Approx(100));
  scene.root["nodes"][0]["skin"] = 0;
  CHECK(scene.read().vertices[0][0] == 0);
  scene.root["nodes"] = json::array({{{"children", {1}}, {"scale", {3, 3, 3}}},
                                     {{"mesh", 0}, {"skin", 0}, {"scale", {-1, 1, 1}}}});
  const RenderMesh mesh = scene.read();
  CHECK(mesh.vertices[1][0] == doctest::Approx(1));
  CHECK(mesh.triangles == std::vector<Triangle>{{0, 1, 2}});
}

TEST_CASE("gltf: an accessor without bytes is all zeros, unless the mesh is compressed") {
  Scene scene;
  scene.root["accessors"][2].erase("bufferView");
  scene.texture()["texCoord"] = 1;
  check_uv(scene, 0, 1);
  scene.root["accessors"][0].erase("bufferView");
  CHECK(scene.read().vertices == std::vector<Vec3>(3, Vec3{0, 0, 0}));
  scene.primitive()["extensions"]["KHR_draco_mesh_compression"] = json::object();
  scene.refused("compressed");
  scene.primitive().erase("extensions");
  scene.root["accessors"][0]["count"] = 1 << 20;
  scene.refused("too large an accessor");
}

}  // namespace fgcn::mesh
