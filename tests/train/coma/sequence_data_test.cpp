#include "train/coma/sequence_data.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "io/arrays/npz.h"
#include "io/file.h"
#include "io/mesh/ply.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "tests/support/small_head.h"
#include "tests/train/coma/coma_sample_data.h"
#include "train/coma/expression_sequences.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;

void write_tree(const fs::path& folder, const SequenceData& data) {
  mesh::RenderMesh mesh;
  mesh.triangles = data.topology.triangles;
  mesh.vertices.resize(static_cast<std::size_t>(data.vertices()));
  for (std::int64_t n = 0; n < data.size(); ++n) {
    for (std::size_t i = 0; i < 3 * mesh.vertices.size(); ++i)
      mesh.vertices[i / 3][i % 3] = static_cast<double>(
          data.positions[static_cast<std::size_t>(n) * 3 * mesh.vertices.size() + i]);
    const fs::path path = folder / (data.names[static_cast<std::size_t>(n)] + ".ply");
    fs::create_directories(path.parent_path());
    mesh::write_ply(path, mesh, mesh::PlyFormat::kLittleEndian);
  }
}

void refused(const SequenceSource& source, const char* words) {
  CHECK_THROWS_WITH_AS(read_sequences(source), doctest::Contains(words), InputError);
}

TEST_CASE("a tree of PLY files and the packed folder of it hold the same meshes") {
  const TemporaryFolder folder;
  const SequenceData data = test::bending_torus(3);
  write_tree(folder / "tree", data);
  const SequenceData tree = read_sequences({folder / "tree", std::nullopt});
  CHECK(tree.size() == 12);
  CHECK(tree.positions == data.positions);
  CHECK(tree.names == data.names);
  CHECK(tree.topology.triangles == data.topology.triangles);

  write_packed(folder / "packed", tree);
  const SequenceData packed = read_sequences({folder / "packed", std::nullopt});
  CHECK(packed.positions == data.positions);
  CHECK(packed.names == data.names);
  const SequenceData file = read_sequences({folder / "packed" / kPackedMeshes, std::nullopt});
  CHECK(file.positions == data.positions);
}

TEST_CASE("meshes of another size are left out and named") {
  const TemporaryFolder folder;
  write_tree(folder / "tree", test::bending_torus(2));
  mesh::RenderMesh scan;
  scan.vertices = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}};
  scan.triangles = {{0, 1, 2}};
  mesh::write_ply(folder / "tree" / "subject1" / "sag" / "scan.ply", scan, mesh::PlyFormat::kAscii);
  const SequenceData found = read_sequences({folder / "tree", std::nullopt});
  CHECK(found.size() == 8);
  REQUIRE(found.left_out.size() == 1);
  CHECK(found.left_out[0].find("has 3 vertices, the template 1200") != std::string::npos);
}

TEST_CASE("data that are wrong are refused by name") {
  const TemporaryFolder folder;
  const SequenceData data = test::bending_torus(2);
  write_packed(folder / "a", data);
  const auto put = [&](std::vector<std::int64_t> shape, const std::vector<float>& values) {
    write_file(folder / "a" / kPackedMeshes,
               io::encode_npy(io::NpyArray::of(std::move(shape), std::span(values))));
  };
  refused({folder / "nowhere", std::nullopt}, "does not exist");
  refused({folder.path(), std::nullopt}, "holds neither meshes.npy nor files");
  put({2, 4, 3}, std::vector<float>(24));
  refused({folder / "a", std::nullopt}, "and 4 vertices, expected [n, 1200, 3]");
  std::vector<float> values(static_cast<std::size_t>(8 * 1200 * 3));
  values[77] = std::numeric_limits<float>::quiet_NaN();
  put({8, 1200, 3}, values);
  refused({folder / "a", std::nullopt}, "holds a coordinate of nan");
  put({0, 1200, 3}, {});
  write_file(folder / "a" / kPackedNames, std::string_view(""));
  refused({folder / "a", std::nullopt}, "holds no mesh");
  values[77] = 0;
  put({8, 1200, 3}, values);
  write_file(folder / "a" / kPackedNames, std::string_view("a/b/c\n"));
  refused({folder / "a", std::nullopt}, "has 1 names for 8 meshes");
  fs::remove(folder / "a" / kPackedTemplate);
  refused({folder / "a", std::nullopt}, "give --template");
  refused({folder / "a", folder / "a" / kPackedNames}, "is neither .ply nor .obj");
}

