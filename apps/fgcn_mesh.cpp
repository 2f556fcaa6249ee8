// Mesh tools: files, searches, simplification, comparison, pictures.
// fgcn_mesh info|convert|normals FILE ...      what a file holds; another format; vertex normals
// fgcn_mesh simplify|subdivide IN OUT          fewer or more triangles
// fgcn_mesh closest|visibility|intersect ...   searches in a tree of boxes
// fgcn_mesh landmarks|transfer ...             points, textures and colors from one mesh to another
// fgcn_mesh snapshot|compare ...               pictures and distances
#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <vector>

#include "apps/command_line.h"
#include "apps/mesh/mesh_commands.h"
#include "apps/run_app.h"

namespace {

int run(int argc, char** argv) {
  CLI::App app("Mesh tools. Files are OBJ, PLY, glTF, STL or OFF, told by their content.");
  app.require_subcommand(1);
  const std::vector<std::function<int()>> commands{
      fgcn::mesh_app::add_info(app),       fgcn::mesh_app::add_convert(app),
      fgcn::mesh_app::add_normals(app),    fgcn::mesh_app::add_simplify(app),
      fgcn::mesh_app::add_subdivide(app),  fgcn::mesh_app::add_closest(app),
      fgcn::mesh_app::add_visibility(app), fgcn::mesh_app::add_intersect(app),
      fgcn::mesh_app::add_landmarks(app),  fgcn::mesh_app::add_transfer(app),
      fgcn::mesh_app::add_snapshot(app),   fgcn::mesh_app::add_compare(app)};
  app.footer("fgcn_mesh COMMAND --help tells all about one.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return fgcn::refuse_command_line("fgcn_mesh", app, error);
  }
  int code = 0;
  for (const auto& command : commands) code = std::max(code, command());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  return fgcn::run_app("fgcn_mesh", argv, [&] { return run(argc, argv); });
}
