// What paths lead to, without taking "cannot be told" for "is not there".
#pragma once

#include <cstdint>
#include <filesystem>

namespace fgcn {

enum class PathKind : std::uint8_t { kNothing, kFile, kFolder, kOther };

/// What a path leads to, links followed. kNothing: no such name, or none that a file could have.
///
/// Errors   InputError naming the path when the system cannot tell: a disk that fails, a folder
///          that may not be entered, links in a circle.
PathKind path_kind(const std::filesystem::path& path);

/// Whether both lead to the same file or folder; not where one of them leads to nothing. Errors as
/// above: whoever asks is about to replace one of them.
bool is_same_place(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace fgcn
