// Pieces of the fgcn_data commands that render a face model's people.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "apps/command_line.h"
#include "apps/run_app.h"
#include "io/terminal.h"
#include "mesh/face/named_face.h"

namespace fgcn::data_app {

/// A file's face model, or the one that the name 'head' or 'embedded' stands for.
inline mesh::FaceModel face_of(const std::string& name) { return mesh::named_face(name).model; }

/// The options of every measurement and training on rendered people.
struct PeopleOptions {
  std::string face, predictor;
};

/// T has yaw, faces, seed and workers.
///   yaw          help of --yaw
///   least, most  pictures at each
template <class T>
void add_people(CLI::App& command, PeopleOptions& people, T& options, const std::string& yaw,
                std::int64_t least, std::int64_t most) {
  command.add_option("face", people.face, "face-model file, 'head' or 'embedded'")->required();
  add_list(command, "--yaw", options.yaw, yaw)->delimiter(',')->capture_default_str();
  command.add_option("--faces", options.faces, "pictures at each yaw")
      ->check(CLI::Range(least, most))
      ->capture_default_str();
  command.add_option("--seed", options.seed, "of the pictures")->capture_default_str();
  command.add_option("--workers", options.workers, "threads")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command.add_option("--predictor", people.predictor,
                     "68-point landmark model (default: Debian's)");
}

/// The exit code of a run that was interrupted before its only result.
inline int stopped_without_result() {
  io::print_message("interrupted: nothing is written\n");
  return kStoppedEarly;
}

}  // namespace fgcn::data_app
