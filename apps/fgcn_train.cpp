// Trains the networks that refine albedo, on photos or on faces made from a face model.
// fgcn_train --data FILE --out DIR [--preset default|reference|paper] [--gan] [--set KEY=VALUE]...
//            [--identity FILE] [--init WEIGHTS] [--resume]
// fgcn_train --list-settings [--preset NAME] [--gan] [--set KEY=VALUE]...
// fgcn_train --out DIR [--preset default] [--face-model FILE] [--seed N] [--steps N] [--device D]
//            [--resume]                              without --data: on faces it makes itself
// fgcn_train --evaluate WEIGHTS [--faces N] [--json]
// fgcn_train --fit-gain WEIGHTS --out FILE [--gain-faces N]    the level of their albedo, anew
#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/run_app.h"
#include "apps/train_gain.h"
#include "apps/train_photos.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_model.h"
#include "train/evaluate/evaluation.h"
#include "train/run/progress.h"
#include "train/trainer.h"

namespace {

using namespace fgcn;

std::atomic<bool> interrupted{false};

extern "C" void on_interrupt(int) { interrupted.store(true); }

void print_evaluation(const train::Evaluation& e) {
  std::printf("albedo error, mean absolute, sRGB-encoded [0, 1], %lld faces\n",
              static_cast<long long>(e.faces));
  std::printf("  %-10s %8s %8s %8s\n", "", "visible", "hidden", "all");
  const auto row = [](const char* name, const train::AlbedoError& error) {
    std::printf("  %-10s %8.4f %8.4f %8.4f\n", name, error.visible, error.hidden, error.all);
  };
  row("coarse", e.coarse);
  row("projected", e.projected);
  row("refined", e.refined);
  std::printf("lit color against the photo, median PSNR: coarse %.2f dB, refined %.2f dB\n",
              e.coarse_psnr, e.refined_psnr);
}

nlohmann::json to_json(const train::Evaluation& e) {
  const auto error = [](const train::AlbedoError& a) {
    return nlohmann::json{{"visible", a.visible}, {"hidden", a.hidden}, {"all", a.all}};
  };
  return {{"faces", e.faces},
          {"albedo_error",
           {{"coarse", error(e.coarse)},
            {"projected", error(e.projected)},
            {"refined", error(e.refined)}}},
          {"psnr_db", {{"coarse", e.coarse_psnr}, {"refined", e.refined_psnr}}}};
}

mesh::FaceModel face_of(const std::string& file) {
  return file.empty() ? mesh::make_embedded_face() : mesh::read_face_model(file);
}

void take_signals() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
}

