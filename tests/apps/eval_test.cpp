// fgcn_eval as a user starts it.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/eval/eval_sheet.h"
#include "io/arrays/safetensors.h"
#include "io/file.h"
#include "io/temporary_folder.h"
#include "mesh/face/named_face.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::check_refused;
using test::Outcome;
using test::quoted;
using Json = nlohmann::json;

Outcome eval(const std::string& arguments) { return test::run_program("fgcn_eval", arguments); }

fs::path default_weights() {
  return fs::path(FGCN_SOURCE_DIR) / "data" / "default_weights.safetensors";
}

TEST_CASE("weights of two face models are not measured in one run") {
  const fs::path head = fs::path(FGCN_SOURCE_DIR) / "data" / "head_weights.safetensors";
  check_refused(
      eval("--synthetic 1 --weights " + quoted(default_weights()) + " --weights " + quoted(head)),
      head.string() + " to another; measure them in two runs");
}

TEST_CASE("photos are measured, failures are named and do not stop the others") {
  const auto astronaut = test::shared_data("photos/nasa_astronaut/astronaut.png");
  const auto tile = test::shared_data("photos/sfhq_tiles/sample_2x4_r0c0.jpg");
  const auto network = test::shared_data("nets/face-api");
  if (!astronaut || !tile || !network) return;
  const TemporaryFolder folder;
  const fs::path bad = folder / "\x1b[2J\n\xc2\x9b-bad.jpg";
  write_file(bad, "no");
  const fs::path out = folder / "out";
  const std::string photos = quoted(*astronaut) + " " + quoted(bad) + " " + quoted(*tile);
  const Outcome outcome =
      eval(photos + " --identity " + quoted(*network) + " --json -o " + quoted(out));
  check_refused(outcome, "bad.jpg");
  const Json summary = Json::parse(outcome.out);
  CHECK(summary["photos"] == 3);
  CHECK(summary["measured"] == 2);
  REQUIRE(summary["failed"].size() == 1);
  CHECK(summary["failed"][0]["input"] == bad.string());
  CHECK(summary["landmark_error"]["median"].get<double>() < 0.06);
  const Json& faces = summary["faces"];
  REQUIRE(faces.size() == 3);
  // The model alone agrees least; identities rank alike. Refined and projected are near each other:
  // one has its light fitted anew, the other the photo's own colors.
  const auto median = [&](const char* face, const char* measure) {
    return faces[face][measure]["median"].get<double>();
  };
  CHECK(median("projected", "psnr") > median("coarse", "psnr") + 2);
  CHECK(median("projected", "psnr") != median("refined", "psnr"));
  CHECK(median("refined", "psnr") > median("coarse", "psnr") + 2);
  CHECK(median("refined", "identity_cosine") > median("coarse", "identity_cosine"));
  CHECK(median("projected", "identity_cosine") < 1);
  CHECK(median("refined", "identity_distance") < 0.6);
  CHECK(median("projected", "asymmetry") > 0);
  CHECK(summary["hidden"]["median"].get<double>() > 0.1);

  const Bytes table = read_file(out / "table.txt");
  const std::string told(table.begin(), table.end());
  CHECK(told.find("\\x1b[2J\\n\\xc2\\x9b-bad.jpg: ") != std::string::npos);
  CHECK(told.find('\x1b') == std::string::npos);
  for (const char* name : {"photos.jsonl", "summary.json", "table.txt", "best_median_worst.png"})
    CHECK(fs::exists(out / name));
  const Bytes lines = read_file(out / "photos.jsonl");
  const std::string text(lines.begin(), lines.end());
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  const Json first = Json::parse(text.substr(0, text.find('\n')));
  CHECK(first["input"] == astronaut->string());
  CHECK(first["faces"]["refined"]["psnr"].get<double>() > 20);
  CHECK(first["faces"]["refined"].contains("identity_cosine"));
  // Line by line on stdout, failures too; and never over an input.
  const fs::path own = folder / "own";
  fs::create_directory(own);
  fs::copy_file(*tile, own / "best_median_worst.png");
  // A folder and a list stand for their photos.
  write_file(folder / "list", bad.string() + '\0' + own.string());
  const std::string as_lines =
      "--list " + quoted(folder / "list") + " --weights none --identity none --jsonl";
  const Outcome said = eval(as_lines);
  REQUIRE(std::count(said.out.begin(), said.out.end(), '\n') == 2);
  CHECK(Json::parse(said.out.substr(0, said.out.find('\n'))).contains("error"));
  CHECK(Json::parse(said.out.substr(said.out.find('\n')))["faces"]["coarse"]["psnr"] > 15);
  check_refused(eval(as_lines + " -o " + quoted(own)), "would replace the input");
  CHECK(read_file(own / "best_median_worst.png") == read_file(*tile));
}

