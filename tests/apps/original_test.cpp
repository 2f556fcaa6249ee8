// The original's way, with stand-ins for the networks that cannot be had: training with R-Net's and
// FaceNet's means, then evaluation and reconstruction with the weights that come of it.
#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "io/file.h"
#include "io/image.h"
#include "io/temporary_folder.h"
#include "layers/coefficient_regressor.h"
#include "layers/facenet.h"
#include "photo/landmarks.h"
#include "tests/device/small_face.h"
#include "tests/io/arrays/tensorflow_files.h"
#include "tests/io/arrays/torch_files.h"
#include "tests/support/program.h"
#include "tests/support/published_standins.h"
#include "tests/support/rendered_data.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using test::Outcome;
using test::quoted;

/// A user's files: face model, data set, photo with its points, R-Net and FaceNet as published.
struct Files {
  TemporaryFolder folder;

  Files() {
    const mesh::FaceModel face = test::small_face(3, 2);
    mesh::write_face_model(folder / "face.safetensors", face);
    test::write_rendered_data(folder / "photos.fgd", face, 12);
    const recon::PhotoSample photo = test::rendered_photo(face, 7);
    write_png(folder / "photo.png", to_bytes(recon::crop_colors(photo.crop)));
    write_file(folder / "points.csv", photo::format_landmarks(photo.landmarks));
    Rng rng(1);
    write_file(folder / "FaceReconModel.pb",
               test::frozen_graph(test::random_tensorflow_rnet(rng).tensors, "facerec/"));
    write_file(folder / "vggface2.pt",
               test::torch_zip(FaceNet::untrained(WeightNames::kTorch, rng).tensors));
    write_file(folder / "other.pt",
               test::torch_zip(FaceNet::untrained(WeightNames::kTorch, rng).tensors));
  }
  std::string face() const { return " --face-model " + quoted(folder / "face.safetensors"); }
  std::string encoder() const { return " --encoder " + quoted(folder / "FaceReconModel.pb"); }
  std::string facenet() const { return " --identity " + quoted(folder / "vggface2.pt"); }
  std::string other() const { return " --identity " + quoted(folder / "other.pt"); }
  Outcome train(const std::string& out, const std::string& more) const {
    return test::run_program("fgcn_train",
                             "train --data " + quoted(folder / "photos.fgd") + face() +
                                 (more.find("--preset") == more.npos ? " --preset reference" : "") +
                                 " --set batch=2 --set validation_photos=2" +
                                 " --set checkpoint_every=2 --set log_every=1 --out " +
                                 quoted(folder / out) + more);
  }
  Outcome evaluate(const std::string& more) const {
    return test::run_program("fgcn_eval", "--data " + quoted(folder / "photos.fgd") + face() +
                                              " --split all --limit 1 --json --weights " +
                                              quoted(folder / "whole/weights.safetensors") + more);
  }
  Outcome reconstruct(const std::string& more) const {
    return test::run_program(
        "fgcn_recon", quoted(folder / "photo.png") + face() + " --texture-size 256 --json -o " +
                          quoted(folder / "out") + " --landmarks " + quoted(folder / "points.csv") +
                          " --weights " + quoted(folder / "whole/weights.safetensors") + more);
  }
};

/// A first line may say what was read.
void check_run_refused(const Outcome& outcome, const std::string& words) {
  test::check_refused(outcome, words, 2);
}

TEST_CASE("a run with the original's embedding, resumed, measured, and used on a photo") {
  const Files files;
  const std::string networks = files.encoder() + files.facenet();
  const Outcome whole = files.train("whole", networks + " --set steps=4");
  CAPTURE(whole.err);
  REQUIRE(whole.exit_code == 0);
  const fs::path weights = files.folder / "whole/weights.safetensors";
  const io::Safetensors made = io::read_safetensors(weights);
  CHECK(made.metadata.at("embedding form") == "pooled");
  CHECK(made.metadata.at("embedding") == "3840");
  CHECK(made.metadata.at("embedding networks").starts_with("R-Net "));
  CHECK(made.metadata.at("embedding networks").find(", FaceNet ") != std::string::npos);
  for (const auto& [name, tensor] : made.tensors) CHECK(name.find("encoder") == std::string::npos);
  const Bytes log = read_file(files.folder / "whole/log.jsonl");
  CHECK(std::string(log.begin(), log.end()).find("\"identity\"") != std::string::npos);

  const Outcome half = files.train("parts", networks + " --set steps=2");
  CAPTURE(half.err);
  REQUIRE(half.exit_code == 0);
  check_run_refused(
      files.train("parts", files.encoder() + files.other() + " --resume --set steps=4"),
      "was begun with other identity weights");
  const Outcome rest = files.train("parts", networks + " --resume --set steps=4 --threads 1");
  CAPTURE(rest.err);
  REQUIRE(rest.exit_code == 0);
  CHECK(read_file(files.folder / "parts/weights.safetensors") == read_file(weights));

  // Weights remember their networks, in whatever file these lie.
  const fs::path converted = files.folder / "rnet.safetensors";
  REQUIRE(test::run_program("fgcn_data", "convert-weights " +
                                             quoted(files.folder / "FaceReconModel.pb") + " -o " +
                                             quoted(converted))
              .exit_code == 0);
  const Outcome measured = files.evaluate(networks);
  CAPTURE(measured.err);
  REQUIRE(measured.exit_code == 0);
  const Outcome again = files.evaluate(" --encoder " + quoted(converted) + files.facenet());
  REQUIRE(again.exit_code == 0);
  CHECK(nlohmann::json::parse(again.out) == nlohmann::json::parse(measured.out));
  const Outcome face = files.reconstruct(networks);
  CAPTURE(face.err);
  REQUIRE(face.exit_code == 0);
  CHECK(fs::exists(files.folder / "out/photo.glb"));

  const std::string at = weights.string() + ": these weights ";
  const std::string other = at + "were trained with other networks (R-Net ";
  check_run_refused(files.reconstruct(files.encoder() + files.other()), other);
  check_run_refused(files.reconstruct(files.facenet()),
                    at + "take 3840 numbers of R-Net and FaceNet");
  check_run_refused(files.reconstruct(" --identity none"), at + "take a face's identity");
  check_run_refused(files.evaluate(files.encoder() + files.other()),
                    "were trained with other networks");
  check_run_refused(files.train("new", files.encoder() + files.other() + " --set steps=4 --init " +
                                           quoted(weights)),
                    weights.string() + ": was trained with other networks (R-Net ");
  check_run_refused(files.train("new", files.encoder() + " --set identity=0"),
                    "give the identity network's file");
  check_run_refused(files.train("new", networks + " --set embedding_form=patches"),
                    "--encoder: is for embedding_form=pooled, not patches");
  check_run_refused(files.train("new", networks + " --set embedding=128"),
                    "take an embedding of 128 numbers, but the networks give 3840");
  check_run_refused(
      files.train("new", " --encoder " + quoted(files.folder / "vggface2.pt") + files.facenet()),
      "vggface2.pt: is not a whole set of R-Net's weights");
  CHECK_FALSE(fs::exists(files.folder / "new"));

  // The paper's: FaceNet's means alone.
  const Outcome paper = files.train(
      "paper", files.facenet() + " --preset paper --set embedding_form=pooled --set steps=1");
  CAPTURE(paper.err);
  REQUIRE(paper.exit_code == 0);
  CHECK(io::read_safetensors(files.folder / "paper/weights.safetensors").metadata.at("embedding") ==
        "1792");
}

}  // namespace
}  // namespace fgcn
