// Trains and measures the networks that refine albedo.
// fgcn_train train --out DIR [--data FILE] [--preset NAME] [--set KEY=VALUE]... [--resume]
// fgcn_train evaluate WEIGHTS [--faces N] [--json]
// fgcn_train fit-gain WEIGHTS --out FILE [--faces N]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <csignal>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/command_line.h"
#include "apps/run_app.h"
#include "apps/train/train_sub_command.h"

namespace {

using namespace fgcn;

std::atomic<bool> interrupted{false};

extern "C" void on_interrupt(int) { interrupted.store(true); }

/// Refuses command lines of older versions: options without a sub-command, and options that have
/// another name now.
void refuse_old_spelling(const std::vector<std::string>& arguments) {
  if (arguments.empty())
    input_error("give a sub-command, train, evaluate or fit-gain; --help lists them");
  const auto given = [&arguments](const std::string& flag) {
    return std::any_of(arguments.begin(), arguments.end(), [&flag](const std::string& one) {
      return one == flag || one.rfind(flag + "=", 0) == 0;
    });
  };
  const std::string& first = arguments.front();
  for (const auto& [before, now] : {std::pair{"fit-level", "fit-gain"}, {"levels", "fit-gain"}})
    if (first == before) input_error(first, ": is called ", now, " now");
  if (first.rfind("--", 0) == 0 && first.rfind("--help", 0) != 0) {
    const char* instead = given("--evaluate")    ? "evaluate WEIGHTS ..."
                          : given("--fit-level") ? "fit-gain WEIGHTS --out FILE ..."
                                                 : "train --out DIR ...";
    input_error(first, ": options come after a sub-command; run fgcn_train ", instead,
                " (--help lists the sub-commands)");
  }
  constexpr std::pair<const char*, const char*> kRenamed[] = {
      {"--makers", "--workers"},
      {"--fit-level", "the sub-command fit-gain"},
      {"--evaluate", "the sub-command evaluate"},
      {"--tone-faces", "--gain-faces (fit-gain: --faces)"},
      {"--photo-weight", "--set photo=W"}};
  for (const auto& [before, now] : kRenamed)
    if (given(before)) input_error(before, ": is called ", now, " now");
}

}  // namespace

int main(int argc, char** argv) {
  return run_app("fgcn_train", argv, [&] {
    CLI::App app("Trains and measures the networks that refine albedo.");
    app.require_subcommand(1);
    const SubCommand commands[] = {add_train_command(app, interrupted), add_evaluate_command(app),
                                   add_fit_gain_command(app, interrupted)};
    refuse_old_spelling({argv + 1, argv + argc});
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return refuse_command_line("fgcn_train", app, error);
    }
    for (const SubCommand& command : commands) {
      if (!command.app->parsed()) continue;
      if (command.app->get_name() != "evaluate") {
        std::signal(SIGINT, on_interrupt);
        std::signal(SIGTERM, on_interrupt);
      }
      return command.run();
    }
    return 2;
  });
}
