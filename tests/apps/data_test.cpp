// fgcn_data prepare, info, extract and check, as a user runs them.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "kernels/core/rng.h"
#include "photo/decode/decode.h"
#include "tests/apps/data_program.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"
#include "train/dataset/photo_file.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::check_refused;
using test::json_of;
using test::Outcome;
using test::prepare;
using test::quoted;

// docs/formats/data-set.md: of the embedded face.
constexpr std::uintmax_t kRecordBytes = 202'856;

/// A folder of four portraits, one twice, and two files that are none.
bool fill_folder(const fs::path& folder) {
  const auto portraits = test::shared_data("photos/congress_pd/portraits225");
  if (!portraits) return false;
  fs::create_directories(folder / "more");
  std::vector<fs::path> photos;
  for (const auto& entry : fs::directory_iterator(*portraits))
    if (entry.path().extension() == ".jpg") photos.push_back(entry.path());
  std::sort(photos.begin(), photos.end());
  REQUIRE(photos.size() > 4);
  for (std::size_t i = 0; i < 3; ++i) fs::copy_file(photos[i], folder / photos[i].filename());
  fs::copy_file(photos[3], folder / "more" / photos[3].filename());
  fs::copy_file(photos[0], folder / "z_again.jpg");
  write_file(folder / "bad.jpg", "no");
  write_png(folder / "wall.png", Image8(40, 40, 3, 128));
  write_file(folder / "notes.txt", "not a photo's name");
  return true;
}

struct KillCounts {
  int kills = 0;                        // that ended a process that ran
  int too_late = 0;                     // for one that had ended by itself
  int with_part = 0, with_records = 0;  // of the kills: FILE.part was there, and held records
};

/// Kills the program so many seconds after its start, or after the first photo that it keeps, and
/// counts how that went.
enum class From { kStart, kFirstRecord };
void prepare_and_kill(const fs::path& folder, const fs::path& out, From from, double seconds,
                      KillCounts& counts) {
  test::RunningProgram program("fgcn_data", {"prepare", folder.string(), "-o", out.string(),
                                             "--device", "cpu", "--threads", "3"});
  std::error_code none;
  const fs::path part = out.string() + ".part";
  if (from == From::kFirstRecord)
    while (program.runs() && (!fs::exists(part) || fs::file_size(part, none) < kRecordBytes))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  program.send(SIGKILL);
  const int code = program.wait();
  if (code != 128 + SIGKILL) {
    CHECK(code == 0);
    ++counts.too_late;
    return;
  }
  ++counts.kills;
  const auto bytes = fs::file_size(part, none);
  counts.with_part += none ? 0 : 1;
  counts.with_records += !none && bytes > kRecordBytes ? 1 : 0;
}

