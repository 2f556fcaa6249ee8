// fgcn_data calibrate and portraits, as a user runs them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "io/file.h"
#include "io/image.h"
#include "io/mesh/obj.h"
#include "io/temporary_folder.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_model.h"
#include "photo/decode/decode.h"
#include "photo/detect/shape_predictor.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::check_refused;
using test::Outcome;
using test::quoted;

Outcome portraits(const fs::path& out, const std::string& more) {
  return test::run_program("fgcn_data", "portraits embedded -o " + quoted(out) + " " + more);
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder))
    out.insert(entry.path().filename().string());
  return out;
}

TEST_CASE("portraits: a picture, a shape and the truth for each person and yaw") {
  const TemporaryFolder folder;
  const fs::path out = folder / "people";
  const Outcome outcome = portraits(out, "--count 1 --yaw 0,-30 --expression 0 --seed 3");
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK(names_in(out) == std::set<std::string>{"p000_y00.json", "p000_y00.obj", "p000_y00.png",
                                               "p000_y-30.json", "p000_y-30.obj", "p000_y-30.png"});
  const mesh::FaceModel model = mesh::make_embedded_face();
  for (const auto& [name, yaw] : {std::pair{"p000_y00", 0.0}, std::pair{"p000_y-30", -0.5236}}) {
    CAPTURE(name);
    const fs::path base = out / name;
    const auto truth = nlohmann::json::parse(read_file(base.string() + ".json"));
    CHECK(truth["angles_rad"][1].get<double>() == doctest::Approx(yaw).epsilon(1e-4));
    for (const auto& weight : truth["expression"]) CHECK(weight == 0);
    const auto shape = mesh::shape(model, truth["identity"].get<std::vector<float>>(), {});
    const mesh::ObjFile obj = mesh::read_obj(base.string() + ".obj");
    REQUIRE(obj.vertices.size() == static_cast<std::size_t>(model.vertices()));
    REQUIRE(truth["landmarks"].size() == 68);
    double worst = 0;  // dm; the file is in metres
    for (std::size_t v = 0; v < obj.vertices.size(); ++v)
      for (std::size_t k = 0; k < 3; ++k)
        worst = std::max(worst, std::abs(10 * obj.vertices[v][k] - double{shape[3 * v + k]}));
    CHECK(worst < 1e-5);
    const Image8 picture = photo::read_photo(base.string() + ".png").rgb;
    CHECK(picture.width == 448);
    CHECK(picture.height == 448);
    CHECK(*std::max_element(picture.pixels.begin(), picture.pixels.end()) > 60);
  }
}

TEST_CASE("portraits: files that are there stay, and nothing is written beside them") {
  const TemporaryFolder folder;
  write_file(folder / "p001_y30.json", "mine");
  write_file(folder / "notes.txt", "also mine");
  const fs::path& out = folder.path();
  check_refused(portraits(out, "--count 2 --yaw 0,30"), "p001_y30.json is there already");
  CHECK(names_in(out) == std::set<std::string>{"notes.txt", "p001_y30.json"});
  CHECK(read_file(out / "p001_y30.json") == Bytes{'m', 'i', 'n', 'e'});
  // A link to nowhere is a file of that name, too.
  fs::create_symlink(folder / "nowhere", folder / "p000_y60.png");
  check_refused(portraits(out, "--count 1 --yaw 60"), "p000_y60.png is there already");
}

TEST_CASE("portraits: angles that would share a name, and those that are none, are refused") {
  const TemporaryFolder folder;
  const fs::path out = folder / "people";
  check_refused(portraits(out, "--yaw 0.2,-0.4"), "0.2 and -0.4 would both be called p000_y00");
  check_refused(portraits(out, "--yaw 30,30"), "30 and 30 would both be called p000_y30");
  check_refused(portraits(out, "--yaw nan"), "nan is not within -90 to 90 degrees");
  check_refused(portraits(out, "--yaw 0,120"), "120 is not within -90 to 90 degrees");
  CHECK_FALSE(fs::exists(out));
  write_file(folder / "file", "");
  check_refused(portraits(folder / "file" / "people", "--count 1 --yaw 0"),
                "the folder cannot be made");
}

TEST_CASE("calibrate: the file has the errors, and the face is as it was") {
  const TemporaryFolder folder;
  const fs::path out = folder / "calibrated.safetensors";
  const Outcome outcome = test::run_program(
      "fgcn_data", "calibrate embedded --yaw 0 --faces 50 --workers 2 -o " + quoted(out));
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK(outcome.out.find("  0        50     5") != std::string::npos);
  const mesh::FaceModel model = mesh::make_embedded_face();
  const mesh::FaceModel calibrated = mesh::read_face_model(out);
  CHECK(calibrated.mean_shape == model.mean_shape);
  CHECK(calibrated.landmark_errors.yaw == std::vector<float>{0});
  check(calibrated.landmark_errors, "calibrated");
}

