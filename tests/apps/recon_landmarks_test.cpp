// fgcn_recon with a user's landmarks: files of other programs, and points that no face has.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_model.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

using test::Outcome;

/// The mean face's points in a picture of its own, roughly: what a person would click.
const char* const kJawAndMore = R"(
-60 0
-59 16
-56 31
-50 45
-42 57
-33 67
-23 75
-12 80
0 82
12 80
23 75
33 67
42 57
50 45
56 31
59 16
60 0
-52 -18
-45 -24
-36 -26
-27 -24
-18 -20
18 -20
27 -24
36 -26
45 -24
52 -18
0 -6
0 4
0 14
0 24
-11 31
-6 33
0 34
6 33
11 31
-41 -6
-35 -10
-27 -10
-21 -5
-27 -3
-35 -3
21 -5
27 -10
35 -10
41 -6
35 -3
27 -3
-24 52
-15 48
-6 46
0 47
6 46
15 48
24 52
15 58
6 61
0 62
-6 61
-15 58
-20 52
-6 50
0 51
6 50
20 52
6 55
0 56
-6 55
)";

/// Placed on the astronaut's face; every second one of the jaw's points moved down by `bend`.
std::string points(double bend) {
  std::istringstream in(kJawAndMore);
  std::ostringstream out;
  double x = 0, y = 0;
  for (int i = 0; in >> x >> y; ++i)
    out << 222 + x * 0.75 << ' ' << 110 + y * 0.75 + (i % 2 != 0 ? bend : 0) << "\n";
  return out.str();
}

TEST_CASE("landmarks that no face has are reconstructed with a note, those of a face without") {
  const auto photo = test::shared_data("photos/nasa_astronaut/astronaut.png");
  if (!photo) return;
  const TemporaryFolder folder;
  const auto notes_and_error = [&](const std::string& text) {
    write_file(folder / "points.pts", text);
    const Outcome outcome = test::run_program(
        "fgcn_recon", "'" + photo->string() + "' -o '" + (folder / "out").string() +
                          "' --weights none --json --landmarks '" +
                          (folder / "points.pts").string() + "'");
    CAPTURE(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    const auto json = nlohmann::json::parse(outcome.out);
    const std::string notes = json[0]["notes"].dump();
    const double error = json[0]["landmark_error"].get<double>();
    INFO("landmark error " << error << ", notes " << notes);
    CHECK((notes.find("misses the landmarks by") != std::string::npos) == (error > 0.06));
    return error;
  };
  const double right = notes_and_error("version: 1\nn_points: 68\n{\n" + points(0) + "}\n");
  CHECK(right < 0.06);
  CHECK(notes_and_error(points(15)) > 0.06);
}

TEST_CASE("points that somebody gives are fitted without the detector's errors") {
  const auto photo = test::shared_data("photos/nasa_astronaut/astronaut.png");
  if (!photo) return;
  const TemporaryFolder folder;
  write_file(folder / "points.pts", "version: 1\nn_points: 68\n{\n" + points(0) + "}\n");
  mesh::FaceModel model = mesh::make_embedded_face();
  constexpr std::size_t kValues = mesh::kErrorValues;
  model.landmark_errors.yaw = {0};
  model.landmark_errors.mean.assign(kValues, 3.0F);
  model.landmark_errors.covariance.assign(kValues * kValues, 0.0F);
  for (std::size_t i = 0; i < kValues; ++i) model.landmark_errors.covariance[i * kValues + i] = 4;
  const std::string knowing = (folder / "face.safetensors").string();
  mesh::write_face_model(knowing, model);
  const auto fit = [&](const std::string& face, const std::string& more) {
    const Outcome outcome = test::run_program(
        "fgcn_recon", "'" + photo->string() + "' -o '" + (folder / "out").string() +
                          "' --weights none --json --face-model '" + face + "'" + more);
    CAPTURE(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    return nlohmann::json::parse(outcome.out)[0]["coefficients"]["identity"];
  };
  const std::string given = " --landmarks '" + (folder / "points.pts").string() + "'";
  CHECK(fit(knowing, given) == fit("embedded", given));
  CHECK(fit(knowing, "") != fit("embedded", ""));
}

}  // namespace
}  // namespace fgcn
