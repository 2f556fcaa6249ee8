// fgcn_data side-faces FACE PHOTOS -o HEADER --points FILE
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/data_photos.h"
#include "apps/interrupt.h"
#include "apps/run_app.h"
#include "io/file.h"
#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_model.h"
#include "photo/is_photo.h"
#include "train/run/progress.h"
#include "train/synthetic/side_face_training.h"

namespace fgcn::data_app {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string face, photos, out, points, predictor;
  train::SideFaceOptions training;
};

std::vector<fs::path> photos_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
    if (entry.is_regular_file() && photo::has_photo_ending(entry.path()))
      out.push_back(entry.path());
  if (error) input_error(folder.string(), ": cannot be listed: ", error.message());
  if (out.empty()) input_error(folder.string(), ": holds no photo");
  std::sort(out.begin(), out.end());
  return out;
}

int side_faces(Options& o) {
  for (const double yaw : o.training.yaw)
    if (!(yaw > 0 && yaw < 90)) input_error("--yaw: ", yaw, " is not between 0 and 90 degrees");
  // Before minutes of work, not after.
  if (fs::weakly_canonical(o.out) == fs::weakly_canonical(o.points))
    input_error("--points: ", o.points, " is the file that --output names; give another");
  for (const fs::path& file : {fs::path(o.out), fs::path(o.points)})
    if (const fs::path folder = fs::absolute(file).parent_path(); !fs::is_directory(folder))
      input_error(file.string(), ": its folder is not there; make it first");
  o.training.photos = photos_in(o.photos);
  const mesh::FaceModel model =
      o.face == "embedded" ? mesh::make_embedded_face() : mesh::read_face_model(o.face);
  const photo::FaceFinder finder(photo::predictor_file(o.predictor));
  catch_interrupts();
  const auto stopped = [] {
    std::fprintf(stderr, "interrupted: nothing is written\n");
    return kStoppedEarly;
  };
  const auto people = static_cast<std::int64_t>(o.training.yaw.size()) * o.training.faces;
  std::optional<train::SideFaceWeights> trained;
  {
    ProgressBar bar("pictures", 2 * people + static_cast<std::int64_t>(o.training.photos.size()));
    trained = train::train_side_faces(model, finder, o.training, interrupted,
                                      [&](std::int64_t done, std::int64_t) { bar.update(done); });
  }
  if (!trained) return stopped();
  std::optional<train::SideLandmarks> points;
  {
    ProgressBar bar("pictures", static_cast<std::int64_t>(o.training.yaw.size()) *
                                    (o.training.faces + o.training.faces / 2));
    points = train::train_side_landmarks(
        model, o.training, interrupted, [&](std::int64_t done, std::int64_t) { bar.update(done); });
  }
  if (!points) return stopped();
  std::printf("yaw  found of %lld  points missed by (%% of nose to chin)\n",
              static_cast<long long>(o.training.faces));
  for (std::size_t i = 0; i < trained->found.size(); ++i)
    std::printf("%3.0f  %9.1f %%  %.1f\n", o.training.yaw[i], 100 * trained->found[i],
                100 * points->missed[i]);
  std::printf("beside the faces of %lld photos: %lld false finds\n",
              static_cast<long long>(trained->held_out),
              static_cast<long long>(trained->false_finds));
  const std::string provenance = "Max-margin detection on " + std::to_string(o.training.faces) +
                                 " rendered people at each of " +
                                 std::to_string(o.training.yaw.size()) + " yaws, and " +
                                 std::to_string(o.training.photos.size()) + " photos.";
  write_file(o.out, train::side_face_header(*trained, provenance));
  write_file(o.points, points->file);
  std::fprintf(stderr, "done: %s, %s\n", o.out.c_str(), o.points.c_str());
  return 0;
}

}  // namespace

std::function<int()> add_side_faces(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "side-faces", "Train the detector of faces turned aside and their points, for the sources.");
  command->add_option("face", o->face, "face-model file, or 'embedded'")->required();
  command->add_option("photos", o->photos, "folder of photos of people seen from ahead")
      ->required();
  command->add_option("-o,--output", o->out, "header to write")->required();
  command->add_option("--points", o->points, "predictor of the points to write")->required();
  command->add_option("--yaw", o->training.yaw, "degrees, above 0")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--faces", o->training.faces, "pictures at each yaw")
      ->check(CLI::Range(std::int64_t{4}, std::int64_t{10000}))
      ->capture_default_str();
  command->add_option("--cost", o->training.cost, "of a missed face or a false find")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--seed", o->training.seed, "of the pictures")->capture_default_str();
  command->add_option("--workers", o->training.workers, "threads")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--predictor", o->predictor, "68-point landmark model (default: Debian's)");
  command->footer(
      "Example:\n"
      "  fgcn_data side-faces head.safetensors portraits -o photo/side_face_weights.h \\\n"
      "    --points data/side_landmarks.dat --workers 2");
  return [command, o] { return command->parsed() ? side_faces(*o) : 0; };
}

}  // namespace fgcn::data_app