TEST_CASE("calibrate-photos: photos move the outline's errors, and bad ones are named") {
  const auto portraits450 = test::shared_data("photos/congress_pd/portraits450");
  const TemporaryFolder folder;
  const fs::path face = folder / "face.safetensors", out = folder / "out.safetensors";
  const auto calibrate = [&](const std::string& arguments) {
    return test::run_program("fgcn_data", "calibrate-photos " + arguments + " -o " + quoted(out));
  };
  fs::create_directory(folder / "empty");
  check_refused(calibrate("embedded"), "give photos, a folder or --list FILE");
  check_refused(calibrate("embedded " + quoted(folder / "empty")), "empty: holds no photo");
  write_png(folder / "wall.png", Image8(40, 40, 3, 128));
  const std::string wall = quoted(folder / "wall.png");
  check_refused(calibrate("embedded " + wall), "let 'fgcn_data calibrate' measure them first");
  CHECK_FALSE(fs::exists(out));
  if (!portraits450) return;
  mesh::FaceModel model = mesh::make_embedded_face();
  model.landmark_errors.yaw = {0};
  model.landmark_errors.mean.assign(136, 0);
  model.landmark_errors.covariance.assign(136 * 136, 0);
  for (std::size_t i = 0; i < 136; ++i) model.landmark_errors.covariance[137 * i] = 4;
  mesh::write_face_model(face, model);
  check_refused(test::run_program("fgcn_data",
                                  "calibrate-photos " + quoted(face) + " " + wall + " -o " + wall),
                "wall.png is one of the photos; give another file");
  std::string list = (folder / "wall.png").string() + '\n';
  std::vector<fs::path> photos;
  for (const auto& entry : fs::directory_iterator(*portraits450)) photos.push_back(entry.path());
  std::sort(photos.begin(), photos.end());
  for (std::size_t i = 0; i < 48; ++i) list += photos[i].string() + '\n';
  write_file(folder / "list", list);
  const Outcome outcome =
      calibrate(quoted(face) + " --workers 2 --list " + quoted(folder / "list"));
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK(outcome.err.find("wall.png: no face was found") != std::string::npos);
  CHECK(outcome.out.find(" of 48 faces") != std::string::npos);
  const mesh::FaceModel calibrated = mesh::read_face_model(out);
  CHECK(calibrated.mean_shape == model.mean_shape);
  check(calibrated.landmark_errors, "calibrated");
  CHECK(calibrated.landmark_errors.mean[0] != 0);   // of the outline
  CHECK(calibrated.landmark_errors.mean[60] == 0);  // of the nose
}

// The face model is not there: a complaint about it would come first if anything was done before.
TEST_CASE("calibrate and side-faces refuse an output that cannot be written before any work") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "photos");
  write_png(folder / "photos" / "wall.png", Image8(40, 40, 3, 128));
  write_file(folder / "file", "");
  const auto calibrate = [&](const fs::path& out) {
    return test::run_program("fgcn_data", "calibrate missing.safetensors -o " + quoted(out));
  };
  const auto side_faces = [&](const fs::path& header, const fs::path& points) {
    return test::run_program("fgcn_data", "side-faces missing.safetensors " +
                                              quoted(folder / "photos") + " -o " + quoted(header) +
                                              " --points " + quoted(points));
  };
  const fs::path good = folder / "good";
  for (const auto& [bad, words] :
       {std::pair{folder / "nowhere" / "out", "nowhere/out: cannot be created (No such file"},
        {folder / "file" / "out", "file/out: cannot be created (Not a directory"},
        {folder / "photos", "photos: is a folder; give a file"}}) {
    check_refused(calibrate(bad), words);
    check_refused(side_faces(bad, good), words);
    check_refused(side_faces(good, bad), words);
  }
  check_refused(side_faces(good, good), "is the file that --output names; give another");
  // A good one is not touched, and leaves nothing behind.
  check_refused(calibrate(good), "missing.safetensors");
  check_refused(side_faces(good, folder / "points"), "missing.safetensors");
  CHECK(names_in(folder.path()) == std::set<std::string>{"file", "photos"});
}

TEST_CASE("side-faces: the header and the predictor, each read as the programs read them") {
  const auto portraits450 = test::shared_data("photos/congress_pd/portraits450");
  if (!portraits450) return;
  const TemporaryFolder folder;
  fs::create_directory(folder / "photos");
  for (const char* name : {"A000367.jpg", "B000287.jpg", "B001149.jpg"})
    fs::copy_file(*portraits450 / name, folder / "photos" / name);
  const fs::path header = folder / "weights.h", points = folder / "points.dat";
  const std::string arguments = " embedded " + quoted(folder / "photos") + " -o " + quoted(header) +
                                " --points " + quoted(points) + " --faces 4 --workers 2";
  const Outcome outcome = test::run_program("fgcn_data", "side-faces --yaw 60" + arguments);
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK(outcome.out.find("\n 60 ") != std::string::npos);
  const Bytes text = read_file(header);
  CHECK(std::string(text.begin(), text.end()).find("kSideFaceWeights") != std::string::npos);
  (void)photo::ShapePredictor::read(points);  // throws where it is none
  check_refused(test::run_program("fgcn_data", "side-faces --yaw 60,nan" + arguments),
                "--yaw: nan is not between 0 and 90 degrees");
}

TEST_CASE("calibrate: angles that do not rise from 0 are refused") {
  const TemporaryFolder folder;
  const fs::path out = folder / "calibrated.safetensors";
  const auto calibrate = [&](const std::string& yaw) {
    return test::run_program("fgcn_data",
                             "calibrate embedded --faces 50 -o " + quoted(out) + " --yaw " + yaw);
  };
  check_refused(calibrate("30,0"), "--yaw: begins with 30, expected 0");
  check_refused(calibrate("0,45,30"), "--yaw: 30 follows 45; give angles that rise");
  check_refused(calibrate("0,15,15"), "--yaw: 15 follows 15; give angles that rise");
  check_refused(calibrate("0,nan"), "--yaw: nan is no angle; give degrees from 0 to below 90");
  check_refused(calibrate("0,90"), "--yaw: 90 is not below 90 degrees");
  CHECK_FALSE(fs::exists(out));
}

}  // namespace
}  // namespace fgcn
