// One gzip member.
#pragma once

#include <span>
#include <string>

#include "io/file.h"

namespace fgcn::io {

/// The unpacked bytes. InputError naming `where` on anything but one whole gzip member that unpacks
/// to at most `most` bytes.
Bytes gunzip(std::span<const std::uint8_t> packed, std::uint64_t most, const std::string& where);
/// The same bytes for the same content.
Bytes gzip(std::span<const std::uint8_t> data);

}  // namespace fgcn::io
