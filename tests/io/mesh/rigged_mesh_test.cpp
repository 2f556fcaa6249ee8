// Meshes with parts, morph targets and a skeleton: the rules of the formats, and back again.
#include "io/mesh/rigged_mesh.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "io/mesh/gltf.h"
#include "io/mesh/normals.h"
#include "io/mesh/obj.h"
#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "tests/mesh/shapes.h"
#include "tests/support/glb_check.h"

namespace fgcn::mesh {
namespace {

using nlohmann::json;

const Bytes kPng{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 1, 2, 3};

/// Two pieces whose vertices alternate, three targets (one moves one piece alone, one nothing), and
/// three joints.
RiggedMesh puppet() {
  RiggedMesh out;
  Rng rng(11);
  const TriangleMesh shape = test::height_field(5, 4, 0.3);
  const auto vertices = static_cast<std::int32_t>(shape.vertices.size());
  out.parts.list = {{"skin", 0.7}, {"left eye", 0.1}};
  for (std::int32_t v = 0; v < vertices; ++v)
    for (int copy = 0; copy < 2; ++copy) {
      const Vec3& p = shape.vertices[static_cast<std::size_t>(v)];
      out.surface.vertices.push_back({p[0], p[1], p[2] + 2 * copy});
      out.surface.uvs.push_back({rng.uniform(), rng.uniform()});
      out.surface.colors.push_back({rng.uniform(), rng.uniform(), rng.uniform()});
    }
  for (int copy = 0; copy < 2; ++copy)
    for (const Triangle& t : shape.triangles) {
      out.surface.triangles.push_back({2 * t[0] + copy, 2 * t[1] + copy, 2 * t[2] + copy});
      out.parts.triangles.push_back(static_cast<std::uint8_t>(copy));
    }
  out.surface.normals = vertex_normals(out.surface.triangle_mesh());
  out.surface.texture_png = kPng;
  MorphTarget open{"jawOpen", 0.5, {}, {}}, still{"nothing", 1, {}, {}}, all{"all", -0.25, {}, {}};
  for (std::int32_t v = 0; v < 2 * vertices; ++v) {
    const std::array<float, 3> by{static_cast<float>(rng.normal()), 0, -1};
    all.positions.row.push_back(v);
    all.positions.value.push_back(by);
    if (v % 4 != 0) continue;
    open.positions.row.push_back(v);
    open.positions.value.push_back({0, -0.5f, 0.125f});
    open.normals.row.push_back(v);
    open.normals.value.push_back({0.1f, 0, 0});
  }
  out.targets = {open, still, all};
  out.skeleton.names = {"neck", "head", "jaw"};
  out.skeleton.parents = {-1, 0, 1};
  out.skeleton.positions = {{0, -1, -0.5}, {0, 0.25, -0.25}, {0.5, 0.5, 0}};
  for (std::int32_t v = 0; v < 2 * vertices; ++v) {
    out.skeleton.joints.push_back({2, 1, 0, 2});
    out.skeleton.weights.push_back({0.25f, 0.75f, 0, 0});
  }
  return out;
}

/// As it is shown, its vertices part by part.
RenderMesh shown(const RiggedMesh& rigged) {
  RenderMesh all = rigged.surface;
  for (const MorphTarget& target : rigged.targets)
    for (const auto& [rows, list] :
         {std::pair(&target.positions, &all.vertices), std::pair(&target.normals, &all.normals)})
      for (std::size_t i = 0; i < rows->row.size(); ++i)
        for (std::size_t k = 0; k < 3; ++k)
          (*list)[static_cast<std::size_t>(rows->row[i])][k] +=
              target.weight * static_cast<double>(rows->value[i][k]);
  RenderMesh out;
  for (const PartOfMesh& part : split_parts(all, rigged.parts)) {
    const RenderMesh one = part_mesh(all, part);
    const auto base = static_cast<std::int32_t>(out.vertices.size());
    out.vertices.insert(out.vertices.end(), one.vertices.begin(), one.vertices.end());
    for (const Vec3& n : one.normals) out.normals.push_back(normalised(n));
    out.uvs.insert(out.uvs.end(), one.uvs.begin(), one.uvs.end());
    for (const Triangle& t : one.triangles)
      out.triangles.push_back({base + t[0], base + t[1], base + t[2]});
  }
  return out;
}

template <std::size_t N>
void check_near(const std::vector<std::array<double, N>>& a,
                const std::vector<std::array<double, N>>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t k = 0; k < N; ++k) REQUIRE(std::abs(a[i][k] - b[i][k]) <= 1e-6);
}

/// The file with its JSON changed; its binary chunk stays.
Bytes with_json(const Bytes& file, const std::function<void(json&)>& change) {
  test::Glb glb(file);
  change(glb.root);
  std::string header = glb.root.dump();
  header.resize((header.size() + 3) / 4 * 4, ' ');
  Bytes out{'g', 'l', 'T', 'F'};
  for (const std::size_t word :
       {std::size_t{2}, 28 + header.size() + glb.binary.size(), header.size()})
    io::append_le(out, static_cast<std::uint32_t>(word));
  out.insert(out.end(), {'J', 'S', 'O', 'N'});
  out.insert(out.end(), header.begin(), header.end());
  io::append_le(out, static_cast<std::uint32_t>(glb.binary.size()));
  out.insert(out.end(), {'B', 'I', 'N', 0});
  out.insert(out.end(), glb.binary.begin(), glb.binary.end());
  return out;
}

}  // namespace

