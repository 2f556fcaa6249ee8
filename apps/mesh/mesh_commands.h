// The commands of fgcn_mesh.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace fgcn::mesh_app {

/// Each adds its command and gives what runs it.
std::function<int()> add_info(CLI::App& app);
std::function<int()> add_convert(CLI::App& app);
std::function<int()> add_normals(CLI::App& app);
std::function<int()> add_simplify(CLI::App& app);
std::function<int()> add_subdivide(CLI::App& app);
std::function<int()> add_closest(CLI::App& app);
std::function<int()> add_visibility(CLI::App& app);
std::function<int()> add_intersect(CLI::App& app);
std::function<int()> add_landmarks(CLI::App& app);
std::function<int()> add_transfer(CLI::App& app);
std::function<int()> add_snapshot(CLI::App& app);
std::function<int()> add_compare(CLI::App& app);

}  // namespace fgcn::mesh_app
