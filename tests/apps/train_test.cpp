// fgcn_train as a user starts it: on a data set of photos, on synthetic faces, and wrongly.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "io/arrays/safetensors.h"
#include "io/file.h"
#include "io/temporary_folder.h"
#include "tests/device/small_face.h"
#include "tests/layers/identity_files.h"
#include "tests/support/emulated_libraries.h"
#include "tests/support/program.h"
#include "tests/support/rendered_data.h"
#include "tests/support/run_log.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::comparable_log;
using test::Outcome;
using test::quoted;

/// Command lines of a small face's two tasks, six steps each; a face and, for photos, a data set.
struct Fixture {
  TemporaryFolder folder;
  bool photos;

  explicit Fixture(bool with_photos) : photos(with_photos) {
    const mesh::FaceModel face = test::small_face(3, 2);
    mesh::write_face_model(folder / "face.safetensors", face);
    if (photos) test::write_rendered_data(folder / "photos.fgd", face, 12);
  }
  std::string command(const std::string& out, const std::string& more) const {
    return "train --face-model " + quoted(folder / "face.safetensors") +
           " --set batch=2 --set steps=6 --set checkpoint_every=2 --set validate_every=3" +
           " --set log_every=2 --out " + quoted(folder / out) + " " +
           (photos ? "--data " + quoted(folder / "photos.fgd") +
                         " --preset reference --set identity=0 --set validation_photos=2" +
                         " --set sheet_photos=1 "
                   : std::string("--set gain_faces=3 ")) +
           more;
  }
  Outcome train(const std::string& out, const std::string& more = {},
                const std::string& prefix = {}) const {
    return test::run_program("fgcn_train", command(out, more), prefix);
  }
  /// Starts a run, waits for a checkpoint of that step, sends the signal, waits for the end; the
  /// exit code.
  int ended(const std::string& out, const std::string& more, const char* step,
            const char* signal) const {
    const std::string command_line =
        std::string(FGCN_BINARY_DIR) + "/bin/fgcn_train " + command(out, more) +
        " >/dev/null 2>&1 & child=$!; timeout 60 sh -c 'until test -e "
        "\"$0\"/checkpoint-00000$1.safetensors; do sleep 0.01; done' " +
        quoted(folder / out) + " " + step + "; kill -" + signal + " $child; wait $child";
    const int status = std::system(command_line.c_str());
    return WEXITSTATUS(status);
  }
};

/// A first line may say what was read.
void check_run_refused(const Outcome& outcome, const std::string& words) {
  test::check_refused(outcome, words, 2);
}

void check_same_run(const fs::path& a, const fs::path& b) {
  for (const char* name :
       {"weights.safetensors", "best.safetensors", "checkpoint-000006.safetensors", "samples.png",
        "loss.csv", "layers.jsonl"}) {
    CAPTURE(name);
    REQUIRE(fs::exists(a / name) == fs::exists(b / name));
    if (fs::exists(a / name)) CHECK(read_file(a / name) == read_file(b / name));
  }
  CHECK(!comparable_log(a / "log.jsonl").empty());
  CHECK(comparable_log(a / "log.jsonl") == comparable_log(b / "log.jsonl"));
}