TEST_CASE("rigged glb: bounds, alignment, sparse rows and joints are the format's") {
  const RiggedMesh mesh = puppet();
  const Bytes file = encode_glb(mesh, {.name = "puppet"});
  const test::Glb glb = test::check_glb(file);
  CHECK(encode_glb(mesh, {.name = "puppet"}) == file);
  const json& first = glb.root["meshes"][0];
  CHECK(first["extras"]["targetNames"] == json::array({"jawOpen", "nothing", "all"}));
  CHECK(first["weights"] == json::array({0.5, 1.0, -0.25}));
  REQUIRE(first["primitives"].size() == 2);
  REQUIRE(glb.root["materials"].size() == 2);
  CHECK(glb.root["materials"][1]["name"] == "left eye");
  CHECK(glb.root["materials"][1]["pbrMetallicRoughness"]["roughnessFactor"] == 0.1);
  CHECK(glb.root["materials"][1]["pbrMetallicRoughness"]["baseColorTexture"]["index"] == 0);
  CHECK(first["primitives"][1]["material"] == 1);
  // Sparse: a target of five vertices stores five.
  const std::size_t open = first["primitives"][0]["targets"][0]["POSITION"];
  CHECK(glb.root["accessors"][open]["sparse"]["count"] == 10);
  CHECK_FALSE(glb.root["accessors"][open].contains("bufferView"));
  const std::vector<double> moves = glb.accessor(open);
  CHECK(moves[1] == doctest::Approx(-0.05));  // metres
  CHECK(moves[2] == doctest::Approx(0.0125));
  CHECK(moves[4] == 0);
  const std::vector<double> unmoved =
      glb.accessor(first["primitives"][1]["targets"][0]["POSITION"]);
  CHECK(std::all_of(unmoved.begin(), unmoved.end(), [](double x) { return x == 0; }));
  // Joints: nodes in metres, each from its parent.
  CHECK(glb.root["nodes"].size() == 4);
  CHECK(glb.root["nodes"][0]["skin"] == 0);
  CHECK(glb.root["nodes"][2]["name"] == "head");
  CHECK(glb.root["nodes"][2]["translation"][1].get<double>() == doctest::Approx(0.125));
  CHECK(glb.root["nodes"][2]["children"] == json::array({3}));
  CHECK(glb.root["scenes"][0]["nodes"] == json::array({0, 1}));
}

