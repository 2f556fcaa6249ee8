// Where the files that come with the programs and the library are.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace fgcn {

/// The data file `name`: PREFIX/share/fgcn/name where this code, a program or libfgcn.so, is
/// installed below PREFIX; the source tree's data/name where it runs in the folder it was built in.
/// Nothing when there is no such file.
std::optional<std::filesystem::path> find_resource(const std::string& name);

/// A folder for things that can be made again (mesh hierarchies): $XDG_CACHE_HOME/fgcn or
/// $HOME/.cache/fgcn; nothing when neither is set.
std::optional<std::filesystem::path> cache_folder();

}  // namespace fgcn
