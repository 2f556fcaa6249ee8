// The commands of fgcn_coma.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/output_folder.h"
#include "train/coma/coma_model.h"
#include "train/coma/sequence_data.h"

namespace fgcn::coma_app {

/// Each adds its command and gives what runs it: the exit code.
using Command = std::function<int()>;
Command add_train(CLI::App& app);
Command add_encode(CLI::App& app);
Command add_decode(CLI::App& app);
Command add_sample(CLI::App& app);
Command add_interpolate(CLI::App& app);
Command add_latent(CLI::App& app);
Command add_errors(CLI::App& app);
Command add_import(CLI::App& app);

struct DeviceOptions {
  std::string device = "auto";
  int threads = 0;
};
void add_device(CLI::App& command, DeviceOptions& options);

/// The data of --data and --template, with a bar while a tree is read; meshes left out are told.
train::SequenceData read_data(const std::string& data, const std::string& topology);

/// A command's model, and the options that name it.
struct ModelOptions : DeviceOptions {
  std::string model;
  train::ComaModel read() const;
};
void add_model(CLI::App& command, ModelOptions& options);

/// Where meshes go: a folder, or with a name that ends in .npy an array [n, V, 3]. Made before the
/// work: a place that cannot be written is refused then.
class MeshResult {
 public:
  /// Errors   InputError for a place that cannot be written, or an array in place of an input.
  MeshResult(std::filesystem::path output, std::vector<std::filesystem::path> inputs);
  /// NAME_0001.ply and so on, or the array. InputError before the first when one would take the
  /// place of an input.
  void write(const train::ComaModel& model, const std::vector<float>& positions,
             const std::string& name) const;

 private:
  std::filesystem::path output_;
  std::vector<std::filesystem::path> inputs_;
  std::optional<OutputFolder> folder_;
};

}  // namespace fgcn::coma_app
