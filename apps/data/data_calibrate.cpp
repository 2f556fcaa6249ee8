// fgcn_data calibrate FACE -o FILE, portraits FACE -o DIR
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "apps/data/data_people.h"
#include "apps/data/data_photos.h"
#include "apps/interrupt.h"
#include "apps/run_app.h"
#include "io/file.h"
#include "io/image.h"
#include "io/mesh/obj.h"
#include "io/mesh/render_mesh.h"
#include "io/output_folder.h"
#include "io/terminal.h"
#include "io/writable.h"
#include "kernels/core/error.h"
#include "mesh/face/face_model.h"
#include "train/run/progress.h"
#include "train/synthetic/landmark_calibration.h"
#include "train/synthetic/portraits.h"

namespace fgcn::data_app {
namespace {

namespace fs = std::filesystem;

struct CalibrateOptions : PeopleOptions {
  std::string out;
  train::CalibrationOptions calibration;
};

int calibrate(const CalibrateOptions& o) {
  check(o.calibration);
  check_writable(o.out);
  mesh::FaceModel model = face_of(o.face);
  const photo::FaceFinder finder(photo::predictor_file(o.predictor));
  catch_interrupts();
  const auto all = static_cast<std::int64_t>(o.calibration.yaw.size()) * o.calibration.faces;
  std::optional<train::Calibration> found;
  {
    ProgressBar bar("pictures", all);
    found = train::calibrate_landmarks(model, finder, o.calibration, interrupted,
                                       [&](std::int64_t done) { bar.update(done); });
  }
  if (!found) return stopped_without_result();
  io::print_text(
      "errors and deviations in pixels of the crop, per point\n"
      "yaw  pictures  found  used  mean error  deviation  exponent\n");
  for (const train::CalibrationRow& row : found->rows)
    io::print_text("%3.0f  %8lld  %5lld  %4lld  %10.2f  %9.2f  %8.2f\n", row.yaw,
                   static_cast<long long>(o.calibration.faces), static_cast<long long>(row.found),
                   static_cast<long long>(row.used), row.mean, row.deviation, row.exponent);
  model.landmark_errors = std::move(found->errors);
  mesh::write_face_model(o.out, model);
  io::print_message("done: %s\n", o.out.c_str());
  return 0;
}

struct PortraitsOptions {
  std::string face, out;
  std::vector<double> yaw{0, 30, 60};
  std::int64_t count = 12;
  std::uint64_t seed = 1;
  train::PortraitOptions portrait;
};

std::string portrait_name(std::int64_t person, double yaw) {
  char name[48];
  std::snprintf(name, sizeof name, "p%03lld_y%02lld", static_cast<long long>(person),
                std::llround(yaw));
  return name;
}

constexpr const char* kEndings[] = {".obj", ".png", ".json"};

/// Names that no two portraits share and that no file has.
void check_names(const PortraitsOptions& o) {
  std::map<std::string, double> names;
  for (const double yaw : o.yaw) {
    if (!(std::abs(yaw) <= 90)) input_error("--yaw: ", yaw, " is not within -90 to 90 degrees");
    const auto [found, added] = names.emplace(portrait_name(0, yaw), yaw);
    if (!added)
      input_error("--yaw: pictures at ", found->second, " and ", yaw, " would both be called ",
                  found->first, "; give angles of different whole degrees");
  }
  for (const double yaw : o.yaw)
    for (std::int64_t i = 0; i < o.count; ++i)
      for (const char* ending : kEndings) {
        const fs::path path = fs::path(o.out) / (portrait_name(i, yaw) + ending);
        std::error_code failed;
        if (fs::symlink_status(path, failed).type() != fs::file_type::not_found)
          input_error("--output: ", path.string(),
                      " is there already, and is not replaced; choose another folder");
      }
}

nlohmann::ordered_json truth_of(const mesh::FaceModel& model, const train::Portrait& portrait,
                                const std::vector<float>& shape) {
  auto points = nlohmann::ordered_json::array();
  auto screen = nlohmann::ordered_json::array();
  for (const std::int32_t v : model.landmarks) {
    const auto i = static_cast<std::size_t>(v) * 3;
    points.push_back({shape[i] / 10, shape[i + 1] / 10, shape[i + 2] / 10});  // m, as the OBJ
    screen.push_back({portrait.face.screen[i], portrait.face.screen[i + 1]});
  }
  return {{"identity", portrait.identity},
          {"expression", portrait.expression},
          {"angles_rad", portrait.pose.angles},
          {"translation_dm", portrait.pose.translation},
          {"camera_distance_dm", portrait.camera.distance},
          {"field_of_view_rad", portrait.camera.field_of_view},
          {"landmarks", screen},
          {"landmarks_3d", points}};
}

/// NAME.obj, NAME.png and NAME.json, all or none.
void write_portrait(const fs::path& folder, const std::string& name, const mesh::FaceModel& model,
                    const train::Portrait& portrait) {
  const std::vector<float> shape = mesh::shape(model, portrait.identity, portrait.expression);
  mesh::RenderMesh surface;
  for (std::size_t i = 0; i + 2 < shape.size(); i += 3)
    surface.vertices.push_back({shape[i], shape[i + 1], shape[i + 2]});
  surface.triangles = model.triangles;
  FileSet files(folder);
  files.add(name + ".obj", mesh::encode_obj(surface, name).obj);
  files.add(name + ".png", encode_png(portrait.picture));
  files.add(name + ".json", truth_of(model, portrait, shape).dump(2) + "\n");
  files.commit(Existing::kRefuse);
}

int portraits(const PortraitsOptions& o) {
  check_names(o);
  const mesh::FaceModel model = face_of(o.face);
  const OutputFolder folder("--output", o.out);
  catch_interrupts();
  ProgressBar bar("portraits", static_cast<std::int64_t>(o.yaw.size()) * o.count);
  std::int64_t done = 0;
  for (const double yaw : o.yaw) {
    train::PortraitOptions chosen = o.portrait;
    chosen.yaw = yaw * std::numbers::pi / 180;
    train::PortraitSynthesizer synthesizer(model, chosen);
    for (std::int64_t i = 0; i < o.count; ++i) {
      if (interrupted()) {
        bar.print(text("interrupted: ", done, " portraits are written"));
        return kStoppedEarly;
      }
      write_portrait(o.out, portrait_name(i, yaw), model,
                     synthesizer(o.seed, static_cast<std::uint64_t>(i)));
      bar.update(++done);
    }
  }
  return 0;
}

}  // namespace

std::function<int()> add_calibrate(CLI::App& app) {
  const auto o = std::make_shared<CalibrateOptions>();
  CLI::App* command = app.add_subcommand(
      "calibrate", "Measure the detector's errors on pictures of a face model's people.");
  add_people(*command, *o, o->calibration, "degrees, ascending from 0", 50, 1000000);
  command->add_option("-o,--output", o->out, "face-model file with the errors; may be the same")
      ->required();
  command->footer(
      "Example:\n"
      "  fgcn_data calibrate face.safetensors -o calibrated.safetensors --workers 4");
  return [command, o] { return command->parsed() ? calibrate(*o) : 0; };
}

std::function<int()> add_portraits(CLI::App& app) {
  const auto o = std::make_shared<PortraitsOptions>();
  CLI::App* command = app.add_subcommand(
      "portraits", "Render a face model's people, with their true shapes, to test fits.");
  command->add_option("face", o->face, "face-model file, 'head' or 'embedded'")->required();
  command->add_option("-o,--output", o->out, "folder for NAME.png, NAME.obj and NAME.json, all new")
      ->required();
  add_list(*command, "--yaw", o->yaw, "degrees, within -90 to 90")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--count", o->count, "people")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000}))
      ->capture_default_str();
  command->add_option("--expression", o->portrait.expression, "0 (neutral) to 1")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--seed", o->seed, "of the people")->capture_default_str();
  command->footer(
      "Example:\n"
      "  fgcn_data portraits embedded -o people --count 4 --yaw 0,45");
  return [command, o] { return command->parsed() ? portraits(*o) : 0; };
}

}  // namespace fgcn::data_app
