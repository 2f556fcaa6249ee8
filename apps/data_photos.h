// The commands of fgcn_data that work with photos, and with pictures that stand for them.
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
std::function<int()> add_portraits(CLI::App& app);

}  // namespace fgcn::data_app
