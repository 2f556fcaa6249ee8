// The start of every program.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>

#include "io/file.h"
#include "io/image.h"
#include "io/temporary_folder.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;

/// The settings that the OpenMP library prints, at each of the program's starts.
std::string settings(const std::string& environment) {
  const test::Outcome outcome = test::run_program(
      "fgcn_recon", "--help",
      "env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT OMP_DISPLAY_ENV=verbose " + environment);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.find("Examples") != std::string::npos);
  return outcome.err;
}

int starts(const std::string& said) {
  int count = 0;
  for (std::size_t at = 0; (at = said.find("DISPLAY ENVIRONMENT BEGIN", at)) != std::string::npos;
       ++at)
    ++count;
  return count;
}

using test::Outcome;
using test::quoted;

/// Its exit code, with stdout going elsewhere.
Outcome said_to(const std::string& place, const std::string& program,
                const std::string& arguments) {
  return test::run_program(program, arguments + " " + place + ")", "(");
}

TEST_CASE("no program ends well when what it says cannot be written") {
  const TemporaryFolder folder;
  write_png(folder / "wall.png", Image8(64, 64, 3, 128));
  const fs::path face = folder / "face.safetensors";
  struct Case {
    const char* program;
    std::string arguments;
  };
  for (const auto& [program, arguments] :
       {Case{"fgcn_recon", "--help"}, Case{"fgcn_eval", "--synthetic 1 --identity none"},
        Case{"fgcn_eval", "--synthetic 1 --identity none --json"},
        Case{"fgcn_data", "embedded -o " + quoted(face)},
        Case{"fgcn_train", "train --list-settings"}, Case{"fgcn_bench", "--help"}}) {
    CAPTURE(program);
    CAPTURE(arguments);
    CHECK(said_to("", program, arguments).exit_code == 0);
    for (const char* place : {">/dev/full", ">&-"}) {
      CAPTURE(place);
      const Outcome outcome = said_to(place, program, arguments);
      CAPTURE(outcome.err);
      CHECK(outcome.exit_code == 2);
      CHECK(outcome.err.find(std::string(program) + ": stdout cannot be written") !=
            std::string::npos);
    }
  }
  // Who says nothing there needs no stdout.
  CHECK(said_to(">&-", "fgcn_train", "evaluate").err.find("stdout") == std::string::npos);
}

TEST_CASE("no result receives what belongs to a closed stream") {
  const auto photo = test::shared_data("photos/sfhq_tiles/sample_2x4_r0c0.jpg");
  if (!photo) return;
  const TemporaryFolder folder;
  const std::string arguments =
      quoted(*photo) + " " + quoted(folder / "none.jpg") + " --weights none --texture-size 256 -o ";
  CHECK(test::run_program("fgcn_recon", arguments + quoted(folder / "a")).exit_code == 2);
  CHECK(said_to("0<&- >&- 2>&-", "fgcn_recon", arguments + quoted(folder / "b")).exit_code == 2);
  for (const char* end : {".glb", ".obj", ".mtl", "_albedo.png", "_compare.png"}) {
    CAPTURE(end);
    const std::string name = photo->stem().string() + end;
    CHECK(read_file(folder / "a" / name) == read_file(folder / "b" / name));
  }
}

TEST_CASE("a wrong command line is one line: program, word, what is wrong") {
  struct Case {
    const char* program;
    const char* arguments;
    const char* line;
  };
  for (const auto& [program, arguments, line] :
       {Case{"fgcn_recon", "--foo", "--foo: is not an option; fgcn_recon --help"},
        Case{"fgcn_recon", "a.jpg", "--out: is required; fgcn_recon --help"},
        Case{"fgcn_recon", "a.jpg -o b --size 3", "--size: Value 3 not in range 64 to 1024; "},
        Case{"fgcn_recon", "a.jpg -o b --json --jsonl", "--json: excludes --jsonl; "},
        Case{"fgcn_eval", "--split test", "--split: requires --data; fgcn_eval --help"},
        Case{"fgcn_eval", "a.jpg --bar=3", "--bar=3: is not an option; "},
        Case{"fgcn_train", "train --bar", "--bar: is not an option; fgcn_train train --help"},
        Case{"fgcn_train", "evaluate a b", "b: is one word too many; fgcn_train evaluate --help"},
        Case{"fgcn_data", "", "give a command; fgcn_data --help"},
        Case{"fgcn_data", "prepair x", "prepair: is not a command; fgcn_data --help"},
        Case{"fgcn_data", "prepare x", "--output: is required; fgcn_data prepare --help"},
        Case{"fgcn_bench", "--threads many", "--threads: Value many not in range 0 to 256; "}}) {
    CAPTURE(arguments);
    const Outcome outcome = test::run_program(program, arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.rfind(std::string(program) + ": " + line, 0) == 0);
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  }
}

