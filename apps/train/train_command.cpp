// fgcn_train train --out DIR [--data FILE] [--preset NAME] [--set KEY=VALUE]... [--resume]
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/train/train_sub_command.h"
#include "io/file.h"
#include "io/output_folder.h"
#include "io/terminal.h"
#include "recon/refine/photo_networks.h"
#include "train/dataset/photo_data_source.h"
#include "train/photos/photo_task.h"
#include "train/run/progress.h"
#include "train/synthetic_task.h"

namespace fgcn {
namespace {

/// Flags that stand for a setting.
constexpr std::pair<const char*, const char*> kShorthands[] = {
    {"--seed", "seed"},
    {"--steps", "steps"},
    {"--batch", "batch"},
    {"--checkpoint-every", "checkpoint_every"},
    {"--gain-faces", "gain_faces"}};

struct Options {
  FaceAndDevice on;
  std::string data, identity, encoder, init, graph = "on", preset = "default";
  std::vector<std::string> shorthands = std::vector<std::string>(std::size(kShorthands));
  std::vector<std::string> assignments;  // of --set, in order
  bool gan = false, list = false, resume = false;
  double minutes = 0;
  train::RunOptions run;
  std::optional<recon::RefinementConfig> network;  // of the weights to begin from

  /// All assignments; --set has the last word.
  std::vector<train::Assignment> all_assignments() const {
    std::vector<train::Assignment> out;
    for (std::size_t i = 0; i < shorthands.size(); ++i) {
      const auto& [option, key] = kShorthands[i];
      if (!shorthands[i].empty()) out.push_back({std::string(key) + "=" + shorthands[i], option});
    }
    for (const std::string& one : assignments) out.push_back({one});
    return out;
  }
};

/// The forms of --init's weights that a run which begins from them has where no --set says
/// otherwise: weights of older versions have others than new ones.
std::optional<recon::RefinementConfig> network_of_init(const Options& options,
                                                       const mesh::FaceModel& face) {
  if (options.init.empty() || (options.resume && !std::filesystem::exists(options.init)))
    return std::nullopt;
  const io::Safetensors file =
      io::read_safetensors(options.init, recon::RefinementModel::judge(face, options.init));
  return recon::take_config(file, options.init);
}

void begin_from(const std::optional<recon::RefinementConfig>& network,
                recon::RefinementConfig& model) {
  if (!network) return;
  model.branch_output = network->branch_output;
  model.weights = network->weights;
}

bool assigns(const Options& options, const std::string& key) {
  const std::vector<train::Assignment> all = options.all_assignments();
  return std::any_of(all.begin(), all.end(), [&](const train::Assignment& one) {
    return one.key_value.starts_with(key + "=");
  });
}

train::PhotoSettings photo_settings(const Options& options) {
  train::PhotoSettings out = train::photo_preset(options.preset);
  if (options.gan) train::turn_on_adversary(out);
  begin_from(options.network, out.model);
  if (!options.encoder.empty()) out.model.embedding_form = recon::EmbeddingForm::kPooled;
  train::apply_settings(train::settings_of(out), options.all_assignments());
  const bool pooled = out.model.embedding_form == recon::EmbeddingForm::kPooled;
  if (!options.encoder.empty() && !pooled)
    input_error("--encoder: is for embedding_form=pooled, not ", name_of(out.model.embedding_form),
                "; leave one of the two out");
  if (pooled && !assigns(options, "embedding"))
    out.model.embedding =
        FaceNet::kPooledSize + (options.encoder.empty() ? 0 : CoefficientRegressor::kPooledSize);
  return out;
}

/// Refuses settings that only training on photos has.
void check_not_of_photos(const std::vector<train::Setting>& synthetic,
                         const std::vector<std::string>& assignments) {
  train::PhotoSettings photos = train::photo_preset("default");
  const std::vector<train::Setting> of_photos = train::settings_of(photos);
  const auto has = [](const std::vector<train::Setting>& settings, const std::string& key) {
    return std::any_of(settings.begin(), settings.end(),
                       [&key](const train::Setting& s) { return s.name == key; });
  };
  for (const std::string& one : assignments) {
    const std::string key = one.substr(0, one.find('='));
    if (!has(synthetic, key) && has(of_photos, key))
      input_error("--set ", one, ": is a setting of training on photos; give --data FILE too");
  }
}

train::SyntheticSettings synthetic_settings(const Options& options) {
  train::SyntheticSettings out = train::synthetic_preset(options.preset);
  begin_from(options.network, out.model);
  check_not_of_photos(train::settings_of(out), options.assignments);
  train::apply_settings(train::settings_of(out), options.all_assignments());
  return out;
}

int list_settings(const Options& options) {
  // Some options are of photos alone.
  if (!options.data.empty() || options.gan || !options.encoder.empty() ||
      options.preset != "default") {
    train::PhotoSettings settings = photo_settings(options);
    io::print_lines("settings of training on photos\n" +
                    train::settings_text(train::settings_of(settings)));
  } else {
    train::SyntheticSettings settings = synthetic_settings(options);
    io::print_lines("settings of training on synthetic faces (with --data FILE: on photos)\n" +
                    train::settings_text(train::settings_of(settings)));
  }
  return 0;
}

/// The exit code of a run with a layer that passes no gradient any more.
constexpr int kDeadParts = 4;

int say_how_it_ended(const train::TrainingResult& result, const train::RunOptions& run) {
  const bool finished = result.end == train::TrainingEnd::kFinished;
  const char* how = finished                                         ? "done"
                    : result.end == train::TrainingEnd::kInterrupted ? "interrupted"
                                                                     : "time is up";
  io::print_message("%s: %lld step%s, %s; %s\n", how, static_cast<long long>(result.steps),
                    result.steps == 1 ? "" : "s", duration_text(result.seconds).c_str(),
                    finished ? (run.out / "weights.safetensors").c_str() : "go on with --resume");
  if (!finished) return kStoppedEarly;
  if (result.silent.empty()) return 0;
  std::string layers;
  bool born_dead = true;
  for (const std::string& layer : result.silent) {
    layers += (layers.empty() ? "" : ", ") + layer;
    const std::vector<std::string>& before = result.silent_in_init;
    born_dead = born_dead && std::find(before.begin(), before.end(), layer) != before.end();
  }
  const std::string cure =
      born_dead ? "it was so in " + run.init->string() +
                      " already; begin from other weights, or from random ones without --init"
                : "layers.jsonl says since when; train anew with a smaller --set learning_rate or "
                  "another --set seed";
  io::print_message(
      "fgcn_train: %s: a part of the network is dead: no unit passes a gradient in %s; "
      "%s\n",
      run.out.c_str(), layers.c_str(), cure.c_str());
  return kDeadParts;
}

recon::LoadedNetworks load_networks(const Options& options) {
  recon::LoadedNetworks out;
  if (options.identity.empty() && options.encoder.empty()) return out;
  const Context ctx(options.run.device, options.run.threads);
  if (!options.identity.empty()) out.identity.emplace(ctx, read_identity_weights(options.identity));
  if (!options.encoder.empty()) out.encoder = recon::load_encoder(ctx, options.encoder);
  return out;
}

int train_on_photos(const Options& options, const mesh::FaceModel& face,
                    const std::atomic<bool>& stop) {
  const train::PhotoTrainingOptions run{options.run, photo_settings(options)};
  const train::PhotoSource source = train::photo_data_source(
      options.data, face, run.settings.augment ? train::Augment::kYes : train::Augment::kNo);
  const recon::LoadedNetworks networks = load_networks(options);
  io::print_message("%s: %zu photos to learn from, %zu to validate on\n", options.data.c_str(),
                    source.training.size(), source.validation.size());
  if (source.validation.empty())
    io::print_message(
        "%s: no photo is held out, so nothing tells when the networks only learn these "
        "photos by heart, and best.safetensors is not written; fgcn_data prepare "
        "--validation 0.1 holds a tenth out\n",
        options.data.c_str());
  return say_how_it_ended(train::train_on_photos(face, source, networks.fixed(), run, stop), run);
}

int train_on_synthetic_faces(const Options& options, const mesh::FaceModel& face,
                             const std::atomic<bool>& stop) {
  for (const auto& [name, given] :
       {std::pair{"--gan", options.gan}, std::pair{"--identity", !options.identity.empty()},
        std::pair{"--encoder", !options.encoder.empty()}})
    if (given) input_error(name, ": is for training on photos; give --data FILE too");
  const train::SyntheticTrainingOptions run{options.run, synthetic_settings(options)};
  return say_how_it_ended(train::train_on_synthetic_faces(face, run, stop), run);
}

int run(Options& options, const std::atomic<bool>& stop) {
  if (options.list) return list_settings(options);
  if (options.run.out.empty())
    input_error("train: give --out FOLDER, where weights, checkpoints and logs go");
  check_output_folder("--out", options.run.out);
  options.run.device = choose_device(options.on.device);
  options.run.threads = options.on.threads;
  options.run.time_limit = 60 * options.minutes;
  options.run.start = options.resume ? train::Start::kResume : train::Start::kFresh;
  options.run.graph = options.graph == "on" ? UseGraph::kYes : UseGraph::kNo;
  if (!options.init.empty()) options.run.init = options.init;
  const mesh::FaceModel face = options.on.face([&](const mesh::FaceModel& model) {
    return options.data.empty() ? weights_want(model, options.init)
                                : data_wants(model, options.data);
  });
  options.network = network_of_init(options, face);
  return options.data.empty() ? train_on_synthetic_faces(options, face, stop)
                              : train_on_photos(options, face, stop);
}

/// A setting's default on synthetic faces, and on photos where that is another.
std::string default_of(const char* name) {
  train::SyntheticSettings synthetic = train::synthetic_preset("default");
  train::PhotoSettings photos = train::photo_preset("default");
  const auto value = [name](const std::vector<train::Setting>& settings) {
    for (const train::Setting& s : settings)
      if (s.name == name) return s.text();
    return std::string("?");
  };
  const std::string rendered = value(train::settings_of(synthetic));
  const std::string photo = value(train::settings_of(photos));
  return rendered == photo ? rendered : rendered + ", on photos " + photo;
}

void add_settings(CLI::App& sub, Options& options) {
  sub.add_option("--preset", options.preset, "networks and losses; others than default: on photos")
      ->check(CLI::IsMember({"default", "reference", "paper"}))
      ->capture_default_str();
  sub.add_option("--set", options.assignments, "a setting; repeatable")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  for (std::size_t i = 0; i < std::size(kShorthands); ++i) {
    const auto& [flag, key] = kShorthands[i];
    sub.add_option(flag, options.shorthands[i], std::string("as --set ") + key + "=N")
        ->type_name("N")
        ->default_str(default_of(key));
  }
  sub.add_flag("--gan", options.gan, "on photos: with an adversary");
  sub.add_flag("--list-settings", options.list, "print all settings, and train nothing");
}

}  // namespace

SubCommand add_train_command(CLI::App& app, const std::atomic<bool>& stop) {
  const auto options = std::make_shared<Options>();
  CLI::App* sub = app.add_subcommand(
      "train", "trains the networks that refine albedo, on photos (--data) or on synthetic faces");
  sub->add_option("--out", options->run.out, "folder for weights, checkpoints and logs")
      ->type_name("DIR");
  sub->add_option("--data", options->data, "data set of photos (fgcn_data prepare) to train on")
      ->type_name("FILE");
  sub->add_option("--identity", options->identity, "on photos: weights of the identity network")
      ->type_name("FILE");
  sub->add_option("--encoder", options->encoder,
                  "on photos: weights of R-Net, whose means and FaceNet's (--identity) the decoder "
                  "then takes, as the original's does; as --set embedding_form=pooled")
      ->type_name("FILE");
  sub->add_option("--init", options->init, "weights to begin from")->type_name("FILE");
  sub->add_flag("--resume", options->resume, "go on from the newest checkpoint in --out");
  add_settings(*sub, *options);
  options->on.add_to(*sub);
  sub->add_option("--workers", options->run.workers, "threads that prepare photos and faces")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  sub->add_option("--graph", options->graph, "record a step once and give it to the GPU as a whole")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  sub->add_option("--time-limit", options->minutes,
                  "minutes; 0: none. On synthetic faces the learning rate falls by the clock too, "
                  "so runs with a limit differ in their bits")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  sub->footer(
      "Exit codes: 0 done, 2 an input was wrong, 3 stopped before the end (--resume goes on),\n"
      "4 done, but a part of the network is dead\n"
      "Examples:\n"
      "  fgcn_train train --out synthetic\n"
      "  fgcn_train train --data faces.fgd --init synthetic/weights.safetensors --out run\n"
      "  fgcn_train train --data faces.fgd --preset reference --set identity=0 --out reference\n"
      "  fgcn_train train --data faces.fgd --preset reference --encoder FaceReconModel.pb \\\n"
      "    --identity 20180402-114759-vggface2.pt --out original\n"
      "  fgcn_train train --out synthetic --resume\n"
      "  fgcn_train train --list-settings --data faces.fgd --set batch=8");
  return {sub, [options, &stop] { return run(*options, stop); }};
}

}  // namespace fgcn
