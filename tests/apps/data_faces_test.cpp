// fgcn_data's commands of face models, as a user runs them.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "io/temporary_folder.h"
#include "tests/support/program.h"

namespace fgcn {
namespace {

TEST_CASE("chart judges the embedded face by its name as by its file") {
  const TemporaryFolder folder;
  const std::string file = (folder / "face.safetensors").string();
  REQUIRE(test::run_program("fgcn_data", "embedded -o '" + file + "'").exit_code == 0);
  const auto chart = [](const std::string& face) {
    const test::Outcome outcome = test::run_program("fgcn_data", "chart '" + face + "' --json");
    CAPTURE(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    return nlohmann::json::parse(outcome.out)["chart"];
  };
  CHECK(chart("embedded") == chart(file));
  CHECK(chart("embedded")["face"]["share_of_texture"].get<double>() > 0);
}

}  // namespace
}  // namespace fgcn
