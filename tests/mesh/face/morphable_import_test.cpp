// Importing morphable models: a face written in each of the files comes back; files that are cut
// short, missing or of another kind are named.
#include "mesh/face/morphable/morphable_import.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "io/arrays/hdf5_file.h"
#include "io/file.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/morphable/nearest_vertex.h"
#include "tests/mesh/face/model_files.h"

namespace fgcn::mesh {
namespace {

namespace fs = std::filesystem;

const FaceModel& face() {
  static const FaceModel model = make_embedded_face();
  return model;
}

using test::difference;

FaceModel import(const fs::path& path, const BfmOptions& options = {}) {
  return import_bfm(std::vector<fs::path>{path}, options).model;
}

void refused(const fs::path& path, const std::string& sentence, const BfmOptions& options = {}) {
  CAPTURE(sentence);
  CHECK_THROWS_WITH_AS(import(path, options), doctest::Contains(sentence.c_str()), InputError);
}

void write_text(const fs::path& path, const std::string& text) { write_file(path, text); }

/// Cut to `bytes`.
void cut(const fs::path& from, const fs::path& to, std::uint64_t bytes) {
  Bytes all = read_file(from);
  all.resize(static_cast<std::size_t>(bytes));
  write_file(to, all);
}

std::string landmark_lines() {
  std::string out;
  for (const std::int32_t v : face().landmarks) out += std::to_string(v) + " 1\n";
  return out;
}

}  // namespace

TEST_CASE("nearest vertex: as every distance says, among repeated vertices too") {
  const std::vector<float>& xyz = face().mean_shape;
  std::vector<Vec3> vertices;
  for (std::size_t i = 0; i + 2 < 3 * 500; i += 3)
    vertices.push_back({xyz[i], xyz[i + 1], xyz[i + 2]});
  vertices.push_back(vertices[7]);
  const morphable::NearestVertex tree(vertices);
  for (std::size_t i = 0; i < 200; ++i) {
    const double a = 0.37 * static_cast<double>(i);
    const Vec3 query{std::sin(a), std::cos(1.7 * a), 0.5 * std::sin(2.3 * a)};
    const Vec3 found = vertices[static_cast<std::size_t>(tree.find(query))] - query;
    double least = INFINITY;
    for (const Vec3& p : vertices) least = std::min(least, norm(p - query));
    CHECK(norm(found) == least);
  }
  const std::vector<Vec3> same(100'000, Vec3{1, 2, 3});  // linear, not square
  const morphable::NearestVertex repeated(same);
  for (int i = 0; i < 100'000; ++i) CHECK_MESSAGE(repeated.find({0, 0, 0}) == 0, i);
}

TEST_CASE("mirror pairs hold both ways, and a vertex without a partner is its own") {
  const std::vector<Vec3> vertices{{1, 0, 0}, {-1, 0.01, 0}, {0, 1, 0}, {-1.2, 0, 0}};
  CHECK(morphable::mirror_of(vertices) == std::vector<std::int32_t>{1, 0, 2, 3});
}

TEST_CASE(
    "a composed BFM: 0 to 255 become 0 to 1, the mean is centred, rows or columns of points") {
  const TemporaryFolder folder;
  test::write_composed(folder / "model.mat", face());
  const FaceModel model = import(folder / "model.mat");
  CHECK(difference(model.mean_shape, face().mean_shape) <= 1e-5);
  CHECK(difference(model.mean_albedo, face().mean_albedo) <= 1e-6);
  CHECK(difference(model.albedo.data, face().albedo.data) <= 1e-6);
  CHECK(difference(model.expression.data, face().expression.data) <= 0);
  CHECK(model.triangles == face().triangles);
  CHECK(model.landmarks == face().landmarks);
  CHECK(model.skin == face().skin);
  CHECK(model.mirror == face().mirror);
}

TEST_CASE("a composed BFM that is cut short is named with the size that it should have") {
  const TemporaryFolder folder;
  test::write_composed(folder / "model.mat", face());
  const std::uint64_t size = fs::file_size(folder / "model.mat");
  cut(folder / "model.mat", folder / "cut.mat", size - 1);
  refused(folder / "cut.mat", text("has ", size - 1, " bytes, expected at least ", size));
  refused(folder / "cut.mat", "copy the file again");
  cut(folder / "model.mat", folder / "head.mat", 140);
  refused(folder / "head.mat", "has 140 bytes, expected at least");
}

TEST_CASE("index files alone, files of one kind twice and others are refused by their names") {
  const TemporaryFolder folder;
  const std::vector<double> index{1, 2, 3};
  {
    test::MatWriter out(folder / "idx.mat");
    out.add("idx", 3, 1, index);
  }
  refused(folder / "idx.mat", "idx.mat: is BFM_front_idx.mat, which goes with a face model");
  fs::copy_file(folder / "idx.mat", folder / "again.mat");
  refused(folder.path(), "idx.mat: is BFM_front_idx.mat, as ");
  write_text(folder / "words.txt", "once upon a time");
  refused(folder / "words.txt", "words.txt: is none of the files that import-bfm reads");
  const TemporaryFolder empty;
  refused(empty.path(), "holds no file of a morphable model");
  write_text(empty / "words.txt", "once upon a time");
  refused(empty.path(), "holds no file of a morphable model");
}

TEST_CASE("BFM 2009 names what is missing, and the right size of what is there") {
  const TemporaryFolder folder;
  const auto basel = [&](std::size_t rows) {
    test::MatWriter out(folder / "basel.mat");
    out.add("shapePC", rows, 2, std::vector<float>(2 * rows, 0.1F));
    out.add("shapeEV", 2, 1, std::vector<float>{1, 1});
  };
  basel(9);
  refused(folder.path(),
          "BFM 2009 also needs Exp_Pca.bin, std_exp.txt, BFM_front_idx.mat, BFM_exp_idx.mat, "
          "facemodel_info.mat");
  const auto index = [&](const char* name, const char* variable, std::size_t count, double most) {
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<double>(i + 1);
    values.back() = most;
    test::MatWriter out(folder / name);
    out.add(variable, count, 1, values);
  };
  index("front.mat", "idx", 35709, 53216);
  index("trim.mat", "trimIndex", 53215, 53490);
  {
    test::MatWriter out(folder / "info.mat");
    out.add("tri", 1, 3, std::vector<float>{1, 2, 3});
    out.add("keypoints", 1, 68, std::vector<float>(68, 1.0F));
    out.add("skinmask", 1, 35709, std::vector<float>(35709, 1.0F));
  }
  write_text(folder / "std_exp.txt", "1 2 3\n");
  Bytes modes(1000, 0);
  modes[0] = 79;
  write_file(folder / "modes.bin", modes);
  refused(folder.path(), "front.mat: idx holds 53216, expected whole numbers of 1 to 53215");
  index("front.mat", "idx", 35708, 35708);
  refused(folder.path(), "front.mat: idx is 35708 by 1, expected 35709 values");
  index("front.mat", "idx", 35709, 1.5);
  refused(folder.path(), "front.mat: idx holds 1.5, expected whole numbers");
  index("front.mat", "idx", 35709, 35709);
  refused(folder.path(), "std_exp.txt: has 3 numbers, expected 79");
  std::string deviations;
  for (int i = 0; i < 79; ++i) deviations += std::to_string(1000 - i) + (i % 2 ? "\r\n" : " ");
  write_text(folder / "std_exp.txt", "-" + deviations);
  refused(folder.path(), "std_exp.txt: value 1 is no standard deviation");
  write_text(folder / "std_exp.txt", deviations);
  refused(folder.path(), "modes.bin: has 1000 bytes, expected 51086404 (Exp_Pca.bin");
  fs::resize_file(folder / "modes.bin", 51086404);
  refused(folder.path(), "basel.mat: has no numeric matrix shapeMU");
}

TEST_CASE("LSFM of any size: with a template and landmarks, and not without") {
  const TemporaryFolder folder;
  {
    test::MatWriter out(folder / "lsfm.mat");
    const std::size_t numbers = face().mean_shape.size();
    std::vector<double> mean, modes;
    for (const float x : face().mean_shape) mean.push_back(1e5 * static_cast<double>(x));
    for (const float x : face().identity.data) modes.push_back(1e5 * static_cast<double>(x));
    const auto count = static_cast<std::size_t>(face().identity.count);
    out.add_structure("model", {{"shapeMU", numbers, 1, mean}, {"shapePC", numbers, count, modes}});
  }
  refused(folder / "lsfm.mat", "of which no triangles are known");
  std::string obj;
  for (std::size_t i = 0; i < face().mean_shape.size(); i += 3) obj += "v 0 0 0\n";
  for (const Triangle& t : face().triangles)
    obj += text("f ", t[0] + 1, " ", t[1] + 1, " ", t[2] + 1, "\n");
  write_text(folder / "template.obj", obj);
  write_text(folder / "landmarks.txt", landmark_lines());
  BfmOptions options;
  options.mesh = folder / "template.obj";
  options.landmarks = folder / "landmarks.txt";
  const FaceModel model = import(folder / "lsfm.mat", options);
  CHECK(difference(model.mean_shape, face().mean_shape) <= 1e-5);
  CHECK(model.landmarks == face().landmarks);
  CHECK(model.identity.count == face().identity.count);
  CHECK(difference(model.identity.data, face().identity.data) <= 1e-6);
  // The file has no colors: the embedded face's, which this face is.
  std::size_t same = 0;
  for (std::size_t i = 0; i < model.mean_albedo.size(); ++i)
    same += std::abs(model.mean_albedo[i] - face().mean_albedo[i]) <= 1e-3F ? 1 : 0;
  CHECK(10 * same >= 9 * model.mean_albedo.size());
  write_text(folder / "template.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n");
  refused(folder / "lsfm.mat", "template.obj: has 3 vertices, expected", options);
}

#ifdef FGCN_HDF5

namespace {

const std::vector<std::pair<std::size_t, std::string>> kNamed{
    {8, "center.chin.tip"},         {30, "center.nose.tip"},         {36, "right.eye.corner_outer"},
    {39, "right.eye.corner_inner"}, {42, "left.eye.corner_inner"},   {45, "left.eye.corner_outer"},
    {48, "right.lips.corner"},      {51, "center.lips.upper.outer"}, {54, "left.lips.corner"}};

}  // namespace

TEST_CASE(
    "BFM 2019: variances become deviations, landmarks that it does not name are carried over") {
  const TemporaryFolder folder;
  test::write_statismo(folder / "model.h5", face(), kNamed);
  const FaceModel model = import(folder / "model.h5");
  CHECK(difference(model.mean_shape, face().mean_shape) <= 1e-5);
  CHECK(difference(model.identity.data, face().identity.data) <= 1e-6);
  CHECK(difference(model.expression.data, face().expression.data) <= 1e-6);
  CHECK(difference(model.albedo.data, face().albedo.data) <= 1e-6);
  CHECK(difference(model.mean_albedo, face().mean_albedo) <= 0);
  CHECK(model.triangles == face().triangles);
  CHECK(model.landmarks == face().landmarks);
  CHECK(model.mirror == face().mirror);
  CHECK(model.expression_low.front() == -3.0f);
  // Skin is the embedded face's, which this one is.
  CHECK(model.skin == face().skin);
  BfmOptions options;
  options.landmarks = folder / "landmarks.txt";
  options.counts.identity = 3;
  std::string lines = landmark_lines();
  write_text(options.landmarks, lines);
  const FaceModel given = import(folder / "model.h5", options);
  CHECK(given.landmarks == face().landmarks);
  CHECK(given.identity.count == 3);
}

TEST_CASE("BFM 2019 that is cut short, without names or of wrong parts is refused by its part") {
  const TemporaryFolder folder;
  test::write_statismo(folder / "model.h5", face(), kNamed);
  const std::uint64_t size = fs::file_size(folder / "model.h5");
  cut(folder / "model.h5", folder / "cut.h5", size / 2);
  refused(folder / "cut.h5", text("has ", size / 2, " bytes, expected ", size));
  test::write_statismo(folder / "few.h5", face(), {kNamed.begin(), kNamed.begin() + 5});
  refused(folder / "few.h5", "names 5 of the 68 landmarks, expected at least 6");
  const auto changed = [&](const std::string& name, const auto& add) {
    fs::copy_file(folder / "model.h5", folder / "other.h5", fs::copy_options::overwrite_existing);
    const hid_t file = H5Fopen((folder / "other.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    H5Ldelete(file, name.c_str(), H5P_DEFAULT);
    add(file);
    H5Fclose(file);
  };
  const auto put = [](const std::string& name, const std::vector<hsize_t>& shape, double value) {
    return [=](hid_t file) {
      hsize_t count = 1;
      for (const hsize_t n : shape) count *= n;
      const std::vector<double> values(count, value);
      const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
      const hid_t set = H5Dcreate2(file, name.c_str(), H5T_NATIVE_DOUBLE, space, H5P_DEFAULT,
                                   H5P_DEFAULT, H5P_DEFAULT);
      H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
      H5Dclose(set);
      H5Sclose(space);
    };
  };
  const auto count = static_cast<hsize_t>(face().identity.count);
  changed("/shape/model/pcaVariance", put("/shape/model/pcaVariance", {count}, -1));
  refused(folder / "other.h5", "/shape/model/pcaVariance holds -1");
  changed("/shape/model/pcaVariance", put("/shape/model/pcaVariance", {count}, NAN));
  refused(folder / "other.h5", "/shape/model/pcaVariance holds a value that is not finite");
  changed("/shape/model/pcaVariance", put("/shape/model/pcaVariance", {2}, 1));
  refused(folder / "other.h5", text("/shape/model/pcaVariance has 2 values, expected ", count));
  changed("/shape/model/mean", put("/shape/model/mean", {7}, 1));
  refused(folder / "other.h5", "/shape/model/mean has 7 values, expected three a vertex");
  changed("/shape/representer/cells", put("/shape/representer/cells", {3, 5}, 1e9));
  refused(folder / "other.h5", "/shape/representer/cells names vertex 1e+09");
  changed("/shape/representer/cells", put("/shape/representer/cells", {5, 3}, 0));
  refused(folder / "other.h5", "/shape/representer/cells does not have the 3 rows");
  changed("/color/model/mean", [](hid_t file) {
    H5Lcreate_external("elsewhere.h5", "/mean", file, "/color/model/mean", H5P_DEFAULT,
                       H5P_DEFAULT);
  });
  refused(folder / "other.h5", "has no dataset /color/model/mean");
}

TEST_CASE("LSFM of MATLAB's version 7.3, which is HDF5 with its matrices turned") {
  const TemporaryFolder folder;
  std::vector<double> mean, modes;
  for (const float x : face().mean_shape) mean.push_back(100 * static_cast<double>(x));
  for (const float x : face().identity.data) modes.push_back(100 * static_cast<double>(x));
  {
    const test::H5Writer out(folder / "lsfm.mat");
    out.add("/model/shapeMU", {1, mean.size()}, mean);
    out.add("/model/shapePC", {modes.size() / mean.size(), mean.size()}, modes);
  }
  std::string obj;
  for (std::size_t i = 0; i < mean.size(); i += 3) obj += "v 0 0 0\n";
  for (const Triangle& t : face().triangles)
    obj += text("f ", t[0] + 1, " ", t[1] + 1, " ", t[2] + 1, "\n");
  write_text(folder / "template.obj", obj);
  const morphable::Sources sources =
      morphable::find_sources(std::vector<fs::path>{folder / "lsfm.mat"});
  const morphable::RawModel raw =
      morphable::read_lsfm(sources, folder / "template.obj", face().landmarks, {3, 0, 0});
  CHECK(raw.identity.count == 3);
  CHECK(difference(raw.identity.data, {face().identity.data.begin(),
                                       face().identity.data.begin() +
                                           static_cast<std::ptrdiff_t>(3 * mean.size())}) <= 1e-6);
  CHECK(raw.mean.at(7) == doctest::Approx(static_cast<double>(face().mean_shape[7])));
}

#endif

TEST_CASE(
    "texture coordinates unroll a cylinder: the seam at the back is cut, pieces stand apart") {
  // A closed ring of quads around the head's axis, and a triangle of its own.
  FaceModel model;
  constexpr int kAround = 12;
  for (int i = 0; i < kAround; ++i)
    for (const float y : {-1.0F, 1.0F}) {
      const double a = 2 * 3.14159265358979 * i / kAround;
      model.mean_shape.insert(model.mean_shape.end(), {static_cast<float>(std::sin(a)), y,
                                                       static_cast<float>(std::cos(a))});
    }
  for (std::int32_t i = 0; i < kAround; ++i) {
    const std::int32_t a = 2 * i, b = 2 * ((i + 1) % kAround);
    model.triangles.push_back({a, b, b + 1});
    model.triangles.push_back({a, b + 1, a + 1});
  }
  const auto own = static_cast<std::int32_t>(model.vertices());
  model.mean_shape.insert(model.mean_shape.end(), {0, 0, 0, 0.1F, 0, 0, 0, 0.1F, 0});
  model.triangles.push_back({own, own + 1, own + 2});
  model.landmarks.assign(68, 0);
  model.landmarks[0] = 2 * 9;  // on either side
  model.landmarks[16] = 2 * 3;
  morphable::unroll(model);
  REQUIRE(model.uv_triangles.size() == model.triangles.size());
  CHECK(model.uv.size() > 2 * static_cast<std::size_t>(model.vertices()));
  for (std::size_t t = 0; t + 1 < model.triangles.size(); ++t) {
    float low = 1, high = 0;
    for (const std::int32_t row : model.uv_triangles[t]) {
      low = std::min(low, model.uv[2 * static_cast<std::size_t>(row)]);
      high = std::max(high, model.uv[2 * static_cast<std::size_t>(row)]);
      CHECK(model.uv[2 * static_cast<std::size_t>(row) + 1] > 0.15F);
    }
    CHECK(high - low == doctest::Approx(0.99 / kAround).epsilon(1e-3));
  }
  for (const std::int32_t row : model.uv_triangles.back())
    CHECK(model.uv[2 * static_cast<std::size_t>(row) + 1] < 0.15F);
}

}  // namespace fgcn::mesh
