// Options that may be given several times, before the words that are no option's.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "io/image.h"
#include "io/temporary_folder.h"
#include "tests/support/program.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::Outcome;
using test::quoted;

void check_says(const Outcome& outcome, int code, const std::string& words) {
  CAPTURE(words);
  CAPTURE(outcome.err);
  CHECK(outcome.exit_code == code);
  CHECK(outcome.err.find(words) != std::string::npos);
}

TEST_CASE("an option that may be repeated takes one word and leaves photos and files") {
  const TemporaryFolder folder;
  write_png(folder / "wall.png", Image8(300, 300, 3, 128));
  const std::string wall = quoted(folder / "wall.png"), missing = quoted(folder / "missing");
  const std::string out = " -o " + quoted(folder / "out");
  check_says(test::run_program("fgcn_eval", "--weights none " + wall + " --identity none"), 2,
             "wall.png: no face was found");
  const auto data = [](const std::string& arguments) {
    return test::run_program("fgcn_data", arguments);
  };
  check_says(data("calibrate --yaw 0 " + missing + out), 2, "/missing': there is no such file");
  check_says(data("side-faces --yaw 40 " + missing + " " + quoted(folder.path()) + out +
                  " --points " + quoted(folder / "points")),
             2, "/missing': there is no such file");
  for (const std::string range : {"0,1 ", "0 1 "})
    check_says(data("import-gnm --expression-range " + range + missing + " --landmarks a" + out), 2,
               "/missing: cannot be opened");
  check_says(test::run_program("fgcn_train", "train --set batch=2 more"), 2,
             "more: is one word too many");
  check_says(test::run_program("fgcn_bench", "--only gather slice"), 2,
             "slice: is one word too many");
}

TEST_CASE("an option that may be repeated takes each word, and lists between commas") {
  const TemporaryFolder folder;
  const fs::path out = folder / "people";
  check_says(
      test::run_program("fgcn_data",
                        "portraits --yaw 0,-30 --yaw 60 embedded --count 1 -o " + quoted(out)),
      0, "");
  for (const char* name : {"p000_y00.png", "p000_y-30.png", "p000_y60.png"})
    CHECK(fs::exists(out / name));
  const Outcome bench = test::run_program(
      "fgcn_bench", "--only gather,spmm --only slice --skip spmm --tiny --repeats 1");
  CAPTURE(bench.err);
  CHECK(bench.exit_code == 0);
  CHECK(bench.out.find("gather") != std::string::npos);
  CHECK(bench.out.find("slice") != std::string::npos);
  CHECK(bench.out.find("spmm") == std::string::npos);
}

}  // namespace
}  // namespace fgcn