TEST_CASE("--parts measures what every part is worth, and marks one that is worth nothing") {
  const auto astronaut = test::shared_data("photos/nasa_astronaut/astronaut.png");
  const auto tile = test::shared_data("photos/sfhq_tiles/sample_2x4_r0c0.jpg");
  if (!astronaut || !tile) return;
  const TemporaryFolder folder;
  // A refiner whose last layer gives nothing, whatever the weights that come with the program.
  io::Safetensors weights = io::read_safetensors(default_weights());
  io::StoredTensor& last = weights.tensors.at("refiner.out.weight");
  last = io::StoredTensor::half(last.shape, std::vector<float>(last.floats().size()));
  io::write_safetensors(folder / "w.safetensors", weights);
  const std::string arguments = quoted(*astronaut) + " " + quoted(*tile) +
                                " --identity none --parts --synthetic 6 --weights " +
                                quoted(folder / "w.safetensors");
  const Outcome outcome = eval(arguments + " --json");
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const Json summary = Json::parse(outcome.out);
  const Json& parts = summary["parts"]["refined"];
  CHECK(parts.size() == 7);
  const Json& whole = parts["as it is"];
  CHECK(whole["moved"] == 0);
  CHECK(whole["psnr"].get<double>() ==
        doctest::Approx(summary["faces"]["refined"]["psnr"]["mean"].get<double>()));
  CHECK(whole["albedo_error"] == summary["synthetic"]["albedo_error"]["refined"]["all"]);
  for (const char* dead : {"refiner", "refiner.bottleneck"}) {
    Json same = parts[dead];
    CHECK(same["moved"].get<double>() < 1e-6);
    CHECK(same["psnr"].get<double>() == doctest::Approx(whole["psnr"].get<double>()));
  }
  for (const char* alive : {"encoder", "decoder", "head", "network"}) {
    CAPTURE(alive);
    CHECK(parts[alive]["moved"].get<double>() > 1e-3);
    CHECK(parts[alive]["psnr"] != whole["psnr"]);
    CHECK(parts[alive]["albedo_error"] != whole["albedo_error"]);
  }
  const std::string table = eval(arguments).out;
  CHECK(table.find("parts of refined, each with its mean in its place") != std::string::npos);
  const std::size_t row = table.find("\nrefiner  ");
  REQUIRE(row != std::string::npos);
  CHECK(table.substr(row + 1, table.find('\n', row + 1) - row).find("worth nothing") !=
        std::string::npos);
  check_refused(eval(quoted(*tile) + " --parts --weights none"), "--parts: measures weights");
  // The mean over one photo is that photo's own.
  check_refused(eval(quoted(*tile) + " --parts"),
                "--parts: takes the mean of a part over at least 8 photos and synthetic faces, and "
                "there are 1;");
  check_refused(eval("--parts --synthetic 7"), "there are 7;");
}

TEST_CASE("fgcn_recon's figures are fgcn_eval's, for any number of threads") {
  const auto astronaut = test::shared_data("photos/nasa_astronaut/astronaut.png");
  if (!astronaut) return;
  for (const std::string model : {"embedded", "head"}) {
    CAPTURE(model);
    if (model == "head" && !mesh::find_head()) {
      MESSAGE("skipped: the head is not here; scripts/head_model.sh makes it");
      continue;
    }
    const std::string arguments = quoted(*astronaut) + " --face-model " + model + " --json ";
    const TemporaryFolder folder;
    const Outcome recon =
        test::run_program("fgcn_recon", arguments + "-o " + quoted(folder / "recon"));
    REQUIRE(recon.exit_code == 0);
    const Json of_recon = Json::parse(recon.out)[0];
    CHECK(of_recon["face_model"] == model);
    const Outcome outcome = eval(arguments + "--threads 1 --identity none");
    CAPTURE(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    CHECK(outcome.err.find("identity") == std::string::npos);  // asked to leave it out
    const Json of_eval = Json::parse(outcome.out);
    CHECK(of_eval["face_model"] == model);
    CHECK(of_eval["landmark_error"]["mean"] == of_recon["landmark_error"]);
    CHECK(!of_eval["faces"]["refined"].contains("identity_cosine"));
    for (const char* face : {"coarse", "projected", "refined"}) {
      for (const char* measure : {"l1", "psnr", "ssim"}) {
        CAPTURE(face);
        CAPTURE(measure);
        CHECK(of_eval["faces"][face][measure]["median"] == of_recon[face][measure]);
      }
    }
  }
}

/// The figures of every line, in the order of the photos.
std::vector<Json> figures_of(const std::string& lines) {
  std::vector<Json> out;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    out.push_back(Json::parse(lines.substr(begin, end - begin)));
    begin = end + 1;
  }
  return out;
}

