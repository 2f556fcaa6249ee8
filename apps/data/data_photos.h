// The commands of fgcn_data that work with photos, with pictures that stand for them, and with
// files of numbers.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace fgcn::data_app {

/// Each adds its command and gives what runs it; the exit code is 0, 2 for damage that check found,
/// or 3 when it was interrupted.
std::function<int()> add_prepare(CLI::App& app);
std::function<int()> add_info(CLI::App& app);
std::function<int()> add_extract(CLI::App& app);
std::function<int()> add_check(CLI::App& app);
std::function<int()> add_calibrate(CLI::App& app);
std::function<int()> add_calibrate_photos(CLI::App& app);
std::function<int()> add_portraits(CLI::App& app);
std::function<int()> add_side_faces(CLI::App& app);
/// add-checksums: of weights and face models.
std::function<int()> add_checksums(CLI::App& app);
/// convert-weights: what others publish, as safetensors.
std::function<int()> add_convert_weights(CLI::App& app);

}  // namespace fgcn::data_app