TEST_CASE("a data set has the same bytes for any threads, however it was killed, and grown") {
  const TemporaryFolder folder;
  const fs::path photos = folder / "photos";
  if (!fill_folder(photos)) return;
  const fs::path whole = folder / "whole.fgd";
  const auto start = std::chrono::steady_clock::now();
  const auto report = json_of(prepare(photos, whole, "--json --threads 1"));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  CHECK(report["photos"] == 4);
  CHECK(report["made"] == 4);
  CHECK(report["ignored_files"] == 1);
  REQUIRE(report["skipped"].size() == 2);
  CHECK(report["skipped"][0]["name"] == "photos/bad.jpg");
  CHECK(report["skipped"][1]["reason"] == "no face was found");
  REQUIRE(report["duplicates"].size() == 1);
  CHECK(report["duplicates"][0]["name"] == "photos/z_again.jpg");
  CHECK_FALSE(fs::exists(folder / "whole.fgd.part"));
  const Bytes expected = read_file(whole);
  const Bytes skipped = read_file(folder / "whole.fgd.skipped.txt");

  // More kills: FGCN_KILLS=50 fgcn_test_apps -tc='a data set*'.
  const char* wanted = std::getenv("FGCN_KILLS");
  const int kills = wanted != nullptr ? std::atoi(wanted) : 3;
  Rng rng(std::random_device{}());
  KillCounts counts;
  int rounds = 0;
  for (; counts.kills < kills; ++rounds) {
    REQUIRE(rounds < 20 + 2 * kills);
    const fs::path out = folder / ("killed" + std::to_string(rounds) + ".fgd");
    // A few kills at any moment of the run, then to the end.
    for (int attempt = 0; attempt < 4 && counts.kills < kills && !fs::exists(out); ++attempt) {
      if (attempt % 2 == 0) {
        prepare_and_kill(photos, out, From::kStart, rng.uniform(0, seconds), counts);
      } else {
        prepare_and_kill(photos, out, From::kFirstRecord, rng.uniform(0, 0.3 * seconds), counts);
      }
    }
    const auto last = json_of(prepare(photos, out, "--json --threads 2"));
    CHECK(last["made"].get<int>() + last["kept"].get<int>() == 4);
    CHECK(read_file(out) == expected);
    CHECK(read_file(out.string() + ".skipped.txt") == skipped);
    CHECK_FALSE(fs::exists(out.string() + ".part"));
  }
  MESSAGE(counts.kills << " kills of a running process, " << counts.with_part
                       << " of them after it had begun to keep photos, " << counts.with_records
                       << " when it had kept some; " << counts.too_late << " came too late; "
                       << rounds << " data sets with the same bytes");

  const fs::path grown = folder / "grown.fgd", few = folder / "few" / "photos";
  fs::create_directories(few);
  fs::copy_file(photos / "bad.jpg", few / "bad.jpg");
  fs::copy(photos / "more", few / "more");
  CHECK(json_of(prepare(few, grown, "--json"))["made"] == 1);
  const auto second = json_of(prepare(photos, grown, "--json"));
  CHECK(second["made"] == 3);
  CHECK(second["kept"] == 1);
  CHECK(read_file(grown) == expected);
  check_refused(prepare(few, grown), "--drop-missing");
  CHECK(read_file(grown) == expected);
  CHECK(json_of(prepare(few, grown, "--json --drop-missing"))["dropped"] == 3);
}

TEST_CASE("Ctrl-C ends prepare with exit code 3, and the same command goes on") {
  const TemporaryFolder folder;
  const fs::path photos = folder / "photos", whole = folder / "whole.fgd";
  if (!fill_folder(photos)) return;
  json_of(prepare(photos, whole, "--json"));
  for (const int signal : {SIGINT, SIGTERM}) {
    const fs::path out = folder / ("stopped" + std::to_string(signal) + ".fgd");
    const fs::path part = out.string() + ".part";
    int code = 0;
    for (int attempt = 0; attempt < 5 && code == 0; ++attempt) {  // it may be done before
      fs::remove(out);
      test::RunningProgram program("fgcn_data", {"prepare", photos.string(), "-o", out.string(),
                                                 "--device", "cpu", "--threads", "1"});
      std::error_code none;
      while (program.runs() && (!fs::exists(part) || fs::file_size(part, none) < kRecordBytes))
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      program.send(signal);
      code = program.wait();
    }
    CHECK(code == 3);
    CHECK_FALSE(fs::exists(out));
    CHECK(fs::file_size(part) > kRecordBytes);
    const auto report = json_of(prepare(photos, out, "--json"));
    CHECK(report["kept"].get<int>() >= 1);
    CHECK(report["made"].get<int>() + report["kept"].get<int>() == 4);
    CHECK(read_file(out) == read_file(whole));
    CHECK_FALSE(fs::exists(part));
  }
}

