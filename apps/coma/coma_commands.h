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

/// A result written to `output`: meshes NAME_0001.ply in a folder, or with a name that ends in .npy
/// one array [n, V, 3].
void write_meshes(const train::ComaModel& model, const std::vector<float>& positions,
                  const std::string& name, const std::filesystem::path& output);

}  // namespace fgcn::coma_app
