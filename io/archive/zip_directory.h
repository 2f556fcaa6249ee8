// Where the members of a zip archive lie.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/byte_source.h"

namespace fgcn::io {

struct ZipEntry {
  std::string name;
  std::uint16_t method = 0;  // 0 stored, 8 deflated
  std::uint32_t crc = 0;
  std::uint64_t packed = 0;
  std::uint64_t size = 0;
  std::uint64_t begin = 0;  // of the packed bytes
};

/// The entries of the central directory, zip64 too. Members lie inside the archive, apart from one
/// another, in order of their place. InputError naming `where` on anything else, on encryption and
/// on other packings.
std::vector<ZipEntry> read_zip_directory(const ByteSource& archive, const std::string& where);

std::uint32_t zip_crc(std::span<const std::uint8_t> data);

}  // namespace fgcn::io
