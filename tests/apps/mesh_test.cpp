// fgcn_mesh as a user starts it.
#include <doctest/doctest.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "io/file.h"
#include "io/image.h"
#include "io/mesh/mesh_file.h"
#include "io/mesh/tangents.h"
#include "io/temporary_folder.h"
#include "photo/decode/decode.h"
#include "tests/mesh/shapes.h"
#include "tests/support/program.h"

namespace fgcn {
namespace {

using test::quoted;

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

std::string argument(const std::filesystem::path& path) { return " " + quoted(path); }

}  // namespace

TEST_CASE("fgcn_mesh: info, convert, normals, simplify and subdivide agree on a mesh") {
  const TemporaryFolder folder;
  mesh::MeshFile first = sheet(9, 0);
  first.segments = {{"low", {0, 1, 2}}};
  first.landmarks = {{"corner", 80}};
  write_mesh_file(folder / "a.obj", first);
  const Json info = json_of("info --json" + argument(folder / "a.obj")).at(0);
  CHECK(info.at("vertices") == 81);
  CHECK(info.at("triangles") == 128);
  CHECK(info.at("border_edges") == 32);
  CHECK(info.at("euler_number") == 1);
  CHECK(info.at("pieces") == 1);
  CHECK(info.at("unit") == "mm");
  CHECK(info.at("segments").at("low") == 3);
  CHECK(info.at("landmarks").at("corner") == 80);

  must("convert" + argument(folder / "a.obj") + argument(folder / "a.ply") + " --output-unit cm");
  const mesh::MeshFile ply = mesh::read_mesh_file(folder / "a.ply");
  CHECK(ply.metres == 0.01);
  CHECK(ply.surface.vertices.back()[0] == doctest::Approx(10));
  const test::Outcome lost =
      run("convert" + argument(folder / "a.obj") + argument(folder / "a.stl"));
  CHECK(lost.exit_code == 0);
  CHECK(lost.err.find("STL cannot hold texture coordinates, colors, segments, landmarks") !=
        std::string::npos);

  must("normals" + argument(folder / "a.ply") + argument(folder / "n.ply"));
  CHECK(mesh::read_mesh_file(folder / "n.ply").surface.normals.size() == 81);
  must("simplify" + argument(folder / "a.obj") + argument(folder / "s.obj") + " --vertices 40");
  const mesh::MeshFile small = mesh::read_mesh_file(folder / "s.obj");
  CHECK(small.surface.vertices.size() == 40);
  CHECK(small.landmarks.size() == 1);
  must("subdivide" + argument(folder / "a.obj") + argument(folder / "d.obj") + " --steps 2");
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
  const Json out = json_of("compare --json -o" + argument(folder / "d") +
                           argument(folder / "a.obj") + argument(folder / "b.ply"));
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
  const Json near = json_of("closest --json --by along -o" + argument(folder / "t.csv") +
                            argument(folder / "a.obj") + argument(folder / "up.obj"));
  CHECK(near.at("points") == 25);
  CHECK(near.at("found").get<int>() > 10);
  const Bytes table = read_file(folder / "t.csv");
  CHECK(std::count(table.begin(), table.end(), '\n') == 26);
  const Json seen = json_of("visibility --json --camera 50,50,1000 --camera 50,50,-1000" +
                            argument(folder / "a.obj") + " -o" + argument(folder / "v.ply"));
  CHECK(seen.at("cameras").at(0).at("visible").get<int>() > 70);
  const Json hidden = json_of("visibility --json --camera 50,50,1000" + argument(folder / "a.obj") +
                              " --occluder" + argument(folder / "up.obj"));
  CHECK(hidden.at("cameras").at(0).at("visible").get<int>() < 20);
  CHECK(json_of("intersect --json" + argument(folder / "a.obj") + argument(folder / "up.obj"))
            .at("count") == 0);
  CHECK(json_of("intersect --json" + argument(folder / "a.obj") + argument(folder / "a.obj"))
            .at("count") == 128);
  const Json fixed = json_of("landmarks --json" + argument(folder / "a.obj") +
                             argument(folder / "p.lmrk") + " -o" + argument(folder / "named.obj"));
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
  must("transfer --texture-size 64 -o" + argument(folder / "out.obj") +
       argument(folder / "from.ply") + argument(folder / "to.obj"));
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
  must("snapshot --width 200 --height 100 -o" + argument(folder / "p.png") +
       argument(folder / "out.obj"));
  const Image8 picture = photo::read_photo(folder / "p.png").rgb;
  CHECK(picture.width == 200);
  CHECK(picture.at(50, 80)[0] + 150 < picture.at(50, 120)[0]);
  CHECK(picture.at(2, 2)[2] == 255);  // the ground
}

TEST_CASE("fgcn_mesh: a name does not steer the terminal, and JSON has it as it is") {
  const TemporaryFolder folder;
  const std::string name = "\x1b[2J\x1b]0;owned\x07\n\xc2\x9b.obj";
  write_mesh_file(folder / name, sheet(4, 0));
  const test::Outcome missing = run("info" + argument(folder / ("no" + name)));
  CHECK(missing.exit_code == 2);
  CHECK(missing.err.find("no\\x1b[2J\\x1b]0;owned\\x07\\n\\xc2\\x9b.obj") != std::string::npos);
  const test::Outcome told = run("info" + argument(folder / name));
  CHECK(told.exit_code == 0);
  CHECK(told.out.find("\\x1b[2J\\x1b]0;owned\\x07\\n\\xc2\\x9b.obj\n") != std::string::npos);
  const test::Outcome option = run("info --\x1b[31m" + argument(folder / name));
  CHECK(option.exit_code == 2);
  for (const test::Outcome* outcome : {&missing, &told, &option})
    for (const char steers : {'\x1b', '\x07'}) {
      CHECK(outcome->out.find(steers) == std::string::npos);
      CHECK(outcome->err.find(steers) == std::string::npos);
    }
  const Json json = json_of("info --json" + argument(folder / name));
  CHECK(json[0]["file"] == (folder / name).string());
  CHECK(run("info --json" + argument(folder / name)).out.find("\xc2\x9b") == std::string::npos);
}

TEST_CASE("fgcn_mesh: a normal map stays through every conversion that can hold it") {
  const TemporaryFolder folder;
  mesh::MeshFile mesh = sheet(6, 0);
  mesh.surface.normal_png = encode_png(Image8(4, 4, 3));
  mesh::make_frames(mesh.surface);
  write_mesh_file(folder / "a.glb", mesh);
  const Bytes map = mesh.surface.normal_png;
  must("convert" + argument(folder / "a.glb") + argument(folder / "b.obj") + " --output-unit mm");
  CHECK(read_file(folder / "b_normal.png") == map);
  must("convert" + argument(folder / "b.obj") + argument(folder / "c.glb") + " --flip");
  must("normals" + argument(folder / "c.glb") + argument(folder / "d.glb"));
  const mesh::MeshFile last = mesh::read_mesh_file(folder / "d.glb");
  CHECK(last.surface.normal_png == map);
  const auto before = mesh::read_mesh_file(folder / "c.glb").surface.tangents;
  REQUIRE(last.surface.tangents.size() == before.size());
  double apart = 0;  // made anew from rounded vertices
  for (std::size_t v = 0; v < before.size(); ++v)
    for (std::size_t c = 0; c < 4; ++c)
      apart = std::max(apart, std::abs(last.surface.tangents[v][c] - before[v][c]));
  MESSAGE("tangents differ by at most ", apart);
  CHECK(apart < 1e-5);
  CHECK(json_of("info --json" + argument(folder / "d.glb"))[0]["normal_map"] == true);
  const test::Outcome told =
      run("convert" + argument(folder / "a.glb") + argument(folder / "e.ply"));
  CHECK(told.err.find("PLY cannot hold normal map; left out") != std::string::npos);
  must("convert" + argument(folder / "a.glb") + argument(folder / "f.glb") + " --weld");
  CHECK_FALSE(mesh::read_mesh_file(folder / "f.glb").surface.has_normal_map());
}

TEST_CASE("fgcn_mesh: names that a table cannot hold as they are stand in quotes") {
  const TemporaryFolder folder;
  write_mesh_file(folder / "a.obj", sheet(4, 0));
  write_file(folder / "p.json",
             std::string_view(R"({"tip, \"of\" nose": [1, 2, 3], "b": [0, 0, 1]})"));
  must("closest" + argument(folder / "a.obj") + argument(folder / "p.json") + " -o" +
       argument(folder / "t.csv"));
  const Bytes bytes = read_file(folder / "t.csv");
  const std::string table(bytes.begin(), bytes.end());
  CHECK(table.find("\n\"tip, \"\"of\"\" nose\",") != std::string::npos);
  CHECK(table.find("\nb,") != std::string::npos);
}

TEST_CASE("fgcn_mesh: units and missing textures are told") {
  const TemporaryFolder folder;
  mesh::MeshFile mesh = sheet(4, 0);
  const std::string a = argument(folder / "a.obj");
  write_mesh_file(folder / "a.obj", mesh);
  const test::Outcome same = run("convert" + a + argument(folder / "mm.stl"));
  CHECK(same.err.find("take STL for mm") == std::string::npos);
  const test::Outcome metres = run("convert" + a + argument(folder / "m.stl") + " --output-unit m");
  CHECK(metres.err.find("m.stl: is in m; programs that print take STL for mm") !=
        std::string::npos);
  CHECK(json_of("info --json" + argument(folder / "m.stl"))[0]["unit"] == "m");
  must("convert" + argument(folder / "m.stl") + argument(folder / "m.off") + " --output-unit in");
  CHECK(json_of("info --json" + argument(folder / "m.off"))[0]["unit"] == "in");
  mesh.metres = 0;
  write_mesh_file(folder / "plain.stl", mesh);
  const test::Outcome guessed =
      run("convert" + argument(folder / "plain.stl") + argument(folder / "a.glb"));
  CHECK(guessed.err.find("taken for metres (an STL is mostly in mm: --unit mm)") !=
        std::string::npos);
  write_file(folder / "bare.obj",
             std::string_view("mtllib gone.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"));
  const test::Outcome bare = run("info" + argument(folder / "bare.obj"));
  CHECK(bare.exit_code == 0);
  CHECK(bare.err.find("bare.obj: its material file gone.mtl is not there") != std::string::npos);
}

TEST_CASE("fgcn_mesh: a signal while it writes leaves no file half written") {
  const TemporaryFolder folder;
  write_mesh_file(folder / "a.ply", sheet(200, 0));
  const std::filesystem::path made = folder / "made";
  std::filesystem::create_directory(made);
  // A fast disk may have the file before the signal comes: then again.
  int code = 0;
  for (int tries = 0; tries < 5 && code == 0; ++tries) {
    std::filesystem::remove(made / "o.off");
    const int watch = ::inotify_init1(IN_CLOEXEC);
    REQUIRE(::inotify_add_watch(watch, made.c_str(), IN_CREATE) >= 0);
    test::RunningProgram program("fgcn_mesh", {"subdivide", (folder / "a.ply").string(),
                                               (made / "o.off").string(), "--steps", "2"});
    // The first new name is that of the trial before the work, the second that of the result.
    int names = 0;
    while (names < 2) {
      alignas(inotify_event) std::array<char, 4096> buffer{};
      const ssize_t got = ::read(watch, buffer.data(), buffer.size());
      REQUIRE(got > 0);
      for (ssize_t at = 0; at < got; ++names)
        at += static_cast<ssize_t>(sizeof(inotify_event)) +
              reinterpret_cast<const inotify_event*>(buffer.data() + at)->len;
    }
    program.send(SIGINT);
    code = program.wait();
    ::close(watch);
    CHECK(std::filesystem::is_empty(made) == (code != 0));
  }
  CHECK(code == 128 + SIGINT);
}

TEST_CASE("fgcn_mesh: no result takes the place of an input") {
  const TemporaryFolder folder;
  write_mesh_file(folder / "a.obj", sheet(9, 0));
  write_mesh_file(folder / "first.ply", sheet(9, 1));
  const std::string a = argument(folder / "a.obj"), b = argument(folder / "first.ply");
  const Bytes before = read_file(folder / "a.obj"), first = read_file(folder / "first.ply");
  for (const std::string& command :
       {"convert" + a + a, "normals" + a + a, "simplify" + a + a + " --vertices 9",
        "subdivide" + a + a, "closest" + a + b + " -o" + a,
        "visibility" + a + " --camera 0,0,9 -o" + a, "intersect" + a + b + " -o" + b,
        "landmarks" + a + " -o" + a, "transfer" + a + b + " -o" + b, "snapshot" + a + " -o" + a,
        "compare" + b + a + " -o" + argument(folder.path())}) {
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
  write_file(folder / "none.stl", Bytes(84, 0));
  write_mesh_file(folder / "b.ply", sheet(4, 0));
  const std::string a = argument(folder / "a.obj"), out = argument(folder / "o.ply");
  const std::string b = argument(folder / "b.ply");
  write_file(folder / "far.txt", std::string_view("far 0 0 1e300\n"));
  mesh::MeshFile line_file = sheet(4, 0);
  line_file.landmarks = {{"a", 0}, {"b", 1}, {"c", 2}};  // of one row
  write_mesh_file(folder / "line.obj", line_file);
  mesh::MeshFile huge_file = sheet(4, 0);
  huge_file.metres = 0;
  huge_file.surface.vertices[0][0] = 1e59;
  write_mesh_file(folder / "huge.ply", huge_file);
  const std::string line = argument(folder / "line.obj"), huge = argument(folder / "huge.ply");
  const Case cases[] = {
      {"info" + argument(folder / "bad.stl"), "not a proper STL file"},
      {"info" + argument(folder / "none.obj"), "none.obj"},
      {"convert" + a + argument(folder / "o.fbx"), "ending names no format"},
      {"convert" + a + argument(folder / "no" / "o.ply"), "no"},
      {"convert" + a + out + " --unit parsec", "is not a unit"},
      {"simplify" + a + out, "either --vertices or --factor"},
      {"simplify" + a + out + " --vertices 99", "take 1 to 16"},
      {"subdivide" + a + out + " --steps 12", "take fewer"},
      {"visibility" + a, "--camera"},
      {"visibility" + a + " --camera 1,2", "expected 3"},
      {"snapshot" + a + " --show texture -o" + argument(folder / "o.png"), "has none"},
      {"snapshot" + a + " -o" + argument(folder / "o.jpg"),
       "a PNG is written; give a name that ends"},
      {"closest" + a + a + " -o" + out, "a table is written; give a name that ends in .csv"},
      {"info" + argument(folder / "none.stl"), "holds no triangle"},
      {"transfer" + line + line + " -o" + out, "that both name lie in one line"},
      {"compare" + line + line + " --align landmarks", "that both name lie in one line"},
      {"convert" + huge + argument(folder / "o.stl"), "too large for STL"},
      {"convert" + huge + argument(folder / "o.glb") + " --unit m", "too large for glTF"},
      {"visibility" + a + " --camera 1e300,0,9", "has a number beyond 1e+60"},
      {"closest" + a + a + " --by normals --weight 1e300", "--weight"},
      {"closest" + a + argument(folder / "far.txt"), "landmark far has a coordinate of 1e+300"},
      {"landmarks" + a + argument(folder / "far.txt"), "landmark far has a coordinate of 1e+300"},
      {"visibility" + a + " --camera 0,0,9 --occluder" + b + " -o" + b, "would replace an input"},
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