TEST_CASE("training on photos and on synthetic faces: any threads, killed, interrupted, resumed") {
  for (const bool photos : {true, false}) {
    CAPTURE(photos);
    const Fixture fixture(photos);
    const Outcome whole = fixture.train("whole", "--threads 1 --workers 1");
    CAPTURE(whole.err);
    REQUIRE(whole.exit_code == 0);
    CHECK((whole.err.find("step 3: ") != std::string::npos) == photos);
    CHECK(whole.err.find("done: 6 steps") != std::string::npos);
    const fs::path first = fixture.folder / "whole";
    CHECK(fs::exists(first / "best.safetensors") == photos);
    CHECK(fs::exists(first / "samples.png"));
    CHECK_FALSE(fs::exists(first / "checkpoint.safetensors"));

    REQUIRE(fixture.train("threads", "--threads 3 --workers 4 --graph off").exit_code == 0);
    check_same_run(first, fixture.folder / "threads");

    {  // killed as soon as a checkpoint is there, then interrupted, then left to end
      const int killed = fixture.ended("parts", "", "2", "KILL");
      CHECK((killed == 137 || killed == 0));  // or it was quicker
      const int interrupted = fixture.ended("parts", "--resume --threads 2", "4", "INT");
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
      check_same_run(first, fixture.folder / "threads");
    }
    check_run_refused(fixture.train("whole"), "holds a run already");
    check_run_refused(fixture.train("whole", "--resume --set learning_rate=1"),
                      "was begun with learning_rate=");
    check_run_refused(fixture.train("whole", "--resume --set preset=1"), "no setting 'preset'");
    check_run_refused(fixture.train("new", "--set bath=1"), "the nearest is 'batch'");
    check_run_refused(fixture.train("new", "--set batch=0"), "'0' is not 1 to 256");
    check_run_refused(fixture.train("new", "--set rate=1"), "is called 'learning_rate' now");
    check_run_refused(fixture.train("new", "--steps abc"), "--steps abc: 'abc' is not ");
    check_run_refused(fixture.train("burst", "--set learning_rate=1e30 --set checkpoint_every=1"),
                      "training diverged at step ");
    if (photos) {
      check_run_refused(fixture.train("new", "--set identity=0.2"), "needs the identity network");
      check_run_refused(fixture.train("new", "--set embedding_form=identity --set gain_faces=3"),
                        "give the identity network's file with --identity");
      const fs::path network = fixture.folder / "identity.dat";
      Rng rng(1);
      const Bytes bytes = test::DlibWriter(/*older=*/false).write(random_identity_weights({}, rng));
      write_file(network, std::string(bytes.begin(), bytes.end()));
      check_run_refused(fixture.train("new",
                                      "--set embedding_form=identity --set gain_faces=3 "
                                      "--identity " +
                                          quoted(network)),
                        "give --set gain_faces=0");
    } else {
      check_run_refused(fixture.train("new", "--gan"), "give --data FILE too");
      check_run_refused(fixture.train("new", "--set epochs=3"),
                        "--set epochs=3: is a setting of training on photos; give --data FILE too");
      check_run_refused(fixture.train("new", "--preset paper"), "give --data FILE too");
      check_run_refused(fixture.train("whole", "--resume --set steps=9"), "was begun for 6 steps");
    }
    // A start that is refused leaves nothing behind.
    CHECK_FALSE(fs::exists(fixture.folder / "new"));
  }
}

TEST_CASE("losses are measured on fewer held-out photos than a batch; none at all is said") {
  const Fixture fixture(true);
  const Outcome one = fixture.train("one", "--set validation_photos=1 --set batch=2 --set steps=1");
  CAPTURE(one.err);
  REQUIRE(one.exit_code == 0);
  CHECK(one.err.find(": 1 validation photo, L1") != std::string::npos);
  CHECK(one.err.find("done: 1 step, ") != std::string::npos);
  std::ifstream file(fixture.folder / "one" / "validation.jsonl");
  std::string line;
  REQUIRE(std::getline(file, line));
  const nlohmann::json measured = nlohmann::json::parse(line);
  CHECK(measured.at("loss_total").get<double>() > 0);
  CHECK(measured.at("photos") == 1);
  CHECK(one.err.find("no photo is held out") == std::string::npos);

  test::write_rendered_data(fixture.folder / "photos.fgd",
                            mesh::read_face_model(fixture.folder / "face.safetensors"), 3, 0);
  const Outcome none = fixture.train("none", "--set steps=1");
  CAPTURE(none.err);
  REQUIRE(none.exit_code == 0);
  CHECK(none.err.find("photos.fgd: no photo is held out") != std::string::npos);
  CHECK_FALSE(fs::exists(fixture.folder / "none" / "best.safetensors"));
}

