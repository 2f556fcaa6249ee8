// What format 2 adds: every array comes back to the bit, every wrong one is refused by name, and a
// model without them is a file of version 1 as before.
#include "mesh/face/whole_head.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "io/file.h"
#include "io/hash.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_fingerprint.h"
#include "mesh/face/face_model.h"

namespace fgcn::mesh {
namespace {

/// The embedded face without modes, and one vertex more of a second part: a triangle of its own.
FaceModel head() {
  static const FaceModel whole = make_embedded_face();
  FaceModel m = whole;
  m.identity = {0, {}, {}};
  m.expression = {0, {}, {}};
  m.albedo = {0, {}, {}};
  m.expression_low.clear();
  m.expression_high.clear();
  const auto v = static_cast<std::int32_t>(m.vertices());
  for (std::int32_t k = 0; k < 3; ++k) {
    m.mean_shape.insert(m.mean_shape.end(), {0.01f * static_cast<float>(k), 0, 0});
    m.mean_albedo.insert(m.mean_albedo.end(), {0.8f, 0.8f, 0.7f});
    m.mirror.push_back(v + k);
    m.skin.push_back(0);
  }
  m.triangles.push_back({v, v + 1, v + 2});
  // Every corner of the last triangle has a row of its own, and one row is nobody's.
  m.uv.insert(m.uv.end(), {0.75f, 0.75f});
  const auto rows = static_cast<std::int32_t>(m.uv.size() / 2);
  m.uv.insert(m.uv.end(), {0.25f, 0.25f, 0.5f, 0.25f, 0.25f, 0.5f});
  m.uv_triangles = m.triangles;
  m.uv_triangles.back() = {rows, rows + 1, rows + 2};
  m.parts.names = {"skin", "tongue"};
  m.parts.part.assign(static_cast<std::size_t>(v), 0);
  m.parts.part.insert(m.parts.part.end(), 3, 1);
  const auto vertices = static_cast<std::size_t>(m.vertices());
  m.joints.names = {"neck", "head"};
  m.joints.parents = {-1, 0};
  m.joints.positions = {0, -1, -0.5f, 0, -0.25f, -0.5f};
  for (std::size_t i = 0; i < vertices; ++i) {
    m.joints.joints.insert(m.joints.joints.end(), {0, 1, 0, 0});
    m.joints.weights.insert(m.joints.weights.end(), {0.25f, 0.75f, 0, 0});
  }
  for (std::size_t k = 0; k < 68; ++k) {
    std::int32_t t = 0;
    while (std::set<std::int32_t>(m.triangles[static_cast<std::size_t>(t)].begin(),
                                  m.triangles[static_cast<std::size_t>(t)].end())
               .count(m.landmarks[k]) == 0)
      ++t;
    m.landmark_points.triangles.push_back(t);
    for (const std::int32_t corner : m.triangles[static_cast<std::size_t>(t)])
      m.landmark_points.weights.push_back(corner == m.landmarks[k] ? 0.5f : 0.25f);
  }
  m.regions.names = {"lips", "neck"};
  m.regions.inside.assign(2 * vertices, 0);
  m.regions.inside[7] = 1;
  m.regions.inside[vertices + 9] = 1;
  return m;
}

}  // namespace

TEST_CASE("whole head: a file keeps every bit, and writing it again gives the same bytes") {
  const TemporaryFolder folder;
  const auto path = folder / "head.safetensors";
  const FaceModel m = head();
  write_face_model(path, m);
  const Bytes first = read_file(path);
  const FaceModel back = read_face_model(path);
  CHECK(io::read_safetensors(path).metadata.at("version") == "2");
  CHECK(back.uv == m.uv);
  CHECK(back.uv_triangles == m.uv_triangles);
  CHECK(back.parts.names == m.parts.names);
  CHECK(back.parts.part == m.parts.part);
  CHECK(back.joints.names == m.joints.names);
  CHECK(back.joints.parents == m.joints.parents);
  CHECK(back.joints.positions == m.joints.positions);
  CHECK(back.joints.joints == m.joints.joints);
  CHECK(back.joints.weights == m.joints.weights);
  CHECK(back.landmark_points.triangles == m.landmark_points.triangles);
  CHECK(back.landmark_points.weights == m.landmark_points.weights);
  CHECK(back.regions.names == m.regions.names);
  CHECK(back.regions.inside == m.regions.inside);
  CHECK(same_face(fingerprint(back), fingerprint(m)));
  write_face_model(path, back);
  CHECK(read_file(path) == first);
}

TEST_CASE("whole head: a model without one is a file of version 1") {
  const TemporaryFolder folder;
  const auto path = folder / "face.safetensors";
  const FaceModel m = make_embedded_face();
  write_face_model(path, m);
  const io::Safetensors file = io::read_safetensors(path);
  CHECK(file.metadata.at("version") == "1");
  std::set<std::string> names;
  for (const auto& [name, tensor] : file.tensors) names.insert(name);
  CHECK(names == std::set<std::string>{"albedo", "expression", "expression_high", "expression_low",
                                       "identity", "landmarks", "mean_albedo", "mean_shape",
                                       "mirror", "skin", "triangles", "uv"});
  CHECK(file.tensors.at("uv").shape == std::vector<std::int64_t>{m.vertices(), 2});
  // A file of version 1 gives none of the new fields, even where an array has such a name.
  io::Safetensors old = file;
  old.tensors["regions"] = io::StoredTensor::of({1}, std::span<const float>(m.uv.data(), 1));
  io::write_safetensors(path, old);
  const FaceModel back = read_face_model(path);
  CHECK(back.regions.empty());
  CHECK(back.uv == m.uv);
}

TEST_CASE("whole head: the fingerprint tells every new field apart") {
  const FaceFingerprint own = fingerprint(head());
  using Change = void (*)(FaceModel&);
  const std::array<Change, 9> changes{
      [](FaceModel& m) { m.uv_triangles.back()[0] -= 1; },
      [](FaceModel& m) { m.parts.part[4] = 1; },
      [](FaceModel& m) { m.parts.names[1] = "palate"; },
      [](FaceModel& m) { m.joints.parents[1] = -1; },
      [](FaceModel& m) { m.joints.positions[1] += 0.001f; },
      [](FaceModel& m) { m.joints.joints[2] = 1; },
      [](FaceModel& m) { m.joints.weights[0] += 0.001f; },
      [](FaceModel& m) { m.landmark_points.weights[5] += 0.001f; },
      [](FaceModel& m) { m.regions.inside[8] = 1; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    CAPTURE(i);
    FaceModel m = head();
    changes[i](m);
    CHECK_FALSE(same_face(own, fingerprint(m)));
  }
}

TEST_CASE("whole head: check names the field that is wrong") {
  struct Case {
    const char* sentence;
    void (*spoil)(FaceModel&);
  };
  const Case cases[] = {
      {"uv_triangles has", [](FaceModel& m) { m.uv_triangles.pop_back(); }},
      {"uv_triangles names row -1", [](FaceModel& m) { m.uv_triangles[3][1] = -1; }},
      {"uv_triangles names row 99999", [](FaceModel& m) { m.uv_triangles[3][1] = 99999; }},
      {"uv has", [](FaceModel& m) { m.uv.pop_back(); }},
      {"part_names has 0 names", [](FaceModel& m) { m.parts.names.clear(); }},
      {"part_names has the name 'skin' twice", [](FaceModel& m) { m.parts.names[1] = "skin"; }},
      {"part_names has the name '' without letters",
       [](FaceModel& m) { m.parts.names[1].clear(); }},
      {"vertex_part has", [](FaceModel& m) { m.parts.part.pop_back(); }},
      {"vertex_part names part 2 of 2", [](FaceModel& m) { m.parts.part[5] = 2; }},
      {"joins the parts 'tongue' and 'skin'", [](FaceModel& m) { m.parts.part.back() = 0; }},
      {"joint_names has the name 'neck' twice", [](FaceModel& m) { m.joints.names[1] = "neck"; }},
      {"joint_parents has", [](FaceModel& m) { m.joints.parents.pop_back(); }},
      {"joint 1 has the parent 1", [](FaceModel& m) { m.joints.parents[1] = 1; }},
      {"joint 0 has the parent -2", [](FaceModel& m) { m.joints.parents[0] = -2; }},
      {"joint_positions has", [](FaceModel& m) { m.joints.positions.pop_back(); }},
      {"joint_positions: holds -100", [](FaceModel& m) { m.joints.positions[1] *= 100; }},
      {"skinning_joints has", [](FaceModel& m) { m.joints.joints.pop_back(); }},
      {"skinning_joints names joint 2 of 2", [](FaceModel& m) { m.joints.joints[6] = 2; }},
      {"skinning_weights has", [](FaceModel& m) { m.joints.weights.pop_back(); }},
      {"skinning_weights: the weights of row 1 sum to 0.75",
       [](FaceModel& m) { m.joints.weights[4] = 0; }},
      {"skinning_weights: row 2 holds -0.25", [](FaceModel& m) { m.joints.weights[8] *= -1; }},
      {"landmark_triangles has", [](FaceModel& m) { m.landmark_points.triangles.pop_back(); }},
      {"landmark_triangles names triangle -1",
       [](FaceModel& m) { m.landmark_points.triangles[3] = -1; }},
      {"landmark_weights has", [](FaceModel& m) { m.landmark_points.weights.pop_back(); }},
      {"landmark_weights: the weights of row 0 sum to",
       [](FaceModel& m) { m.landmark_points.weights[0] += 0.1f; }},
      {"landmarks: point 4 is vertex", [](FaceModel& m) { m.landmarks[4] = m.landmarks[60]; }},
      {"region_names has the name 'lips' twice", [](FaceModel& m) { m.regions.names[1] = "lips"; }},
      {"regions has", [](FaceModel& m) { m.regions.inside.pop_back(); }},
      {"regions holds 2", [](FaceModel& m) { m.regions.inside[3] = 2; }},
      {"regions: 'lips' has no vertex", [](FaceModel& m) { m.regions.inside[7] = 0; }},
  };
  CHECK_NOTHROW(check(head(), "here"));
  for (const Case& k : cases) {
    CAPTURE(k.sentence);
    FaceModel m = head();
    k.spoil(m);
    CHECK_THROWS_WITH_AS(check(m, "here"), doctest::Contains(k.sentence), InputError);
  }
}

TEST_CASE("whole head: a reader refuses a file that lacks an array or its names") {
  const TemporaryFolder folder;
  const auto path = folder / "head.safetensors";
  write_face_model(path, head());
  const io::Safetensors good = io::read_safetensors(path);
  for (const char* array : {"joint_parents", "joint_positions", "skinning_joints",
                            "skinning_weights", "landmark_triangles", "landmark_weights"}) {
    CAPTURE(array);
    io::Safetensors file = good;
    file.tensors.erase(array);
    io::write_safetensors(path, file);
    CHECK_THROWS_WITH_AS(read_face_model(path), doctest::Contains(array), InputError);
  }
  for (const char* names : {"part_names", "joint_names", "region_names"}) {
    CAPTURE(names);
    io::Safetensors file = good;
    file.metadata.erase(names);
    io::write_safetensors(path, file);
    CHECK_THROWS_WITH_AS(read_face_model(path), doctest::Contains(names), InputError);
  }
  io::Safetensors file = good;
  file.tensors["vertex_part"] =
      io::StoredTensor::of(file.tensors["vertex_part"].shape,
                           std::span<const std::int32_t>(std::vector<std::int32_t>(
                               static_cast<std::size_t>(file.tensors["vertex_part"].size()), 256)));
  io::write_safetensors(path, file);
  CHECK_THROWS_WITH_AS(read_face_model(path), doctest::Contains("vertex_part holds 256"),
                       InputError);
  // Without its triangles a texture coordinate belongs to no corner.
  file = good;
  file.tensors.erase("uv_triangles");
  io::write_safetensors(path, file);
  CHECK_THROWS_WITH_AS(read_face_model(path), doctest::Contains("uv"), InputError);
}

TEST_CASE("seams: a vertex stands once for each texture coordinate that it meets") {
  // Two triangles share the edge 1 2; its ends lie elsewhere in the second one's chart, one of them
  // twice in rows of equal coordinates.
  FaceModel m;
  m.mean_shape.assign(4 * 3, 0.0f);
  m.triangles = {{0, 1, 2}, {2, 1, 3}};
  m.uv = {0, 0, 0.5f, 0, 0, 0.5f, 0.75f, 1, 0, 0.5f, 1, 1};
  m.uv_triangles = {{0, 1, 2}, {4, 3, 5}};
  const SeamedMesh seamed = cut_at_seams(m);
  CHECK(seamed.vertex == std::vector<std::int32_t>{0, 1, 2, 3, 1});
  CHECK(seamed.triangles == std::vector<Triangle>{{0, 1, 2}, {2, 4, 3}});
  CHECK(seamed.uv == std::vector<float>{0, 0, 0.5f, 0, 0, 0.5f, 1, 1, 0.75f, 1});
  // Without texture triangles nothing is repeated.
  m.uv_triangles.clear();
  m.uv = {0, 0, 1, 0, 0, 1, 1, 1};
  CHECK(cut_at_seams(m).vertex == std::vector<std::int32_t>{0, 1, 2, 3});
  CHECK(cut_at_seams(m).triangles == m.triangles);
  CHECK(cut_at_seams(m).uv == m.uv);
}

}  // namespace fgcn::mesh
