// The sub-commands of fgcn_train.
#pragma once

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>
#include <string>

#include "apps/face_option.h"
#include "apps/run_app.h"
#include "mesh/face/face_model.h"

namespace fgcn {

/// Parsed options are run()'s; it returns the exit code.
struct SubCommand {
  CLI::App* app = nullptr;
  std::function<int()> run;
};

/// Add their options to `app`. `stop` is set by SIGINT and SIGTERM.
SubCommand add_train_command(CLI::App& app, const std::atomic<bool>& stop);
SubCommand add_evaluate_command(CLI::App& app);
SubCommand add_fit_gain_command(CLI::App& app, const std::atomic<bool>& stop);

/// Options of every sub-command.
struct FaceAndDevice {
  std::string face_model = "auto";
  std::string device = "auto";
  int threads = 0;

  void add_to(CLI::App& app) {
    add_face_option(app, face_model);
    app.add_option("--device", device,
                   "of the networks: auto (a GPU if there is one), cpu, cuda, cuda:1 ...")
        ->capture_default_str();
    app.add_option("--threads", threads, "of the network (0: one per core)")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
  }
  mesh::FaceModel face(const mesh::FaceWanted& wanted) const {
    return load_face("fgcn_train", face_model, wanted).model;
  }
};

}  // namespace fgcn
