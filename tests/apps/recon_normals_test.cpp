// fgcn_recon --normals changes what it should, and nothing else.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "tests/support/glb_check.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

Json recon(const fs::path& photo, const fs::path& out, const std::string& more) {
  const test::Outcome outcome = test::run_program(
      "fgcn_recon", "'" + photo.string() + "' -o '" + out.string() +
                        "' --face-model embedded --texture-size 256 --usdz " + more);
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return Json::parse(read_file(out / (photo.stem().string() + ".json")));
}

/// The attributes of the first primitive but for tangents.
std::vector<std::vector<double>> attributes_of(const test::Glb& glb) {
  std::vector<std::vector<double>> out;
  for (const auto& [name, accessor] : glb.root["meshes"][0]["primitives"][0]["attributes"].items())
    if (name != "TANGENT") out.push_back(glb.accessor(accessor));
  return out;
}

TEST_CASE("--normals adds a map and lights the base color anew; the surface stays") {
  const auto photo = test::shared_data("photos/sfhq_tiles/sample_2x4_r0c0.jpg");
  if (!photo) return;
  const TemporaryFolder folder;
  const fs::path plain = folder / "plain", mapped = folder / "mapped", again = folder / "again";
  Json without = recon(*photo, plain, ""), with = recon(*photo, mapped, "--normals --threads 1");
  recon(*photo, again, "--normals --threads 2");
  const std::string name = photo->stem().string();
  for (const char* end : {".glb", "_normal.png", "_albedo.png", ".usdz", ".mtl"}) {
    CAPTURE(end);
    CHECK(read_file(mapped / (name + end)) == read_file(again / (name + end)));
  }
  CHECK(read_file(plain / (name + ".obj")) == read_file(mapped / (name + ".obj")));
  CHECK(read_file(plain / (name + "_albedo.png")) != read_file(mapped / (name + "_albedo.png")));
  CHECK_FALSE(fs::exists(plain / (name + "_normal.png")));
  CHECK_FALSE(without.contains("normal_map"));
  CHECK(with["normal_map"]["grid"] == 448);
  CHECK(with["files"].contains(name + "_normal.png"));
  for (Json* json : {&without, &with})
    for (const char* field : {"files", "timing_ms", "normal_map"}) json->erase(field);
  CHECK(without == with);
  const test::Glb before(read_file(plain / (name + ".glb"))),
      after(read_file(mapped / (name + ".glb")));
  CHECK(attributes_of(before) == attributes_of(after));
  CHECK_FALSE(before.root["materials"][0].contains("normalTexture"));
  CHECK(after.root["materials"][0].contains("normalTexture"));
}

}  // namespace
}  // namespace fgcn