TEST_CASE("links in a circle are said in the program's words, wherever they are given") {
  const TemporaryFolder folder;
  fs::create_symlink("circle", folder / "circle");
  const std::string circle = " " + quoted(folder / "circle"), out = " -o " + quoted(folder / "x");
  struct Case {
    const char* program;
    std::string arguments;
  };
  const Case cases[] = {{"fgcn_data", "chart" + circle},
                        {"fgcn_data", "import-ict" + circle + out},
                        {"fgcn_data", "import-bfm" + circle + out},
                        {"fgcn_data", "info" + circle},
                        {"fgcn_mesh", "info" + circle},
                        {"fgcn_mesh", "compare" + circle + circle},
                        {"fgcn_coma", "sample" + circle + out},
                        {"fgcn_coma", "train --data" + circle + " --out " + quoted(folder / "run")},
                        {"fgcn_recon", circle + out + " --face-model embedded"}};
  for (const Case& k : cases) {
    CAPTURE(k.program);
    CAPTURE(k.arguments);
    const Outcome outcome = test::run_program(k.program, k.arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err.find("circle: ") != std::string::npos);
    CHECK(outcome.err.find("check the path") != std::string::npos);
    CHECK(outcome.err.find("filesystem error") == std::string::npos);
  }
}

TEST_CASE("too little memory, at any size, is one sentence for the photo and code 2") {
#ifdef __SANITIZE_ADDRESS__
  MESSAGE("skipped: AddressSanitizer's shadow takes more addresses than any of these limits");
  return;
#endif
  const auto photo = test::shared_data("photos/sfhq_tiles/sample_2x4_r0c0.jpg");
  if (!photo) return;
  const TemporaryFolder folder;
  const fs::path out = folder / "out";
  int done = 0, refused = 0;
  for (int space = 80000; space <= 560000; space += 20000) {  // KiB of addresses
    CAPTURE(space);
    const Outcome outcome = test::run_program(
        "fgcn_recon",
        quoted(*photo) + " --weights none --texture-size 256 --threads 4 -o " + quoted(out),
        "ulimit -v " + std::to_string(space) + ";");
    CAPTURE(outcome.err);
    if (outcome.exit_code == 127) continue;  // the loader's: not even the libraries have room
    CHECK((outcome.exit_code == 0 || outcome.exit_code == 2));
    ++(outcome.exit_code == 0 ? done : refused);
    CHECK(outcome.err.find("internal error") == std::string::npos);
    if (outcome.exit_code == 2) CHECK(outcome.err.find("memory") != std::string::npos);
    const auto files = fs::exists(out) ? std::distance(fs::directory_iterator(out), {}) : 0;
    CHECK(files == (outcome.exit_code == 0 ? 6 : 0));
    fs::remove_all(out);
  }
  CHECK(refused > 0);
  CHECK(done > 0);
}

TEST_CASE("idle threads sleep soon, unless the user has said how to wait") {
  const std::string own = settings({});
  if (own.find("GOMP_SPINCOUNT") == std::string::npos) {
    MESSAGE("skipped: this is not GNU's OpenMP");
    return;
  }
  CHECK(starts(own) == 2);
  CHECK(own.find("GOMP_SPINCOUNT = '300'") != std::string::npos);
  const std::string spins = settings("GOMP_SPINCOUNT=77");
  CHECK(starts(spins) == 1);
  CHECK(spins.find("GOMP_SPINCOUNT = '77'") != std::string::npos);
  CHECK(starts(settings("OMP_WAIT_POLICY=active")) == 1);
}

}  // namespace
}  // namespace fgcn
