// fgcn_recon PHOTO... -o DIR: each photo becomes a textured 3D face.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "apps/default_weights.h"
#include "apps/free_memory.h"
#include "apps/run_app.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_model.h"
#include "recon/recon_output.h"
#include "recon/reconstruct.h"
#include "train/run/progress.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> photos;
  std::string out;
  std::string face_model = "embedded";
  std::string weights = "default";
  std::string device = "auto";
  std::string landmarks;
  std::string predictor;
  std::string identity;
  int size = 224;
  int texture_size = 1024;
  int threads = 0;
  bool json = false;
};

/// Parsed options, or the exit code of --help and of a wrong command line.
struct Parsed {
  Options options;
  std::optional<int> exit_code;
};

Parsed parse(int argc, char** argv) {
  Parsed parsed;
  Options& o = parsed.options;
  CLI::App app{"Turns photographs of faces into textured 3D meshes.", "fgcn_recon"};
  app.add_option("PHOTO", o.photos, "JPEG, PNG, BMP or TGA files, one face each")->required();
  app.add_option("-o,--out", o.out, "folder for the results; made when missing")->required();
  app.add_option("--face-model", o.face_model, "face-model file, or 'embedded'")
      ->capture_default_str();
  app.add_option("--weights", o.weights,
                 "refinement weights, 'default', or 'none' for the coarse face only")
      ->capture_default_str();
  app.add_option("--size", o.size, "pixels per side of the aligned crop")
      ->check(CLI::Range(64, 1024))
      ->capture_default_str();
  app.add_option("--texture-size", o.texture_size, "pixels per side of the baked texture")
      ->check(CLI::Range(256, 8192))
      ->capture_default_str();
  app.add_option("--threads", o.threads, "CPU threads; 0: one a core")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  app.add_option("--device", o.device,
                 "where fit and networks run: auto (a GPU if there is one), cpu, cuda, cuda:1 ...")
      ->capture_default_str();
  app.add_option("--landmarks", o.landmarks,
                 "68 points in photo pixels (CSV, x,y a line) instead of detection; one photo");
  app.add_option("--predictor", o.predictor, "68-point landmark model; default: the system's");
  app.add_option("--identity", o.identity,
                 "identity network, for weights that take a face's identity");
  app.add_flag("--json", o.json, "print one JSON array of all results on stdout");
  app.footer(
      "Writes NAME.glb, NAME.obj with .mtl and _albedo.png, NAME_compare.png and NAME.json.\n"
      "Exit code: 0 all photos done, 2 an input was bad (the others are done), 1 a bug.\n\n"
      "Examples:\n"
      "  fgcn_recon portrait.jpg -o out\n"
      "  fgcn_recon *.jpg -o out --threads 4 --json > results.json\n"
      "  fgcn_recon portrait.jpg -o out --weights none --texture-size 2048");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    parsed.exit_code = app.exit(error) == 0 ? 0 : 2;
  }
  return parsed;
}

mesh::FaceModel load_model(const std::string& name) {
  return name == "embedded" ? mesh::make_embedded_face() : mesh::read_face_model(name);
}

std::optional<fs::path> choose_weights(const Options& options) {
  if (options.weights == "none") return std::nullopt;
  if (options.weights != "default") return fs::path(options.weights);
  return default_weights(options.face_model);
}

/// The photo's name without extension; a second photo of the same name gets a number.
std::string output_name(const fs::path& photo, std::map<std::string, int>& used) {
  const std::string stem = photo.stem().string();
  const int count = ++used[stem];
  return count == 1 ? stem : text(stem, "-", count);
}

int run(const Options& options) {
  if (!options.landmarks.empty() && options.photos.size() != 1)
    input_error("--landmarks: holds the points of one photo, but ", options.photos.size(),
                " were given");
  const Context ctx = app_context(options.device, options.threads);
  const fs::path folder = options.out;
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed || !fs::is_directory(folder))
    input_error("--out ", options.out, ": the folder cannot be made (", failed.message(),
                "); choose a writable place");

  recon::ReconstructOptions recon{
      .size = options.size, .weights = choose_weights(options), .predictor = {}, .identity = {}};
  if (!options.predictor.empty()) recon.predictor = options.predictor;
  if (!options.identity.empty()) recon.identity = options.identity;
  const recon::OutputOptions output{
      .texture_size = options.texture_size,
      .face_model = options.face_model,
      .weights = recon.weights ? options.weights : "none",
  };
  const recon::Reconstructor reconstructor(ctx, load_model(options.face_model), recon);
  const std::optional<fs::path> landmarks =
      options.landmarks.empty() ? std::nullopt : std::optional<fs::path>(options.landmarks);

  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::map<std::string, int> used;
  bool all_done = true;
  const auto total = static_cast<std::int64_t>(options.photos.size());
  ProgressBar progress("Reconstructing", total,
                       total > 1 ? ProgressBar::Visible::kYes : ProgressBar::Visible::kNo);
  for (std::int64_t i = 0; i < total; ++i) {
    const fs::path photo = options.photos[static_cast<std::size_t>(i)];
    progress.update(i, photo.filename().string());
    try {
      const std::string name = output_name(photo, used);
      recon::Reconstruction result = reconstructor.run(photo, landmarks);
      recon::write_reconstruction(folder, name, reconstructor.model(), result, output);
      for (const std::string& note : result.notes) progress.print(photo.string() + ": " + note);
      if (options.json)
        all.push_back(nlohmann::ordered_json::parse(
            recon::reconstruction_json(reconstructor.model(), result, output)));
    } catch (const InputError& error) {
      all_done = false;
      progress.print(std::string("fgcn_recon: ") + error.what());
      if (options.json) all.push_back({{"input", photo.string()}, {"error", error.what()}});
    }
    give_free_memory_back();
    progress.update(i + 1);
  }
  if (options.json) std::printf("%s\n", all.dump(2).c_str());
  return all_done ? 0 : 2;
}

}  // namespace
}  // namespace fgcn

int main(int argc, char** argv) {
  return fgcn::run_app("fgcn_recon", argv, [&] {
    const fgcn::Parsed parsed = fgcn::parse(argc, argv);
    return parsed.exit_code ? *parsed.exit_code : fgcn::run(parsed.options);
  });
}
