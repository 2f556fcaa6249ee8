// Names of fgcn_recon's results: of which no photo, and nobody else, loses a file.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/mesh/gltf.h"
#include "io/temporary_folder.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::Outcome;
using test::quoted;
using Json = nlohmann::json;

/// Two different photos under many names, as a user has them.
struct Photos {
  TemporaryFolder folder;
  fs::path first, second;
  bool there = false;

  Photos() {
    const auto a = test::shared_data("photos/sfhq_tiles/sample_2x4_r0c0.jpg");
    const auto b = test::shared_data("photos/sfhq_tiles/sample_2x4_r0c1.jpg");
    there = a && b;
    if (!there) return;
    first = *a;
    second = *b;
  }
  fs::path copy(const fs::path& photo, const std::string& name) const {
    fs::path to = folder / name;
    fs::create_directories(to.parent_path());
    fs::copy_file(photo, to);
    return to;
  }
  Outcome recon(const std::vector<fs::path>& photos, const std::string& more) const {
    std::string arguments;
    for (const fs::path& photo : photos) arguments += quoted(photo) + " ";
    return test::run_program("fgcn_recon", arguments + "--weights none --texture-size 256 " + more);
  }
};

std::vector<std::string> names_in(const fs::path& folder, const std::string& end) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.size() >= end.size() && name.substr(name.size() - end.size()) == end)
      out.push_back(name.substr(0, name.size() - end.size()));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string content(const fs::path& path) {
  const Bytes bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

TEST_CASE("photos whose names become one have files of their own") {
  const Photos photos;
  if (!photos.there) return;
  const fs::path out = photos.folder / "out";
  const fs::path spaced = photos.copy(photos.first, "x y.jpg");
  const fs::path plain = photos.copy(photos.second, "x_y.jpg");
  const fs::path quote = photos.copy(photos.first, "quo\"te\\.jpg");
  const Outcome outcome = photos.recon({spaced, plain, quote}, "--json -o " + quoted(out));
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  for (const std::string end : {".glb", ".obj", ".mtl", "_albedo.png", "_compare.png", ".json"}) {
    CAPTURE(end);
    CHECK(names_in(out, end) == std::vector<std::string>{"quo_te_", "x_y", "x_y-2"});
  }
  const Json json = Json::parse(outcome.out);
  CHECK(json[0]["name"] == "x_y-2");
  CHECK(json[0]["files"]["x_y-2.glb"] == fs::file_size(out / "x_y-2.glb"));
  // As each photo gives alone; the OBJ names files that are there.
  const fs::path alone = photos.folder / "alone";
  REQUIRE(photos.recon({plain}, "-o " + quoted(alone)).exit_code == 0);
  for (const std::string end : {".glb", ".obj", ".mtl", "_albedo.png", "_compare.png"}) {
    CAPTURE(end);
    CHECK(content(out / ("x_y" + end)) == content(alone / ("x_y" + end)));
  }
  CHECK(content(out / "x_y_albedo.png") != content(out / "x_y-2_albedo.png"));
  CHECK(content(out / "x_y-2.obj").find("mtllib x_y-2.mtl\n") != std::string::npos);
  CHECK(content(out / "x_y-2.mtl").find("map_Kd x_y-2_albedo.png\n") != std::string::npos);
  CHECK(content(out / "quo_te_.obj").find("mtllib quo_te_.mtl\n") != std::string::npos);
}

TEST_CASE("a picture beside the photo is not overwritten, own results are") {
  const Photos photos;
  if (!photos.there) return;
  const fs::path me = photos.copy(photos.first, "in/me.jpg");
  const fs::path sheet = photos.copy(photos.second, "in/me_compare.png");
  const std::string before = content(sheet);
  const std::string here = "-o " + quoted(photos.folder / "in");
  const Outcome outcome = photos.recon({me, sheet}, here);
  CAPTURE(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(content(sheet) == before);
  CHECK(names_in(photos.folder / "in", ".obj") == std::vector<std::string>{"me-2", "me_compare"});
  CHECK(outcome.err.find("its results are called me-2") != std::string::npos);
  // Again, with another crop: the same names, other faces.
  const std::string glb = content(photos.folder / "in" / "me-2.glb");
  REQUIRE(photos.recon({me, sheet}, here + " --size 160").exit_code == 0);
  CHECK(names_in(photos.folder / "in", ".obj") == std::vector<std::string>{"me-2", "me_compare"});
  CHECK(content(sheet) == before);
  CHECK(content(photos.folder / "in" / "me-2.glb") != glb);
}

TEST_CASE("names that are not UTF-8 are reconstructed, and are text in the GLB and the JSON") {
  const Photos photos;
  if (!photos.there) return;
  const fs::path out = photos.folder / "out";
  const fs::path photo = photos.copy(photos.first, "caf\xe9.jpg");
  write_file(photos.folder / "bad\xe9.jpg", "x");
  const Outcome outcome =
      photos.recon({photos.folder / "bad\xe9.jpg", photo}, "--json -o " + quoted(out));
  CAPTURE(outcome.err);
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("internal error") == std::string::npos);
  const Json json = Json::parse(outcome.out);
  REQUIRE(json.size() == 2);
  CHECK(json[0]["error"].get<std::string>().find("bad\ufffd.jpg: ") != std::string::npos);
  CHECK(json[1]["name"] == "caf\ufffd");
  CHECK(content(out / "caf\ufffd.glb").find("\"name\":\"caf\ufffd\"") != std::string::npos);
  CHECK(mesh::read_gltf(out / "caf\ufffd.glb").vertices.size() == json[1]["vertices"]);
  CHECK(Json::parse(content(out / "caf\ufffd.json"))["input_bytes"].is_string());
  const Outcome again = photos.recon({photo}, "--jsonl --skip-done -o " + quoted(out));
  CHECK(again.exit_code == 0);
  CHECK(Json::parse(again.out)["skipped"] == true);

  const fs::path measured = photos.folder / "measured";
  const Outcome eval = test::run_program(
      "fgcn_eval", quoted(photos.folder / "bad\xe9.jpg") + " " + quoted(photo) +
                       " --weights none --identity none --json -o " + quoted(measured));
  CAPTURE(eval.err);
  CHECK(eval.exit_code == 2);
  CHECK(Json::parse(eval.out)["measured"] == 1);
  CHECK(Json::parse(content(measured / "photos.jsonl"))["input"].get<std::string>().find(
            "caf\ufffd.jpg") != std::string::npos);
  CHECK(fs::exists(measured / "best_median_worst.png"));
}

TEST_CASE("a set of which a file cannot be written leaves nothing, and an older one stays") {
  const Photos photos;
  if (!photos.there) return;
  const fs::path out = photos.folder / "out";
  const fs::path photo = photos.copy(photos.first, "a.jpg");
  const auto files = [&] {
    std::vector<std::string> all;
    for (const std::string& name : names_in(out, "")) all.push_back(name + content(out / name));
    return all;
  };
  REQUIRE(photos.recon({photo}, "-o " + quoted(out)).exit_code == 0);
  const std::vector<std::string> before = files();
  CHECK(before.size() == 6);
  const fs::path other = photos.copy(photos.second, "b.jpg");
  // Enough for the .mtl and the small texture, not for the mesh.
  const Outcome outcome = test::run_program(
      "fgcn_recon",
      quoted(photo) + " " + quoted(other) + " --weights none --texture-size 512 -o " + quoted(out),
      "ulimit -f 100;");
  CAPTURE(outcome.err);
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("a.glb: cannot be written (File too large)") != std::string::npos);
  CHECK(outcome.err.find("b.glb: cannot be written (File too large)") != std::string::npos);
  CHECK(files() == before);
}

}  // namespace
}  // namespace fgcn
