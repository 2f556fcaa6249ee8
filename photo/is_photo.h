// Which files of a folder are photos.
#pragma once

#include <filesystem>

namespace fgcn::photo {

/// By the name's ending, in any case: of every format that decode_photo reads or refuses by name.
bool has_photo_ending(const std::filesystem::path& file);

/// Whether a file that somebody gives with its folder is meant as a photo: by its ending, or, with
/// another ending or none, by its first bytes. TGA has no first bytes of its own, and raw photos of
/// cameras begin as TIFF: these two go by their endings alone. False for what is no regular file or
/// cannot be read and has no photo's ending.
bool is_photo(const std::filesystem::path& file);

}  // namespace fgcn::photo
