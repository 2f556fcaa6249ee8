// fgcn_coma train
#include <atomic>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "apps/coma/coma_commands.h"
#include "apps/command_line.h"
#include "apps/interrupt.h"
#include "apps/run_app.h"
#include "io/output_folder.h"
#include "io/resources.h"
#include "io/terminal.h"
#include "train/coma/coma_run.h"
#include "train/run/progress.h"

namespace fgcn::coma_app {
namespace {

/// Flags that stand for a setting.
constexpr std::pair<const char*, const char*> kShorthands[] = {
    {"--epochs", "epochs"}, {"--latent", "latent"}, {"--batch", "batch"}, {"--seed", "seed"}};

struct Options : DeviceOptions {
  std::string data, topology, recipe, split;
  std::vector<std::string> shorthands = std::vector<std::string>(std::size(kShorthands));
  std::vector<std::string> assignments;
  train::ComaRunOptions run;
  bool variational = false, list = false, json = false;
};

/// Names of the settings that the command line sets.
std::vector<std::string> given(const Options& o) {
  std::vector<std::string> out;
  if (!o.recipe.empty()) out.emplace_back("recipe");
  if (o.variational) out.emplace_back("variational");
  for (std::size_t i = 0; i < o.shorthands.size(); ++i)
    if (!o.shorthands[i].empty()) out.emplace_back(kShorthands[i].second);
  for (const std::string& one : o.assignments) out.push_back(one.substr(0, one.find('=')));
  return out;
}

train::ComaSettings settings_of(const Options& o) {
  train::ComaSettings out = train::coma_recipe(o.recipe.empty() ? "relu" : o.recipe);
  out.variational = o.variational;
  const std::vector<train::Setting> named = train::settings_of(out);
  for (std::size_t i = 0; i < o.shorthands.size(); ++i)
    if (!o.shorthands[i].empty())
      train::apply_setting(named, text(kShorthands[i].second, "=", o.shorthands[i]),
                           kShorthands[i].first);
  for (const std::string& one : o.assignments) train::apply_setting(named, one);
  return out;
}

int list_settings(train::ComaSettings settings) {
  io::print_lines("settings\n" + train::settings_text(train::settings_of(settings)));
  return 0;
}

int run(const Options& o) {
  const train::ComaSettings settings = settings_of(o);
  if (o.list) return list_settings(settings);
  if (o.data.empty()) input_error("train: give --data, the meshes to learn from");
  if (o.run.out.empty()) input_error("train: give --out FOLDER, where model and logs go");
  check_output_folder("--out", o.run.out);
  catch_interrupts();
  const Context ctx = app_context(o.device, o.threads);
  const train::SequenceData data = read_data(o.data, o.topology);
  train::ComaRunOptions options = o.run;
  if (!o.split.empty()) options.split = o.split;
  options.given = given(o);
  options.begins = [&](const train::SequenceSplit& split) {
    io::print_message(
        "%s: %lld meshes of %lld vertices: %zu to learn from, %zu to validate on, %zu to "
        "test on\n",
        o.data.c_str(), static_cast<long long>(data.size()),
        static_cast<long long>(data.vertices()), split.training.size(), split.validation.size(),
        split.test.size());
  };
  options.cache = cache_folder().value_or(std::filesystem::path());
  const train::ComaRunResult result =
      train::train_coma(ctx, data, settings, options, detail::interrupt_seen);
  if (o.json)
    io::print_json(nlohmann::ordered_json({{"finished", result.finished},
                                           {"steps", result.steps},
                                           {"seconds", result.seconds},
                                           {"validation_loss", result.validation},
                                           {"resting_latent_numbers", result.silent}})
                       .dump(2));
  // A run that was finished before has measured nothing.
  char loss[48] = "";
  if (result.validation > 0)
    std::snprintf(loss, sizeof loss, " validation loss %.4f;", result.validation);
  io::print_message(
      "%s: %lld steps, %s;%s %s\n", result.finished ? "done" : "interrupted",
      static_cast<long long>(result.steps), duration_text(result.seconds).c_str(), loss,
      result.finished ? (options.out / "coma.safetensors").c_str() : "go on with --resume");
  if (result.silent > 0)
    io::print_message(
        "%lld of the latent numbers are the same for every mesh: their units died; "
        "another --seed or --recipe elu may keep them\n",
        static_cast<long long>(result.silent));
  return result.finished ? 0 : kStoppedEarly;
}

}  // namespace

Command add_train(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("train", "Train an autoencoder on meshes.");
  command->add_option("--data", o->data,
                      "folder of SUBJECT/EXPRESSION/FRAME.ply, or packed; or a .npy [n, V, 3]");
  command->add_option("--template", o->topology,
                      "PLY or OBJ with the triangles (default: that beside the data)");
  command->add_option("-o,--out", o->run.out, "folder for model, checkpoints and logs");
  command
      ->add_option("--split", o->split,
                   "meshes held out for testing: sliced, expression:NAME, identity:NAME, none")
      ->default_str("sliced");
  command
      ->add_option("--recipe", o->recipe,
                   "relu: the authors' network, momentum, L2 term; elu: ELU and Adam")
      ->default_str("relu");
  command->add_flag("--variational", o->variational,
                    "codes are distributions (--set divergence=W weighs them)");
  command
      ->add_option("--millimetres", o->run.millimetres, "per unit of the meshes: 1000 for metres")
      ->check(CLI::Range(1e-6, 1e6))
      ->default_str("1000");
  for (std::size_t i = 0; i < std::size(kShorthands); ++i)
    command->add_option(kShorthands[i].first, o->shorthands[i],
                        std::string("sets ") + kShorthands[i].second);
  add_list(*command, "--set", o->assignments, "KEY=VALUE, any setting of --list-settings");
  command->add_flag("--list-settings", o->list, "print all settings and end");
  command->add_flag("--resume", o->run.resume,
                    "go on from the newest checkpoint in --out, with its settings");
  command->add_flag("--json", o->json, "print the result as JSON");
  add_device(*command, *o);
  command->footer(
      "Examples:\n"
      "  fgcn_coma train --data sequences --out run\n"
      "  fgcn_coma train --data sequences --out run --split expression:bareteeth --recipe elu\n"
      "  fgcn_coma train --data meshes.npy --template face.obj --out run --epochs 50\n"
      "  fgcn_coma train --data sequences --out run --resume");
  return [command, o] { return command->parsed() ? run(*o) : 0; };
}

}  // namespace fgcn::coma_app
