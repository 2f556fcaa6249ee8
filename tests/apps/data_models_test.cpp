// fgcn_data import-bfm and import-flame as a user runs them.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_model.h"
#include "tests/mesh/face/model_files.h"
#include "tests/support/program.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::quoted;

const mesh::FaceModel& face() {
  static const mesh::FaceModel model = mesh::make_embedded_face();
  return model;
}

std::string argument(const fs::path& path) { return " " + quoted(path); }

void check_refused(const std::string& arguments, const std::string& words) {
  CAPTURE(arguments);
  test::check_refused(test::run_program("fgcn_data", arguments), words);
}

}  // namespace

TEST_CASE("fgcn_data import-bfm makes a face model of a folder, and refuses in one sentence") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "bfm");
  test::write_composed(folder / "bfm" / "model.mat", face());
  const std::string source = argument(folder / "bfm"),
                    out = " -o" + argument(folder / "bfm.safetensors");
  const test::Outcome done =
      test::run_program("fgcn_data", "import-bfm" + source + out + " --identity 7 --json");
  CAPTURE(done.err);
  REQUIRE(done.exit_code == 0);
  CHECK(nlohmann::json::parse(done.out).is_object());
  const mesh::FaceModel model = mesh::read_face_model(folder / "bfm.safetensors");
  CHECK(model.identity.count == 7);
  CHECK(model.landmarks == face().landmarks);
  CHECK(test::difference(model.mean_shape, face().mean_shape) <= 1e-5);

  const fs::path file = folder / "bfm" / "model.mat";
  check_refused("import-bfm" + argument(file) + " -o" + argument(file), "would replace an input");
  check_refused("import-bfm" + source + " -o" + argument(folder / "no" / "x.safetensors"), "no");
  check_refused("import-bfm" + source + out + " --identity -1", "--identity");
  check_refused("import-bfm" + argument(folder / "nowhere") + out, "nowhere: cannot be opened");
  check_refused("import-bfm" + source + out + " --template x.obj", "--template");
  Bytes cut = read_file(file);
  cut.resize(cut.size() / 2);
  write_file(file, cut);
  check_refused("import-bfm" + source + out, "model.mat: has ");
  write_file(file, std::string_view("1 2 nan"));
  check_refused("import-bfm" + source + out, "is std_exp.txt, which goes with a face model");
  fs::remove(file);
  fs::create_symlink("circle", folder / "circle");
  check_refused("import-bfm" + argument(folder / "circle") + out, "circle: cannot be opened");
  check_refused("import-bfm" + source + out, "holds no file of a morphable model");
}

TEST_CASE("fgcn_data import-flame makes a face model of arrays, and refuses in one sentence") {
  const TemporaryFolder folder;
  io::write_npz(folder / "flame.npz", test::flame_arrays(face()), io::ZipMethod::kStored);
  io::write_npz(folder / "points.npz", test::flame_embedding(face()));
  const std::string source = argument(folder / "flame.npz"),
                    out = " -o" + argument(folder / "f.safetensors");
  const std::string points = " --landmarks" + argument(folder / "points.npz");
  const test::Outcome done =
      test::run_program("fgcn_data", "import-flame" + source + points + out + " --expression 3");
  CAPTURE(done.err);
  REQUIRE(done.exit_code == 0);
  CHECK(mesh::read_face_model(folder / "f.safetensors").expression.count == 3);
  CHECK(mesh::read_face_model(folder / "f.safetensors").landmarks == face().landmarks);

  check_refused("import-flame" + source + out, "--landmarks");
  check_refused("import-flame" + source + points + " -o" + argument(folder / "points.npz"),
                "would replace an input");
  check_refused("import-flame" + argument(folder / "points.npz") + points + out, "points.npz");
  check_refused("import-flame" + source + " --landmarks" + source + out, "flame.npz");
  check_refused("import-flame" + argument(folder / "nowhere.pkl") + points + out, "nowhere.pkl");
  // A pickle that would run code.
  write_file(folder / "evil.pkl", std::string_view("cos\nsystem\n(S'true'\ntR."));
  check_refused("import-flame" + argument(folder / "evil.pkl") + points + out, "evil.pkl");
}

}  // namespace fgcn
