// fgcn_data expression-sequences FACE -o DIR
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/data/data_faces.h"
#include "apps/data/data_people.h"
#include "io/output_folder.h"
#include "io/terminal.h"
#include "train/coma/expression_sequences.h"

namespace fgcn::data_app {

std::function<int()> add_sequences(CLI::App& app) {
  struct Options {
    std::string face, output;
    train::ExpressionSequenceOptions sequences;
    bool json = false;
  };
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "expression-sequences",
      "Make sequences of meshes out of a face model's people and expressions, for fgcn_coma.");
  command->add_option("face", o->face, "face-model file, 'head' or 'embedded'")->required();
  command->add_option("-o,--output", o->output, "folder for meshes.npy, template.ply, names.txt")
      ->required();
  command->add_option("--people", o->sequences.people, "people")
      ->check(CLI::Range(1, 999))
      ->capture_default_str();
  command->add_option("--frames", o->sequences.frames, "meshes of each expression")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_option("--vertices", o->sequences.vertices, "about so many vertices of the skin")
      ->check(CLI::Range(100, 1'000'000))
      ->capture_default_str();
  command->add_option("--seed", o->sequences.seed, "of the people")->capture_default_str();
  command->add_flag("--json", o->json, "tell what was made as JSON");
  command->footer(
      "Example:\n"
      "  fgcn_data expression-sequences head -o sequences\n"
      "  fgcn_coma train --data sequences --out run");
  return [command, o] {
    if (!command->parsed()) return 0;
    check_output_folder("--output", o->output);
    const train::SequenceData data = train::expression_sequences(face_of(o->face), o->sequences);
    train::write_packed(o->output, data);
    if (o->json)
      io::print_json(nlohmann::ordered_json({{"folder", o->output},
                                             {"meshes", data.size()},
                                             {"vertices", data.vertices()},
                                             {"triangles", data.topology.triangles.size()}})
                         .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    else
      io::print_text("%s: %lld meshes of %lld vertices, %zu triangles\n", o->output.c_str(),
                     static_cast<long long>(data.size()), static_cast<long long>(data.vertices()),
                     data.topology.triangles.size());
    return 0;
  };
}

}  // namespace fgcn::data_app
