// The photos that a command line names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace fgcn::recon {

/// Those given, then those of the file `list` (read_path_list; empty: none), in that order. A
/// folder stands for the photos in it, by its files' endings and in the order of their names,
/// without the folders in it, hidden files and pictures that are results of fgcn_recon.
///
/// Errors   InputError: a list that cannot be read or is empty, a folder that cannot be read or
///          holds no photo.
std::vector<std::filesystem::path> photo_paths(std::vector<std::string> given,
                                               const std::string& list);

}  // namespace fgcn::recon
