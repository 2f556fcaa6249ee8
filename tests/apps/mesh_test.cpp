// fgcn_mesh as a user starts it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "io/file.h"
#include "io/mesh/mesh_file.h"
#include "io/temporary_folder.h"
#include "photo/decode/decode.h"
#include "tests/mesh/shapes.h"
#include "tests/support/program.h"

namespace fgcn {
namespace {

using Json = nlohmann::json;

test::Outcome run(const std::string& arguments) {
  return test::run_program("fgcn_mesh", arguments);
}
Json json_of(const std::string& arguments) {
  const test::Outcome done = run(arguments);
  CAPTURE(done.err);
  REQUIRE(done.exit_code == 0);
  return Json::parse(done.out);
}
void must(const std::string& arguments) {
  CAPTURE(arguments);
  const test::Outcome done = run(arguments);
  CAPTURE(done.err);
  REQUIRE(done.exit_code == 0);
}

/// A sheet in millimetres; raised by `up` where y is above a half, when it has colors and uv.
mesh::MeshFile sheet(int n, double up) {
  mesh::MeshFile out;
  const mesh::TriangleMesh shape = test::height_field(n, n);
  out.surface.triangles = shape.triangles;
  out.metres = 0.001;
  for (const mesh::Vec3& p : shape.vertices) {
    out.surface.vertices.push_back({100 * p[0], 100 * p[1], 100 * p[2] + up});
    out.surface.uvs.push_back({p[0], p[1]});
    out.surface.colors.push_back({p[0] > 0.5 ? 1.0 : 0.0, p[1], 0.25});
  }
  return out;
}

std::string quoted(const std::filesystem::path& path) { return " '" + path.string() + "'"; }

}  // namespace

TEST_CASE("fgcn_mesh: info, convert, normals, simplify and subdivide agree on a mesh") {
  const TemporaryFolder folder;
  mesh::MeshFile first = sheet(9, 0);
  first.segments = {{"low", {0, 1, 2}}};
  first.landmarks = {{"corner", 80}};
  write_mesh_file(folder / "a.obj", first);
  const Json info = json_of("info --json" + quoted(folder / "a.obj")).at(0);
  CHECK(info.at("vertices") == 81);
  CHECK(info.at("triangles") == 128);
  CHECK(info.at("border_edges") == 32);
  CHECK(info.at("euler_number") == 1);
  CHECK(info.at("pieces") == 1);
  CHECK(info.at("unit") == "mm");
  CHECK(info.at("segments").at("low") == 3);
  CHECK(info.at("landmarks").at("corner") == 80);

  must("convert" + quoted(folder / "a.obj") + quoted(folder / "a.ply") + " --output-unit cm");
  const mesh::MeshFile ply = mesh::read_mesh_file(folder / "a.ply");
  CHECK(ply.metres == 0.01);
  CHECK(ply.surface.vertices.back()[0] == doctest::Approx(10));
  const test::Outcome lost = run("convert" + quoted(folder / "a.obj") + quoted(folder / "a.stl"));
  CHECK(lost.exit_code == 0);
  CHECK(lost.err.find("STL cannot hold texture coordinates, colors, segments, landmarks") !=
        std::string::npos);

  must("normals" + quoted(folder / "a.ply") + quoted(folder / "n.ply"));
  CHECK(mesh::read_mesh_file(folder / "n.ply").surface.normals.size() == 81);
  must("simplify" + quoted(folder / "a.obj") + quoted(folder / "s.obj") + " --vertices 40");
  const mesh::MeshFile small = mesh::read_mesh_file(folder / "s.obj");
  CHECK(small.surface.vertices.size() == 40);
  CHECK(small.landmarks.size() == 1);
  must("subdivide" + quoted(folder / "a.obj") + quoted(folder / "d.obj") + " --steps 2");
  const mesh::MeshFile fine = mesh::read_mesh_file(folder / "d.obj");
  CHECK(fine.surface.triangles.size() == 16 * 128);
  CHECK(fine.segments.at(0).triangles.size() == 16 * 3);
  CHECK(fine.surface.colors.size() == fine.surface.vertices.size());
}

TEST_CASE("fgcn_mesh: compare measures a known distance in millimetres, both ways") {
  const TemporaryFolder folder;
  write_mesh_file(folder / "a.obj", sheet(9, 0));
  mesh::MeshFile raised = sheet(9, 2);
  raised.metres = 0.01;  // the same numbers a tenth as large, in centimetres
  for (mesh::Vec3& p : raised.surface.vertices)
    for (double& x : p) x /= 10;
  write_mesh_file(folder / "b.ply", raised);
  const Json out = json_of("compare --json -o" + quoted(folder / "d") + quoted(folder / "a.obj") +
                           quoted(folder / "b.ply"));
  CHECK(out.at("unit") == "mm");
  CHECK(out.at("same_vertex").at("mean").get<double>() == doctest::Approx(2).epsilon(1e-5));
  CHECK(out.at("first_to_second").at("largest").get<double>() <= 2 + 1e-5);
  CHECK(out.at("first_to_second").at("median").get<double>() > 1);
  const mesh::MeshFile heat = mesh::read_mesh_file(folder / "d" / "first.ply");
  CHECK(heat.surface.colors.size() == 81);
  CHECK(photo::read_photo(folder / "d" / "heat.png").rgb.width > 1000);
}

TEST_CASE("fgcn_mesh: closest, visibility, intersect and landmarks") {
  const TemporaryFolder folder;
  write_mesh_file(folder / "a.obj", sheet(9, 0));
  write_mesh_file(folder / "up.obj", sheet(5, 30));
  write_file(folder / "p.lmrk", std::string_view("tip -5 50 50\nunset 0 0 0\n"));
  const Json near = json_of("closest --json --by along -o" + quoted(folder / "t.csv") +
                            quoted(folder / "a.obj") + quoted(folder / "up.obj"));
  CHECK(near.at("points") == 25);
  CHECK(near.at("found").get<int>() > 10);
  const Bytes table = read_file(folder / "t.csv");
  CHECK(std::count(table.begin(), table.end(), '\n') == 26);
  const Json seen = json_of("visibility --json --camera 50,50,1000 --camera 50,50,-1000" +
                            quoted(folder / "a.obj") + " -o" + quoted(folder / "v.ply"));
  CHECK(seen.at("cameras").at(0).at("visible").get<int>() > 70);
  const Json hidden = json_of("visibility --json --camera 50,50,1000" + quoted(folder / "a.obj") +
                              " --occluder" + quoted(folder / "up.obj"));
  CHECK(hidden.at("cameras").at(0).at("visible").get<int>() < 20);
  CHECK(json_of("intersect --json" + quoted(folder / "a.obj") + quoted(folder / "up.obj"))
            .at("count") == 0);
  CHECK(json_of("intersect --json" + quoted(folder / "a.obj") + quoted(folder / "a.obj"))
            .at("count") == 128);
  const Json fixed = json_of("landmarks --json" + quoted(folder / "a.obj") +
                             quoted(folder / "p.lmrk") + " -o" + quoted(folder / "named.obj"));
  CHECK(fixed.size() == 1);
  CHECK(fixed.at("tip").at("nearest_vertex") == 40);
  CHECK(mesh::read_mesh_file(folder / "named.obj").landmarks.at(0).vertex == 40);
}

TEST_CASE("fgcn_mesh: colors and a texture go to another topology, and a picture shows them") {
  const TemporaryFolder folder;
  write_mesh_file(folder / "from.ply", sheet(17, 0));
  mesh::MeshFile to = sheet(12, 1);
  to.surface.colors.clear();
  write_mesh_file(folder / "to.obj", to);
  must("transfer --texture-size 64 -o" + quoted(folder / "out.obj") + quoted(folder / "from.ply") +
       quoted(folder / "to.obj"));
  const mesh::MeshFile out = mesh::read_mesh_file(folder / "out.obj");
  CHECK(out.surface.vertices.size() == 144);
  CHECK(out.texture_name == "out_albedo.png");
  REQUIRE(out.surface.colors.size() == 144);
  CHECK(out.surface.colors[0][0] == doctest::Approx(0));
  CHECK(out.surface.colors[143][0] == doctest::Approx(1));
  const Image8 texture = photo::read_photo(folder / "out_albedo.png").rgb;
  REQUIRE(texture.width == 64);
  CHECK(texture.at(32, 10)[0] < 20);                          // left: x below a half
  CHECK(texture.at(32, 54)[0] > 235);                         // right
  CHECK(texture.at(5, 10)[1] > texture.at(58, 10)[1] + 100);  // up is large v
  must("snapshot --width 200 --height 100 -o" + quoted(folder / "p.png") +
       quoted(folder / "out.obj"));
  const Image8 picture = photo::read_photo(folder / "p.png").rgb;
  CHECK(picture.width == 200);
  CHECK(picture.at(50, 80)[0] + 150 < picture.at(50, 120)[0]);
  CHECK(picture.at(2, 2)[2] == 255);  // the ground
}

TEST_CASE("fgcn_mesh: no result takes the place of an input") {
  const TemporaryFolder folder;
  write_mesh_file(folder / "a.obj", sheet(9, 0));
  write_mesh_file(folder / "first.ply", sheet(9, 1));
  const std::string a = quoted(folder / "a.obj"), b = quoted(folder / "first.ply");
  const Bytes before = read_file(folder / "a.obj"), first = read_file(folder / "first.ply");
  for (const std::string& command :
       {"convert" + a + a, "normals" + a + a, "simplify" + a + a + " --vertices 9",
        "subdivide" + a + a, "closest" + a + b + " -o" + a,
        "visibility" + a + " --camera 0,0,9 -o" + a, "intersect" + a + b + " -o" + b,
        "landmarks" + a + " -o" + a, "transfer" + a + b + " -o" + b, "snapshot" + a + " -o" + a,
        "compare" + b + a + " -o" + quoted(folder.path())}) {
    CAPTURE(command);
    const test::Outcome outcome = run(command);
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err.find("would replace an input") != std::string::npos);
    CHECK(read_file(folder / "a.obj") == before);
    CHECK(read_file(folder / "first.ply") == first);
  }
}

