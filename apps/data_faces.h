// The commands of fgcn_data that make, judge and animate face models.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace fgcn::data_app {

/// Each adds its command and gives what runs it.
std::function<int()> add_embedded(CLI::App& app);
std::function<int()> add_import_ict(CLI::App& app);
std::function<int()> add_import_makehuman(CLI::App& app);
std::function<int()> add_import_gnm(CLI::App& app);
/// chart: how good a face model's texture coordinates are to paint on.
std::function<int()> add_chart(CLI::App& app);
/// expression-sequences: meshes of people and expressions, for fgcn_coma.
std::function<int()> add_sequences(CLI::App& app);

}  // namespace fgcn::data_app
