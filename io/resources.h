// Where the files that come with the program are.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace fgcn {

/// The file `name` among the program's own: PREFIX/share/fgcn beside the running program's bin
/// folder, else the source tree's data/ folder. Nothing when it is in neither.
std::optional<std::filesystem::path> find_resource(const std::string& name);

/// A folder for things that can be made again (mesh hierarchies): $XDG_CACHE_HOME/fgcn or
/// $HOME/.cache/fgcn; nothing when neither is set.
std::optional<std::filesystem::path> cache_folder();

}  // namespace fgcn
