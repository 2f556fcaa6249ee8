// What stands beside the surface of a mesh file: seams, units, textures; and odd files of STL.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "io/file.h"
#include "io/mesh/mesh_file.h"
#include "io/mesh/stl.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

MeshFile parse(std::string_view text, const std::filesystem::path& folder = {}) {
  return parse_mesh_file(Bytes(text.begin(), text.end()), "x", folder);
}

std::string text_of(const std::filesystem::path& path) {
  const Bytes bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

/// Vertex 0 has two texture coordinates.
constexpr std::string_view kSeam =
    "mtllib skin.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0.1\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\n"
    "vt 0.5 0.5\nusemtl skin\nf 1/1 2/2 3/3\nf 1/5 3/3 4/4\n";

}  // namespace

TEST_CASE("mesh file: STL without a triangle, and with words in large letters") {
  const Bytes none(84, 0);
  CHECK_THROWS_WITH_AS(parse_stl(none, "none.stl"), doctest::Contains("holds no triangle"),
                       InputError);
  CHECK_THROWS_WITH_AS(parse_mesh_file(none, "none.stl"), doctest::Contains("holds no triangle"),
                       InputError);
  for (const char* empty : {"solid lid\nendsolid lid\n", "SOLID\nENDSOLID\n"})
    CHECK_THROWS_WITH_AS(parse(empty), doctest::Contains("holds no triangle"), InputError);
  const MeshFile mesh = parse(
      "SOLID Lid\nFACET NORMAL 0 0 1\nOUTER LOOP\nVERTEX 0 0 0\nVertex 1 0 0\nvertex 0 1 0\n"
      "ENDLOOP\nENDFACET\nENDSOLID Lid\n");
  CHECK(mesh.format == MeshFormat::kStl);
  CHECK(mesh.surface.vertices == std::vector<Vec3>{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}});
  // A word that only begins so is none.
  CHECK(parse("solids 1\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n").format == MeshFormat::kObj);
}

TEST_CASE("mesh file: seams stay closed in a PLY, as its faces' texture coordinates") {
  const TemporaryFolder folder;
  MeshFile mesh = parse(kSeam);
  REQUIRE(mesh.repeats == std::vector<std::int32_t>{0, 1, 2, 3, 0});
  for (const bool ascii : {true, false}) {
    CAPTURE(ascii);
    write_mesh_file(folder / "a.ply", mesh, {.ascii = ascii});
    const MeshFile back = read_mesh_file(folder / "a.ply");
    CHECK(back.surface.vertices[4] == mesh.surface.vertices[4]);
    CHECK(back.surface.triangles == mesh.surface.triangles);
    CHECK(back.surface.uvs == mesh.surface.uvs);
    CHECK(back.repeats == mesh.repeats);
    CHECK(back.geometry().vertices.size() == 4);
    write_mesh_file(folder / "b.ply", back, {.ascii = ascii});
    CHECK(read_file(folder / "b.ply") == read_file(folder / "a.ply"));
    // As other programs read it: four vertices, six numbers a face.
    const std::string text = text_of(folder / "a.ply");
    CHECK(text.find("element vertex 4\n") != std::string::npos);
    CHECK(text.find("property list uchar float texcoord\n") != std::string::npos);
    CHECK(text.find("property float s") == std::string::npos);
    if (ascii) CHECK(text.find("\n3 0 2 3 6 0.5 0.5 1 1 0 1\n") != std::string::npos);
  }
  // Colors go with the vertices; normals that differ along the seam keep its copies apart.
  mesh.surface.colors.assign(5, Vec3{0, 1, 0});
  mesh.surface.normals.assign(5, Vec3{0, 0, 1});
  write_mesh_file(folder / "a.ply", mesh);
  CHECK(read_mesh_file(folder / "a.ply").repeats == mesh.repeats);
  CHECK(read_mesh_file(folder / "a.ply").surface.colors == mesh.surface.colors);
  mesh.surface.normals.back() = {0, 1, 0};
  write_mesh_file(folder / "a.ply", mesh);
  const MeshFile open = read_mesh_file(folder / "a.ply");
  CHECK(open.repeats.empty());
  CHECK(open.surface.normals == mesh.surface.normals);
  CHECK(open.surface.uvs == mesh.surface.uvs);
}

TEST_CASE("mesh file: what a mesh names and was not read is noted") {
  const TemporaryFolder folder;
  const auto note = [&](const char* words) {
    const MeshFile mesh = parse(kSeam, folder.path());
    REQUIRE(mesh.notes.size() == 1);
    CAPTURE(mesh.notes[0]);
    CHECK(mesh.notes[0].find(words) != std::string::npos);
    CHECK_FALSE(mesh.surface.textured());
  };
  note("x: its material file skin.mtl is not there");
  const auto material = [&](const std::string& image) {
    write_file(folder / "skin.mtl", "newmtl skin\nmap_Kd " + image + "\n");
  };
  material("face.png");
  note("x: its texture face.png is not there");
  material("../face.png");
  note("x: its texture ../face.png is not in the mesh's folder");
  material("skin.mtl");
  note("neither PNG nor JPEG");
  write_file(folder / "face.png", std::string_view("\x89PNG and more"));
  material("face.png");
  CHECK(parse(kSeam, folder.path()).notes.empty());
  CHECK(parse(kSeam).notes.empty());  // without a folder nothing is looked for
}

TEST_CASE("mesh file: a result replaces no file that the mesh was read with") {
  const TemporaryFolder folder;
  const std::string png = "\x89PNG and more", material = "newmtl skin\nmap_Kd face.png\n";
  write_file(folder / "face.png", png);
  write_file(folder / "skin.mtl", material);
  MeshFile mesh = parse(kSeam, folder.path());
  REQUIRE(mesh.surface.textured());
  CHECK_THROWS_WITH_AS(write_mesh_file(folder / "skin.obj", mesh),
                       doctest::Contains("skin.mtl: would replace a file that the mesh was read"),
                       InputError);
  CHECK(text_of(folder / "skin.mtl") == material);
  CHECK_FALSE(std::filesystem::exists(folder / "skin.obj"));
  write_mesh_file(folder / "other.obj", mesh);  // names the same picture, which stays as it is
  CHECK(text_of(folder / "face.png") == png);
  mesh.surface.texture_png.push_back(7);
  CHECK_THROWS_WITH_AS(write_mesh_file(folder / "other.obj", mesh),
                       doctest::Contains("face.png: would replace"), InputError);
  CHECK(text_of(folder / "face.png") == png);
}

}  // namespace fgcn::mesh
