// One mesh in every format, with what stands beside the surface, and files that are refused.
#include "io/mesh/mesh_file.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <string_view>

#include "io/file.h"
#include "io/mesh/off.h"
#include "io/mesh/stl.h"
#include "io/mesh/vec3.h"
#include "io/mesh/weld.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "tests/mesh/shapes.h"

namespace fgcn::mesh {
namespace {

MeshFile parse(std::string_view text, const std::filesystem::path& folder = {}) {
  return parse_mesh_file(Bytes(text.begin(), text.end()), "x", folder);
}

MeshFile sheet() {
  MeshFile out;
  const TriangleMesh shape = test::height_field(5, 4, 0.3);
  out.surface.vertices = shape.vertices;
  out.surface.triangles = shape.triangles;
  return out;
}

constexpr std::string_view kSeam =
    "# made by hand\nmtllib skin.mtl\nv 0 0 0\n#landmark nose tip\nv 1 0 0\nv 1 1 0\nv 0 1 0.1\n"
    "vt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nvt 0.5 0.5\nusemtl skin\ng left rest\nf 1/1 2/2 3/3\n"
    "g right\nf 1/5 3/3 4/4\ng left\nf 2/2 3/3 4/4 1/1\n";

}  // namespace

TEST_CASE("mesh file: vertices and triangles come back out of every format") {
  const TemporaryFolder folder;
  const MeshFile mesh = sheet();
  for (const char* ending : {"obj", "ply", "stl", "off", "glb"}) {
    CAPTURE(std::string(ending));
    const auto path = folder.path() / (std::string("a.") + ending);
    write_mesh_file(path, mesh);
    const MeshFile back = read_mesh_file(path);
    CHECK(back.format == format_of(path));
    REQUIRE(back.surface.triangles.size() == mesh.surface.triangles.size());
    REQUIRE(back.surface.vertices.size() == mesh.surface.vertices.size());
    const std::string kind = ending;
    const bool whole = kind == "obj" || kind == "ply" || kind == "off";
    double worst = 0;
    for (std::size_t t = 0; t < mesh.surface.triangles.size(); ++t)
      for (int k = 0; k < 3; ++k)
        worst = std::max(worst, norm(back.surface.vertices[back.surface.triangles[t][k]] -
                                     mesh.surface.vertices[mesh.surface.triangles[t][k]]));
    CHECK(worst <= (whole ? 0 : 1e-7));
    if (kind != "stl") CHECK(back.surface.triangles == mesh.surface.triangles);
    // Written again, not a bit changes.
    const auto again = folder.path() / (std::string("b.") + ending);
    write_mesh_file(again, back);
    if (kind != "glb") CHECK(read_file(again) == read_file(path));
  }
  CHECK_THROWS_WITH_AS(write_mesh_file(folder.path() / "a.fbx", mesh),
                       doctest::Contains("ending names no format"), InputError);
}

TEST_CASE("mesh file: an OBJ's segments, landmarks, seams and texture are carried") {
  const TemporaryFolder folder;
  const std::string png = "\x89PNG and more";
  write_file(folder.path() / "skin.mtl",
             std::string_view("newmtl other\nmap_Kd no.png\nnewmtl skin\nmap_Ka a.png\n"
                              "map_Kd -s 1 1 1 face.png\n"));
  write_file(folder.path() / "face.png", png);
  MeshFile mesh = parse(kSeam, folder.path());
  CHECK(mesh.texture_name == "face.png");
  CHECK(std::string(mesh.surface.texture_png.begin(), mesh.surface.texture_png.end()) == png);
  REQUIRE(mesh.segments.size() == 2);
  CHECK(mesh.segments[0].name == "left");
  CHECK(mesh.segments[0].triangles == std::vector<std::int32_t>{0, 2, 3});
  CHECK(mesh.segments[1].triangles == std::vector<std::int32_t>{1});
  REQUIRE(mesh.landmarks.size() == 1);
  CHECK(mesh.landmarks[0].name == "nose tip");
  CHECK(mesh.landmarks[0].vertex == 1);
  CHECK(mesh.surface.vertices.size() == 5);  // vertex 0 has two texture coordinates
  CHECK(mesh.repeats == std::vector<std::int32_t>{0, 1, 2, 3, 0});
  CHECK(mesh.geometry().vertices.size() == 4);
  CHECK(mesh.geometry().triangles[1] == Triangle{0, 2, 3});

  write_mesh_file(folder.path() / "out.obj", mesh);
  const MeshFile back = read_mesh_file(folder.path() / "out.obj");
  CHECK(back.surface.vertices == mesh.surface.vertices);
  CHECK(back.surface.uvs == mesh.surface.uvs);
  CHECK(back.repeats == mesh.repeats);
  CHECK(back.texture_name == "face.png");
  CHECK(back.surface.texture_png == mesh.surface.texture_png);
  REQUIRE(back.segments.size() == 2);
  CHECK(back.segments[0].triangles == mesh.segments[0].triangles);
  REQUIRE(back.landmarks.size() == 1);
  CHECK(back.landmarks[0].name == "nose tip");
  // A name steers no terminal that shows the file.
  MeshFile odd = mesh;
  odd.landmarks[0].name = "nose\x1b[2J\x07\n\xc2\x9btip M\xc3\xbcller";
  const std::string shown = encode_mesh_obj(odd, "skin");
  CHECK(shown.find("#landmark nose [2J   tip M\xc3\xbcller\n") != std::string::npos);
  CHECK(left_out(mesh, MeshFormat::kObj).empty());
  CHECK(left_out(mesh, MeshFormat::kStl) ==
        std::vector<std::string>{"texture", "texture coordinates", "segments", "landmarks"});

  // No file outside the folder, even where it is there.
  const auto inner = folder.path() / "inner";
  std::filesystem::create_directory(inner);
  write_file(inner / "skin.mtl", std::string_view("newmtl skin\nmap_Kd ../face.png\n"));
  CHECK_FALSE(parse(kSeam, inner).surface.textured());
  write_file(inner / "skin.mtl", "newmtl skin\nmap_Kd " + (folder.path() / "face.png").string());
  CHECK_FALSE(parse(kSeam, inner).surface.textured());
  write_file(folder.path() / "skin.mtl", std::string_view("newmtl skin\nmap_Kd inner\\face.png\n"));
  write_file(inner / "face.png", png);
  CHECK(parse(kSeam, folder.path()).surface.textured());
  // And none that is no picture.
  for (const char* name : {"../face.png", "/etc/passwd", "skin.mtl", "missing.png"}) {
    write_file(folder.path() / "skin.mtl", "newmtl skin\nmap_Kd " + std::string(name) + "\n");
    CHECK_FALSE(parse(kSeam, folder.path()).surface.textured());
  }
}

TEST_CASE("mesh file: units that files say are kept, and glTF is in metres") {
  const TemporaryFolder folder;
  MeshFile mesh = sheet();
  CHECK(mesh.metres == 0);
  mesh.metres = 0.001;
  for (const char* name : {"a.obj", "a.ply", "a.off", "a.stl"}) {
    CAPTURE(std::string(name));
    write_mesh_file(folder.path() / name, mesh);
    CHECK(read_mesh_file(folder.path() / name).metres == 0.001);
    if (std::string_view(name) != "a.stl")
      CHECK(read_mesh_file(folder.path() / name).surface.vertices == mesh.surface.vertices);
  }
  // No comment of an OFF stands in its first line: there are readers that want OFF alone.
  const Bytes off = read_file(folder.path() / "a.off");
  CHECK(std::string_view(reinterpret_cast<const char*>(off.data()), 4) == "OFF\n");
  CHECK(parse("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n# unit in metres 0.01\n").metres == 0);
  write_mesh_file(folder.path() / "a.glb", mesh);
  const MeshFile back = read_mesh_file(folder.path() / "a.glb");
  CHECK(back.metres == 1);
  CHECK(back.surface.vertices.back()[0] ==
        doctest::Approx(0.001 * mesh.surface.vertices.back()[0]).epsilon(1e-6));
  CHECK(parse("# positions in meters, colors sRGB-encoded\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
            .metres == 1);
}

TEST_CASE("mesh file: STL of both kinds") {
  const std::string ascii =
      "solid lid\n facet normal 0 0 1\n  outer loop\n   vertex 0 0 0\n   vertex 1 0 0\n   vertex 0 "
      "1 0\n  endloop\n endfacet\nendsolid lid\nsolid\nfacet normal 0 0 1\nouter loop\nvertex 1 0 "
      "0\nvertex 1 1 0\nvertex -0 1 0\nendloop\nendfacet\nendsolid\n";
  const MeshFile mesh = parse(ascii);
  CHECK(mesh.format == MeshFormat::kStl);
  CHECK(mesh.surface.vertices.size() == 4);
  CHECK(mesh.surface.triangles == std::vector<Triangle>{{0, 1, 2}, {1, 3, 2}});
  REQUIRE(mesh.segments.size() == 2);
  CHECK(mesh.segments[0].name == "lid");
  CHECK(mesh.segments[1].name == "solid2");
  // Cut anywhere within a facet, it is refused.
  for (std::size_t n = 0; n < ascii.find("endfacet") + 8; ++n)
    REQUIRE_THROWS_AS(parse_stl(Bytes(ascii.begin(), ascii.begin() + std::int64_t(n)), "cut"),
                      InputError);
  const Bytes binary = encode_stl(mesh.geometry());
  CHECK(binary.size() == 84 + 100);
  CHECK(parse_stl(binary, "x").mesh.triangles == mesh.surface.triangles);
  for (std::size_t n = 0; n < binary.size(); ++n)
    REQUIRE_THROWS_AS(parse_stl(std::span(binary).first(n), "cut"), InputError);
  CHECK_THROWS_WITH_AS(parse_stl(std::span(binary).first(183), "cut.stl"),
                       doctest::Contains("with its 2 triangles a binary STL file has 184"),
                       InputError);
  Bytes longer = binary;
  longer.push_back(0);
  CHECK_THROWS_AS(parse_stl(longer, "x"), InputError);
  Bytes lying = binary;  // four thousand million triangles
  for (std::size_t i = 80; i < 84; ++i) lying[i] = 255;
  CHECK_THROWS_AS(parse_stl(lying, "x"), InputError);
  Bytes nan = binary;
  for (std::size_t i = 96; i < 100; ++i) nan[i] = 255;
  CHECK_THROWS_WITH_AS(parse_stl(nan, "x"), doctest::Contains("not finite"), InputError);
}

TEST_CASE("mesh file: OFF with comments, colors, polygons, and what is refused") {
  const MeshFile mesh = parse(
      "# first\nCOFF # kind\n4 2 0\n0 0 0 255 0 0 255\n1 0 0 0 0 0 255\n1 1 0 0 51 0 255\n\n"
      "0 1 0 0 0 0 255\n4 0 1 2 3 200 100 0\n2 0 1\n");
  CHECK(mesh.format == MeshFormat::kOff);
  CHECK(mesh.surface.triangles == std::vector<Triangle>{{0, 1, 2}, {0, 2, 3}});
  CHECK(mesh.surface.colors[0] == Vec3{1, 0, 0});
  CHECK(mesh.surface.colors[2][1] == doctest::Approx(0.2));
  const MeshFile with_all = parse(
      "STCNOFF 3 1 0\n0 0 0 0 0 1 1 1 1 0.5 0.25\n1 0 0 0 0 1 1 1 1 0 "
      "0\n0 1 0 0 0 1 1 1 1 0 0\n3 0 1 2\n");
  CHECK(with_all.surface.uvs[0] == Vec2{0.5, 0.25});
  CHECK(with_all.surface.normals[0] == Vec3{0, 0, 1});
  for (const char* bad :
       {"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n", "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1\n",
        "OFF\n3 1 0\n0 0 0\n1 0 nan\n0 1 0\n3 0 1 2\n", "OFF\n3 1 0\n0 0 0\n1 0\n0 1 0\n3 0 1 2\n",
        "OFF BINARY\n3 1 0\n", "OFF\n2000000000 1 0\n0 0 0\n", "OFF\n1 2000000000 0\n0 0 0\n",
        "OFF\n-1 1 0\n", "OFF\n3 0 0\n0 0 0\n1 0 0\n0 1 0\n", "OFF\n", "OFFX\n1 1 1\n",
        "OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n2000000000 0 1 2\n"})
    CHECK_THROWS_AS(parse_off(Bytes(bad, bad + std::string_view(bad).size()), "x"), InputError);
  CHECK_THROWS_WITH_AS(parse(" \n"), doctest::Contains("is empty"), InputError);
}

TEST_CASE("mesh file: points in one place are one, in the order in which they first occur") {
  const std::vector<Vec3> points{{1, 2, 3}, {0, 0, 0}, {1, 2, 3}, {-0.0, 0, 0}, {1, 2, 3.5}};
  const Welded welded = weld(points);
  CHECK(welded.points == std::vector<Vec3>{{1, 2, 3}, {0, 0, 0}, {1, 2, 3.5}});
  CHECK(welded.place == std::vector<std::int32_t>{0, 1, 0, 1, 2});
  CHECK(weld({}).points.empty());
  // More than one bucket: the same places with zeros of the other sign.
  std::vector<Vec3> many;
  for (const double zero : {0.0, -0.0})
    for (int i = 1; i <= 6000; ++i) many.push_back({static_cast<double>(i), zero, 0.5 * i});
  const Welded halved = weld(many);
  CHECK(halved.points == std::vector<Vec3>(many.begin(), many.begin() + 6000));
  for (std::int32_t i = 0; i < 12000; ++i) REQUIRE(halved.place[i] == i % 6000);
}

TEST_CASE("mesh file: lists that do not fit are a bug of the caller") {
  MeshFile mesh = sheet();
  mesh.segments = {{"a", {0, 99}}};
  CHECK_THROWS_AS(check(mesh), Error);
  mesh = sheet();
  mesh.landmarks = {{"a", 20}};
  CHECK_THROWS_AS(check(mesh), Error);
  mesh = sheet();
  mesh.repeats.resize(mesh.surface.vertices.size());
  std::iota(mesh.repeats.begin(), mesh.repeats.end(), 0);
  check(mesh);
  mesh.repeats[3] = 2;  // not behind the others
  CHECK_THROWS_AS(check(mesh), Error);
}

}  // namespace fgcn::mesh