TEST_CASE("splits hold out what their rule says") {
  const SequenceData data = test::bending_torus(60);  // 240 meshes
  const SequenceSplit sliced = split_sequences(data, "sliced");
  CHECK(sliced.test.size() == 30);
  CHECK(sliced.test[9] == 9);
  CHECK(sliced.test[10] == 100);
  CHECK(sliced.validation.size() == 21);
  CHECK(sliced.training.size() == 189);
  CHECK(sliced.training[0] == 10);
  CHECK(sliced.validation.back() == 239);

  const SequenceSplit expression = split_sequences(data, "expression:sag");
  CHECK(expression.test.size() == 120);
  for (const std::int64_t i : expression.test)
    CHECK(name_part(data.names[static_cast<std::size_t>(i)], 1) == "sag");
  const SequenceSplit identity = split_sequences(data, "identity:subject1");
  CHECK(identity.test.size() == 120);
  CHECK(identity.test.front() == 120);
  CHECK(split_sequences(data, "none").test.empty());

  const auto refuses = [&](const SequenceData& of, const char* rule, const char* words) {
    CHECK_THROWS_WITH_AS(split_sequences(of, rule), doctest::Contains(words), InputError);
  };
  refuses(data, "expression:smile", "there are bend, sag");
  refuses(data, "sometimes", "is none of sliced");
  refuses(data, "expression:", "is none of sliced");
  SequenceData nameless = data;
  nameless.names.clear();
  refuses(nameless, "identity:subject1", "the data have no names");
  nameless.names.assign(240, "only");
  refuses(nameless, "identity:subject1", "is no name SUBJECT/EXPRESSION/FRAME");
  SequenceData one = test::bending_torus(1);
  one.positions.resize(3 * 1200);
  refuses(one, "none", "leaves 1 meshes");
}

TEST_CASE("a face model without ARKit's units makes no sequences") {
  CHECK_THROWS_WITH_AS(expression_sequences(test::small_head(), {}),
                       doctest::Contains("has no expression"), InputError);
}

/// The small head with all units that the sequences need, each a mode of its own.
mesh::FaceModel talking_head() {
  mesh::FaceModel face = mesh::make_embedded_face();
  const std::vector<std::string> names{
      "mouthUpperUp",    "mouthLowerDown",  "mouthStretch", "noseSneer",       "jawOpen",
      "mouthPucker",     "mouthFunnel",     "browInnerUp",  "browOuterUp",     "eyeWide",
      "mouthSmileLeft",  "mouthSmileRight", "cheekSquint",  "eyeSquint",       "mouthDimple",
      "mouthRollLower",  "mouthRollUpper",  "mouthPress",   "mouthShrugUpper", "mouthFrown",
      "mouthShrugLower", "mouthLeft",       "jawLeft",      "mouthRight",      "jawForward",
      "eyeBlinkLeft",    "eyeBlinkRight"};
  const auto width = static_cast<std::size_t>(3 * face.vertices());
  face.expression = {static_cast<std::int64_t>(names.size()), {}, names};
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t k = 0; k < width; ++k)
      face.expression.data.push_back(k % names.size() == i ? 0.1F : 0);
  face.expression_low.assign(names.size(), 0);
  face.expression_high.assign(names.size(), 1);
  return face;
}

TEST_CASE("sequences begin and end at rest, differ between people, and repeat") {
  const mesh::FaceModel face = talking_head();
  const ExpressionSequenceOptions options{.people = 2, .frames = 5, .vertices = 1100, .seed = 3};
  const SequenceData data = expression_sequences(face, options);
  CHECK(data.vertices() == 1100);
  CHECK(data.size() == 2 * 12 * 5);
  CHECK(data.names.front() == "person_01/bareteeth/bareteeth.000001");
  CHECK(data.names.back() == "person_02/mouth_up/mouth_up.000005");
  CHECK(std::is_sorted(data.names.begin(), data.names.end()));
  CHECK(expression_sequences(face, options).positions == data.positions);
  const auto distance = [&](std::int64_t a, std::int64_t b) {
    double most = 0;
    for (std::int64_t i = 0; i < 3 * data.vertices(); ++i) {
      const auto at = [&](std::int64_t n) {
        return static_cast<double>(
            data.positions[static_cast<std::size_t>(n * 3 * data.vertices() + i)]);
      };
      most = std::max(most, std::abs(at(a) - at(b)));
    }
    return most;
  };
  // Lids and brows move a little at rest; 1 mm is far from an expression's height, 8 mm.
  CHECK(distance(0, 4) < 2e-3);
  CHECK(distance(0, 2) > 4e-3);
  CHECK(distance(0, 60) > 1e-3);
}

}  // namespace
}  // namespace fgcn::train
