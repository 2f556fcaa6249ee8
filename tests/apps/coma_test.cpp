// fgcn_coma as a user runs it.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "io/arrays/npz.h"
#include "io/file.h"
#include "io/mesh/gltf.h"
#include "io/mesh/ply.h"
#include "io/temporary_folder.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"
#include "tests/train/coma/coma_sample_data.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::Outcome;
using test::quoted;

constexpr const char* kSmall =
    " --latent 3 --batch 8 --set terms=3 --set filter0=4 --set filter1=4 --set filter2=4 --set "
    "filter3=4 --set log_every=2";

Outcome coma(const std::string& arguments) { return test::run_program("fgcn_coma", arguments); }

void check_refused(const std::string& arguments, const std::string& words) {
  CAPTURE(arguments);
  test::check_refused(coma(arguments), words, 2);  // train says before how many meshes there are
}

TEST_CASE("fgcn_coma trains, measures, encodes, decodes, samples, interpolates and shows") {
  const TemporaryFolder folder;
  const train::SequenceData data = test::bending_torus(10);
  write_packed(folder / "data", data);
  const std::string at_data = " --data " + quoted(folder / "data");
  const Outcome trained = coma("train --out " + quoted(folder / "run") + at_data + kSmall +
                               " --epochs 2 --recipe elu --json");
  CAPTURE(trained.err);
  REQUIRE(trained.exit_code == 0);
  CHECK(nlohmann::json::parse(trained.out)["steps"] == 6);
  const fs::path model = folder / "run" / "coma.safetensors";
  CHECK(fs::exists(folder / "run" / "loss.png"));

  const Outcome measured =
      coma("errors " + quoted(model) + at_data + " --json -o " + quoted(folder / "errors"));
  CAPTURE(measured.err);
  REQUIRE(measured.exit_code == 0);
  const nlohmann::json json = nlohmann::json::parse(measured.out);
  CHECK(json["split"] == "sliced");
  CHECK(json["meshes"] == 10);
  CHECK(json["mean_mesh"]["mean_mm"] > json["pca"]["mean_mm"]);
  for (const char* name : {"errors.csv", "errors.png", "errors.json"})
    CHECK(fs::file_size(folder / "errors" / name) > 100);
  const Outcome line =
      coma("errors " + quoted(model) + at_data + " --name torus -o " + quoted(folder / "errors"));
  CHECK(line.out.rfind("torus PCA Error: ", 0) == 0);

  const Outcome encoded =
      coma("encode " + quoted(model) + " " + quoted(folder / "data" / "meshes.npy") + " " +
           quoted(folder / "data" / "template.ply") + " -o " + quoted(folder / "codes.npy"));
  CAPTURE(encoded.err);
  REQUIRE(encoded.exit_code == 0);
  const io::NpyArray codes = io::parse_npy(read_file(folder / "codes.npy"), "codes");
  CHECK(codes.shape == std::vector<std::int64_t>{41, 3});

  REQUIRE(coma("decode " + quoted(model) + " " + quoted(folder / "codes.npy") + " -o " +
               quoted(folder / "decoded.npy"))
              .exit_code == 0);
  CHECK(io::parse_npy(read_file(folder / "decoded.npy"), "decoded").shape ==
        std::vector<std::int64_t>{41, 1200, 3});
  REQUIRE(coma("sample " + quoted(model) + " --count 2 --seed 5 -o " + quoted(folder / "samples"))
              .exit_code == 0);
  const mesh::RenderMesh one = mesh::read_ply(folder / "samples" / "sample_0001.ply");
  CHECK(one.vertices.size() == 1200);
  CHECK(one.vertices != mesh::read_ply(folder / "samples" / "sample_0002.ply").vertices);

  // Ends of an interpolation are the ends' own reconstructions.
  const fs::path from = folder / "samples" / "sample_0001.ply";
  const fs::path to = folder / "samples" / "sample_0002.ply";
  REQUIRE(coma("interpolate " + quoted(model) + " " + quoted(from) + " " + quoted(to) +
               " --count 3 -o " + quoted(folder / "between.npy"))
              .exit_code == 0);
  REQUIRE(coma("encode " + quoted(model) + " " + quoted(from) + " " + quoted(to) + " -o " +
               quoted(folder / "ends.npy"))
              .exit_code == 0);
  REQUIRE(coma("decode " + quoted(model) + " " + quoted(folder / "ends.npy") + " -o " +
               quoted(folder / "ends_decoded.npy"))
              .exit_code == 0);
  const std::vector<double> between =
      io::parse_npy(read_file(folder / "between.npy"), "between").doubles();
  const std::vector<double> ends =
      io::parse_npy(read_file(folder / "ends_decoded.npy"), "ends").doubles();
  REQUIRE(between.size() == 3 * 3600);
  for (std::size_t i = 0; i < 3600; ++i) {
    CHECK(std::abs(between[i] - ends[i]) < 1e-6);
    CHECK(std::abs(between[2 * 3600 + i] - ends[3600 + i]) < 1e-6);
  }

  REQUIRE(coma("latent " + quoted(model) + " -o " + quoted(folder / "latent")).exit_code == 0);
  CHECK(mesh::read_gltf(folder / "latent" / "latent.glb").vertices.size() == 1200);
  CHECK(fs::file_size(folder / "latent" / "latent.png") > 1000);

  // An input that is wrong: the others are told, and no array is written that would mislead.
  const Outcome mixed = coma("encode " + quoted(model) + " " + quoted(folder / "no.ply") + " " +
                             quoted(from) + " --json -o " + quoted(folder / "mixed.npy"));
  CHECK(mixed.exit_code == 2);
  CHECK(nlohmann::json::parse(mixed.out).size() == 1);
  CHECK_FALSE(fs::exists(folder / "mixed.npy"));
}

