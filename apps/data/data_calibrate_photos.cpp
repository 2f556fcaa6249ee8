// fgcn_data calibrate-photos FACE PHOTO... -o FILE
#include <omp.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "apps/data/data_people.h"
#include "apps/data/data_photos.h"
#include "apps/interrupt.h"
#include "apps/run_app.h"
#include "io/path_kind.h"
#include "io/terminal.h"
#include "io/writable.h"
#include "kernels/core/parallel_failure.h"
#include "mesh/face/face_model.h"
#include "recon/fit/photo_calibration.h"
#include "recon/fit/posed_face.h"
#include "recon/photo_paths.h"
#include "recon/photo_sampler.h"
#include "train/run/progress.h"

namespace fgcn::data_app {
namespace {

namespace fs = std::filesystem;

struct Options : PeopleOptions {
  std::vector<std::string> photos;
  std::string list, out;
  recon::PhotoCalibrationOptions calibration;
};

/// The clearest face of each photo that can be read and shows one; others are said.
std::vector<recon::PhotoPoints> points_of(const std::vector<fs::path>& photos,
                                          const mesh::FaceModel& model, const Options& o) {
  const auto finder = std::make_shared<const photo::FaceFinder>(photo::predictor_file(o.predictor));
  std::vector<std::optional<recon::PhotoPoints>> found(photos.size());
  ProgressBar bar("photos", static_cast<std::int64_t>(photos.size()));
  std::mutex mutex;
  std::int64_t done = 0;
  ParallelFailure failure;
#pragma omp parallel num_threads(o.calibration.workers)
  failure.keep([&] {
    const Context ctx;
    const recon::PhotoSampler sampler(ctx, model, finder, recon::kCropSize);
    const auto step = static_cast<std::size_t>(omp_get_num_threads());
    for (auto i = static_cast<std::size_t>(omp_get_thread_num());
         i < photos.size() && !interrupted(); i += step) {
      const auto failed = failure_of(photos[i].string(), [&] {
        const photo::Photo photo = photo::read_photo(photos[i]);
        std::vector<std::string> notes;
        int faces = 0;
        const auto face = sampler.find(photo, notes, faces);
        if (!face) input_error(photos[i].string(), ": no face was found");
        const photo::Crop crop = sampler.cut(photo, face->landmarks, recon::kCropSize);
        found[i] = {crop.landmarks, photo::scaled(face->spread, crop.from_photo.scale)};
      });
      const std::scoped_lock lock(mutex);
      if (failed) bar.print("fgcn_data: " + failed->message);
      bar.update(++done);
    }
  });
  failure.rethrow();
  std::vector<recon::PhotoPoints> out;
  for (const auto& points : found)
    if (points) out.push_back(*points);
  return out;
}

int calibrate_photos(const Options& o) {
  check_writable(o.out);
  const std::vector<fs::path> photos = recon::photo_paths(o.photos, o.list);
  for (const fs::path& photo : photos)
    if (is_same_place(photo, o.out))
      input_error("--output: ", o.out, " is one of the photos; give another file");
  mesh::FaceModel model = face_of(o.face);
  recon::check_has_errors(model);
  catch_interrupts();
  const std::vector<recon::PhotoPoints> points = points_of(photos, model, o);
  if (interrupted()) return stopped_without_result();
  std::optional<recon::PhotoCalibration> found;
  {
    ProgressBar bar("rounds", o.calibration.rounds);
    found = recon::calibrate_on_photos(model, points, o.calibration, interrupted,
                                       [&](int done) { bar.update(done); });
  }
  if (!found) return stopped_without_result();
  io::print_text(
      "%lld of %zu faces, %d rounds\n"
      "the outline's mean distance from the fits, pixels of the crop\n"
      "yaw  faces  before  after\n",
      static_cast<long long>(found->used), points.size(), found->rounds);
  for (const recon::PhotoCalibrationRow& row : found->rows)
    io::print_text("%3.0f  %5.0f  %6.2f  %5.2f\n", row.yaw * 180 / std::numbers::pi, row.faces,
                   row.before, row.after);
  model.landmark_errors = std::move(found->errors);
  mesh::write_face_model(o.out, model);
  io::print_message("done: %s\n", o.out.c_str());
  return 0;
}

}  // namespace

std::function<int()> add_calibrate_photos(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "calibrate-photos",
      "Correct where the detector is measured to see a face's outline, by photos of many people.");
  command->add_option("face", o->face, "face-model file with errors (calibrate), or 'head'")
      ->required();
  command->add_option("photos", o->photos, "photos, and folders of photos, of different people");
  command->add_option(
      "--list", o->list,
      "file of further photos and folders, one a line or NUL-separated; - for stdin");
  command->add_option("-o,--output", o->out, "face-model file with the errors; may be the same")
      ->required();
  command->add_option("--workers", o->calibration.workers, "threads")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--predictor", o->predictor, "68-point landmark model (default: Debian's)");
  command->footer(
      "Example:\n"
      "  fgcn_data calibrate-photos face.safetensors portraits -o face.safetensors --workers 2");
  return [command, o] {
    if (!command->parsed()) return 0;
    if (o->photos.empty() && o->list.empty())
      input_error("calibrate-photos: give photos, a folder or --list FILE");
    return calibrate_photos(*o);
  };
}

}  // namespace fgcn::data_app
