// UsdSkel in a USDZ: the scene's text is read back into prims, and their lists are the mesh's.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "io/archive/zip.h"
#include "io/mesh/normals.h"
#include "io/mesh/usd_text.h"
#include "io/mesh/usdz.h"
#include "io/number_text.h"
#include "kernels/core/error.h"
#include "tests/mesh/shapes.h"

namespace fgcn::mesh {
namespace {

struct Prim {
  std::string type;
  std::map<std::string, std::string> properties;  // "uniform int[] pointIndices": "[0, 3]"
};

/// A scene's prims by their paths. Understands what this program writes: each property in one line,
/// metadata in round brackets of several.
std::map<std::string, Prim> prims_of(const std::string& scene) {
  std::map<std::string, Prim> out;
  std::vector<std::string> path;
  std::string key;
  std::istringstream lines(scene);
  int brackets = 0;  // open metadata
  for (std::string line; std::getline(lines, line);) {
    line = std::string(io::trimmed(line));
    const std::size_t equals = line.find(" = ");
    if (line.starts_with("def ")) {
      const std::size_t quote = line.find('"');
      path.push_back(line.substr(quote + 1, line.rfind('"') - quote - 1));
      key.clear();
      for (const std::string& name : path) key += "/" + name;
      REQUIRE(out.count(key) == 0);
      out[key].type = line.substr(4, quote - 5);
    } else if (brackets == 0 && line == "}") {
      REQUIRE_FALSE(path.empty());
      path.pop_back();
      key.clear();
      for (const std::string& name : path) key += "/" + name;
    } else if (equals != std::string::npos && !key.empty()) {
      const std::string name = (brackets > 0 ? "(" : "") + line.substr(0, equals);
      const bool more = line.ends_with(" (");
      out[key].properties[name] = line.substr(equals + 3, line.size() - equals - (more ? 5 : 3));
    }
    if (line.ends_with("(")) ++brackets;
    if (line == ")") --brackets;
    REQUIRE(brackets >= 0);
  }
  CHECK(path.empty());
  return out;
}

std::vector<double> numbers(const Prim& prim, const std::string& property) {
  CAPTURE(property);
  REQUIRE(prim.properties.count(property) == 1);
  std::string list = prim.properties.at(property);
  std::replace_if(
      list.begin(), list.end(),
      [](char c) { return std::string("()[],").find(c) != std::string::npos; }, ' ');
  std::istringstream in(list);
  std::vector<double> out;
  for (double x; in >> x;) out.push_back(x);
  CHECK(in.eof());
  return out;
}

/// Two pieces of 12 vertices, one behind the other.
RiggedMesh rigged() {
  RiggedMesh out;
  RenderMesh& mesh = out.surface;
  out.parts.list = {{"skin", 0.7}, {"Pose", 0.125}};  // the pose's own name
  const TriangleMesh shape = test::height_field(4, 3, 0.25);
  for (int copy = 0; copy < 2; ++copy) {
    const auto base = static_cast<std::int32_t>(mesh.vertices.size());
    for (const Vec3& p : shape.vertices) mesh.vertices.push_back({p[0], p[1], p[2] - copy});
    for (const Triangle& t : shape.triangles) {
      mesh.triangles.push_back({base + t[0], base + t[1], base + t[2]});
      out.parts.triangles.push_back(static_cast<std::uint8_t>(copy));
    }
  }
  const std::size_t half = mesh.vertices.size() / 2;
  const auto last = static_cast<std::int32_t>(half);
  out.targets = {{"jawOpen",
                  0.5,
                  {{1, 3, last + 2}, {{1, 2, 4}, {0, -1, 0}, {0, 0, 8}}},
                  {{0, 3}, {{0.25F, 0, 0}, {0, 0.5F, 0}}}},
                 {"tongue out", -0.25, {{last + 1}, {{0, 0, 1}}}, {}},
                 {"tongue_out", 1, {}, {}}};
  out.skeleton.names = {"neck", "head", "2nd eye"};
  out.skeleton.parents = {-1, 0, 1};
  out.skeleton.positions = {{1, -2, 0.5}, {1.5, 0, 0}, {0.25, 1, 4}};
  for (std::size_t v = 0; v < 2 * half; ++v) {
    out.skeleton.joints.push_back({0, 1, 0, 0});
    out.skeleton.weights.push_back({0.25F, 0.75F, 0, 0});
    if (v < half) continue;
    out.skeleton.joints.back() = {2, 0, 0, 0};
    out.skeleton.weights.back() = {1, 0, 0, 0};
  }
  return out;
}

std::map<std::string, Prim> scene_of(const RiggedMesh& mesh) {
  const Bytes text = io::parse_zip(encode_usdz(mesh, "a"), "a.usdz").at("a.usda");
  return prims_of({text.begin(), text.end()});
}

void check_list(const std::vector<double>& got, const std::vector<double>& wanted) {
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    CHECK(got[i] == doctest::Approx(wanted[i]).epsilon(1e-6));
}

}  // namespace

TEST_CASE("usd rig: a skeleton of joints that are placed, in metres, and the pose as fitted") {
  const std::map<std::string, Prim> prims = scene_of(rigged());
  CHECK(prims.at("/a").type == "SkelRoot");
  const Prim& skeleton = prims.at("/a/Skeleton");
  CHECK(skeleton.type == "Skeleton");
  CHECK(skeleton.properties.at("uniform token[] joints") ==
        R"(["neck", "neck/head", "neck/head/_2nd_eye"])");
  CHECK(skeleton.properties.at("rel skel:animationSource") == "</a/Pose>");
  check_list(numbers(skeleton, "uniform matrix4d[] bindTransforms"),
             {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0.1,   -0.2, 0.05, 1,  //
              1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0.15,  0,    0,    1,  //
              1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0.025, 0.1,  0.4,  1});
  check_list(numbers(skeleton, "uniform matrix4d[] restTransforms"),
             {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0.1,    -0.2, 0.05,  1,  //
              1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0.05,   0.2,  -0.05, 1,  //
              1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, -0.125, 0.1,  0.4,   1});
  const Prim& pose = prims.at("/a/Pose");
  CHECK(pose.type == "SkelAnimation");
  CHECK(pose.properties.at("uniform token[] blendShapes") ==
        R"(["jawOpen", "tongue_out", "tongue_out_2"])");
  check_list(numbers(pose, "float[] blendShapeWeights"), {0.5, -0.25, 1});
  CHECK(pose.properties.at("uniform token[] joints") ==
        skeleton.properties.at("uniform token[] joints"));
  check_list(numbers(pose, "float3[] translations"),
             {0.1, -0.2, 0.05, 0.05, 0.2, -0.05, -0.125, 0.1, 0.4});
  check_list(numbers(pose, "quatf[] rotations"), {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0});
  check_list(numbers(pose, "half3[] scales"), std::vector<double>(9, 1));
}

TEST_CASE("usd rig: every part follows the joints, and has the shapes that move or turn it") {
  const RiggedMesh mesh = rigged();
  const std::map<std::string, Prim> prims = scene_of(mesh);
  const Prim& skin = prims.at("/a/skin");
  const Prim& eye = prims.at("/a/Pose_2");  // a name that is taken already
  CHECK(prims.at("/a/Materials/Pose_2").type == "Material");
  CHECK(eye.properties.at("rel material:binding") == "</a/Materials/Pose_2>");
  for (const Prim* part : {&skin, &eye}) {
    CHECK(part->type == "Mesh");
    CHECK(part->properties.at("(prepend apiSchemas") ==
          R"(["MaterialBindingAPI", "SkelBindingAPI"])");
    CHECK(part->properties.at("rel skel:skeleton") == "</a/Skeleton>");
    check_list(numbers(*part, "matrix4d primvars:skel:geomBindTransform"),
               {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1});
    CHECK(part->properties.at("(elementSize") == "4");
  }
  std::vector<double> joints, weights;
  const std::size_t half = mesh.surface.vertices.size() / 2;
  for (std::size_t v = 0; v < half; ++v) {
    joints.insert(joints.end(), {0, 1, 0, 0});
    weights.insert(weights.end(), {0.25, 0.75, 0, 0});
  }
  check_list(numbers(skin, "int[] primvars:skel:jointIndices"), joints);
  check_list(numbers(skin, "float[] primvars:skel:jointWeights"), weights);
  CHECK(numbers(eye, "int[] primvars:skel:jointIndices").size() == 4 * half);
  CHECK(numbers(eye, "int[] primvars:skel:jointIndices")[0] == 2);

  // At rest, and a target's rows among the vertices of the part: moves and turns in one list.
  CHECK(numbers(skin, "point3f[] points")[0] == doctest::Approx(0.1 * mesh.surface.vertices[0][0]));
  CHECK(skin.properties.at("uniform token[] skel:blendShapes") == R"(["jawOpen"])");
  CHECK(skin.properties.at("rel skel:blendShapeTargets") == "[</a/skin/jawOpen>]");
  const Prim& open = prims.at("/a/skin/jawOpen");
  CHECK(open.type == "BlendShape");
  check_list(numbers(open, "uniform int[] pointIndices"), {0, 1, 3});
  check_list(numbers(open, "uniform vector3f[] offsets"), {0, 0, 0, 0.1, 0.2, 0.4, 0, -0.1, 0});
  check_list(numbers(open, "uniform vector3f[] normalOffsets"), {0.25, 0, 0, 0, 0, 0, 0, 0.5, 0});
  CHECK(eye.properties.at("uniform token[] skel:blendShapes") == R"(["jawOpen", "tongue_out"])");
  CHECK(eye.properties.at("rel skel:blendShapeTargets") ==
        "[</a/Pose_2/jawOpen>, </a/Pose_2/tongue_out>]");
  check_list(numbers(prims.at("/a/Pose_2/jawOpen"), "uniform int[] pointIndices"), {2});
  check_list(numbers(prims.at("/a/Pose_2/jawOpen"), "uniform vector3f[] offsets"), {0, 0, 0.8});
  check_list(numbers(prims.at("/a/Pose_2/tongue_out"), "uniform vector3f[] offsets"), {0, 0, 0.1});
  CHECK(prims.count("/a/skin/tongue_out") == 0);
  CHECK(prims.count("/a/skin/tongue_out_2") == 0);

  // The box of the whole holds the mesh at rest and as it is shown.
  const std::vector<double> box = numbers(prims.at("/a"), "float3[] extent");
  double low = 0, high = 0;
  for (const Vec3& p : mesh.surface.vertices) {
    low = std::min(low, p[2]);
    high = std::max(high, p[2]);
  }
  const double back = mesh.surface.vertices[half + 1][2] - 0.25;
  const double moved = mesh.surface.vertices[half + 2][2] + 0.5 * 8;
  REQUIRE(back < low);
  REQUIRE(moved > high);
  CHECK(box[2] == doctest::Approx(0.1 * back));
  CHECK(box[5] == doctest::Approx(0.1 * moved));
}

TEST_CASE("usd rig: targets without joints follow one joint, and a mesh without either none") {
  RiggedMesh mesh = rigged();
  mesh.skeleton = {};
  std::map<std::string, Prim> prims = scene_of(mesh);
  CHECK(prims.at("/a/Skeleton").properties.at("uniform token[] joints") == R"(["root"])");
  CHECK(prims.at("/a/Pose").properties.count("uniform token[] blendShapes") == 1);
  const std::vector<double> weights =
      numbers(prims.at("/a/skin"), "float[] primvars:skel:jointWeights");
  REQUIRE(weights.size() == 2 * mesh.surface.vertices.size());
  for (std::size_t i = 0; i < weights.size(); ++i) CHECK(weights[i] == (i % 4 == 0 ? 1 : 0));

  mesh = rigged();
  mesh.targets.clear();
  prims = scene_of(mesh);
  CHECK(prims.at("/a").type == "SkelRoot");
  CHECK(prims.at("/a/Pose").properties.count("uniform token[] blendShapes") == 0);
  CHECK(prims.at("/a/skin").properties.count("uniform token[] skel:blendShapes") == 0);
  CHECK(prims.at("/a/skin").properties.count("rel skel:skeleton") == 1);

  mesh.skeleton = {};
  const Bytes plain = encode_usdz(mesh.surface, mesh.parts, "a");
  CHECK(encode_usdz(mesh, "a") == plain);
  prims = scene_of(mesh);
  CHECK(prims.at("/a").type == "Xform");
  CHECK(prims.count("/a/Skeleton") == 0);
  CHECK(prims.at("/a/skin").properties.at("(prepend apiSchemas") == R"(["MaterialBindingAPI"])");
}

TEST_CASE("usd rig: equal meshes give equal bytes, and a malformed rig is refused") {
  RiggedMesh mesh = rigged();
  CHECK(encode_usdz(mesh, "a") == encode_usdz(rigged(), "a"));
  mesh.targets[0].positions.row[1] = 1;
  CHECK_THROWS_WITH_AS(encode_usdz(mesh, "a"), doctest::Contains("do not ascend"), Error);
  mesh = rigged();
  mesh.skeleton.parents[1] = 2;
  CHECK_THROWS_WITH_AS(encode_usdz(mesh, "a"), doctest::Contains("stands before its parent"),
                       Error);
}

TEST_CASE("usd text: identifiers are told apart") {
  using Names = std::vector<std::string>;
  CHECK(usd::identifiers({"a b", "a_b", "a-b", "", "3", "a_b_2"}) ==
        Names{"a_b", "a_b_2", "a_b_3", "_", "_3", "a_b_2_2"});
  CHECK(usd::identifiers({"Materials"}, {"Materials"}) == Names{"Materials_2"});
}

}  // namespace fgcn::mesh
