// The kind of image file that some bytes are, and whether the file is whole.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace fgcn::photo {

enum class Format { kJpeg, kPng, kBmp, kTga };

/// The format by its first bytes (TGA has no signature: by its header's consistency).
///
/// Errors   InputError naming `where` when the bytes are none of the four; known other formats
///          (WebP, HEIC, GIF, TIFF) are named.
Format image_format(std::span<const std::uint8_t> file, const std::string& where);

/// Walks the file's structure without decoding it. Decoders fill the missing part of a cut file
/// with grey; this finds the cut.
///
/// Errors   InputError naming `where` when the file ends before its image does, when a JPEG has
///          more scans than any camera or optimiser writes (a file made to keep decoders busy), or
///          a code table of more symbols than there are (it would overrun the decoder's).
void check_complete(std::span<const std::uint8_t> file, Format format, const std::string& where);

}  // namespace fgcn::photo
