// fgcn_recon with networks and a face model that other programs published. Their weights may not be
// had, so the numbers are hashes; faces are nonsense, and the same nonsense as formulas give.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "autograd/tape.h"
#include "io/file.h"
#include "io/temporary_folder.h"
#include "layers/coefficient_regressor.h"
#include "mesh/face/morphable/morphable_import.h"
#include "photo/decode/decode.h"
#include "photo/landmarks.h"
#include "photo/regressor_crop.h"
#include "tests/io/arrays/tensorflow_files.h"
#include "tests/io/arrays/torch_files.h"
#include "tests/layers/seeded_weights.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::quoted;

/// Points that the astronaut's face has, roughly, as pixels are counted from the first's middle.
std::vector<std::array<double, 2>> astronaut_points() {
  std::vector<std::array<double, 2>> out;
  for (int k = 0; k < 17; ++k) {
    const double turn = 3.14159265358979 * (k - 8) / 16;
    out.push_back({223 + 46 * std::sin(turn), 110 + 60 * std::cos(turn)});
  }
  for (int k = 0; k < 5; ++k) out.push_back({189.0 + 6 * k, 94.0 - (k % 4)});
  for (int k = 0; k < 5; ++k) out.push_back({230.0 + 6 * k, 92.0 + (k % 3)});
  for (int k = 0; k < 4; ++k) out.push_back({223.0, 104.0 + 8 * k});
  for (int k = 0; k < 5; ++k) out.push_back({214.0 + 4 * k, 134.0 + (k == 2 ? 2 : 0)});
  for (const double left : {193.0, 233.0})
    for (const auto& [x, y] :
         {std::array{0.0, 0.0}, {5.0, -4.0}, {11.0, -4.0}, {17.0, 0.0}, {11.0, 3.0}, {5.0, 3.0}})
      out.push_back({left + x, 105.0 + y});
  for (int k = 0; k < 20; ++k) {
    const double turn = 2 * 3.14159265358979 * (k < 12 ? k / 12.0 : (k - 12) / 8.0);
    const double wide = k < 12 ? 18 : 14, tall = k < 12 ? 8 : 3;
    out.push_back({223 - wide * std::cos(turn), 148 - tall * std::sin(turn)});
  }
  return out;
}

/// The files of a test: the face model, R-Net as a .pth, the photo and its points.
struct Files {
  TemporaryFolder folder;
  fs::path photo, layouts;
  mesh::FaceModel model;
  io::Safetensors weights;

  fs::path face() const { return folder / "bfm.safetensors"; }
  fs::path network() const { return folder / "epoch_20.pth"; }
  fs::path points() const { return folder / "points.csv"; }
};

/// Made once; nothing where the data beside the project is missing.
const Files* files() {
  static const std::unique_ptr<Files> made = []() -> std::unique_ptr<Files> {
    const auto photo = test::shared_data("photos/nasa_astronaut/astronaut.png");
    const auto basel = test::shared_data("golden/bfm_standin/BFM_model_front.mat");
    const auto layouts = test::shared_data("golden/nets_layout");
    if (!photo || !basel || !layouts) return nullptr;
    auto out = std::make_unique<Files>();
    out->photo = *photo;
    out->layouts = *layouts;
    out->model = mesh::import_bfm(std::array{*basel}, {}).model;
    mesh::write_face_model(out->face(), out->model);
    out->weights = test::seeded_weights(*layouts / "rnet_torch_tensors.txt");
    // Of seeded weights the last product gives numbers that throw a face out of the picture.
    for (int head = 0; head < 7; ++head) {
      io::StoredTensor& t =
          out->weights.tensors.at("final_layers." + std::to_string(head) + ".weight");
      std::vector<float> values = t.floats();
      for (float& v : values) v *= 0.02F;
      t = io::StoredTensor::of(t.shape, std::span<const float>(values));
    }
    write_file(out->network(), test::torch_zip(out->weights.tensors));
    std::ostringstream text;
    for (const auto& [x, y] : astronaut_points()) text << x << ',' << y << "\n";
    write_file(out->points(), text.str());
    return out;
  }();
  return made.get();
}

struct Result {
  nlohmann::json json;
  fs::path obj;
};

Result reconstruct(const Files& of, const std::string& name, const std::string& more) {
  const fs::path out = of.folder / name;
  const test::Outcome outcome = test::run_program(
      "fgcn_recon", quoted(of.photo) + " -o " + quoted(out) + " --weights none --json" +
                        " --texture-size 256 --face-model " + quoted(of.face()) + " --landmarks " +
                        quoted(of.points()) + more);
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return {nlohmann::json::parse(outcome.out).at(0), out / "astronaut.obj"};
}