TEST_CASE("photos of one person under two names share a split where the network says so") {
  const TemporaryFolder folder;
  const fs::path photos = folder / "photos";
  const auto network = test::shared_data("nets/face-api");
  const auto small = test::shared_data("photos/congress_pd/portraits225");
  const auto large = test::shared_data("photos/congress_pd/portraits450");
  if (!network || !small || !large) return;
  fs::create_directories(photos);
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(*large))
    if (fs::exists(*small / entry.path().filename())) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  REQUIRE(found.size() > 2);
  // Two sizes of the first one, whose names are on two sides; and two other people.
  const std::string shares = " --validation 0 --test 0.5 --same-picture 0 --json";
  train::SplitRule rule;
  rule.validation = 0;
  rule.test = 0.5;
  const auto name_on = [&rule](train::Split side, const std::string& begin) {
    int i = 0;
    while (rule.split(begin + std::to_string(i) + ".jpg") != side) ++i;
    return begin + std::to_string(i) + ".jpg";
  };
  const std::string learnt = name_on(train::Split::kTrain, "one");
  const std::string held_out = name_on(train::Split::kTest, "two");
  fs::copy_file(found[0], photos / learnt);
  fs::copy_file(*small / found[0].filename(), photos / held_out);
  fs::copy_file(found[1], photos / name_on(train::Split::kTrain, "three"));
  fs::copy_file(found[2], photos / name_on(train::Split::kTrain, "four"));

  const fs::path plain = folder / "plain.fgd", persons = folder / "persons.fgd";
  const auto split_of = [](const fs::path& file, const std::string& photo) {
    const train::PhotoFile data = train::PhotoFile::open(file);
    for (std::int64_t i = 0; i < data.size(); ++i)
      if (data.name(i) == "photos/" + photo) return data.split(i);
    FAIL("it is not there: " << photo);
    return train::Split::kTrain;
  };
  const auto before = json_of(prepare(photos, plain, shares));
  CHECK_FALSE(before.contains("persons"));
  CHECK(split_of(plain, learnt) == train::Split::kTrain);
  CHECK(split_of(plain, held_out) == train::Split::kTest);
  const std::string with = shares + " --identity " + quoted(*network);
  const auto report = json_of(prepare(photos, persons, with + " --threads 1"));
  CHECK(report["persons"] ==
        nlohmann::json{{"groups", 1}, {"photos", 2}, {"largest", 2}, {"moved", 1}});
  CHECK(split_of(persons, learnt) == train::Split::kTest);
  CHECK(split_of(persons, held_out) == train::Split::kTest);
  const auto info = json_of(test::run_program("fgcn_data", "info " + quoted(persons) + " --json"));
  CHECK(info["splits"]["test"] == 2);
  CHECK(info["same_person"] == 0.3);
  CHECK(test::run_program("fgcn_data", "check " + quoted(persons)).exit_code == 0);

  // The older file's fits are taken over either way, and the bytes are those of a file from
  // nothing.
  const Bytes expected = read_file(persons), without = read_file(plain);
  const auto again = json_of(prepare(photos, plain, with + " --threads 3"));
  CHECK(again["kept"] == 4);
  CHECK(read_file(plain) == expected);
  json_of(prepare(photos, plain, shares));
  CHECK(read_file(plain) == without);
  check_refused(prepare(photos, folder / "x.fgd", "--identity " + quoted(folder / "none")), "none");
  CHECK(prepare(photos, folder / "x.fgd", "--same-person 0.3").exit_code == 2);
}