TEST_CASE("fgcn_mesh: what cannot be done is said in one sentence, with code 2") {
  const TemporaryFolder folder;
  write_mesh_file(folder / "a.obj", sheet(4, 0));
  write_file(folder / "bad.stl", std::string_view("solid x\nfacet\n"));
  struct Case {
    std::string arguments, says;
  };
  const std::string a = quoted(folder / "a.obj"), out = quoted(folder / "o.ply");
  const Case cases[] = {
      {"info" + quoted(folder / "bad.stl"), "not a proper STL file"},
      {"info" + quoted(folder / "none.obj"), "none.obj"},
      {"convert" + a + quoted(folder / "o.fbx"), "ending names no format"},
      {"convert" + a + quoted(folder / "no" / "o.ply"), "no"},
      {"convert" + a + out + " --unit parsec", "is not a unit"},
      {"simplify" + a + out, "either --vertices or --factor"},
      {"simplify" + a + out + " --vertices 99", "take 1 to 16"},
      {"subdivide" + a + out + " --steps 12", "take fewer"},
      {"visibility" + a, "--camera"},
      {"visibility" + a + " --camera 1,2", "expected 3"},
      {"snapshot" + a + " --show texture -o" + out, "has none"},
      {"landmarks" + a, "has no landmarks"},
      {"transfer" + a + a + " --align landmarks -o" + out, "3 are needed"},
      {"compare" + a, "second"},
      {"nonsense", "is not a command"},
  };
  for (const Case& k : cases) {
    CAPTURE(k.arguments);
    const test::Outcome done = run(k.arguments);
    CAPTURE(done.err);
    CHECK(done.exit_code == 2);
    CHECK(done.err.find(k.says) != std::string::npos);
    CHECK(std::count(done.err.begin(), done.err.end(), '\n') == 1);
  }
}

}  // namespace fgcn