/// The weights that come with the program, of a network that adds nothing to its base.
void write_idle_weights(const fs::path& path) {
  io::Safetensors weights = io::read_safetensors(default_weights());
  for (auto& [name, tensor] : weights.tensors)
    if (name.ends_with("out.weight"))
      tensor = io::StoredTensor::half(tensor.shape,
                                      std::vector<float>(static_cast<std::size_t>(tensor.size())));
  io::write_safetensors(path, weights);
}

TEST_CASE(
    "every face of every photo has figures of its own, and the network's are not its base's") {
  const auto astronaut = test::shared_data("photos/nasa_astronaut/astronaut.png");
  const auto tile = test::shared_data("photos/sfhq_tiles/sample_2x4_r0c0.jpg");
  if (!astronaut || !tile) return;
  const TemporaryFolder folder;
  write_idle_weights(folder / "idle.safetensors");
  const std::string photos = quoted(*astronaut) + " " + quoted(*tile) + " --face-model embedded ";
  const auto measured = [&](const std::string& more) {
    const Outcome outcome = eval(photos + "--identity none --jsonl " + more);
    CAPTURE(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    return figures_of(outcome.out);
  };
  const std::vector<Json> with =
      measured("--weights default --weights " + quoted(folder / "idle.safetensors"));
  const std::vector<Json> without = measured("--weights none");
  const Outcome recon =
      test::run_program("fgcn_recon", photos + "--json -o " + quoted(folder / "recon"));
  REQUIRE(recon.exit_code == 0);
  const Json made = Json::parse(recon.out);
  REQUIRE((with.size() == 2 && without.size() == 2 && made.size() == 2));
  for (std::size_t i = 0; i < 2; ++i) {
    CAPTURE(i);
    const Json& faces = with[i]["faces"];
    CHECK(with[i]["input"] == (i == 0 ? *astronaut : *tile).string());
    CHECK(made[i]["input"] == with[i]["input"]);
    // Without weights there is no network whose figures could stand at another face's name.
    for (const char* face : {"coarse", "projected"})
      CHECK(faces[face] == without[i]["faces"][face]);
    for (const char* measure : {"l1", "psnr", "ssim"}) {
      CAPTURE(measure);
      CHECK(faces["coarse"][measure] == made[i]["coarse"][measure]);
      CHECK(faces["projected"][measure] == made[i]["projected"][measure]);
      CHECK(faces["default"][measure] == made[i]["refined"][measure]);
      CHECK(faces["default"][measure] != faces["projected"][measure]);
      CHECK(faces["default"][measure] != with[1 - i]["faces"]["default"][measure]);
    }
    // The base has the photo's light on one side, of which the network takes some out of the
    // albedo. Agreement does not tell: the base copies the photo, so it agrees better.
    const auto asymmetry = [&](const char* face) { return faces[face]["asymmetry"].get<double>(); };
    MESSAGE("asymmetry " << asymmetry("default") << ", of the base " << asymmetry("idle"));
    CHECK(asymmetry("default") < 0.98 * asymmetry("idle"));
  }
}

TEST_CASE("a data set's photos are measured as the photos are") {
  const auto astronaut = test::shared_data("photos/nasa_astronaut/astronaut.png");
  if (!astronaut) return;
  const TemporaryFolder folder;
  const fs::path set = folder / "set.fgd";
  const Outcome prepared =
      test::run_program("fgcn_data", "prepare " + quoted(*astronaut) + " -o " + quoted(set) +
                                         " --test 1 --validation 0");
  CAPTURE(prepared.err);
  REQUIRE(prepared.exit_code == 0);
  const Outcome from_set = eval("--data " + quoted(set) + " --identity none --json");
  const Outcome from_photo = eval(quoted(*astronaut) + " --identity none --json");
  CAPTURE(from_set.err);
  REQUIRE(from_set.exit_code == 0);
  REQUIRE(from_photo.exit_code == 0);
  const Json a = Json::parse(from_set.out), b = Json::parse(from_photo.out);
  CHECK(a["measured"] == 1);
  // A data set's crops have 8 bits per channel.
  for (const char* face : {"coarse", "projected", "refined"}) {
    CAPTURE(face);
    CHECK(a["faces"][face]["psnr"]["median"].get<double>() ==
          doctest::Approx(b["faces"][face]["psnr"]["median"].get<double>()).epsilon(0.005));
  }
  CHECK(a["landmark_error"]["median"].get<double>() ==
        doctest::Approx(b["landmark_error"]["median"].get<double>()).epsilon(0.001));
  check_refused(eval("--data " + quoted(set) + " --split train"), "no photo of split train");
}

TEST_CASE("several weights stand side by side, and synthetic faces need no photo") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "a");
  fs::copy_file(default_weights(), folder / "a" / "weights.safetensors");
  const Outcome outcome =
      eval("--synthetic 2 --weights " + quoted(folder / "a" / "weights.safetensors") +
           " --weights default --json");
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const Json error = Json::parse(outcome.out)["synthetic"]["albedo_error"];
  REQUIRE(error.size() == 4);
  CHECK(error["weights"] == error["default"]);
  CHECK(error["default"] != error["coarse"]);
  CHECK(error["coarse"]["all"].get<double>() > 0);
  CHECK(error["default"]["faces"]["count"] == 2);
  const Outcome table = eval("--synthetic 2");
  CHECK(table.out.find("albedo error on 2 synthetic faces") != std::string::npos);
  // As fgcn_train measures it.
  const Outcome train = test::run_program(
      "fgcn_train", "evaluate " + quoted(default_weights()) + " --faces 2 --json");
  const Json same = Json::parse(train.out)["albedo_error"];
  for (const char* kind : {"visible", "hidden", "all"}) {
    CHECK(same["coarse"][kind] == error["coarse"][kind]);
    CHECK(same["refined"][kind] == error["default"][kind]);
  }
}

