// fgcn_data side-faces FACE PHOTOS -o HEADER --points FILE
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/data/data_people.h"
#include "apps/data/data_photos.h"
#include "apps/interrupt.h"
#include "apps/run_app.h"
#include "io/file.h"
#include "io/terminal.h"
#include "io/writable.h"
#include "kernels/core/error.h"
#include "mesh/face/face_model.h"
#include "photo/is_photo.h"
#include "train/run/progress.h"
#include "train/synthetic/side_face_training.h"

namespace fgcn::data_app {
namespace {

namespace fs = std::filesystem;

struct Options : PeopleOptions {
  std::string photos, out, points;
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

/// Both or none, but for a failure between two renamings.
void write_both(const Options& o, const std::string& header, const Bytes& points) {
  FileWriter to_header(o.out), to_points(o.points);
  to_header.write(std::span(reinterpret_cast<const std::uint8_t*>(header.data()), header.size()));
  to_points.write(points);
  to_header.flush();
  to_points.flush();
  to_points.commit();
  to_header.commit();
}

int side_faces(Options& o) {
  for (const double yaw : o.training.yaw)
    if (!(yaw > 0 && yaw < 90)) input_error("--yaw: ", yaw, " is not between 0 and 90 degrees");
  // Before minutes of work, not after.
  if (fs::weakly_canonical(o.out) == fs::weakly_canonical(o.points))
    input_error("--points: ", o.points, " is the file that --output names; give another");
  for (const std::string& file : {o.out, o.points}) check_writable(file);
  o.training.photos = photos_in(o.photos);
  const mesh::FaceModel model = face_of(o.face);
  const photo::FaceFinder finder(photo::predictor_file(o.predictor));
  catch_interrupts();
  const auto people = static_cast<std::int64_t>(o.training.yaw.size()) * o.training.faces;
  std::optional<train::SideFaceWeights> trained;
  {
    ProgressBar bar("pictures", 2 * people + static_cast<std::int64_t>(o.training.photos.size()));
    trained = train::train_side_faces(model, finder, o.training, interrupted,
                                      [&](std::int64_t done, std::int64_t) { bar.update(done); });
  }
  if (!trained) return stopped_without_result();
  std::optional<train::SideLandmarks> points;
  {
    ProgressBar bar("pictures", static_cast<std::int64_t>(o.training.yaw.size()) *
                                    (o.training.faces + o.training.faces / 2));
    points = train::train_side_landmarks(
        model, o.training, interrupted, [&](std::int64_t done, std::int64_t) { bar.update(done); });
  }
  if (!points) return stopped_without_result();
  io::print_text("yaw  found of %lld  points missed by (%% of nose to chin)\n",
                 static_cast<long long>(o.training.faces));
  for (std::size_t i = 0; i < trained->found.size(); ++i)
    io::print_text("%3.0f  %9.1f %%  %.1f\n", o.training.yaw[i], 100 * trained->found[i],
                   100 * points->missed[i]);
  io::print_text("beside the faces of %lld photos: %lld false finds\n",
                 static_cast<long long>(trained->held_out),
                 static_cast<long long>(trained->false_finds));
  const std::string provenance = "Max-margin detection on " + std::to_string(o.training.faces) +
                                 " rendered people at each of " +
                                 std::to_string(o.training.yaw.size()) + " yaws, and " +
                                 std::to_string(o.training.photos.size()) + " photos.";
  write_both(o, train::side_face_header(*trained, provenance), points->file);
  io::print_message("done: %s, %s\n", o.out.c_str(), o.points.c_str());
  return 0;
}

}  // namespace

std::function<int()> add_side_faces(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "side-faces", "Train the detector of faces turned aside and their points, for the sources.");
  add_people(*command, *o, o->training, "degrees, above 0", 4, 10000);
  command->add_option("photos", o->photos, "folder of photos of people seen from ahead")
      ->required();
  command->add_option("-o,--output", o->out, "header to write")->required();
  command->add_option("--points", o->points, "predictor of the points to write")->required();
  command->add_option("--cost", o->training.cost, "of a missed face or a false find")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->footer(
      "Example:\n"
      "  fgcn_data side-faces head.safetensors portraits -o photo/detect/side_face_weights.h \\\n"
      "    --points data/side_landmarks.dat --workers 2");
  return [command, o] { return command->parsed() ? side_faces(*o) : 0; };
}

}  // namespace fgcn::data_app
