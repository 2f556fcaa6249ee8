// fgcn_train on a data set of photos, as a user starts it.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "tests/device/small_face.h"
#include "tests/support/emulated_libraries.h"
#include "tests/support/program.h"
#include "tests/support/rendered_data.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::Outcome;

std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

/// A small face and a data set of its photos, and the command line that trains on them.
struct Fixture {
  TemporaryFolder folder;
  Fixture() {
    const mesh::FaceModel face = test::small_face(3, 2);
    mesh::write_face_model(folder / "face.safetensors", face);
    test::write_rendered_data(folder / "photos.fgd", face, 12);
  }
  std::string command(const std::string& out, const std::string& more) const {
    return "--data " + quoted(folder / "photos.fgd") + " --face-model " +
           quoted(folder / "face.safetensors") + " --preset reference --set identity=0" +
           " --set batch=2 --set steps=6 --set checkpoint_every=2 --set validate_every=3" +
           " --set log_every=2 --set validation_photos=2 --set sheet_photos=1 --out " +
           quoted(folder / out) + " " + more;
  }
  Outcome train(const std::string& out, const std::string& more = {},
                const std::string& prefix = {}) const {
    return test::run_program("fgcn_train", command(out, more), prefix);
  }
};

/// log.jsonl without what differs from run to run.
std::string log_of(const fs::path& folder) {
  std::ifstream file(folder / "log.jsonl");
  std::string out;
  for (std::string line; std::getline(file, line);) {
    nlohmann::json json = nlohmann::json::parse(line);
    json.erase("images_a_second");
    json.erase("memory_mib");
    out += json.dump() + "\n";
  }
  return out;
}

void check_same_run(const fs::path& a, const fs::path& b) {
  for (const char* name : {"weights.safetensors", "best.safetensors",
                           "checkpoint-000006.safetensors", "samples.png", "loss.csv"}) {
    CAPTURE(name);
    CHECK(read_file(a / name) == read_file(b / name));
  }
  CHECK(log_of(a) == log_of(b));
}

TEST_CASE("training on a data set of photos: any threads, killed, interrupted and resumed") {
  const Fixture fixture;
  const Outcome whole = fixture.train("whole", "--threads 1 --workers 1");
  CAPTURE(whole.err);
  REQUIRE(whole.exit_code == 0);
  CHECK(whole.err.find("step 3: ") != std::string::npos);
  CHECK(whole.err.find("done: 6 steps") != std::string::npos);
  CHECK(!log_of(fixture.folder / "whole").empty());
  const fs::path first = fixture.folder / "whole";

  REQUIRE(fixture.train("threads", "--threads 3 --workers 4 --graph off").exit_code == 0);
  check_same_run(first, fixture.folder / "threads");

  {  // killed as soon as a checkpoint is there, then interrupted, then left to end
    const std::string out = quoted(fixture.folder / "parts");
    const std::string wait =
        "timeout 60 sh -c 'until test -e \"$0\"/checkpoint-00000$1.safetensors"
        "; do sleep 0.01; done' " +
        out + " ";
    const auto ended = [&](const std::string& more, const char* checkpoint, const char* signal) {
      const std::string command = std::string(FGCN_BINARY_DIR) + "/bin/fgcn_train " +
                                  fixture.command("parts", more) + " >/dev/null 2>&1 & child=$!; " +
                                  wait + checkpoint + "; kill -" + signal + " $child; wait $child";
      const int status = std::system(command.c_str());
      return WEXITSTATUS(status);
    };
    const int killed = ended("", "2", "KILL");
    CHECK((killed == 137 || killed == 0));  // or it was quicker
    const int interrupted = ended("--resume", "4", "INT");
    CHECK((interrupted == 3 || interrupted == 0));
    const Outcome last = fixture.train("parts", "--resume");
    CAPTURE(last.err);
    REQUIRE(last.exit_code == 0);
    check_same_run(first, fixture.folder / "parts");
  }
  {  // the newest checkpoint torn: the one before is gone on from
    const fs::path torn = first / "checkpoint-000006.safetensors";
    const Bytes before = read_file(torn);
    fs::resize_file(torn, before.size() / 2);
    const Outcome again = fixture.train("whole", "--resume");
    CAPTURE(again.err);
    CHECK(again.exit_code == 0);
    CHECK(again.err.find("checkpoint-000006.safetensors: ") != std::string::npos);
    CHECK(again.err.find("resumed from " + (first / "checkpoint-000004.safetensors").string()) !=
          std::string::npos);
    CHECK(read_file(torn) == before);
  }
  {  // what cannot be
    const auto refused = [&](const Outcome& outcome, const char* sentence) {
      CAPTURE(outcome.err);
      CHECK(outcome.exit_code == 2);
      CHECK(outcome.err.find(sentence) != std::string::npos);
      CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') <= 2);
    };
    refused(fixture.train("whole"), "holds a run already");
    refused(fixture.train("whole", "--resume --set rate=1"), "was begun with rate=1e-04, not 1");
    refused(fixture.train("new", "--set rat=1"), "the nearest is 'rate'");
    refused(fixture.train("new", "--set batch=0"), "'0' is not 1 to 256");
    refused(fixture.train("new", "--set identity=0.2"), "needs the identity network");
    refused(
        test::run_program("fgcn_train", "--preset paper --out " + quoted(fixture.folder / "new")),
        "give --data FILE too");
    refused(fixture.train("burst", "--set rate=1e30 --set checkpoint_every=1"),
            "training diverged at step ");
  }
}

TEST_CASE(
    "photos and drawn faces in turn on the emulated device: the same run with and without graphs") {
  if (!test::emulated_library("cublas")) return;
  const Fixture fixture;
  for (const std::string graph : {"on", "off"}) {
    const Outcome outcome = test::run_program(
        "fgcn_train_emulated",
        fixture.command(graph, "--device emulated --graph " + graph +
                                   " --set schedule=constant --set synthetic=1 --set light=refit"
                                   " --set pixel=0.5 --set batch=1 --set steps=3"
                                   " --set checkpoint_every=3 --set validation_photos=1"));
    CAPTURE(outcome.err);
    REQUIRE(outcome.exit_code == 0);
  }
  const fs::path on = fixture.folder / "on", off = fixture.folder / "off";
  for (const char* name : {"weights.safetensors", "best.safetensors", "loss.csv",
                           "checkpoint-000003.safetensors", "samples.png"}) {
    CAPTURE(name);
    CHECK(read_file(on / name) == read_file(off / name));
  }
  CHECK(log_of(on) == log_of(off));
}

TEST_CASE("settings are listed with what the command line makes of them") {
  const Outcome list =
      test::run_program("fgcn_train", "--list-settings --preset reference --set batch=7 --gan");
  CHECK(list.exit_code == 0);
  CHECK(list.out.find("batch=7") != std::string::npos);
  CHECK(list.out.find("adversary=0.001") != std::string::npos);
  CHECK(list.out.find("learning_rate_decay=0.98") != std::string::npos);
}

}  // namespace
}  // namespace fgcn