TEST_CASE("what cannot be measured is refused in one sentence") {
  const TemporaryFolder folder;
  write_file(folder / "bad.safetensors", "no weights");
  write_file(folder / "file", "in the way");
  write_png(folder / "wall.png", Image8(300, 300, 3, 128));
  const std::string photo = quoted(folder / "wall.png");
  check_refused(eval(""), "nothing to measure");
  check_refused(eval(photo + " --weights " + quoted(folder / "bad.safetensors")),
                "bad.safetensors");
  check_refused(eval(photo + " --weights default --weights none"), "stands alone");
  check_refused(eval("--synthetic 1 --weights none"), "--weights is none");
  check_refused(
      eval(photo + " --face-model " + quoted(folder / "bad.safetensors") + " --weights none"),
      "bad.safetensors");
  check_refused(eval(photo + " --identity " + quoted(folder / "missing.dat")), "missing.dat");
  check_refused(eval(photo + " --identity " + quoted(folder / "bad.safetensors")),
                "bad.safetensors");
  fs::create_directory(folder / "empty");
  check_refused(eval(photo + " --identity " + quoted(folder / "empty")), "empty");
  check_refused(eval(photo + " --identity none --rank identity"), "--rank identity");
  check_refused(eval(photo + " -o " + quoted(folder / "file" / "inside")), "--out");
  check_refused(eval("--data " + quoted(folder / "bad.safetensors")), "bad.safetensors");
  check_refused(eval("--data " + quoted(folder / "missing.data")), "missing.data");
  check_refused(eval(photo + " --data " + quoted(folder / "bad.safetensors")), "--data");
  check_refused(eval(photo + " --split test"), "--split");
  check_refused(eval(photo + " --identity none"), "wall.png: no face");
  check_refused(eval("--threads none " + photo), "threads");
  check_refused(eval(quoted(folder / "empty")), "empty: holds no photo");
  check_refused(eval("--list " + quoted(folder / "missing.txt")), "missing.txt: cannot be opened");
  check_refused(eval("--list a --data " + quoted(folder / "bad.safetensors")), "--list");
}

TEST_CASE("best, median and worst are no photo twice") {
  std::vector<train::PhotoScores> photos(7);
  const double psnr[] = {20, 26, 22, 25, 21, 24, 23};
  for (std::size_t i = 0; i < photos.size(); ++i) {
    photos[i].faces.resize(3);
    photos[i].faces[2].agreement.psnr = psnr[i];
  }
  const auto ranks = [&](std::size_t each) {
    std::string out;
    for (const RankedPhoto& r : rank_photos(photos, RankBy::kPsnr, each))
      out += r.rank[0] + std::to_string(r.photo);
    return out;
  };
  CHECK(ranks(1) == "b1m6w0");
  CHECK(ranks(2) == "b1b3m5m6w4w0");
  CHECK(ranks(3) == "b1b3b5m6w2w4w0");
  CHECK(ranks(9) == "b1b3b5b6b2b4b0");
  photos.resize(2);
  CHECK(ranks(1) == "b1w0");
  photos.clear();
  CHECK(ranks(3).empty());
  CHECK(rank_photos(std::vector<train::PhotoScores>{{"x", 0, 0, 0, {{}, {}, {}}}},
                    RankBy::kIdentity, 1)
            .empty());  // no network, nothing to go by
}

}  // namespace
}  // namespace fgcn