TEST_CASE("rigged glb: what is written is read back as it is shown") {
  const RiggedMesh mesh = puppet();
  const RenderMesh back = parse_gltf(encode_glb(mesh, {}), "puppet.glb");
  const RenderMesh wanted = shown(mesh);
  CHECK(back.triangles == wanted.triangles);
  check_near(back.vertices, wanted.vertices);
  check_near(back.normals, wanted.normals);
  check_near(back.uvs, wanted.uvs);
  CHECK(back.texture_png == kPng);
  CHECK(std::abs(back.vertices[0][1] - mesh.surface.vertices[0][1]) > 0.2);  // it was moved
}

TEST_CASE("rigged glb: a node's weights stand before the mesh's") {
  RiggedMesh mesh = puppet();
  const Bytes file = with_json(encode_glb(mesh, {}), [](json& root) {
    root["nodes"][0]["weights"] = {0, 0, 2};
  });
  for (MorphTarget& target : mesh.targets) target.weight = target.name == "all" ? 2 : 0;
  check_near(parse_gltf(file, "x.glb").vertices, shown(mesh).vertices);
}

TEST_CASE("rigged glb: more than 65,535 vertices have wider rows") {
  RiggedMesh mesh;
  const TriangleMesh shape = test::height_field(300, 220);
  mesh.surface.vertices = shape.vertices;
  mesh.surface.triangles = shape.triangles;
  MorphTarget last{"last", 1, {}, {}};
  last.positions.row = {65999};
  last.positions.value = {{0, 0, 3}};
  mesh.targets = {last};
  const Bytes file = encode_glb(mesh, {});
  const test::Glb glb = test::check_glb(file);
  const RenderMesh back = parse_gltf(file, "x.glb");
  REQUIRE(back.vertices.size() == 66000);
  CHECK(back.vertices.back()[2] == doctest::Approx(shape.vertices.back()[2] + 3).epsilon(1e-6));
}

TEST_CASE("rigged glb: hostile sparse accessors and targets are refused") {
  const Bytes good = encode_glb(puppet(), {});
  struct Fault {
    const char* why;
    std::function<void(json&)> change;
  };
  const auto sparse = [](json& root) -> json& {
    const std::size_t open = root["meshes"][0]["primitives"][0]["targets"][0]["POSITION"];
    return root["accessors"][open]["sparse"];
  };
  const Fault faults[] = {
      {"malformed sparse", [&](json& r) { sparse(r)["count"] = 0; }},
      {"malformed sparse", [&](json& r) { sparse(r)["count"] = 1000; }},
      {"count", [&](json& r) { sparse(r)["count"] = -1; }},
      {"malformed sparse", [&](json& r) { sparse(r)["indices"]["componentType"] = 5126; }},
      {"outside its buffer view", [&](json& r) { sparse(r)["indices"]["byteOffset"] = 1 << 20; }},
      {"outside its buffer view", [&](json& r) { sparse(r)["values"]["byteOffset"] = 1 << 20; }},
      {"no entry 99 in bufferViews", [&](json& r) { sparse(r)["values"]["bufferView"] = 99; }},
      {"bufferView", [&](json& r) { sparse(r)["indices"].erase("bufferView"); }},
      {"do not ascend",
       [&](json& r) { sparse(r)["indices"]["bufferView"] = sparse(r)["values"]["bufferView"]; }},
      {"malformed sparse", [&](json& r) { sparse(r) = 5; }},
      {"malformed weights", [](json& r) { r["meshes"][0]["weights"][0] = "much"; }},
      {"malformed weights", [](json& r) { r["meshes"][0]["weights"][0] = 1e300; }},
      {"malformed targets", [](json& r) { r["meshes"][0]["primitives"][0]["targets"][0] = 7; }},
      {"malformed POSITION",
       [](json& r) {
         json& mesh = r["meshes"][0];
         mesh["primitives"][0]["targets"][0]["POSITION"] = mesh["primitives"][0]["indices"];
       }},
      {"no entry",
       [](json& r) { r["meshes"][0]["primitives"][0]["targets"][0]["POSITION"] = 999; }},
  };
  for (const Fault& fault : faults) {
    CAPTURE(fault.why);
    const Bytes file = with_json(good, fault.change);
    CHECK_THROWS_WITH_AS(parse_gltf(file, "x.glb"), doctest::Contains(fault.why), InputError);
  }
  CHECK_NOTHROW(parse_gltf(with_json(good, [](json&) {}), "x.glb"));
}

