// fgcn_data prepare on folders as people have them: linked, mixed, with names of any bytes, and
// what an earlier run left there damaged.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/image.h"
#include "io/temporary_folder.h"
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

std::vector<fs::path> portraits() {
  std::vector<fs::path> out;
  if (const auto folder = test::shared_data("photos/congress_pd/portraits225"))
    for (const auto& entry : fs::directory_iterator(*folder))
      if (entry.path().extension() == ".jpg") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

TEST_CASE("a data set that cannot be written is refused by its own name before the work") {
  check_refused(prepare("/nowhere", "/proc/x"), "/proc/x: ");
}

std::vector<std::string> names_in(const fs::path& data_set) {
  const train::PhotoFile file = train::PhotoFile::open(data_set);
  std::vector<std::string> out;
  for (std::int64_t i = 0; i < file.size(); ++i) out.emplace_back(file.name(i));
  return out;
}

std::map<std::string, std::string> reasons(const nlohmann::json& report) {
  std::map<std::string, std::string> out;
  for (const auto& photo : report["skipped"]) out[photo["name"]] = photo["reason"];
  return out;
}

std::string text_of(const fs::path& file) {
  const Bytes bytes = read_file(file);
  return {bytes.begin(), bytes.end()};
}

/// The right part of a portrait, from the middle of the face.
void write_half(const fs::path& portrait, const fs::path& to) {
  const Image8 whole = photo::read_photo(portrait).rgb;
  const std::int64_t from = whole.width / 2;
  Image8 half(whole.height, whole.width - from, 3);
  for (std::int64_t y = 0; y < half.height; ++y)
    std::copy_n(whole.at(y, from), 3 * half.width, half.at(y, 0));
  write_png(to, half);
}

TEST_CASE("linked folders, endings of all kinds and names of any bytes go into the data set") {
  const auto photos = portraits();
  if (photos.empty()) return;
  const TemporaryFolder folder;
  const fs::path p = folder / "p", out = p / "set.jpg";  // an unlucky name, within the folder
  fs::create_directories(p);
  fs::create_directories(folder / "real");
  fs::create_directory_symlink("../real", p / "alice");
  fs::create_directory_symlink("..", p / "up");
  const std::string long_name(250, 'l');
  const std::vector<std::string> expected{"p/1.jfif",
                                          "p/alice/a.jpg",
                                          "p/caf\xe9.jpg",
                                          "p/" + long_name + ".jpg",
                                          "p/new\n\xc2\x9bline",
                                          "p/same.JPE"};
  fs::copy_file(photos[0], p / "1.jfif");
  fs::copy_file(photos[1], folder / "real/a.jpg");
  fs::copy_file(photos[2], p / "caf\xe9.jpg");
  fs::copy_file(photos[3], p / (long_name + ".jpg"));
  fs::copy_file(photos[4], p / "new\n\xc2\x9bline");
  fs::copy_file(photos[5], p / "same.JPE");
  fs::copy_file(photos[5], p / "same.png");
  REQUIRE(::mkfifo((p / "pipe.jpg").c_str(), 0600) == 0);
  write_file(p / "bad\xe9.jpg", "no");
  const auto report = json_of(prepare(p, out, "--json"));
  CHECK(names_in(out) == expected);
  CHECK(report["photos"] == 6);
  CHECK(reasons(report).at("p/bad\xef\xbf\xbd.jpg").find("is not an image") == 0);
  CHECK(reasons(report).at("p/pipe.jpg") == "is not a regular file");
  REQUIRE(report["duplicates"].size() == 1);
  CHECK(report["duplicates"][0]["name"] == "p/same.png");
  CHECK(text_of(out.string() + ".skipped.txt").find("p/bad\xe9.jpg: is not") != std::string::npos);

  const Bytes first = read_file(out);
  const auto again = json_of(prepare(p, out, "--json"));
  CHECK(again["made"] == 0);
  CHECK(again["kept"] == 6);
  CHECK(read_file(out) == first);
  // A crop and its coefficients each, whatever the photo is called.
  const fs::path look = folder / "look";
  CHECK(
      test::run_program("fgcn_data", "extract " + quoted(out) + " -o " + quoted(look)).exit_code ==
      0);
  CHECK(std::distance(fs::directory_iterator(look), fs::directory_iterator{}) == 12);
  for (const fs::directory_entry& crop : fs::directory_iterator(look))
    CHECK(crop.path().string().find("\xc2\x9b") == std::string::npos);
  check_refused(prepare(p, folder / std::string(240, 'n')), "give one of at most 200");
  check_refused(prepare(p, p), "is a folder");
}

TEST_CASE("a data set that was cut or damaged is refused, and its whole records are extracted") {
  const auto photos = portraits();
  if (photos.size() < 3) return;
  const TemporaryFolder folder;
  const fs::path p = folder / "p", out = folder / "set.fgd", bad = folder / "bad.fgd";
  fs::create_directories(p);
  for (std::size_t i = 0; i < 3; ++i) fs::copy_file(photos[i], p / (std::to_string(i) + ".jpg"));
  json_of(prepare(p, out, "--json"));
  const Bytes whole = read_file(out);
  const auto run = [&](const std::string& command) {
    return test::run_program("fgcn_data",
                             command + " " + quoted(bad) + (command == "extract" ? " -o " : "") +
                                 (command == "extract" ? quoted(folder / "look") : ""));
  };
  for (const std::size_t length : {std::size_t{0}, std::size_t{7}, std::size_t{100},
                                   std::size_t{256}, std::size_t{300}, whole.size() - 1}) {
    CAPTURE(length);
    write_file(bad, std::span(whole).first(length));
    for (const char* command : {"info", "extract", "check"}) check_refused(run(command), "bad.fgd");
  }
  Bytes damaged = whole;
  damaged[whole.size() / 2] ^= 1;  // in the second record
  write_file(bad, damaged);
  check_refused(run("info"), "p/1.jpg: the record is damaged");
  check_refused(run("extract"), "p/1.jpg: the record is damaged");
  CHECK(fs::exists(folder / "look/000000_p_0.png"));
  CHECK_FALSE(fs::exists(folder / "look/000001_p_1.png"));
  CHECK(fs::exists(folder / "look/000002_p_2.json"));
  fs::remove(bad);
  REQUIRE(::mkfifo(bad.c_str(), 0600) == 0);
  for (const char* command : {"info", "extract", "check"})
    check_refused(run(command), "not a regular file");
}

TEST_CASE("half a face is left out unless it is asked for, and notes outlive the run") {
  const auto photos = portraits();
  if (photos.size() < 2) return;
  const TemporaryFolder folder;
  const fs::path p = folder / "p", out = folder / "set.fgd";
  fs::create_directories(p);
  fs::copy_file(photos[0], p / "whole.jpg");
  write_half(photos[0], p / "half.png");
  const auto report = json_of(prepare(p, out, "--json"));
  CHECK(names_in(out) == std::vector<std::string>{"p/whole.jpg"});
  CHECK(report["doubtful"] == 1);
  CHECK(reasons(report).at("p/half.png").find("left out (--keep-doubtful keeps it): the ") == 0);
  const auto all = json_of(prepare(p, out, "--json --keep-doubtful"));
  CHECK(all["doubtful"] == 0);
  CHECK(all["made"] == 1);
  CHECK(names_in(out) == std::vector<std::string>{"p/half.png", "p/whole.jpg"});
  REQUIRE(!all["notes"].empty());
  CHECK(all["notes"][0]["name"] == "p/half.png");
  const std::string note = all["notes"][0]["notes"][0];
  CHECK(text_of(out.string() + ".skipped.txt").find("p/half.png: note: " + note) !=
        std::string::npos);
  // Taken over from the data set, which has no place for notes.
  const auto kept = json_of(prepare(p, out, "--json --keep-doubtful"));
  CHECK(kept["made"] == 0);
  CHECK(kept["notes"] == all["notes"]);
  const auto without = json_of(prepare(p, out, "--json"));
  CHECK(without["made"] == 0);
  CHECK(without["doubtful"] == 1);
  CHECK(names_in(out) == std::vector<std::string>{"p/whole.jpg"});
}

TEST_CASE("damaged files of an earlier run: a sentence with what to do, which then helps") {
  const auto photos = portraits();
  if (photos.empty()) return;
  const TemporaryFolder folder;
  const fs::path p = folder / "p", out = folder / "set.fgd", part = folder / "set.fgd.part";
  fs::create_directories(p);
  fs::copy_file(photos[0], p / "a.jpg");
  json_of(prepare(p, out, "--json"));
  const Bytes whole = read_file(out);
  const auto with_flip = [](Bytes bytes, std::size_t at) {
    bytes[at] ^= 4;
    return bytes;
  };
  // The data set: its header, its index.
  for (const std::size_t at : {std::size_t{20}, std::size_t{260}}) {
    write_file(out, with_flip(whole, at));
    check_refused(prepare(p, out), "--restart makes all photos anew");
    CHECK(read_file(out) == with_flip(whole, at));
    CHECK(json_of(prepare(p, out, "--json --restart"))["made"] == 1);
    CHECK(read_file(out) == whole);
  }
  write_file(out, with_flip(whole, whole.size() / 2));  // a record is made again by itself
  CHECK(json_of(prepare(p, out, "--json"))["made"] == 1);
  CHECK(read_file(out) == whole);
  // The progress of a run that was interrupted: the header of a data set without records.
  fs::remove(out);
  const Bytes head = [&] {
    prepare(p, out, {}, "trap '' XFSZ; ulimit -f 100;");
    return read_file(part);
  }();
  REQUIRE(head.size() >= 256);
  write_file(part, with_flip(head, 30));
  check_refused(prepare(p, out), "set.fgd.part: the progress of an earlier run is damaged");
  CHECK(json_of(prepare(p, out, "--json --restart"))["photos"] == 1);
  CHECK(read_file(out) == whole);
  CHECK_FALSE(fs::exists(part));
  write_file(part, with_flip(head, 3));
  for (const char* option : {"", "--restart"}) check_refused(prepare(p, out, option), "delete it");
  fs::remove(part);
  CHECK(json_of(prepare(p, out, "--json"))["kept"] == 1);
  // Files of somebody else's are not touched.
  write_file(out, "my notes");
  check_refused(prepare(p, out, "--restart"), "not a data set");
  CHECK(text_of(out) == "my notes");
}

TEST_CASE("a full disk leaves the older data set as it was") {
  const auto photos = portraits();
  if (photos.size() < 3) return;
  const TemporaryFolder folder;
  const fs::path p = folder / "p", out = folder / "set.fgd";
  fs::create_directories(p);
  fs::copy_file(photos[0], p / "a.jpg");
  json_of(prepare(p, out, "--json"));
  const Bytes before = read_file(out);
  fs::copy_file(photos[1], p / "b.jpg");
  // The new photo's record fits, the new data set of two does not.
  check_refused(prepare(p, out, {}, "trap '' XFSZ; ulimit -f 500;"), "cannot be written");
  CHECK(read_file(out) == before);
  for (const auto& entry : fs::directory_iterator(folder.path()))
    CHECK(entry.path().extension() != ".tmp");
  const auto report = json_of(prepare(p, out, "--json"));
  CHECK(report["photos"] == 2);
  CHECK(report["made"] == 0);
}

TEST_CASE("want of memory costs photos and no more, and they are added later") {
  const auto photos = portraits();
  if (photos.empty()) return;
  const TemporaryFolder folder;
  const fs::path p = folder / "p", out = folder / "set.fgd";
  fs::create_directories(p);
  fs::copy_file(photos[0], p / "a.jpg");
  write_file(p / "large.jpg", "");
  fs::resize_file(p / "large.jpg", 400'000'000);  // sparse: nothing on the disk
  const Outcome starved = prepare(p, out, "--threads 1", "ulimit -v 300000;");
  CAPTURE(starved.err);
  CHECK(starved.exit_code == 2);
  CHECK(starved.err.find("the memory did not suffice for 1 photos") != std::string::npos);
  CHECK(names_in(out) == std::vector<std::string>{"p/a.jpg"});
  CHECK(text_of(out.string() + ".skipped.txt").find("p/large.jpg: there is not enough memory") !=
        std::string::npos);
  const auto report = json_of(prepare(p, out, "--json"));
  CHECK(reasons(report).at("p/large.jpg").find("is not an image") == 0);
  CHECK(report["kept"] == 1);
}

TEST_CASE("the commands' help has an example each") {
  for (const char* command : {"embedded", "import-ict", "import-makehuman", "import-gnm", "chart",
                              "prepare", "info", "extract", "check"}) {
    const Outcome help = test::run_program("fgcn_data", std::string(command) + " --help");
    CAPTURE(command);
    CHECK(help.exit_code == 0);
    CHECK(help.out.find(std::string("\n  fgcn_data ") + command) != std::string::npos);
  }
}

}  // namespace
}  // namespace fgcn
