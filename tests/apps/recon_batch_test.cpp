// Many photos at a time: lists, folders, several faces, going on, being interrupted.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "io/file.h"
#include "io/image.h"
#include "io/temporary_folder.h"
#include "photo/decode/decode.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::Outcome;
using test::quoted;
using Json = nlohmann::json;

Outcome recon(const std::string& arguments, const std::string& prefix = {}) {
  return test::run_program("fgcn_recon", arguments + " --weights none --texture-size 256", prefix);
}

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(Json::parse(line));
  return out;
}

TEST_CASE("lists and folders that name no photo are refused") {
  const TemporaryFolder folder;
  write_file(folder / "empty", "\n");
  const std::string out = " -o " + quoted(folder / "out");
  const auto check_refused = [](const Outcome& outcome, const std::string& words) {
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err.find(words) != std::string::npos);
  };
  fs::create_directories(folder / "nothing");
  check_refused(recon(quoted(folder / "nothing") + out), "nothing: holds no photo");
  check_refused(recon("--list " + quoted(folder / "empty") + out), "empty: names no photo");
  check_refused(recon("--list " + quoted(folder / "none") + out), "none: cannot be opened");
  check_refused(recon("--list " + quoted(folder / "nothing") + out), "nothing: is a folder");
  check_refused(recon(out), "PHOTO: give a photo, a folder or --list FILE");
}

TEST_CASE("a listed batch goes on with what is not whole, and says each result at once") {
  const auto photo = test::shared_data("photos/sfhq_tiles/sample_2x4_r0c0.jpg");
  if (!photo) return;
  const TemporaryFolder folder;
  const fs::path out = folder / "out";
  fs::copy_file(*photo, folder / "a.jpg");
  fs::copy_file(*photo, folder / "b.jpg");
  write_file(folder / "bad.jpg", "x");
  const std::string list = (folder / "a.jpg").string() + '\n' + (folder / "bad.jpg").string() +
                           '\n' + (folder / "b.jpg").string() + '\n';
  write_file(folder / "list", list);
  const std::string arguments = " -o " + quoted(out) + " --jsonl --skip-done";
  const Outcome whole = test::run_program("fgcn_recon",
                                          "--list - --weights none --texture-size 256" + arguments +
                                              " <" + quoted(folder / "list") + ")",
                                          "(");
  CAPTURE(whole.err);
  CHECK(whole.exit_code == 2);
  const std::vector<Json> said = lines_of(whole.out);
  REQUIRE(said.size() == 3);
  CHECK(said[0]["name"] == "a");
  CHECK(said[0]["landmark_error"].get<double>() < 0.06);
  CHECK(said[0]["detector_score"].get<double>() > 0.3);
  CHECK(said[0]["landmarks_2d"].size() == 68);
  CHECK(said[1]["error"].get<std::string>().find("bad.jpg: ") != std::string::npos);
  CHECK(said[2]["name"] == "b");
  // One file of a is gone, one of b is shorter: both are made again, and then none.
  const Bytes glb = read_file(out / "a.glb");
  fs::remove(out / "a.glb");
  fs::resize_file(out / "b.obj", 100);
  CHECK(lines_of(recon("--list " + quoted(folder / "list") + arguments).out)[2].contains("coarse"));
  CHECK(read_file(out / "a.glb") == glb);
  CHECK(fs::file_size(out / "b.obj") > 100);
  const Outcome again = recon("--list " + quoted(folder / "list") + arguments);
  const std::vector<Json> skipped = lines_of(again.out);
  REQUIRE(skipped.size() == 3);
  CHECK(skipped[0] == Json{{"input", folder / "a.jpg"}, {"name", "a"}, {"skipped", true}});
  CHECK(skipped[2]["skipped"] == true);
  CHECK(again.err.find("2 were done already") != std::string::npos);
}

