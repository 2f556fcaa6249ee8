// Importing the GNM head: from a file of its schema that is written here, out of the embedded face
// with two boxes for eyes; each array that does not fit is refused by name.
#include "mesh/face/gnm_import.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "io/arrays/npz.h"
#include "io/mesh/vec3.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"

namespace fgcn::mesh {
namespace {

io::NpyArray texts(const std::vector<std::string>& values) {
  io::NpyArray out;
  out.type = io::NpyType::kText;
  out.shape = {static_cast<std::int64_t>(values.size())};
  out.texts = values;
  return out;
}

template <class T>
io::NpyArray array(const std::vector<std::int64_t>& shape, const std::vector<T>& values) {
  return io::NpyArray::of(shape, std::span<const T>(values));
}

const FaceModel& face() {
  static const FaceModel model = make_embedded_face();
  return model;
}

/// An eye is a box whose sides are quads, with vertices of its own.
constexpr std::size_t kBox = 8;
constexpr int kSides[6][4] = {{0, 1, 3, 2}, {4, 6, 7, 5}, {0, 4, 5, 1},
                              {2, 3, 7, 6}, {0, 2, 6, 4}, {1, 5, 7, 3}};

std::size_t face_vertices() { return static_cast<std::size_t>(face().vertices()); }
std::int64_t all_vertices() { return static_cast<std::int64_t>(face_vertices() + 2 * kBox); }

/// Metres, off centre.
io::Npz head() {
  const std::size_t own = face_vertices(), all = own + 2 * kBox;
  std::vector<double> x;
  for (const float p : face().mean_shape) x.push_back(0.1 * static_cast<double>(p));
  std::vector<std::int32_t> mirror = face().mirror;
  for (std::size_t e = 0; e < 2; ++e)
    for (std::size_t k = 0; k < kBox; ++k) {
      const double side = e == 0 ? 1 : -1;
      x.insert(x.end(), {side * (0.03 + ((k & 1) != 0 ? 0.01 : -0.01)),
                         0.03 + ((k & 2) != 0 ? 0.01 : -0.01), (k & 4) != 0 ? 0.0 : -0.02});
      mirror.push_back(static_cast<std::int32_t>(own + (1 - e) * kBox + k));
    }
  for (std::size_t i = 1; i < x.size(); i += 3) x[i] += 0.2;
  std::vector<std::int32_t> triangles, quads;
  std::vector<float> triangle_uvs, quad_uvs;
  for (const Triangle& t : face().triangles)
    for (const std::int32_t v : t) {
      triangles.push_back(v);
      for (std::size_t c = 0; c < 2; ++c)
        triangle_uvs.push_back(face().uv[2 * static_cast<std::size_t>(v) + c]);
    }
  for (std::size_t e = 0; e < 2; ++e)
    for (const auto& side : kSides)
      for (std::size_t k = 0; k < 4; ++k) {
        quads.push_back(static_cast<std::int32_t>(own + e * kBox) + side[e == 0 ? k : 3 - k]);
        // Every side has the whole picture: a corner has a row for each of its three sides.
        quad_uvs.insert(quad_uvs.end(), {k == 1 || k == 2 ? 1.0f : 0.0f, k > 1 ? 1.0f : 0.0f});
      }
  std::vector<float> identity(2 * 3 * all, 0.0f), expression(3 * all, 0.0f);
  for (std::size_t i = 0; i < all; ++i) {
    identity[3 * i] = 0.001f;
    identity[3 * (all + i) + 1] = 0.002f;
    expression[3 * i + 1] = i < own ? -0.003f : 0.0f;
  }
  std::vector<float> skinning(5 * all, 0.0f), groups(4 * all, 0.0f);
  for (std::size_t v = 0; v < all; ++v) {
    // Five joints follow a vertex, of which the format keeps four.
    const float weights[5] = {0.05f, 0.35f, 0.3f, 0.2f, 0.1f};
    for (std::size_t j = 0; j < 5; ++j) skinning[j * all + v] = weights[j];
    groups[v] = v < own ? 1.0f : 0.0f;
    groups[all + v] = v >= own && v < own + kBox ? 1.0f : 0.0f;
    groups[2 * all + v] = v >= own + kBox ? 1.0f : 0.0f;
    groups[3 * all + v] = v < 100 ? 0.75f : 0.25f;
  }
  const std::int64_t n = all_vertices();
  io::Npz out;
  out["version"] = io::NpyArray::of(std::string("3"));
  out["variant"] = io::NpyArray::of(std::string("head"));
  out["template_vertex_positions"] = array({n, 3}, x);
  out["template_joint_positions"] =
      array({5, 3}, std::vector<double>{0, 0.1, -0.05, 0, 0.15, -0.05, 0, 0.15, 0, 0.03, 0.23, 0,
                                        -0.03, 0.23, 0});
  out["vertex_identity_basis"] = array({2, n, 3}, identity);
  out["joint_identity_basis"] = array({2, 5, 3}, std::vector<float>(30, 0.0f));
  out["expression_basis"] = array({1, n, 3}, expression);
  out["identity_names"] = texts({"wide", "high"});
  out["expression_names"] = texts({"jawOpen"});
  out["joint_names"] = texts({"neck", "head", "jaw", "left_eye", "right_eye"});
  out["joint_parent_indices"] = array({5}, std::vector<std::int32_t>{-1, 0, 1, 1, 1});
  out["skinning_weights"] = array({5, n}, skinning);
  out["quads"] = array({12, 4}, quads);
  out["quad_uvs"] = array({12, 4, 2}, quad_uvs);
  out["triangles"] = array({static_cast<std::int64_t>(face().triangles.size()), 3}, triangles);
  out["triangle_uvs"] =
      array({static_cast<std::int64_t>(face().triangles.size()), 3, 2}, triangle_uvs);
  out["mesh_component_names"] = texts({"Skin", "LeftEye", "RightEye"});
  out["mirror_indices"] = array({n}, mirror);
  out["vertex_groups"] = array({4, n}, groups);
  out["vertex_group_names"] = texts({"Skin", "LeftEye", "RightEye", "first"});
  return out;
}

/// Vertices, but for the first: a point within a triangle.
std::string landmarks() {
  std::string out = "# 68 points\n";
  const Triangle& t =
      *std::find_if(face().triangles.begin(), face().triangles.end(), [](const Triangle& c) {
        return std::find(c.begin(), c.end(), face().landmarks[0]) != c.end();
      });
  const auto own = std::find(t.begin(), t.end(), face().landmarks[0]) - t.begin();
  for (std::size_t k = 0; k < 3; ++k)
    out += "(" + std::to_string(t[k]) + ", " +
           (static_cast<std::ptrdiff_t>(k) == own ? "0.5" : "0.25") + ") ";
  for (std::size_t k = 1; k < 68; ++k) out += "\n" + std::to_string(face().landmarks[k]) + " 1";
  return out + "\n";
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

Vec3 at(const std::vector<float>& rows, std::size_t v) {
  return {rows[3 * v], rows[3 * v + 1], rows[3 * v + 2]};
}

}  // namespace

TEST_CASE("GNM import: shape, parts, seams, joints, groups and landmarks of a small head") {
  const TemporaryFolder folder;
  io::write_npz(folder / "head.npz", head());
  write_text(folder / "points.txt", landmarks());
  const FaceModel m = import_gnm(
      folder / "head.npz",
      {.landmarks = folder / "points.txt", .expression_low = -0.5f, .expression_high = 2});
  CHECK(m.vertices() == all_vertices());
  CHECK(m.triangles.size() == face().triangles.size() + 24);
  // Metres became decimetres about the mean.
  const Vec3 nose = at(m.mean_shape, static_cast<std::size_t>(m.landmarks[30]));
  const Vec3 chin = at(m.mean_shape, static_cast<std::size_t>(m.landmarks[8]));
  const Vec3 expected = at(face().mean_shape, static_cast<std::size_t>(face().landmarks[30])) -
                        at(face().mean_shape, static_cast<std::size_t>(face().landmarks[8]));
  CHECK(norm(nose - chin - expected) < 1e-5);
  CHECK(m.identity.names == std::vector<std::string>{"wide", "high"});
  CHECK(m.identity.data[0] == doctest::Approx(0.01));
  CHECK(m.identity.data[3 * static_cast<std::size_t>(all_vertices()) + 1] == doctest::Approx(0.02));
  CHECK(m.expression.names == std::vector<std::string>{"jawOpen"});
  CHECK(m.expression.data[1] == doctest::Approx(-0.03));
  CHECK(m.expression_low == std::vector<float>{-0.5f});
  CHECK(m.expression_high == std::vector<float>{2.0f});
  // Parts and their colors.
  CHECK(m.parts.names == std::vector<std::string>{"Skin", "LeftEye", "RightEye"});
  CHECK(m.parts.part[0] == 0);
  CHECK(m.parts.part[face_vertices()] == 1);
  CHECK(m.parts.part[face_vertices() + kBox] == 2);
  for (std::size_t v = face_vertices(); v < face_vertices() + kBox; ++v) CHECK(m.skin[v] == 0);
  CHECK(m.skin[static_cast<std::size_t>(m.landmarks[30])] == 1);
  CHECK(m.mean_albedo[3 * static_cast<std::size_t>(m.landmarks[29])] ==
        doctest::Approx(face().mean_albedo[3 * static_cast<std::size_t>(face().landmarks[29])])
            .epsilon(0.02));
  // A corner of a box has three rows, a vertex of the face one.
  std::vector<std::set<std::int32_t>> rows(static_cast<std::size_t>(all_vertices()));
  for (std::size_t t = 0; t < m.triangles.size(); ++t)
    for (std::size_t k = 0; k < 3; ++k)
      rows[static_cast<std::size_t>(m.triangles[t][k])].insert(m.uv_triangles[t][k]);
  CHECK(rows[0].size() == 1);
  CHECK(rows[face_vertices() + 1].size() == 3);
  CHECK(m.uv.size() / 2 > static_cast<std::size_t>(all_vertices()));
  // The four largest weights, of sum 1.
  CHECK(m.joints.names[2] == "jaw");
  CHECK(m.joints.parents == std::vector<std::int32_t>{-1, 0, 1, 1, 1});
  CHECK(m.joints.joints[0] == 1);
  CHECK(m.joints.joints[3] == 4);
  CHECK(m.joints.weights[0] == doctest::Approx(0.35 / 0.95));
  CHECK(m.joints.positions[3 * 3] == doctest::Approx(0.3));
  CHECK(m.regions.names == std::vector<std::string>{"Skin", "LeftEye", "RightEye", "first"});
  CHECK(std::count(m.regions.inside.end() - all_vertices(), m.regions.inside.end(), 1) == 100);
  // Landmarks: one within a triangle, the others vertices.
  CHECK(m.landmark_points.weights[0] + m.landmark_points.weights[1] +
            m.landmark_points.weights[2] ==
        doctest::Approx(1));
  CHECK(*std::max_element(m.landmark_points.weights.begin(),
                          m.landmark_points.weights.begin() + 3) == doctest::Approx(0.5));
  for (std::size_t k = 0; k < 68; ++k) CHECK(m.landmarks[k] == face().landmarks[k]);
  write_face_model(folder / "gnm.safetensors", m);
  CHECK(read_face_model(folder / "gnm.safetensors").regions.names == m.regions.names);
}

TEST_CASE("GNM import: every array that does not fit is refused by its name") {
  const TemporaryFolder folder;
  write_text(folder / "points.txt", landmarks());
  const auto refused = [&](const std::string& why, const std::function<void(io::Npz&)>& spoil) {
    CAPTURE(why);
    io::Npz file = head();
    spoil(file);
    io::write_npz(folder / "bad.npz", file, io::ZipMethod::kStored);
    CHECK_THROWS_WITH_AS(import_gnm(folder / "bad.npz", {.landmarks = folder / "points.txt"}),
                         doctest::Contains(why.c_str()), InputError);
  };
  const io::Npz good = head();
  for (const char* name :
       {"template_vertex_positions", "template_joint_positions", "vertex_identity_basis",
        "expression_basis", "identity_names", "expression_names", "joint_names",
        "joint_parent_indices", "skinning_weights", "quads", "quad_uvs", "triangles",
        "triangle_uvs", "mesh_component_names", "mirror_indices", "vertex_groups",
        "vertex_group_names"}) {
    refused(name, [&](io::Npz& f) { f.erase(name); });
    refused(name, [&](io::Npz& f) { f[name] = io::NpyArray::of(std::string("nonsense")); });
  }
  const auto edited = [&](const char* name, std::size_t place, double value) {
    return [&good, name, place, value](io::Npz& f) {
      std::vector<double> x = good.at(name).doubles();
      x[place] = value;
      f[name] = array(good.at(name).shape, x);
    };
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused("vertex_identity_basis holds a value that is not finite",
          edited("vertex_identity_basis", 7, nan));
  refused("quad_uvs holds a value that is not finite", edited("quad_uvs", 3, nan));
  refused("skinning_weights holds -1", edited("skinning_weights", 3, -1));
  const auto with_index = [&](const char* name, std::size_t place, std::int32_t value) {
    return [&good, name, place, value](io::Npz& f) {
      std::vector<std::int32_t> x = good.at(name).ints();
      x[place] = value;
      f[name] = array(good.at(name).shape, x);
    };
  };
  const auto n = static_cast<std::int32_t>(all_vertices());
  refused("the array quads holds " + std::to_string(n), with_index("quads", 5, n));
  refused("the array triangles holds -1", with_index("triangles", 5, -1));
  refused("the array mirror_indices holds", with_index("mirror_indices", 0, n));
  refused("mirror does not pair", with_index("mirror_indices", 0, 5));
  refused("joint_parents: joint 1", with_index("joint_parent_indices", 1, 3));
  refused("quads cannot be read", [&](io::Npz& f) {
    f["quads"] = array({12, 4}, std::vector<float>(48, 1.0f));
  });
  refused("quad_uvs is [12, 3, 2], expected [12, 4, 2]", [&](io::Npz& f) {
    f["quad_uvs"] = array({12, 3, 2}, std::vector<float>(72, 0.0f));
  });
  refused("follows no joint", [&](io::Npz& f) {
    f["skinning_weights"] = array({5, n}, std::vector<float>(5 * static_cast<std::size_t>(n), 0));
  });
  refused("template_vertex_positions: the head is", [&](io::Npz& f) {
    std::vector<double> x = good.at("template_vertex_positions").doubles();
    for (double& p : x) p *= 1e4;
    f["template_vertex_positions"] = array({n, 3}, x);
  });
  refused("triangles: they are clockwise", [&](io::Npz& f) {
    std::vector<std::int32_t> x = good.at("triangles").ints();
    for (std::size_t t = 0; t < x.size(); t += 3) std::swap(x[t], x[t + 1]);
    f["triangles"] = array(good.at("triangles").shape, x);
  });
}

TEST_CASE("GNM import: a wrong line of landmarks is named") {
  const TemporaryFolder folder;
  io::write_npz(folder / "head.npz", head(), io::ZipMethod::kStored);
  const auto refused = [&](const char* why, const std::string& line) {
    CAPTURE(why);
    write_text(folder / "points.txt", landmarks() + line);
    CHECK_THROWS_WITH_AS(import_gnm(folder / "head.npz", {.landmarks = folder / "points.txt"}),
                         doctest::Contains(why), InputError);
  };
  refused("has 69 landmarks", "3 1\n");
  refused("line 70 has a vertex without a weight", "3\n");
  refused("line 70 names vertex 99999", "99999 1\n");
  refused("line 70 names vertex 1.5", "1.5 1\n");
  refused("line 70 has the weight -1", "3 -1\n");
  refused("line 70 has weights of the sum 0.5", "3 0.5\n");
  refused("line 70 holds a word", "nose 1\n");
  // Both corners of the mouth: their middle lies in the mouth.
  std::string far = landmarks();
  far.erase(far.find_last_of('\n', far.size() - 2) + 1);
  far += std::to_string(face().landmarks[0]) + " 0.5 " + std::to_string(face().landmarks[16]) +
         " 0.5\n";
  write_text(folder / "points.txt", far);
  CHECK_THROWS_WITH_AS(import_gnm(folder / "head.npz", {.landmarks = folder / "points.txt"}),
                       doctest::Contains("landmark 67 is"), InputError);
  CHECK_THROWS_AS(import_gnm(folder / "head.npz", {.landmarks = folder / "none.txt"}), InputError);
}

TEST_CASE("GNM import: other units, and components that are no groups") {
  const TemporaryFolder folder;
  write_text(folder / "points.txt", landmarks());
  io::Npz file = head();
  std::vector<double> x = file.at("template_vertex_positions").doubles();
  for (double& p : x) p *= 100;  // centimetres
  file["template_vertex_positions"] = array({all_vertices(), 3}, x);
  for (const char* name : {"vertex_identity_basis", "expression_basis"}) {
    std::vector<double> modes = file.at(name).doubles();
    for (double& p : modes) p *= 100;
    file[name] = array(file.at(name).shape, modes);
  }
  std::vector<double> joints = file.at("template_joint_positions").doubles();
  for (double& p : joints) p *= 100;
  file["template_joint_positions"] = array({5, 3}, joints);
  file["mesh_component_names"] = texts({"head_mesh"});
  io::write_npz(folder / "head.npz", file);
  const FaceModel m = import_gnm(folder / "head.npz", {.landmarks = folder / "points.txt"});
  CHECK(m.parts.empty());
  CHECK(m.identity.data[0] == doctest::Approx(0.01));
  CHECK(m.joints.positions[3 * 3] == doctest::Approx(0.3));
  CHECK(m.expression_high == std::vector<float>{1.0f});
}

}  // namespace fgcn::mesh
