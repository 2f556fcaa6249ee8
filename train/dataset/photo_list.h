// The photos of folders, and of the original system's packed files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "io/file.h"
#include "photo/decode.h"

namespace fgcn::train {

/// A photo that may become a sample.
struct ListedPhoto {
  std::string name;            // folder/path/file, '/' between them; of a packed record, its number
  std::filesystem::path path;  // of the file
  std::int64_t record = -1;    // of a packed file; -1: the file is the photo
};

struct PhotoList {
  std::vector<ListedPhoto> photos;  // ascending by name
  std::int64_t ignored = 0;         // other files seen
};

/// All photos below the folders (and files that are given themselves), by extension: jpg, jpeg,
/// png, bmp, tga; and .bin, packed float32 records [224, 224, 4], each an image of its own (color
/// in [-1, 1], mask in [0, 1]; METHOD 1.6 and 11 of the original system), named
/// FILE-00000012.bin. Formats that photo/ refuses by name (webp, heic ...) are listed too, so that
/// the refusal is reported. Hidden files are passed over; links to folders are not followed.
///
/// Errors   InputError: a folder that cannot be read, a packed file of another size than whole
///          records, two folders of one name, no photos.
PhotoList list_photos(const std::vector<std::filesystem::path>& folders);

/// The file's or record's bytes. InputError when they cannot be read.
Bytes read_listed(const ListedPhoto& source);
/// InputError without the photo's name: what is wrong with it.
photo::Photo decode_listed(const ListedPhoto& source, const Bytes& bytes);

}  // namespace fgcn::train