TEST_CASE("each face of a photo, or the one of a number, has its own results") {
  const auto left = test::shared_data("photos/sfhq_tiles/sample_2x4_r0c0.jpg");
  const auto right = test::shared_data("photos/sfhq_tiles/sample_2x4_r0c1.jpg");
  if (!left || !right) return;
  const TemporaryFolder folder;
  const Image8 a = photo::read_photo(*left).rgb, b = photo::read_photo(*right).rgb;
  Image8 both(std::max(a.height, b.height), a.width + b.width, 3, 128);
  const auto paste = [&](const Image8& from, std::int64_t x) {
    for (std::int64_t y = 0; y < from.height; ++y)
      std::copy_n(from.at(y, 0), 3 * from.width, both.at(y, x));
  };
  paste(a, 0);
  paste(b, a.width);
  const fs::path photo = folder / "both.png";
  write_png(photo, both);
  const fs::path out = folder / "out";
  const Outcome outcome = recon(quoted(photo) + " --faces all --json -o " + quoted(out));
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const Json all = Json::parse(outcome.out);
  REQUIRE(all.size() == 2);
  CHECK(all[0]["name"] == "both");
  CHECK(all[1]["name"] == "both_face2");
  CHECK(all[1]["face"] == 2);
  CHECK(all[1]["faces"] == 2);
  CHECK(all[0]["coefficients"]["identity"] != all[1]["coefficients"]["identity"]);
  // Each as it is found in its own half: the fit is of one face alone.
  for (const Json& face : all) CHECK(face["landmark_error"].get<double>() < 0.06);

  const fs::path one = folder / "one";
  const Json second = Json::parse(recon(quoted(photo) + " --face 2 --json -o " + quoted(one)).out);
  CHECK(second[0]["name"] == "both_face2");
  CHECK(second[0]["coefficients"] == all[1]["coefficients"]);
  const Json clearest = Json::parse(recon(quoted(photo) + " --json -o " + quoted(one)).out);
  CHECK(clearest[0]["name"] == "both");
  CHECK(clearest[0]["coefficients"] == all[0]["coefficients"]);

  const Outcome none = recon(quoted(photo) + " --face 3 -o " + quoted(one));
  CHECK(none.exit_code == 2);
  CHECK(none.err.find("both.png: has no face 3; faces found: 2") != std::string::npos);
  CHECK(recon(quoted(photo) + " --face 2 --faces all -o " + quoted(one)).exit_code == 2);
  // Without its second face the photo is not done.
  fs::remove(out / "both_face2.json");
  const Outcome skipped =
      recon(quoted(photo) + " --faces all --skip-done --json -o " + quoted(out));
  CHECK(Json::parse(skipped.out).size() == 2);
  CHECK(fs::exists(out / "both_face2-2.json"));  // what is left of the other is in the way
}

TEST_CASE("a face that the detector is not sure of has a note, whichever faces are wanted") {
  const auto aside = test::shared_data("shape_truth/f09_y60.png");
  if (!aside) return;
  const TemporaryFolder folder;
  for (const std::string which : {"", "--faces all "}) {
    CAPTURE(which);
    const Outcome outcome =
        recon(quoted(*aside) + " --json " + which + "-o " + quoted(folder / "out"));
    CAPTURE(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    const Json faces = Json::parse(outcome.out);
    REQUIRE(faces.size() == 1);
    CHECK(faces[0]["detector_score"].get<double>() < 0.3);
    const auto notes = faces[0]["notes"].get<std::vector<std::string>>();
    CHECK(std::count_if(notes.begin(), notes.end(), [](const std::string& note) {
            return note.find("is not sure") != std::string::npos;
          }) == 1);
  }
}

TEST_CASE("an interrupted batch keeps what is done and starts nothing new") {
  const auto photo = test::shared_data("photos/sfhq_tiles/sample_2x4_r0c0.jpg");
  if (!photo) return;
  const TemporaryFolder folder;
  const fs::path out = folder / "out";
  std::vector<std::string> arguments{"-o",   out.string(),     "--weights",
                                     "none", "--texture-size", "256"};
  constexpr int kPhotos = 60;
  for (int i = 0; i < kPhotos; ++i) arguments.push_back(photo->string());
  for (const int signal : {SIGINT, SIGTERM}) {
    CAPTURE(signal);
    test::RunningProgram run("fgcn_recon", arguments);
    const fs::path first = out / (photo->stem().string() + ".json");
    for (int tries = 0; tries < 3000 && !fs::exists(first); ++tries)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    REQUIRE(fs::exists(first));
    run.send(signal);
    CHECK(run.wait() == 3);
    std::size_t files = 0, sets = 0;
    for (const auto& entry : fs::directory_iterator(out)) {
      CHECK(entry.path().extension() != ".tmp");
      ++files;
      sets += entry.path().extension() == ".json" ? 1 : 0;
    }
    CHECK(sets > 0);
    CHECK(sets < kPhotos);
    CHECK(files == 6 * sets);
    fs::remove_all(out);
  }
}

}  // namespace
}  // namespace fgcn