int run(const std::string& face_model, const std::string& weights, const std::string& device,
        std::int64_t faces, bool json, train::TrainingOptions options) {
  const mesh::FaceModel face = face_of(face_model);
  if (!weights.empty()) {
    const Context ctx = app_context(device, options.threads);
    const auto model = recon::RefinementModel::load(ctx, face, weights);
    ProgressBar bar("evaluating", faces);
    const train::Evaluation result =
        train::evaluate(model, face, train::kEvaluationSeed + options.seed, faces,
                        [&bar](std::int64_t done) { bar.update(done); });
    if (json) {
      std::printf("%s\n", to_json(result).dump(2).c_str());
    } else {
      print_evaluation(result);
    }
    return 0;
  }
  options.device = choose_device(device);
  take_signals();
  const train::TrainingResult result = train::train(face, options, interrupted);
  std::fprintf(
      stderr, "%s: %lld steps, %s; %s\n", result.finished ? "done" : "interrupted",
      static_cast<long long>(result.steps), duration_text(result.seconds).c_str(),
      result.finished ? (options.out / "weights.safetensors").c_str() : "go on with --resume");
  return result.finished ? 0 : 3;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Trains the networks that refine albedo, on photos (--data) or on faces made from a face "
      "model.");
  train::TrainingOptions options;
  std::string out, face_model, weights;
  std::string device = "auto", graph = "on";
  std::int64_t faces = 200;
  bool json = false;
  bool resume = false;
  double minutes = 0;
  auto* out_option = app.add_option("--out", out, "folder for weights, checkpoint and logs");
  auto* evaluate = app.add_option("--evaluate", weights, "measure these weights; train nothing");
  out_option->excludes(evaluate);
  GainCommand gain;
  auto* fit_gain =
      app.add_option("--fit-gain", gain.weights,
                     "write these weights to the file --out, the gain of their albedo fitted anew")
          ->excludes(evaluate);
  PhotoCommand photos;
  bool list = false;
  std::string init;
  auto* data =
      app.add_option("--data", photos.data, "data set of photos (fgcn_data prepare) to train on");
  data->excludes(evaluate)->excludes(fit_gain);
  app.add_option("--preset", options.preset, "what to train; with --data also the method's own")
      ->check(CLI::IsMember({"default", "reference", "paper"}))
      ->capture_default_str();
  auto* set = app.add_option("--set", photos.assignments,
                             "KEY=VALUE, a setting of training on photos; repeatable")
                  ->expected(1)
                  ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--list-settings", list, "print all settings of training on photos");
  auto* gan = app.add_flag("--gan", photos.gan, "photos: with an adversary");
  auto* identity =
      app.add_option("--identity", photos.identity, "photos: weights of the identity network");
  auto* init_option = app.add_option("--init", init, "photos: weights to begin from");
  app.add_option("--face-model", face_model, "face-model file (default: the embedded face)");
  app.add_option("--seed", options.seed, "of weights and faces")->capture_default_str();
  app.add_option("--steps", options.steps, "optimiser steps")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{100000000}))
      ->capture_default_str();
  app.add_option("--batch", options.batch, "faces a step")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--photo-weight", options.loss.photo, "of the photo term against the albedo's")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->excludes(data);
  app.add_option("--device", device,
                 "of the networks: auto (a GPU if there is one), cpu, cuda, cuda:1 ...")
      ->capture_default_str();
  app.add_option("--graph", graph, "record a step once and give it to the GPU as a whole")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "of the network (0: one a core)")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--workers", options.workers, "threads that make faces")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--time-limit", minutes, "minutes; 0: none. With one, runs differ in their bits")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--checkpoint-every", options.checkpoint_every, "steps")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{100000000}))
      ->capture_default_str();
  app.add_option("--gain-faces", options.gain_faces,
                 "new faces that the refined albedo's gain is fitted to at the end; 0: none (with "
                 "--data: --set gain_faces=N)")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1000000}))
      ->excludes(data)
      ->capture_default_str();
  app.add_flag("--resume", resume, "go on from the checkpoint in --out");
  app.add_option("--faces", faces, "to evaluate on")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10000000}))
      ->capture_default_str();
  app.add_flag("--json", json, "print the evaluation as JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return run_app("fgcn_train", argv, [&] {
    photos.preset = options.preset;
    // What both kinds of training have, as the settings of one; --set has the last word.
    std::vector<std::string> given;
    for (const auto& [option, key] :
         {std::pair{"--seed", "seed"}, std::pair{"--steps", "steps"}, std::pair{"--batch", "batch"},
          std::pair{"--checkpoint-every", "checkpoint_every"}})
      if (app.count(option) > 0) given.push_back(text(key, "=", app[option]->as<std::string>()));
    photos.assignments.insert(photos.assignments.begin(), given.begin(), given.end());
    if (list) {
      train::PhotoSettings settings = photo_settings(photos);
      std::fputs(train::settings_text(train::settings_of(settings)).c_str(), stdout);
      return 0;
    }
    if (fit_gain->count() > 0) {
      gain.out = out;
      gain.options = {options.gain_faces, options.seed, options.workers};
      const mesh::FaceModel face = face_of(face_model);
      take_signals();
      return fit_gain_of(app_context(device, options.threads), face, gain, interrupted);
    }
    if (photos.data.empty()) {
      for (const auto* option : {set, gan, identity, init_option})
        if (option->count() > 0)
          input_error(option->get_name(), ": is for training on photos; give --data FILE too");
      if (options.preset != "default")
        input_error("--preset ", options.preset, ": trains on photos; give --data FILE too");
    }
    if (out.empty() && weights.empty()) {
      input_error(
          "nothing to do: give --out FOLDER (and --data FILE, for photos) to train, or --evaluate "
          "FILE to measure");
    }
    options.out = out;
    options.time_limit = 60 * minutes;
    options.start = resume ? train::Start::kResume : train::Start::kFresh;
    options.graph = graph == "on" ? UseGraph::kYes : UseGraph::kNo;
    if (!photos.data.empty()) {
      const mesh::FaceModel face = face_of(face_model);
      photos.options = {options.out,           {},
                        choose_device(device), options.threads,
                        options.workers,       options.time_limit,
                        options.start,         std::nullopt,
                        options.graph};
      if (!init.empty()) photos.options.init = init;
      take_signals();
      return train_on_data(face, photos, interrupted);
    }
    return run(face_model, weights, device, faces, json, options);
  });
}