TEST_CASE("what a data set holds is told, written as pictures, taken again, and checked") {
  const TemporaryFolder folder;
  const fs::path photos = folder / "photos", out = folder / "set.fgd", look = folder / "look";
  if (!fill_folder(photos)) return;
  json_of(prepare(photos, out, "--json --validation 0.5 --test 0.5"));
  const auto info = json_of(test::run_program("fgcn_data", "info " + quoted(out) + " --json"));
  CHECK(info["photos"] == 4);
  CHECK(info["splits"]["train"] == 0);
  CHECK(info["splits"]["validation"].get<int>() + info["splits"]["test"].get<int>() == 4);
  CHECK(info["values"]["landmark error"]["median"].get<double>() < 0.05);
  CHECK(
      test::run_program("fgcn_data", "extract " + quoted(out) + " -o " + quoted(look)).exit_code ==
      0);
  std::vector<fs::path> crops;
  for (const auto& entry : fs::directory_iterator(look))
    if (entry.path().extension() == ".png") crops.push_back(entry.path());
  REQUIRE(crops.size() == 4);
  std::sort(crops.begin(), crops.end());
  const auto limited = test::run_program(
      "fgcn_data", "extract " + quoted(out) + " -o " + quoted(folder / "one") + " --limit 1");
  CHECK(limited.exit_code == 0);
  CHECK(std::distance(fs::directory_iterator(folder / "one"), fs::directory_iterator{}) == 2);

  // The crops, packed as the original system does: color in [-1, 1], mask in [0, 1].
  const photo::Photo crop = photo::read_photo(crops[0]);
  REQUIRE(crop.alpha);
  std::vector<float> packed(2 * 224 * 224 * 4, -1.0F);
  for (std::size_t i = 0; i < 224 * 224; ++i) {
    for (std::size_t c = 0; c < 3; ++c)
      packed[4 * i + c] = static_cast<float>(crop.rgb.pixels[3 * i + c]) / 127.5F - 1;
    packed[4 * i + 3] = static_cast<float>(crop.alpha->pixels[i]) / 255;
    packed[4 * (i + 224 * 224) + 3] = 1;  // black, without a face
  }
  fs::create_directories(folder / "packed");
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(packed.data()), packed.size() * 4);
  write_file(folder / "packed" / "faces.bin", bytes);
  const fs::path from_packed = folder / "packed.fgd", from_png = folder / "png.fgd";
  const auto report = json_of(prepare(folder / "packed", from_packed, "--json"));
  CHECK(report["photos"] == 1);
  REQUIRE(report["skipped"].size() == 1);
  CHECK(report["skipped"][0]["name"] == "packed/faces-00000001.bin");
  json_of(prepare(crops[0], from_png, "--json"));
  json_of(prepare(folder / "one", from_png.string() + "2", "--json"));
  const auto values = [&](const fs::path& file) {
    return json_of(test::run_program("fgcn_data", "info " + quoted(file) + " --json"))["values"];
  };
  CHECK(values(from_packed) == values(from_png));  // the same image and mask
  CHECK(values(from_packed)["landmark error"]["median"].get<double>() < 0.05);
  write_file(folder / "packed" / "faces.bin", bytes.first(1000));
  check_refused(prepare(folder / "packed", folder / "no.fgd"), "whole records");

  CHECK(test::run_program("fgcn_data", "check " + quoted(out)).exit_code == 0);
  Bytes damaged = read_file(out);
  damaged[damaged.size() - 100'000] ^= 1;  // in the last record's pixels
  write_file(out, damaged);
  const Outcome found = test::run_program("fgcn_data", "check " + quoted(out));
  CHECK(found.exit_code == 2);
  CHECK(found.err.find("1 of 4 records") != std::string::npos);
  CHECK(found.err.find("set.fgd: photos/more/") != std::string::npos);
  damaged[300] ^= 1;  // in the index
  write_file(out, damaged);
  check_refused(test::run_program("fgcn_data", "check " + quoted(out)), "index is damaged");
  check_refused(test::run_program("fgcn_data", "info " + quoted(photos / "bad.jpg")),
                "not a data set");
}

TEST_CASE("folders without photos and places that cannot be written are one sentence") {
  const TemporaryFolder folder;
  const fs::path photos = folder / "photos", out = folder / "set.fgd";
  fs::create_directories(photos);
  check_refused(prepare(photos, out), "holds no photos");
  check_refused(prepare(folder / "missing", out), "missing");
  write_file(photos / "bad.jpg", "no");
  check_refused(prepare(photos, folder / "none" / "set.fgd"), "cannot be created");
  check_refused(prepare(photos, out), "none of the 1 photos can be used");
  CHECK_FALSE(fs::exists(out));
  write_file(out, "my notes");
  check_refused(prepare(photos, out), "not a data set");
  CHECK(read_file(out).size() == 8);
  check_refused(prepare(photos, folder / "x.fgd", "--split-by person"), "--split-by");
  check_refused(prepare(photos, folder / "x.fgd", "--face-model " + quoted(out)), "set.fgd");
  CHECK(test::run_program("fgcn_data", "prepare").exit_code == 2);
  const Outcome help = test::run_program("fgcn_data", "prepare --help");
  CHECK(help.exit_code == 0);
  CHECK(help.out.find("Examples") != std::string::npos);
}

TEST_CASE("a full disk stops prepare with one sentence, and the next run goes on") {
  const TemporaryFolder folder;
  const fs::path photos = folder / "photos", out = folder / "set.fgd";
  if (!fill_folder(photos)) return;
  fs::remove(photos / "bad.jpg");
  // No file may grow beyond 256 KiB, as if the disk were full: one record fits.
  check_refused(prepare(photos, out, "--threads 1", "trap '' XFSZ; ulimit -f 512;"),
                "cannot be written");
  CHECK_FALSE(fs::exists(out));
  for (const auto& entry : fs::directory_iterator(folder.path()))
    CHECK(entry.path().extension() != ".tmp");
  const auto report = json_of(prepare(photos, out, "--json"));
  CHECK(report["photos"] == 4);
  CHECK(report["kept"] == 1);
}

}  // namespace
}  // namespace fgcn
