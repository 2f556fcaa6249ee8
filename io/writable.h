// Whether a file can be written, asked before the work whose result it takes.
#pragma once

#include <filesystem>
#include <vector>

namespace fgcn {

/// Makes a temporary file beside `path`, as write_file does, with a few bytes in it, and removes
/// it.
///
/// Errors   InputError where write_file would fail: a folder of that name, no folder to hold it, no
///          permission, a full disk.
void check_writable(const std::filesystem::path& path);

/// The same, and that no input would be replaced.
///
///   inputs  files and folders that the run reads; in a folder, every file counts
///
/// Errors   InputError also when `path` is one of the inputs, by whatever name, or is there already
///          in a folder of them.
void check_output(const std::filesystem::path& path,
                  const std::vector<std::filesystem::path>& inputs);

}  // namespace fgcn
