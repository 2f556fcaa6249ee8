// fgcn_data add-checksums FILE -o FILE
#include <memory>
#include <string>

#include "apps/data/data_photos.h"
#include "io/arrays/safetensors.h"
#include "io/terminal.h"

namespace fgcn::data_app {

std::function<int()> add_checksums(CLI::App& app) {
  struct Files {
    std::string from, to;
  };
  const auto files = std::make_shared<Files>();
  CLI::App* command = app.add_subcommand(
      "add-checksums",
      "Write weights or a face model of an older version again, unchanged, with a checksum for "
      "each array.");
  command->add_option("file", files->from, "a safetensors file")->required();
  command->add_option("-o,--output", files->to, "file to write; may be the same")->required();
  command->footer(
      "Example:\n"
      "  fgcn_data add-checksums older.safetensors -o weights.safetensors");
  return [command, files] {
    if (!command->parsed()) return 0;
    // The same arrays and texts; each array gets its checksum when it is written.
    const io::Safetensors file = io::read_safetensors(files->from);
    io::write_safetensors(files->to, file);
    io::print_text("%s: %zu arrays, each with its checksum\n", files->to.c_str(),
                   file.tensors.size());
    return 0;
  };
}

}  // namespace fgcn::data_app