const Result& taken_as_is(const Files& of) {
  static const Result result =
      reconstruct(of, "as_is", " --no-fit --regressor " + quoted(of.network()));
  return result;
}

/// A network's numbers for the photo.
std::vector<double> regressed(const Files& of, const io::Safetensors& weights) {
  const photo::Photo photo = photo::read_photo(of.photo);
  photo::Landmarks points;
  const auto given = astronaut_points();
  REQUIRE(given.size() == points.size());
  for (std::size_t k = 0; k < points.size(); ++k) points[k] = {given[k][0], given[k][1]};
  std::array<photo::Point3, 68> mean;
  for (std::size_t k = 0; k < 68; ++k)
    for (std::size_t c = 0; c < 3; ++c)
      mean[k][c] = of.model.mean_shape[3 * static_cast<std::size_t>(of.model.landmarks[k]) + c];
  const Image8 crop =
      photo::regressor_crop(photo.rgb, photo::regressor_view(photo::regressor_points(points),
                                                             photo::regressor_points(mean),
                                                             photo.rgb.width, photo.rgb.height));
  const Context ctx;
  Tape tape(ctx, Record::kNothing);
  const Tensor x = Tensor::of(ctx, {1, 224, 224, 3}, to_float(crop).pixels);
  const std::vector<real> host =
      CoefficientRegressor(ctx, weights, "seeded")(tape.constant(x)).coefficients.value().to_host();
  return {host.begin(), host.end()};
}

/// Lines of an OBJ that begin with a word, as numbers.
std::vector<std::vector<double>> lines_of(const fs::path& obj, const std::string& keyword) {
  std::vector<std::vector<double>> out;
  std::ifstream in(obj);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first != keyword) continue;
    out.emplace_back();
    for (double v = 0; words >> v;) out.back().push_back(v);
  }
  return out;
}

/// How far a result's coefficients are from the network's numbers.
double apart_from(const nlohmann::json& coefficients, const std::vector<double>& a) {
  double out = 0;
  const auto check = [&](const char* name, std::size_t begin, std::size_t count) {
    REQUIRE(coefficients.at(name).size() == count);
    for (std::size_t i = 0; i < count; ++i)
      out = std::max(out, std::abs(coefficients.at(name).at(i).get<double>() - a[begin + i]));
  };
  check("identity", 0, 80);
  check("expression", 80, 64);
  check("albedo", 144, 80);
  check("angles_rad", 224, 3);
  check("light", 227, 27);
  check("translation_dm", 254, 3);
  return out;
}

TEST_CASE("--no-fit gives the face that Deep3DFaceReconstruction gives") {
  const Files* of = files();
  if (of == nullptr) return;
  const std::vector<double> a = regressed(*of, of->weights);
  const Result& got = taken_as_is(*of);
  CHECK(got.json.at("start") == "regressor");
  CHECK(got.json.at("fitted") == false);
  double largest = 0;
  for (const double v : a) largest = std::max(largest, std::abs(v));
  const double apart = apart_from(got.json.at("coefficients"), a);
  MESSAGE("coefficients up to " << largest << ", apart " << apart);
  CHECK(largest > 0.1);
  CHECK(apart < 1e-5);

  // vertices = mean + identity modes a + expression modes b, turned by Rz Ry Rx and shifted, as
  // their save_mesh writes them: 10 - (10 - z).
  const mesh::FaceModel& m = of->model;
  const auto count = static_cast<std::size_t>(m.vertices());
  const auto vertices = lines_of(got.obj, "v"), triangles = lines_of(got.obj, "f");
  REQUIRE(vertices.size() == count);
  REQUIRE(triangles.size() == m.triangles.size());
  for (const std::size_t t : {std::size_t{0}, std::size_t{70788}})
    for (std::size_t c = 0; c < 3; ++c) CHECK(triangles[t][c] == m.triangles[t][c] + 1);
  const double sx = std::sin(a[224]), cx = std::cos(a[224]), sy = std::sin(a[225]),
               cy = std::cos(a[225]), sz = std::sin(a[226]), cz = std::cos(a[226]);
  const double r[3][3] = {{cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx},
                          {sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx},
                          {-sy, cy * sx, cy * cx}};
  double worst = 0, colors = 0;
  for (std::size_t v = 0; v < count; ++v) {
    double p[3];
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t i = 3 * v + c;
      p[c] = double{m.mean_shape[i]};
      for (std::size_t k = 0; k < 80; ++k)
        p[c] += a[k] * double{m.identity.data[k * 3 * count + i]};
      for (std::size_t k = 0; k < 64; ++k)
        p[c] += a[80 + k] * double{m.expression.data[k * 3 * count + i]};
    }
    REQUIRE(vertices[v].size() == 6);
    for (std::size_t c = 0; c < 3; ++c) {
      const double posed = r[c][0] * p[0] + r[c][1] * p[1] + r[c][2] * p[2] + a[254 + c];
      const double difference = std::abs(vertices[v][c] - posed);
      if (!(difference <= worst)) worst = difference;
      colors += vertices[v][3 + c] / 3 / static_cast<double>(count);
      CHECK_UNARY(vertices[v][3 + c] >= 0 && vertices[v][3 + c] <= 1);
    }
  }
  MESSAGE("vertices apart " << worst << " dm, mean color " << colors);
  CHECK(worst < 1e-4);
  CHECK(colors > 0.05);
}

