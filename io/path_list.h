// Lists of paths in a text, as `find` prints them.
#pragma once

#include <string>
#include <vector>

namespace fgcn {

/// The lines of `content`, or what stands between its NULs where it has any; none is empty. A byte
/// order mark in front and a carriage return at a line's end are no part of a path.
std::vector<std::string> listed_paths(const std::string& content);

/// Those of a file, or with "-" of stdin.
///
/// Errors   InputError naming `option`: a folder, a file that cannot be opened, more than 256 MiB.
std::vector<std::string> read_path_list(const std::string& option, const std::string& name);

}  // namespace fgcn
