// Trains and uses convolutional mesh autoencoders.
// fgcn_coma train --data DIR --out DIR [--split RULE] [--recipe relu|elu] [--resume]
// fgcn_coma encode MODEL MESH... -o FILE.npy
// fgcn_coma decode MODEL CODES.npy -o DIR|FILE.npy
// fgcn_coma sample MODEL -o DIR [--count N] [--seed N]
// fgcn_coma interpolate MODEL FROM TO -o DIR [--count N]
// fgcn_coma latent MODEL -o DIR
// fgcn_coma errors MODEL --data DIR -o DIR [--split RULE]
// fgcn_coma import WEIGHTS --data DIR -o FILE [--matrices DIR]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

#include "apps/coma/coma_commands.h"
#include "apps/command_line.h"
#include "apps/run_app.h"

namespace {

int run(int argc, char** argv) {
  using namespace fgcn::coma_app;
  CLI::App app("Trains and uses convolutional mesh autoencoders (CoMA).");
  app.require_subcommand(1);
  const std::vector<Command> commands{add_train(app),  add_encode(app),      add_decode(app),
                                      add_sample(app), add_interpolate(app), add_latent(app),
                                      add_errors(app), add_import(app)};
  app.footer(
      "Examples:\n"
      "  fgcn_data expression-sequences head -o sequences\n"
      "  fgcn_coma train --data sequences --out run\n"
      "  fgcn_coma errors run/coma.safetensors --data sequences -o errors\n"
      "  fgcn_coma latent run/coma.safetensors -o latent\n"
      "fgcn_coma COMMAND --help tells all about one.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return fgcn::refuse_command_line("fgcn_coma", app, error);
  }
  int code = 0;
  for (const Command& command : commands) code = std::max(code, command());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  return fgcn::run_app("fgcn_coma", argv, [&] { return run(argc, argv); });
}
