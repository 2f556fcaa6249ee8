// The photos that a command line of fgcn_recon names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/recon/recon_options.h"

namespace fgcn {

/// Those given, then those of --list, in that order. A folder stands for the photos in it, by its
/// files' endings and in the order of their names, without the folders in it, hidden files and
/// pictures that are results of this program.
///
/// Errors   InputError: a list that cannot be read or is empty, a folder that cannot be read or
///          holds no photo.
std::vector<std::filesystem::path> photos_of(const ReconOptions& options);

/// The lines of `content`, or what stands between its NULs where it has any; none is empty.
std::vector<std::string> listed_paths(const std::string& content);

}  // namespace fgcn