TEST_CASE("R-Net of the TensorFlow edition: a frozen graph under any prefix, converted or not") {
  const Files* of = files();
  if (of == nullptr) return;
  io::Safetensors weights = test::seeded_weights(of->layouts / "rnet_tf_tensors.txt");
  for (auto& [name, tensor] : weights.tensors) {
    if (name.find("fc-") == std::string::npos || !name.ends_with("weights")) continue;
    std::vector<float> values = tensor.floats();
    for (float& v : values) v *= 6e-5F;  // here the means before it are in the thousands
    tensor = io::StoredTensor::of(tensor.shape, std::span<const float>(values));
  }
  const std::vector<double> expected = regressed(*of, weights);
  CHECK(apart_from(taken_as_is(*of).json.at("coefficients"), expected) > 0.01);
  for (const std::string prefix : {"", "import/", "FaceReconModel/"}) {
    CAPTURE(prefix);
    const fs::path graph = of->folder / "FaceReconModel.pb", out = of->folder / "tf.safetensors";
    write_file(graph, test::frozen_graph(weights.tensors, prefix));
    const test::Outcome converted =
        test::run_program("fgcn_data", "convert-weights " + quoted(graph) + " -o " + quoted(out));
    CAPTURE(converted.err);
    REQUIRE(converted.exit_code == 0);
    for (const fs::path& file : {graph, out}) {
      CAPTURE(file);
      const Result got = reconstruct(*of, "tf", " --no-fit --regressor " + quoted(file));
      CHECK(apart_from(got.json.at("coefficients"), expected) < 1e-5);
    }
  }
}

TEST_CASE("without --no-fit the regressor's face is where the fit starts") {
  const Files* of = files();
  if (of == nullptr) return;
  const std::string network = " --regressor " + quoted(of->network());
  const Result fitted = reconstruct(*of, "fitted", network);
  CHECK(fitted.json.at("start") == "regressor");
  CHECK(fitted.json.at("fitted") == true);
  const Result& placed = taken_as_is(*of);
  const Result without = reconstruct(*of, "without", "");
  CHECK(without.json.at("start") == "landmarks");
  const auto identity = [](const Result& of_which) {
    return of_which.json.at("coefficients").at("identity").get<std::vector<double>>();
  };
  const auto apart = [](const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return std::sqrt(sum);
  };
  const double from_start = apart(identity(fitted), identity(placed));
  const double from_landmarks = apart(identity(fitted), identity(without));
  MESSAGE("the fit moved identity by " << from_start << ", from the landmarks' it is "
                                       << from_landmarks);
  CHECK(from_start > 0.01);
  CHECK(from_landmarks > 0.01);
  CHECK(fitted.json.at("landmark_error").get<double>() <
        placed.json.at("landmark_error").get<double>());
}

TEST_CASE("a regressor is refused with another face model, and --no-fit without one") {
  const Files* of = files();
  if (of == nullptr) return;
  const std::string start = quoted(of->photo) + " -o " + quoted(of->folder / "none") +
                            " --weights none --face-model embedded";
  const test::Outcome other =
      test::run_program("fgcn_recon", start + " --regressor " + quoted(of->network()));
  CHECK(other.exit_code == 2);
  CHECK(other.err.find("epoch_20.pth: speaks of a face model with 80 identities, 64 expressions "
                       "and 80 albedos, but this one has") != std::string::npos);
  CHECK(other.err.find("import-bfm") != std::string::npos);
  const test::Outcome alone = test::run_program("fgcn_recon", start + " --no-fit");
  CHECK(alone.exit_code == 2);
  CHECK(alone.err.find("--regressor") != std::string::npos);
}

}  // namespace
}  // namespace fgcn