TEST_CASE("fgcn_coma resumes with the settings of the run, and refuses others by name") {
  const TemporaryFolder folder;
  write_packed(folder / "data", test::bending_torus(10));
  const std::string at_data = " --data " + quoted(folder / "data");
  const std::string resume = "train --resume --out " + quoted(folder / "run") + at_data;
  REQUIRE(
      coma("train --out " + quoted(folder / "run") + at_data + kSmall + " --epochs 1").exit_code ==
      0);
  const Outcome longer = coma(resume + " --epochs 2 --json");
  CAPTURE(longer.err);
  REQUIRE(longer.exit_code == 0);
  CHECK(nlohmann::json::parse(longer.out)["steps"] == 6);
  check_refused(resume + " --latent 5", "was begun with latent=3, not 5");
  check_refused(resume + " --set terms=4", "was begun with terms=3, not 4");
  check_refused(resume + " --recipe elu", "was begun with recipe=relu, not elu");
  check_refused(resume + " --split none", "was begun with --split sliced, not none");
  check_refused(resume + " --variational", "variational");
}

TEST_CASE("fgcn_coma tries where its meshes go before it makes them, and replaces no input") {
  const TemporaryFolder folder;
  const train::SequenceData data = test::bending_torus(4);
  write_packed(folder / "data", data);
  REQUIRE(coma("train --out " + quoted(folder / "run") + " --data " + quoted(folder / "data") +
               kSmall + " --epochs 1")
              .exit_code == 0);
  const std::string model = quoted(folder / "run" / "coma.safetensors");
  write_file(folder / "file", std::string_view("x"));
  check_refused("sample " + model + " -o " + quoted(folder / "file" / "x"),
                "the folder cannot be made");
  check_refused("sample nowhere.safetensors -o " + quoted(folder / "made"), "nowhere.safetensors");
  CHECK_FALSE(fs::exists(folder / "made"));
  check_refused("sample " + model + " -o " + quoted(folder / "no" / "x.npy"), "cannot be created");
  const std::string mesh = quoted(folder / "step_0001.ply");
  fs::copy_file(folder / "data" / "template.ply", folder / "step_0001.ply");
  const Bytes before = read_file(folder / "step_0001.ply");
  check_refused(
      "interpolate " + model + " " + mesh + " " + mesh + " --count 2 -o " + quoted(folder.path()),
      "would replace an input");
  CHECK(read_file(folder / "step_0001.ply") == before);
  CHECK_FALSE(fs::exists(folder / "step_0002.ply"));
  check_refused("encode " + model + " " + mesh + " -o " + quoted(folder / "codes.txt"),
                "give a name that ends in .npy");
}

TEST_CASE("fgcn_coma imports a TensorFlow checkpoint, and warns of its hierarchy") {
  const auto sphere = test::shared_data("golden/jitter_sphere");
  const auto golden = test::shared_data("golden/coma");
  if (!sphere || !golden) return;
  const TemporaryFolder folder;
  train::SequenceData data;
  data.topology = test::golden_level(*sphere, 0).mesh;
  const io::Npz arrays = io::read_npz(*golden / "data.npz");
  const std::vector<double> vertices = at(arrays, "vertices", "data").doubles();
  data.positions.assign(vertices.begin(), vertices.end());
  write_packed(folder / "data", data);
  const auto import = [&](const std::string& more) {
    return coma("import " + quoted(*golden / "tf_checkpoint" / "model-0.index") + " --data " +
                quoted(folder / "data") + " -o " + quoted(folder / "model.safetensors") + more);
  };
  const Outcome made = import("");
  CAPTURE(made.err);
  REQUIRE(made.exit_code == 0);
  CHECK(made.out.find("the authors' network, 8 latent numbers") != std::string::npos);
  CHECK(made.err.find("need the hierarchy of their training") != std::string::npos);
  CHECK(coma("sample " + quoted(folder / "model.safetensors") + " --count 1 -o " +
             quoted(folder / "one.npy"))
            .exit_code == 0);
  CHECK(import(" --matrices " + quoted(folder / "data")).exit_code == 2);
}

TEST_CASE("fgcn_coma refuses what is wrong in one sentence") {
  const TemporaryFolder folder;
  const train::SequenceData data = test::bending_torus(4);
  write_packed(folder / "data", data);
  const std::string at_data = " --data " + quoted(folder / "data");
  const std::string out = " --out " + quoted(folder / "run");
  check_refused("", "give a command");
  check_refused("train" + at_data, "give --out FOLDER");
  check_refused("train" + out, "give --data");
  check_refused("train --data nowhere" + out, "nowhere: does not exist");
  check_refused("train" + at_data + out + " --recipe tanh", "neither relu nor elu");
  check_refused("train" + at_data + out + " --set width=3", "width");
  check_refused("train" + at_data + out + " --split expression:smile", "there are bend, sag");
  check_refused("train" + at_data + out + " --resume", "holds no checkpoint");
  check_refused("sample " + quoted(folder / "data" / "template.ply") + " -o x", "template.ply");
  fs::create_symlink("circle", folder / "circle");
  check_refused("train --data " + quoted(folder / "circle") + out, "circle: cannot be read (");
  CHECK_FALSE(fs::exists(folder / "run"));  // nothing was begun
  check_refused("decode nowhere.safetensors x.npy -o x", "nowhere.safetensors");
}

}  // namespace
}  // namespace fgcn
