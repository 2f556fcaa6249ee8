// The kind of image file that some bytes are, and whether the file is whole.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace fgcn::photo {

enum class Format { kJpeg, kPng, kBmp, kTga, kWebp, kHeif, kTiff, kJpegXl };

/// The format by its first bytes (TGA has no signature: by its header's consistency).
///
/// Errors   InputError naming `where` when the bytes are none of these; known other formats are
///          named.
Format image_format(std::span<const std::uint8_t> file, const std::string& where);

/// Walks a BMP or TGA file's structure without decoding it: stb_image fills the missing part of a
/// cut file with grey. True for the other formats, whose libraries find the cut.
bool complete(std::span<const std::uint8_t> file, Format format);

}  // namespace fgcn::photo