TEST_CASE("rigged glb: bad calls are refused") {
  const auto refused = [](const char* why, const std::function<void(RiggedMesh&)>& change) {
    RiggedMesh mesh = puppet();
    change(mesh);
    CHECK_THROWS_WITH_AS(encode_glb(mesh, {}), doctest::Contains(why), Error);
  };
  refused("triangles have one of", [](RiggedMesh& m) { m.parts.triangles.pop_back(); });
  refused("has no part 2", [](RiggedMesh& m) { m.parts.triangles[0] = 2; });
  refused("do not ascend", [](RiggedMesh& m) { m.targets[0].positions.row[1] = 0; });
  refused("do not ascend", [](RiggedMesh& m) { m.targets[0].positions.row.back() = 40; });
  refused("rows for", [](RiggedMesh& m) { m.targets[0].normals.value.pop_back(); });
  refused("weight is not finite", [](RiggedMesh& m) { m.targets[1].weight = std::nan(""); });
  refused("before its parent", [](RiggedMesh& m) { m.skeleton.parents[1] = 1; });
  refused("different sizes", [](RiggedMesh& m) { m.skeleton.weights.pop_back(); });
  refused("not there", [](RiggedMesh& m) { m.skeleton.joints[3][1] = 3; });
  refused("sum to", [](RiggedMesh& m) { m.skeleton.weights[3][1] = 0.5f; });
}

TEST_CASE("obj: a group and a material for each part, in metres") {
  const RiggedMesh mesh = puppet();
  const ObjText text = encode_obj(mesh.surface, "puppet", mesh.parts);
  const std::string& obj = text.obj;
  CHECK(obj.starts_with("# positions in meters"));
  const std::size_t skin = obj.find("g skin\nusemtl skin\nf "),
                    eye = obj.find("g left_eye\nusemtl left_eye\nf ");
  REQUIRE(skin != std::string::npos);
  REQUIRE(eye != std::string::npos);
  CHECK(skin < eye);
  const auto lines = [&](std::size_t from, std::size_t to) {
    std::size_t count = 0;
    for (std::size_t at = obj.find("\nf ", from); at < to; at = obj.find("\nf ", at + 1)) ++count;
    return count;
  };
  CHECK(lines(skin, eye) == mesh.surface.triangles.size() / 2);
  CHECK(lines(eye, obj.size()) == mesh.surface.triangles.size() / 2);
  CHECK(text.mtl.find("newmtl skin\n") == 0);
  CHECK(text.mtl.find("newmtl left_eye\nKa 0 0 0\nKd 1 1 1\nKs 0.2 0.2 0.2\nNs 1000\nillum 2\n"
                      "map_Kd puppet_albedo.png\n") != std::string::npos);
  const RenderMesh back = render_mesh(parse_obj(Bytes(obj.begin(), obj.end()), "puppet.obj"));
  std::vector<Vec3> metres;
  for (const Vec3& p : mesh.surface.vertices) metres.push_back(0.1 * p);
  check_near(back.vertices, metres);  // numbers stay
  CHECK(back.triangles == mesh.surface.triangles);
}

}  // namespace fgcn::mesh
