// A normal map is read from glTF and OBJ, and comes out of every conversion with its frames.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "io/archive/zip.h"
#include "io/image_kind.h"
#include "io/mesh/gltf.h"
#include "io/mesh/gltf_binary.h"
#include "io/mesh/mesh_file.h"
#include "io/mesh/normals.h"
#include "io/mesh/obj.h"
#include "io/mesh/tangents.h"
#include "io/mesh/usdz.h"
#include "io/mesh/vec3.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "tests/mesh/shapes.h"
#include "tests/support/glb_check.h"

namespace fgcn::mesh {
namespace {

using nlohmann::json;

/// The head of a PNG of a color type: 2 is RGB, 0 gray.
Bytes png(std::uint8_t color_type, std::uint8_t mark = 7) {
  return {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0,          13, 'I', 'H', 'D',
          'R',  0,   0,   0,   1,    0,    0,    0,    1, 8, color_type, 0,  0,   0,   mark};
}
const Bytes kColors = png(2, 1), kNormals = png(2, 2);
const Bytes kJpeg{0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc0, 0, 17, 8, 0, 1, 0, 1, 3, 9, 9};

RenderMesh sheet() {
  const TriangleMesh shape = test::height_field(9, 7, 0.2);
  RenderMesh out;
  out.vertices = shape.vertices;
  out.triangles = shape.triangles;
  out.normals = vertex_normals(shape);
  for (const Vec3& p : shape.vertices) out.uvs.push_back({p[0], 0.3 + 0.5 * p[1]});
  out.texture_png = kColors;
  out.normal_png = kNormals;
  make_frames(out);
  return out;
}

/// The sheet's GLB with its JSON changed.
template <class Change>
Bytes changed(const RenderMesh& mesh, const Change& change) {
  test::Glb glb(encode_glb(mesh, {}));
  change(glb.root);
  return gltf::pack_glb(glb.root.dump(), glb.binary);
}

struct Read {
  RenderMesh mesh;
  std::vector<std::string> notes;
};
Read read(const Bytes& file) {
  Read out;
  out.mesh = parse_gltf(file, "x.glb", out.notes);
  return out;
}

void check_tangents(const RenderMesh& mesh, const std::vector<std::array<double, 4>>& wanted) {
  REQUIRE(mesh.tangents.size() == wanted.size());
  double worst = 0;
  for (std::size_t v = 0; v < wanted.size(); ++v)
    for (std::size_t k = 0; k < 4; ++k) {
      const double off = std::abs(mesh.tangents[v][k] - wanted[v][k]);
      worst = !(off <= worst) ? off : worst;
    }
  CHECK(worst < 1e-5);
}

}  // namespace

TEST_CASE("normal map: frames are made of the texture, and not without it") {
  RenderMesh mesh = sheet();
  CHECK_NOTHROW(check(mesh));
  RenderMesh bare = mesh;
  bare.tangents.clear();
  bare.normals.clear();
  make_frames(bare);
  CHECK(bare.normals == mesh.normals);
  CHECK(bare.tangents == mesh.tangents);
  bare.uvs.clear();
  make_frames(bare);
  CHECK_FALSE(bare.has_normal_map());
  CHECK(bare.tangents.empty());
  mesh.normal_jpeg = kJpeg;
  CHECK_THROWS_WITH_AS(check(mesh), doctest::Contains("two normal maps"), Error);
}

TEST_CASE("normal map: glTF to glTF keeps the image and the file's own tangents") {
  RenderMesh mesh = sheet();
  for (std::array<double, 4>& t : mesh.tangents) {  // another artist's: turned about the normal
    const std::size_t v = static_cast<std::size_t>(&t - mesh.tangents.data());
    const Vec3 along{t[0], t[1], t[2]};
    const Vec3 turned = 0.8 * along + 0.6 * cross(mesh.normals[v], along);
    t = {turned[0], turned[1], turned[2], v % 2 == 0 ? 1.0 : -1.0};
  }
  const Read once = read(encode_glb(mesh, {}));
  CHECK(once.notes.empty());
  CHECK(once.mesh.normal_png == kNormals);
  CHECK(once.mesh.texture_png == kColors);
  check_tangents(once.mesh, mesh.tangents);
  const TemporaryFolder folder;
  write_file(folder / "a.glb", encode_glb(mesh, {}));
  write_mesh_file(folder / "b.glb", read_mesh_file(folder / "a.glb"));
  const MeshFile twice = read_mesh_file(folder / "b.glb");
  CHECK(twice.surface.normal_png == kNormals);
  check_tangents(twice.surface, mesh.tangents);
  const test::Glb glb(read_file(folder / "b.glb"));
  CHECK(glb.root["materials"][0]["normalTexture"]["index"] == 1);

  // Without a base color, and as JPEG.
  mesh.texture_png.clear();
  mesh.normal_png.clear();
  mesh.normal_jpeg = kJpeg;
  const Read alone = read(encode_glb(mesh, {}));
  CHECK_FALSE(alone.mesh.textured());
  CHECK(alone.mesh.normal_jpeg == kJpeg);
  CHECK(test::Glb(encode_glb(alone.mesh, {})).root["images"][0]["mimeType"] == "image/jpeg");
  const auto archive = io::parse_zip(encode_usdz(alone.mesh, {}, "x"), "x.usdz");
  CHECK(archive.at("normal.jpg") == kJpeg);
}

TEST_CASE("normal map: tangents that a glTF lacks or that do not hold are made anew") {
  const RenderMesh mesh = sheet();
  RenderMesh other = mesh;  // tangents that no rule gives
  for (std::array<double, 4>& t : other.tangents) t = {0, 0.6, 0.8, -1};
  const auto without = [](json& root) {
    root["meshes"][0]["primitives"][0]["attributes"].erase("TANGENT");
  };
  const Read lacking = read(changed(other, without));
  CHECK(lacking.mesh.normal_png == kNormals);
  check_tangents(lacking.mesh, vertex_tangents(lacking.mesh));
  // A texture that is turned by its transform turns the directions in it.
  const json turn = {{"KHR_texture_transform", {{"rotation", 1.5}}}};
  const Read turned = read(changed(other, [&](json& root) {
    root["materials"][0]["normalTexture"]["extensions"] = turn;
    root["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]["extensions"] = turn;
  }));
  CHECK(turned.mesh.normal_png == kNormals);
  check_tangents(turned.mesh, vertex_tangents(turned.mesh));
  // A morph target that is shown moves the surface away from its tangents.
  RiggedMesh rigged;
  rigged.surface = other;
  rigged.targets = {{"bend", 0.5, {{3}, {{0, 0, 1}}}, {}}};
  const Read moved = read(encode_glb(rigged, {}));
  check_tangents(moved.mesh, vertex_tangents(moved.mesh));
  rigged.targets[0].weight = 0;
  check_tangents(read(encode_glb(rigged, {})).mesh, other.tangents);
}

TEST_CASE("normal map: a node turns tangents along, and a mirror turns their side") {
  const RenderMesh mesh = sheet();
  const Read placed = read(changed(mesh, [](json& root) {
    root["nodes"][0]["rotation"] = {0, 0, std::sqrt(0.5), std::sqrt(0.5)};  // x to y
  }));
  std::vector<std::array<double, 4>> wanted = mesh.tangents;
  for (std::array<double, 4>& t : wanted) t = {-t[1], t[0], t[2], t[3]};
  check_tangents(placed.mesh, wanted);
  const Read mirrored = read(changed(mesh, [](json& root) {
    root["nodes"][0]["scale"] = {-1, 1, 1};
  }));
  wanted = mesh.tangents;
  for (std::array<double, 4>& t : wanted) t = {-t[0], t[1], t[2], -t[3]};
  check_tangents(mirrored.mesh, wanted);
  check_tangents(mirrored.mesh, vertex_tangents(mirrored.mesh));  // the rule says so, too
}

TEST_CASE("normal map: what a glTF's map cannot be kept for is told") {
  const RenderMesh mesh = sheet();
  const auto noted = [&](const char* words, const auto& change) {
    const Read got = read(changed(mesh, change));
    REQUIRE(got.notes.size() == 1);
    CAPTURE(got.notes[0]);
    CHECK(got.notes[0].starts_with("x.glb: "));
    CHECK(got.notes[0].find(words) != std::string::npos);
    return got.mesh;
  };
  const auto normal = [](json& root) -> json& { return root["materials"][0]["normalTexture"]; };
  RenderMesh got = noted("texture coordinates of its own", [&](json& root) {
    normal(root)["extensions"] = {{"KHR_texture_transform", {{"scale", {2, 2}}}}};
  });
  CHECK_FALSE(got.has_normal_map());
  CHECK(got.tangents.empty());
  CHECK(got.texture_png == kColors);
  got = noted("keeps its data in another file", [](json& root) {
    root["images"][1].erase("bufferView");
    root["images"][1]["uri"] = "normal.png";
  });
  CHECK_FALSE(got.has_normal_map());
  got = noted("scale of 0.5 is not kept", [&](json& root) { normal(root)["scale"] = 0.5; });
  CHECK(got.normal_png == kNormals);
  got = noted("has no texture coordinates", [](json& root) {
    root["meshes"][0]["primitives"][0]["attributes"].erase("TEXCOORD_0");
  });
  CHECK_FALSE(got.has_normal_map());
  got = noted("parts with other normal maps", [](json& root) {
    json& primitives = root["meshes"][0]["primitives"];
    json second = primitives[0];
    second["material"] = 1;
    primitives.push_back(second);
    json plain = root["materials"][0];
    plain.erase("normalTexture");
    root["materials"].push_back(plain);
  });
  CHECK(got.normal_png == kNormals);
  CHECK_THROWS_WITH_AS(read(changed(mesh, [&](json& root) { normal(root)["index"] = 9; })),
                       doctest::Contains("has no entry 9 in textures"), InputError);
}

TEST_CASE("textures: parts with another one, and a color that multiplies, are told") {
  const RenderMesh mesh = sheet();
  CHECK(read(changed(mesh, [](json&) {})).notes.empty());
  const auto with_part = [&](const auto& change) {
    const Read got = read(changed(mesh, [&](json& root) {
      json& primitives = root["meshes"][0]["primitives"];
      json second = primitives[0];
      second["material"] = 1;
      primitives.push_back(second);
      primitives.push_back(second);
      json other = root["materials"][0];
      change(other["pbrMetallicRoughness"]);
      root["materials"].push_back(other);
    }));
    CHECK(got.mesh.texture_png == kColors);
    return got.notes;
  };
  CHECK(with_part([](json&) {}).empty());
  const auto told = [](const std::vector<std::string>& notes, const char* words) {
    CAPTURE(words);
    REQUIRE(notes.size() == 1);
    CHECK(notes[0].starts_with("x.glb: "));
    CHECK(notes[0].find(words) != std::string::npos);
  };
  const char* const others = "parts with other textures, or none";
  told(with_part([](json& surface) { surface.erase("baseColorTexture"); }), others);
  told(with_part([](json& surface) { surface["baseColorTexture"]["index"] = 1; }), others);
  const char* const color = "multiplies its texture";
  told(with_part([](json& surface) { surface["baseColorFactor"] = {1, 0.5, 1, 1}; }), color);
  CHECK(with_part([](json& surface) { surface["baseColorFactor"] = {1, 1, 1.0, 1}; }).empty());
}

TEST_CASE("normal map: OBJ names it, and it goes from OBJ to glTF and back") {
  const TemporaryFolder folder;
  MeshFile mesh;
  mesh.metres = 1;
  mesh.surface = sheet();
  write_mesh_file(folder / "a.obj", mesh);
  CHECK(read_file(folder / "a_normal.png") == kNormals);
  const MeshFile obj = read_mesh_file(folder / "a.obj");
  CHECK(obj.notes.empty());
  CHECK(obj.normal_name == "a_normal.png");
  CHECK(obj.surface.normal_png == kNormals);
  CHECK(obj.surface.texture_png == kColors);
  check_tangents(obj.surface, mesh.surface.tangents);
  write_mesh_file(folder / "b.glb", obj);
  const MeshFile glb = read_mesh_file(folder / "b.glb");
  CHECK(glb.surface.normal_png == kNormals);
  for (const char* below : {"other", "alone", "same"})
    std::filesystem::create_directory(folder / below);
  write_mesh_file(folder / "other" / "c.obj", glb);
  CHECK(read_file(folder / "other" / "c_normal.png") == kNormals);
  // The map alone, as JPEG, and with the name of the texture.
  MeshFile alone = obj;
  alone.surface.texture_png.clear();
  alone.surface.normal_png.clear();
  alone.surface.normal_jpeg = kJpeg;
  write_mesh_file(folder / "alone" / "d.obj", alone);
  CHECK(read_mesh_file(folder / "alone" / "d.obj").surface.normal_jpeg == kJpeg);
  MeshFile same = obj;
  same.texture_name = same.normal_name = "skin.png";
  write_mesh_file(folder / "same" / "e.obj", same);
  const MeshFile back = read_mesh_file(folder / "same" / "e.obj");
  CHECK(back.surface.texture_png == kColors);
  CHECK(back.surface.normal_png == kNormals);
  // A result takes the place of no map that the mesh was read with.
  MeshFile painted = obj;
  painted.surface.normal_png.push_back(1);
  CHECK_THROWS_WITH_AS(write_mesh_file(folder / "f.obj", painted),
                       doctest::Contains("a_normal.png: would replace"), InputError);
  for (const MeshFormat format : {MeshFormat::kObj, MeshFormat::kGltf})
    CHECK(left_out(obj, format).empty());
  CHECK(left_out(obj, MeshFormat::kPly) == std::vector<std::string>{"texture", "normal map"});
}

TEST_CASE("normal map: OBJ's bump map is one where it has colors; in gray it is heights") {
  const TemporaryFolder folder;
  MeshFile mesh;
  mesh.surface = sheet();
  mesh.surface.normals.clear();
  mesh.surface.tangents.clear();
  mesh.surface.normal_png.clear();
  write_mesh_file(folder / "a.obj", mesh);
  const auto material = [&](const std::string& lines) {
    write_file(folder / "a.mtl", "newmtl surface\n" + lines);
    return read_mesh_file(folder / "a.obj");
  };
  write_file(folder / "colors.png", kNormals);
  write_file(folder / "gray.png", png(0));
  write_file(folder / "heights.jpg",
             Bytes{0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc2, 0, 11, 8, 0, 1, 0, 1, 1, 9, 9});
  MeshFile got = material("map_Bump -bm 1.0 colors.png\n");
  CHECK(got.surface.normal_png == kNormals);
  CHECK(got.surface.normals.size() == mesh.surface.vertices.size());  // made for the frames
  REQUIRE(got.notes.size() == 1);
  CHECK(got.notes[0].find("colors.png has colors and is taken for a normal map") !=
        std::string::npos);
  for (const std::string name : {"gray.png", "heights.jpg"}) {
    got = material("bump " + name + "\n");
    CHECK_FALSE(got.surface.has_normal_map());
    REQUIRE(got.notes.size() == 1);
    CHECK(got.notes[0].find(name + " is in gray, a map of heights") != std::string::npos);
  }
  got = material("norm gray.png\nmap_Bump colors.png\n");  // told by the keyword
  CHECK(got.surface.normal_png == png(0));
  CHECK(got.notes.empty());
  got = material("norm missing.png\n");
  REQUIRE(got.notes.size() == 1);
  CHECK(got.notes[0].find("its normal map missing.png is not there") != std::string::npos);
  CHECK_FALSE(io::is_gray_png({}));
  CHECK_FALSE(io::is_gray_jpeg({}));
  CHECK_FALSE(io::is_gray_jpeg(kJpeg));
}

}  // namespace fgcn::mesh
