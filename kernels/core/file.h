// Reading whole files, and writing them so that a reader sees the old file or the new one, never
// half.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fgcn {

using Bytes = std::vector<std::uint8_t>;

/// The whole file. InputError when it is missing, not a regular file, unreadable, or larger than
/// `max_bytes`.
Bytes read_file(const std::filesystem::path& path,
                std::uint64_t max_bytes = std::uint64_t{4} << 30);

/// Writes to a temporary name in the same folder, flushes to the disk, then renames. On any failure
/// (InputError: no such folder, no permission, disk full) the temporary file is removed and an
/// older file under `path` stays as it was.
void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> data);
void write_file(const std::filesystem::path& path, std::string_view data);

}  // namespace fgcn
