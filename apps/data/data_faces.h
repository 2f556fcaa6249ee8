// The commands of fgcn_data that make, judge and animate face models.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "mesh/face/face_model.h"

namespace fgcn::data_app {

/// How a command that makes a face model ends: options --output and --json.
struct FaceResult {
  std::string output;
  bool json = false;
};
void add_results(CLI::App& command, FaceResult& options);
/// Writes the model, then tells about it.
int finish(const mesh::FaceModel& model, const FaceResult& options);

/// Each adds its command and gives what runs it.
std::function<int()> add_embedded(CLI::App& app);
std::function<int()> add_import_ict(CLI::App& app);
std::function<int()> add_import_makehuman(CLI::App& app);
std::function<int()> add_import_gnm(CLI::App& app);
std::function<int()> add_import_bfm(CLI::App& app);
std::function<int()> add_import_flame(CLI::App& app);
/// chart: how good a face model's texture coordinates are to paint on.
std::function<int()> add_chart(CLI::App& app);
/// expression-sequences: meshes of people and expressions, for fgcn_coma.
std::function<int()> add_sequences(CLI::App& app);

}  // namespace fgcn::data_app