TEST_CASE("a run goes on with its own task only, and with no checkpoint of an older version") {
  const Fixture photos(true), rendered(false);
  REQUIRE(rendered.train("run", "--set gain_faces=0 --set steps=1").exit_code == 0);
  const fs::path folder = rendered.folder / "run";
  fs::create_directories(photos.folder / "run");
  const fs::path copy = photos.folder / "run" / "checkpoint-000001.safetensors";
  fs::copy_file(folder / "checkpoint-000001.safetensors", copy);
  check_run_refused(photos.train("run", "--resume"), "was begun on synthetic faces, not on photos");

  // The one file of older versions, whole or not.
  fs::create_directories(rendered.folder / "older");
  const fs::path old = rendered.folder / "older" / "checkpoint.safetensors";
  write_file(old, std::string_view("any"));
  const std::string sentence =
      ": is a checkpoint of an older fgcn_train, whose runs and weights this one cannot read; "
      "train "
      "anew with another --out";
  for (const char* start : {"", "--resume"})
    check_run_refused(rendered.train("older", start), old.string() + sentence);
  check_run_refused(
      test::run_program("fgcn_train", "fit-gain " + quoted(copy) + " --faces 1 --out " +
                                          quoted(rendered.folder / "x.safetensors") +
                                          " --face-model " +
                                          quoted(rendered.folder / "face.safetensors")),
      "is a checkpoint");
}

TEST_CASE("a folder that cannot be made is refused before the data are read") {
  const Outcome outcome = test::run_program("fgcn_train", "train --data missing.fgd --out /proc/x");
  check_run_refused(outcome, "--out /proc/x: the folder cannot be made");
}

TEST_CASE("a run with a saturated layer names it and ends with a code of its own") {
  const Fixture fixture(false);
  REQUIRE(fixture.train("run", "--set gain_faces=0 --set steps=1 --set branch_output=activated")
              .exit_code == 0);
  const fs::path run = fixture.folder / "run";
  io::Safetensors weights = io::read_safetensors(run / "weights.safetensors");
  weights.tensors.at("refiner.out.bias") =
      io::StoredTensor::half({3}, std::vector<float>{-1000, -1000, -1000});
  io::write_safetensors(fixture.folder / "dead.safetensors", weights);

  // Branches are those of the weights, unless another kind is asked for.
  const std::string from =
      "--set gain_faces=0 --set steps=2 --init " + quoted(fixture.folder / "dead.safetensors");
  const Outcome outcome = fixture.train("dead", from + " --set layers_every=1");
  CAPTURE(outcome.err);
  CHECK(outcome.exit_code == 4);
  CHECK(outcome.err.find("step 1: no unit of 'refiner.out' passes a gradient") !=
        std::string::npos);
  CHECK(outcome.err.find("step 2: no unit of") == std::string::npos);  // said once
  CHECK(outcome.err.find("no unit passes a gradient in refiner.out; it was so in " +
                         (fixture.folder / "dead.safetensors").string() + " already") !=
        std::string::npos);
  CHECK(fs::exists(fixture.folder / "dead" / "weights.safetensors"));
  std::ifstream file(fixture.folder / "dead" / "layers.jsonl");
  std::string line;
  REQUIRE(std::getline(file, line));
  const nlohmann::json json = nlohmann::json::parse(line);
  CHECK(json["step"] == 1);
  CHECK(json["refiner.out.silent"] == 1);
  CHECK(json["refiner.out.gradient"] == 0);
  CHECK(json["refiner.out.spread"] < 1e-9);
  CHECK(json["head.out.silent"] == 0);
  CHECK(json["head.out.spread"] > 0);
  CHECK(json["head.out.gradient"] > 0);
  CHECK(json["head.out.update"] > 0);
  CHECK(json["refiner.in.silent"].is_null());
  // Resumed when all is done, it still is a run with a dead part.
  const Outcome resumed = fixture.train("dead", from + " --set layers_every=1 --resume");
  CHECK(resumed.exit_code == 4);
  CHECK(resumed.err.find("refiner.out; layers.jsonl says since when") != std::string::npos);
  check_run_refused(fixture.train("other", from + " --set branch_output=linear"),
                    "is of a network with branch_output=activated, not linear");
}

