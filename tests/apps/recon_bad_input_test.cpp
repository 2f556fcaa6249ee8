// Messages and files of fgcn_recon when its input is wrong.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/image.h"
#include "io/temporary_folder.h"
#include "kernels/core/rng.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::Outcome;
using test::quoted;

Outcome recon(const std::string& photos, const fs::path& out, const std::string& more = {}) {
  return test::run_program("fgcn_recon", photos + " -o " + quoted(out) + " --weights none " + more);
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator{}));
}

/// Exit code 2, one line on stderr with these words, nothing written and no folder made.
void check_refused(const Outcome& outcome, const fs::path& out, const std::string& words) {
  test::check_refused(outcome, words);
  CHECK_FALSE(fs::exists(out));
}

TEST_CASE("files that are no photographs are refused by name") {
  const TemporaryFolder folder;
  Rng rng(1);
  write_file(folder / "text.jpg", "this is not an image");
  write_file(folder / "empty.png", "");
  std::string noise(5000, '\0');
  for (char& c : noise) c = static_cast<char>(rng.next());
  write_file(folder / "noise.jpg", noise);
  write_png(folder / "dot.png", Image8(1, 1, 3));
  write_png(folder / "strip.png", Image8(40, 20000, 3));
  const Bytes whole = encode_png(Image8(300, 200, 3, 90));
  write_file(folder / "cut.png", std::span(whole).first(whole.size() / 2));
  for (const std::string name :
       {"text.jpg", "empty.png", "noise.jpg", "dot.png", "strip.png", "cut.png", "missing.jpg"}) {
    CAPTURE(name);
    check_refused(recon(quoted(folder / name), folder / "out"), folder / "out", name);
  }
}

TEST_CASE("a picture without a face says so") {
  const TemporaryFolder folder;
  Image8 flat(300, 300, 3, 128);
  write_png(folder / "wall.png", flat);
  check_refused(recon(quoted(folder / "wall.png"), folder / "out"), folder / "out",
                "no face was found; give a photo of one face, turned aside by 70 degrees at most");
}

TEST_CASE("wrong models, weights and folders are refused before any photo") {
  const TemporaryFolder folder;
  write_png(folder / "wall.png", Image8(300, 300, 3, 128));
  write_file(folder / "bad.safetensors", "not a model");
  write_file(folder / "file", "in the way");
  const std::string photo = quoted(folder / "wall.png");
  const fs::path out = folder / "out";
  check_refused(recon(photo, out, "--face-model " + quoted(folder / "none.safetensors")), out,
                "none.safetensors");
  check_refused(recon(photo, out, "--face-model " + quoted(folder / "bad.safetensors")), out,
                "bad.safetensors");
  check_refused(test::run_program("fgcn_recon", photo + " -o " + quoted(out) + " --weights " +
                                                    quoted(folder / "bad.safetensors")),
                out, "bad.safetensors");
  // Of the model, not of the default weights that another model would not fit.
  check_refused(test::run_program("fgcn_recon", photo + " -o " + quoted(out) + " --face-model " +
                                                    quoted(folder / "bad.safetensors")),
                out, "bad.safetensors: ");
  for (const char* weights : {"none", "default"}) {
    const std::string identity = photo + " -o " + quoted(out) + " --weights " + weights;
    check_refused(test::run_program("fgcn_recon",
                                    identity + " --identity " + quoted(folder / "bad.safetensors")),
                  out, "bad.safetensors");
    check_refused(
        test::run_program("fgcn_recon", identity + " --identity " + quoted(folder / "none.dat")),
        out, "none.dat");
  }
  check_refused(recon(photo, folder / "file" / "inside"), folder / "file" / "inside", "folder");
  check_refused(recon(photo, out, "--landmarks " + quoted(folder / "bad.safetensors")), out,
                "bad.safetensors");
}

TEST_CASE("a wrong command line exits with 2 and --help with 0") {
  CHECK(test::run_program("fgcn_recon", "").exit_code == 2);
  CHECK(test::run_program("fgcn_recon", "a.jpg -o b --size 3").exit_code == 2);
  const Outcome help = test::run_program("fgcn_recon", "--help");
  CHECK(help.exit_code == 0);
  CHECK(help.out.find("Examples") != std::string::npos);
}

TEST_CASE("an identity network that the weights do not take is said to be unused") {
  const auto photo = test::shared_data("photos/nasa_astronaut/astronaut.png");
  const auto network = test::shared_data("nets/face-api");
  if (!photo || !network) return;
  const TemporaryFolder folder;
  const Outcome outcome = recon(quoted(*photo), folder / "out", "--identity " + quoted(*network));
  CAPTURE(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.find("--identity " + network->string() + ": is not used") != std::string::npos);
}

TEST_CASE("one bad photo does not stop the others, and a second run gives the same bytes") {
  const auto photo = test::shared_data("photos/nasa_astronaut/astronaut.png");
  if (!photo) return;
  const TemporaryFolder folder;
  write_file(folder / "bad.jpg", "no");
  const fs::path out = folder / "out";
  const Outcome outcome = recon(quoted(folder / "bad.jpg") + " " + quoted(*photo), out, "--json");
  CAPTURE(outcome.err);
  CHECK(outcome.exit_code == 2);
  const auto json = nlohmann::json::parse(outcome.out);
  REQUIRE(json.size() == 2);
  CHECK(json[0].contains("error"));
  CHECK(json[1]["landmark_error"].get<double>() < 0.06);
  for (const std::string end : {".glb", ".obj", ".mtl", "_albedo.png", "_compare.png", ".json"}) {
    CAPTURE(end);
    CHECK(fs::exists(out / ("astronaut" + end)));
  }
  CHECK(files_in(out) == 6);
  const fs::path again = folder / "again";
  CHECK(recon(quoted(*photo), again, "--threads 1").exit_code == 0);
  for (const std::string end : {".glb", ".obj", ".mtl", "_albedo.png", "_compare.png"}) {
    CAPTURE(end);
    CHECK(read_file(out / ("astronaut" + end)) == read_file(again / ("astronaut" + end)));
  }
}

TEST_CASE("a full disk is one sentence and leaves nothing") {
  const auto photo = test::shared_data("photos/nasa_astronaut/astronaut.png");
  if (!photo) return;
  const TemporaryFolder folder;
  const fs::path out = folder / "out";
  // No file may grow beyond 64 KiB, as if the disk were full.
  const Outcome outcome = test::run_program(
      "fgcn_recon", quoted(*photo) + " -o " + quoted(out) + " --weights none", "ulimit -f 128;");
  CAPTURE(outcome.err);
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("cannot be written") != std::string::npos);
  CHECK_FALSE(fs::exists(out));  // not even hidden files keep it
}

}  // namespace
}  // namespace fgcn
