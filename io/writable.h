// Whether a file can be written, asked before the work whose result it takes.
#pragma once

#include <filesystem>

namespace fgcn {

/// Makes a temporary file beside `path`, as write_file does, and removes it.
///
/// Errors   InputError where write_file would fail: a folder of that name, no folder to hold it, no
///          permission.
void check_writable(const std::filesystem::path& path);

}  // namespace fgcn