TEST_CASE("--init and fit-gain judge a file by its header before they read its arrays") {
  const Fixture fixture(false);
  // Whoever reads the arrays first meets the damaged byte instead.
  const auto damaged = [&](const fs::path& from, const char* name) {
    Bytes bytes = read_file(from);
    bytes.back() ^= 1;
    write_file(fixture.folder / name, bytes);
    return fixture.folder / name;
  };
  const auto fit_gain = [&](const fs::path& weights) {
    return test::run_program("fgcn_train", "fit-gain " + quoted(weights) + " --faces 1 --out " +
                                               quoted(fixture.folder / "x.safetensors") +
                                               " --face-model " +
                                               quoted(fixture.folder / "face.safetensors"));
  };
  const fs::path face = damaged(fixture.folder / "face.safetensors", "other.safetensors");
  const std::string sentence = face.string() + ": is of another format than 'fgcn refinement 2'";
  check_run_refused(fixture.train("new", "--init " + quoted(face)), sentence);
  check_run_refused(fit_gain(face), sentence);
  CHECK_FALSE(fs::exists(fixture.folder / "new"));
  CHECK_FALSE(fs::exists(fixture.folder / "x.safetensors"));

  REQUIRE(fixture.train("run", "--set gain_faces=0 --set steps=1").exit_code == 0);
  const fs::path run = fixture.folder / "run";
  const fs::path checkpoint = damaged(run / "checkpoint-000001.safetensors", "c.safetensors");
  check_run_refused(fit_gain(checkpoint), checkpoint.string() + ": is a checkpoint");
  const fs::path weights = damaged(run / "weights.safetensors", "w.safetensors");
  check_run_refused(fit_gain(weights), "does not fit its checksum");
  check_run_refused(fixture.train("new", "--init " + quoted(weights)), "does not fit its checksum");
}

TEST_CASE("command lines of older versions end with one sentence that says what to write") {
  const auto refused = [](const std::string& arguments, const std::string& sentence) {
    const Outcome outcome = test::run_program("fgcn_train", arguments);
    check_run_refused(outcome, sentence);
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  };
  refused("", "give a sub-command, train, evaluate or fit-gain");
  refused("--out x", "run fgcn_train train --out DIR");
  refused("--evaluate w --faces 2", "run fgcn_train evaluate WEIGHTS");
  refused("--fit-level w --out x", "run fgcn_train fit-gain WEIGHTS --out FILE");
  refused("train --out x --makers 3", "--makers: is called --workers now");
  refused("train --out x --tone-faces=3", "--tone-faces: is called --gain-faces");
  refused("train --fit-level w --out x", "--fit-level: is called the sub-command fit-gain now");
  refused("fit-level w --out x", "fit-level: is called fit-gain now");
  refused("train", "give --out FOLDER");
}

TEST_CASE("help lists the sub-commands, and each one's options with defaults and examples") {
  const Outcome all = test::run_program("fgcn_train", "--help");
  CHECK(all.exit_code == 0);
  for (const std::string name : {"train", "evaluate", "fit-gain"}) {
    CAPTURE(name);
    CHECK(all.out.find("\n  " + name + " ") != std::string::npos);
    const Outcome one = test::run_program("fgcn_train", name + " --help");
    CHECK(one.exit_code == 0);
    CHECK(one.out.find("\n  fgcn_train " + name + " ") != std::string::npos);
    CHECK(one.out.find("--device TEXT=auto") != std::string::npos);
  }
  const Outcome train = test::run_program("fgcn_train", "train --help");
  CHECK(train.out.find("--steps N=6000, on photos 0 ") != std::string::npos);
}

TEST_CASE(
    "photos and synthetic faces in turn on the emulated device: the same run with and without "
    "graphs") {
  if (!test::emulated_library("cublas")) return;
  const Fixture fixture(true);
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
  CHECK(comparable_log(on / "log.jsonl") == comparable_log(off / "log.jsonl"));
}

TEST_CASE("settings of both tasks are listed with what the command line makes of them") {
  const auto list = [](const std::string& arguments) {
    const Outcome outcome = test::run_program("fgcn_train", "train --list-settings " + arguments);
    CHECK(outcome.exit_code == 0);
    return outcome.out;
  };
  const auto has = [](const std::string& text, const std::string& line) {
    return text.find("\n" + line + " ") != std::string::npos;
  };
  const std::string photos = list("--preset reference --set batch=7 --gan --gain-faces 5");
  for (const char* line :
       {"batch=7", "adversary=0.001", "learning_rate_decay=0.98", "gain_faces=5", "epochs=50"})
    CHECK(has(photos, line));
  const std::string rendered = list("--seed 3 --set seed=4 --steps 9");
  for (const char* line : {"seed=4", "steps=9", "learning_rate=0.0015", "photo=0.15"})
    CHECK(has(rendered, line));
  CHECK_FALSE(has(rendered, "epochs=50"));
  CHECK(has(list("--data none.fgd"), "epochs=50"));
}

}  // namespace
}  // namespace fgcn
