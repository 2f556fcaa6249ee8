#include "recon/output_names.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/temporary_folder.h"

namespace fgcn::recon {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;
using Paths = std::vector<fs::path>;

Names reserved(ResultNames& names, const Paths& photos, std::int64_t face = 1) {
  Names out;
  for (const ResultName& name : names.reserve(photos, face)) out.push_back(name.name);
  return out;
}

/// As fgcn_recon leaves it behind.
void write_set(const fs::path& folder, const std::string& name, const fs::path& input,
               int faces = 1) {
  nlohmann::json json{{"input", input.string()},
                      {"face_model", "embedded"},
                      {"faces", faces},
                      {"coefficients", nlohmann::json::object()}};
  for (const std::string& file : result_files(name)) {
    if (file == name + ".json") continue;
    write_file(folder / file, "12345");
    json["files"][file] = 5;
  }
  write_file(folder / (name + ".json"), json.dump());
}

TEST_CASE("no two photos of a run share a file, whatever they are called") {
  const TemporaryFolder folder;
  const auto names = [&](const Paths& photos) {
    ResultNames reserving(folder.path(), photos);
    return reserved(reserving, photos);
  };
  CHECK(names({"a/1.jpg", "b/1.jpg", "1-2.jpg"}) == Names{"1", "1-3", "1-2"});
  CHECK(names({"x y.jpg", "x_y.jpg"}) == Names{"x_y-2", "x_y"});
  CHECK(names({"Foto.jpg", "foto.jpg", "FOTO.png"}) == Names{"Foto", "foto-2", "FOTO-3"});
  CHECK(names({"Ärger.jpg", "ärger.jpg"}) == Names{"Ärger", "ärger-2"});
  CHECK(names({"a.jpg", "a_compare.jpg"}) == Names{"a", "a_compare"});
  CHECK(names({"a.jpg", "a.jpg"}) == Names{"a", "a-2"});
  CHECK(names({"caf\xe9.jpg", "caf\xe8.jpg"}) == Names{"caf\ufffd", "caf\ufffd-2"});
}

TEST_CASE("a long name is cut between code points") {
  std::string name = "x";
  for (int i = 0; i < 120; ++i) name += "é";
  CHECK(result_name(name + ".jpg") == name.substr(0, 199));
  CHECK(result_name(std::string(200, 'x') + ".jpg").size() == 200);
}

TEST_CASE("results replace neither an input nor a file that is not theirs") {
  const TemporaryFolder folder;
  write_file(folder / "me_compare.png", "the user's own");
  const fs::path me = folder / "me.jpg";
  {
    ResultNames names(folder.path(), {me});
    CHECK(reserved(names, {me}) == Names{"me-2"});
  }
  // An input that is not there yet, and one behind a link.
  write_file(folder / "photo.png", "x");
  fs::create_symlink(folder / "photo.png", folder / "link.png");
  fs::create_directories(folder / "out");
  fs::create_symlink(folder / "photo.png", folder / "out" / "you_albedo.png");
  ResultNames names(folder / "out", {"it.jpg", folder / "out" / "it_compare.png",
                                     folder / "out" / ".." / "out" / "Them.MTL"});
  CHECK(reserved(names, {"it.jpg", "you.jpg", "them.jpg"}) == Names{"it-2", "you-2", "them-2"});
}

TEST_CASE("a photo's own earlier results are replaced, another's get no harm") {
  const TemporaryFolder folder;
  const fs::path own = folder / "a" / "1.jpg", other = folder / "b" / "1.jpg";
  write_set(folder.path(), "1", own);
  ResultNames names(folder.path(), {own, other});
  const auto found = names.reserve({other, own}, 1);
  CHECK(found[0].name == "1-2");
  CHECK(found[0].existing == Existing::kRefuse);
  CHECK_FALSE(found[0].done);
  CHECK(found[1].name == "1");
  CHECK(found[1].existing == Existing::kReplace);
  CHECK(found[1].done);

  // The same path, said otherwise; but not where one of the files is an input now.
  ResultNames again(folder.path(), {});
  CHECK(reserved(again, {folder / "a" / ".." / "a" / "1.jpg"}) == Names{"1"});
  ResultNames as_input(folder.path(), {own, folder / "1_compare.png"});
  CHECK(reserved(as_input, {own}) == Names{"1-2"});
}

TEST_CASE("a photo finds its numbered results again, whichever photos are with it") {
  const TemporaryFolder folder;
  write_set(folder.path(), "1", "a/1.jpg");
  write_set(folder.path(), "1-2", "b/1.jpg");
  ResultNames names(folder.path(), {});
  CHECK(reserved(names, {"c/1.jpg", "b/1.jpg"}) == Names{"1-3", "1-2"});
  ResultNames alone(folder.path(), {});
  CHECK(reserved(alone, {"b/1.jpg"}) == Names{"1-2"});
}

TEST_CASE("two paths that are not UTF-8 are not taken for one") {
  const TemporaryFolder folder;
  write_file(
      folder / "caf\ufffd.json",
      R"({"input":"caf�.jpg","input_bytes":"636166e92e6a7067","face_model":"","coefficients":{}})");
  CHECK(input_of_result(folder / "caf\ufffd.json") == "caf\xe9.jpg");
  ResultNames names(folder.path(), {});
  CHECK(reserved(names, {"caf\xe8.jpg"}) == Names{"caf\ufffd-2"});
  CHECK(reserved(names, {"caf\xe9.jpg"}) == Names{"caf\ufffd"});
}

TEST_CASE("a set is whole only with all files of the sizes that it says") {
  const TemporaryFolder folder;
  write_set(folder.path(), "a", "a.jpg");
  CHECK(is_whole(folder.path(), "a"));
  for (const std::string& file : result_files("a")) {
    CAPTURE(file);
    const Bytes before = read_file(folder / file);
    write_file(folder / file, "1234");
    CHECK_FALSE(is_whole(folder.path(), "a"));
    fs::remove(folder / file);
    CHECK_FALSE(is_whole(folder.path(), "a"));
    write_file(folder / file, before);
    CHECK(is_whole(folder.path(), "a"));
  }
  write_set(folder.path(), "b", "b.jpg", 2);
  CHECK(is_whole(folder.path(), "b"));
  CHECK_FALSE(is_whole_with_faces(folder.path(), "b"));
  write_set(folder.path(), "b_face2", "b.jpg", 2);
  CHECK(is_whole_with_faces(folder.path(), "b"));
}

TEST_CASE("the sets of one face have its number, and give way to a photo of that name") {
  const TemporaryFolder folder;
  ResultNames names(folder.path(), {});
  CHECK(reserved(names, {"a.jpg", "b.jpg"}, 2) == Names{"a_face2", "b_face2"});
  ResultNames all(folder.path(), {});
  CHECK(reserved(all, {"a.jpg", "a_face2.jpg"}) == Names{"a", "a_face2"});
  CHECK(all.reserve("a" + face_suffix(2), "a.jpg").name == "a_face2-2");
}

}  // namespace
}  // namespace fgcn::recon
