// The photos of folders, and of the original system's packed files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "io/file.h"
#include "photo/decode/decode.h"
#include "train/dataset/left_out.h"

namespace fgcn::train {

/// A photo that may become a sample.
struct ListedPhoto {
  std::string name;            // folder/path/file, '/' between them; of a packed record, its number
  std::filesystem::path path;  // of the file
  std::int64_t record = -1;    // of a packed file; -1: the file is the photo
};

struct PhotoList {
  std::vector<ListedPhoto> photos;  // ascending by name
  std::vector<LeftOut> unusable;    // folders and files that cannot be read as photos
  std::int64_t ignored = 0;         // other files seen
};

/// All photos below the folders (and files that are given themselves): photo::is_photo(); and .bin,
/// packed float32 records [224, 224, 4], each an image of its own named FILE-00000012.bin (color in
/// [-1, 1], mask in [0, 1]; docs/method.md, "Data"). Formats that photo/ refuses by name (gif ...)
/// are listed too, so that the refusal is reported. Folders, and links to them: FolderWalk.
///
///   out  the data set to be made: it and the files beside it are no photos, whatever their names
///
/// Errors   InputError: a given folder that cannot be read, two folders of one name, no photos.
PhotoList list_photos(const std::vector<std::filesystem::path>& folders,
                      const std::filesystem::path& out = {});

/// The file's or record's bytes. InputError without the file's path: why they cannot be read.
Bytes read_listed(const ListedPhoto& source);
/// InputError without the photo's name: what is wrong with it.
photo::Photo decode_listed(const ListedPhoto& source, const Bytes& bytes);

}  // namespace fgcn::train
